// What auditors and witnesses read of others: trust policies, cosigned checkpoints, requests to a
// witness, tile paths, tiles and bundles, proof files. What is read must be written the same.
#include "broker/crypto/ed25519.h"
#include "broker/merkle/note_parts.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/merkle/tiles.h"
#include "broker/merkle/witness.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace rujukan;
using fuzz::require;

// The keys with which the corpus is signed.
const Ed25519SecretKey& log_secret() {
  static const auto kSecret = Ed25519SecretKey::from_seed(Seed{1, 2, 3});
  return kSecret;
}
const merkle::NoteKey& log_key() {
  static const merkle::NoteKey kKey{"log.example/test", log_secret().public_key()};
  return kKey;
}
const merkle::CosignerKey& witness_key() {
  static const merkle::CosignerKey kKey{"witness.example/w",
                                        Ed25519SecretKey::from_seed(Seed{4, 5, 6}).public_key()};
  return kKey;
}
const merkle::Policy& policy() {
  static const merkle::Policy kPolicy{
      {{log_key(), ""}}, {{"w", witness_key(), ""}}, {{"g", 1, {"w"}}}, "g"};
  return kPolicy;
}

void read_policy(std::string_view text) {
  const auto policy = merkle::parse_policy(text);
  if (!policy) return;
  const std::string canonical = merkle::to_text(*policy);
  const auto again = merkle::parse_policy(canonical);
  require(again.ok() && merkle::to_text(*again) == canonical);
  require(!merkle::is_quorum(*policy, {}) || policy->quorum.empty());
}

void read_note(std::string_view text) {
  const auto split = merkle::split_note(text);
  const auto cosigned = merkle::cosigned_at(text, witness_key());
  require(split.ok() || !cosigned.ok());
  require(split.ok() || !merkle::verify_checkpoint(text, policy()).ok());
  if (!split) return;
  const auto trusted = merkle::verify_checkpoint(text, policy());
  require(!trusted || (cosigned && *cosigned && trusted->cosigned[0].time_s == **cosigned));
  for (const merkle::SignatureLine& line : split->signatures) {
    require(merkle::signature_line(line.name, line.key_id, line.signature) == line.line);
    const auto replaced = merkle::add_signature_line(text, line.line);
    require(replaced.ok() && *replaced == text);
  }
}

void read_request(std::string_view text) {
  auto request = merkle::parse_add_checkpoint(text);
  if (!request) return;
  require(merkle::to_text(*request) == text);
  // Signed again, so that a changed text goes on to the rules.
  if (const auto split = merkle::split_note(request->checkpoint)) {
    request->checkpoint = merkle::sign_note(split->text, log_key().name, log_secret());
  }
  const merkle::Witnessed first{1, merkle::leaf_hash(as_bytes("one"))};  // of the corpus's log
  for (const auto& held : {merkle::Witnessed{0, merkle::empty_root()}, first}) {
    const auto verdict = merkle::judge(*request, log_key(), held);
    require((verdict.status == 200) == verdict.reason.empty());
    require(verdict.status != 200 || verdict.state.size >= held.size);
    require(verdict.status != 409 || verdict.state == held);
  }
}

void read_tiles(ByteView data) {
  if (const auto id = merkle::parse_tile_path(as_text(data))) {
    require(merkle::tile_path(*id) == as_text(data));
    require(merkle::width_in_tree(*id, ~std::uint64_t{0}) <= merkle::kTileWidth);
  }
  if (const auto hashes = merkle::parse_hash_tile(data, data.size() / sizeof(Digest))) {
    require(hashes->size() * sizeof(Digest) == data.size());
  }
  for (const std::size_t width : {1, 2, 3, 256}) {
    const auto entries = merkle::parse_entry_bundle(data, width);
    if (!entries) continue;
    Bytes bundle;
    for (const ByteView entry : *entries) merkle::append_entry(bundle, entry);
    require(bundle == to_bytes(data));
  }
}

void read_proof(std::string_view text) {
  const auto receipt = merkle::receipt_from_text(text);
  if (!receipt) return;
  require(merkle::receipt_to_text(*receipt) == text);
  const auto trusted = merkle::verify_receipt(*receipt, policy());
  require(!trusted || merkle::verify_receipt(*receipt, log_key()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  read_policy(text);
  read_note(text);
  read_request(text);
  read_tiles({data, size});
  read_proof(text);
  return 0;
}
