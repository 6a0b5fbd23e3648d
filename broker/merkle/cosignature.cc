#include "broker/merkle/cosignature.h"

#include <limits>
#include <utility>

#include "broker/base/invariant.h"
#include "broker/base/limits.h"
#include "broker/merkle/note_parts.h"

namespace rujukan::merkle {
namespace {

constexpr std::size_t kTimestampBytes = 8;
constexpr std::uint64_t kMaxTime = std::numeric_limits<std::int64_t>::max();

std::string signed_message(std::string_view text, std::uint64_t time_s) {
  return "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + std::string(text);
}

Error malformed(std::string detail) {
  return Error{ErrorCode::kNoteMalformed, "signature", std::move(detail)};
}

}  // namespace

std::uint32_t CosignerKey::id() const { return key_id(KeyType::kCosignature, name, key); }

std::string CosignerKey::to_vkey() const {
  return merkle::to_vkey(KeyType::kCosignature, name, key);
}

Result<CosignerKey> CosignerKey::from_vkey(std::string_view text) {
  auto parsed = parse_vkey(KeyType::kCosignature, text);
  if (!parsed) return parsed.error();
  return CosignerKey{std::move(parsed->name), parsed->key};
}

std::string cosign(std::string_view text, const std::string& name, const Ed25519SecretKey& key,
                   std::uint64_t time_s) {
  INVARIANT(text.ends_with('\n') && is_valid_origin(name) && time_s <= kMaxTime);
  Bytes signature;
  append_u64be(signature, time_s);
  const Ed25519Signature bytes = key.sign(as_bytes(signed_message(text, time_s)));
  signature.insert(signature.end(), bytes.begin(), bytes.end());
  const std::uint32_t id = key_id(KeyType::kCosignature, name, key.public_key());
  return signature_line(name, id, signature);
}

Result<std::uint64_t> check_cosignature(const SignatureLine& line, std::string_view text,
                                        const CosignerKey& key) {
  const ByteView bytes(line.signature);
  const std::uint64_t time_s = bytes.size() < kTimestampBytes ? kMaxTime + 1 : read_u64be(bytes);
  if (time_s > kMaxTime) {
    return Error{ErrorCode::kSignatureInvalid, "signature", "no time in that of " + key.name};
  }
  const auto checked = check_signature({key.name, key.key}, signed_message(text, time_s),
                                       bytes.subspan(kTimestampBytes));
  if (!checked) return checked.error();
  return time_s;
}

Result<std::optional<std::uint64_t>> cosigned_at(std::string_view note, const CosignerKey& key) {
  const auto split = split_note(note);
  if (!split) return split.error();
  const SignatureLine* line = split->find(key.name, key.id());
  if (line == nullptr) return std::optional<std::uint64_t>{};
  const auto time_s = check_cosignature(*line, split->text, key);
  if (!time_s) return time_s.error();
  return std::optional(*time_s);
}

Result<std::string> add_signature_line(std::string_view note, std::string_view line) {
  const auto split = split_note(note);
  if (!split) return split.error();
  const auto added = parse_signature_lines(line);
  if (!added) return added.error();
  if (added->size() != 1) return malformed("more than one line");
  const SignatureLine* replaced = split->find(added->front().name, added->front().key_id);
  if (replaced == nullptr && split->signatures.size() == limits::kNoteSignatures) {
    return malformed("more than 100");
  }
  std::string out = std::string(split->text) + "\n";
  for (const SignatureLine& kept : split->signatures) {
    out += &kept == replaced ? line : kept.line;
  }
  if (replaced == nullptr) out += line;
  return out;
}

}  // namespace rujukan::merkle
