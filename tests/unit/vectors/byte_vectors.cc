#include <catch2/catch.hpp>

#include "broker/crypto/box.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/tree.h"
#include "broker/seal/seal.h"
#include "broker/wire/frames.h"
#include "tests/support/small_release.h"
#include "tests/unit/vectors/vectors.h"

namespace rujukan::test {
namespace {

Bytes some_bytes(std::size_t number) {
  return to_bytes(as_bytes("message " + std::to_string(number)));
}

Vectors hex_list(const auto& hashes) {
  Vectors out = Vectors::array();
  for (const auto& hash : hashes) out.push_back(to_hex(hash));
  return out;
}

class NoNodes final : public merkle::NodeReader {
 public:
  Result<std::vector<Digest>> read_nodes(std::uint8_t level, std::uint64_t first,
                                         std::size_t count) const override {
    REQUIRE(level == 0);
    return std::vector<Digest>(leaves_.begin() + static_cast<std::ptrdiff_t>(first),
                               leaves_.begin() + static_cast<std::ptrdiff_t>(first + count));
  }
  void add(const Digest& leaf) { leaves_.push_back(leaf); }

 private:
  std::vector<Digest> leaves_;
};

Vectors box_vector(const SealContext& context, const SealRecipient& recipient, const Seed& secret,
                   const Seed& ephemeral, const Digest& key) {
  const Digest binding =
      sha256(tuple_bytes({as_bytes("rujukan/box/v1"), context.message_id.bytes,
                          context.case_id.bytes, as_bytes(context.sender.view()),
                          as_bytes(recipient.unit.view()), as_bytes(recipient.key_id)}));
  Bytes inside = to_bytes(key);
  inside.insert(inside.end(), binding.begin(), binding.end());
  return {{"unit", recipient.unit.str()},
          {"key_id", recipient.key_id},
          {"secret", to_hex(secret)},
          {"key", to_hex(recipient.key)},
          {"ephemeral_seed", to_hex(ephemeral)},
          {"binding", to_hex(binding)},
          {"sealed_key", to_hex(*seal_box(recipient.key, inside, ephemeral))}};
}

}  // namespace

Vectors padding_vectors() {
  Vectors out = Vectors::array();
  std::vector<std::size_t> lengths;
  for (std::size_t length = 36; length <= 80; ++length) lengths.push_back(length);
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{1}, std::size_t{9}, std::size_t{100}, std::size_t{136},
        std::size_t{1000}, std::size_t{4096}, std::size_t{4097}, std::size_t{65'537},
        std::size_t{1'000'000}}) {
    lengths.push_back(length);
  }
  for (const std::size_t length : lengths) out.push_back({length, padme(length)});
  return {{"padme", std::move(out)}};
}

Vectors seal_vectors() {
  const SealContext context{MessageId{make_uuid7(1'780'315'200'000, {1, 2, 3})},
                            CaseId{make_uuid7(1'780'315'100'000, {4, 5, 6})}, UnitId("kpai")};
  const std::string text = R"({"kronologi":"Contoh yang dibuat-buat.","pelapor":"Siti Contoh"})";
  SealRandomness randomness{seed_of("content key"), {}, seed_of("salt"), {}};
  const Digest nonce = seed_of("nonce");
  std::copy_n(nonce.begin(), randomness.nonce.size(), randomness.nonce.begin());
  std::vector<SealRecipient> recipients;
  Vectors boxes = Vectors::array();
  for (const char* unit : {"polres.11.01", "sapa"}) {
    const Seed secret = seed_of(std::string(unit) + " seal-1");
    const Seed ephemeral = seed_of(std::string("ephemeral ") + unit);
    const SealRecipient recipient{UnitId(unit), "seal-1",
                                  X25519SecretKey::from_seed(secret).public_key()};
    boxes.push_back(box_vector(context, recipient, secret, ephemeral, randomness.key));
    recipients.push_back(recipient);
    randomness.ephemeral_seeds.push_back(ephemeral);
  }
  const auto sealed = seal(as_bytes(text), context, recipients, randomness);
  REQUIRE(sealed.ok());
  return {{"message_id", to_hex(context.message_id.bytes)},
          {"case_id", to_hex(context.case_id.bytes)},
          {"sender", context.sender.str()},
          {"text", text},
          {"content_key", to_hex(randomness.key)},
          {"nonce", to_hex(randomness.nonce)},
          {"salt", to_hex(randomness.salt)},
          {"boxes", std::move(boxes)},
          {"payload", to_hex(sealed->bytes)},
          {"digest", to_hex(sealed->ref.digest)},
          {"size", sealed->ref.size},
          {"commitment", to_hex(sealed->ref.commitment)}};
}

Vectors submission_vectors() {
  const UnitId unit("kpai");
  const Seed seed = seed_of("sign kpai");
  const Ed25519SecretKey key = Ed25519SecretKey::from_seed(seed);
  Vectors submissions = Vectors::array();
  std::vector<Digest> leaves;
  Vectors messages = Vectors::array();
  for (std::size_t count = 1; count <= 5; ++count) {
    const Bytes message = some_bytes(count);
    messages.push_back(to_hex(message));
    leaves.push_back(merkle::leaf_hash(message));
    const Digest root = merkle::root_of(leaves);
    const Bytes said =
        wire::submission_signing_bytes(kOrigin, unit, static_cast<std::uint32_t>(count), root);
    Vectors paths = Vectors::array();
    for (std::size_t i = 0; i < count; ++i) paths.push_back(hex_list(merkle::path_of(leaves, i)));
    submissions.push_back({{"messages", messages},
                           {"root", to_hex(root)},
                           {"paths", std::move(paths)},
                           {"signed", to_hex(said)},
                           {"signature", to_hex(key.sign(said))}});
  }
  return {{"log_origin", kOrigin},
          {"unit", unit.str()},
          {"seed", to_hex(seed)},
          {"key", to_hex(key.public_key())},
          {"submissions", std::move(submissions)}};
}

Vectors receipt_vectors() {
  constexpr std::uint64_t kEntries = 11;
  const Ed25519SecretKey key = Ed25519SecretKey::from_seed(seed_of("log"));
  NoNodes nodes;
  merkle::Tree tree(nodes);
  Vectors entries = Vectors::array();
  Vectors checkpoints = Vectors::array();
  Vectors receipts = Vectors::array();
  Vectors proofs = Vectors::array();
  for (std::uint64_t size = 1; size <= kEntries; ++size) {
    const Bytes entry = some_bytes(size);
    entries.push_back(to_hex(entry));
    nodes.add(merkle::leaf_hash(entry));
    tree.append(merkle::leaf_hash(entry));
    checkpoints.push_back(merkle::sign_checkpoint({kOrigin, size, tree.root()}, key));
  }
  for (const std::uint64_t size : {1U, 2U, 7U, 11U}) {
    for (std::uint64_t index = 0; index < size; ++index) {
      receipts.push_back(
          {{"index", index}, {"size", size}, {"path", hex_list(*tree.inclusion(index, size))}});
    }
    for (std::uint64_t first = 1; first <= size; ++first) {
      proofs.push_back(
          {{"first", first}, {"second", size}, {"path", hex_list(*tree.consistency(first, size))}});
    }
  }
  return {{"log_key", merkle::NoteKey{kOrigin, key.public_key()}.to_vkey()},
          {"entries", std::move(entries)},
          {"checkpoints", std::move(checkpoints)},
          {"receipts", std::move(receipts)},
          {"consistency", std::move(proofs)}};
}

Vectors frame_vectors() {
  const Seed broker = seed_of("broker curve");
  const Seed station = seed_of("station kpai");
  const auto box = Box::between(broker, X25519SecretKey::from_seed(station).public_key());
  REQUIRE(box.ok());
  const wire::Frames frames = wire::encode(wire::GetRelease{ReleaseVersion{7}});
  const Bytes joined = wire::join(frames);
  std::array<std::uint8_t, kBoxNonceBytes> nonce{};
  const Digest drawn = seed_of("nonce");
  std::copy_n(drawn.begin(), nonce.size(), nonce.begin());
  return {{"broker_secret", to_hex(broker)},
          {"broker_key", to_hex(X25519SecretKey::from_seed(broker).public_key())},
          {"station_secret", to_hex(station)},
          {"station_key", to_hex(X25519SecretKey::from_seed(station).public_key())},
          {"frames", hex_list(frames)},
          {"joined", to_hex(joined)},
          {"sent", to_hex(box->seal(joined, nonce))}};
}

}  // namespace rujukan::test
