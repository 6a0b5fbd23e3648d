#include "broker/merkle/note.h"

#include <algorithm>
#include <utility>

#include "broker/base/invariant.h"
#include "broker/merkle/note_parts.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/text.h"
#include "broker/merkle/utf8.h"

namespace rujukan::merkle {
namespace {

constexpr std::size_t kMaxNameBytes = 255;

Error bad_checkpoint(std::string_view field, std::string detail) {
  return Error{ErrorCode::kCheckpointInvalid, std::string(field), std::move(detail)};
}

}  // namespace

std::uint32_t NoteKey::id() const { return key_id(KeyType::kEd25519, name, key); }

std::string NoteKey::to_vkey() const { return merkle::to_vkey(KeyType::kEd25519, name, key); }

Result<NoteKey> NoteKey::from_vkey(std::string_view text) {
  auto parsed = parse_vkey(KeyType::kEd25519, text);
  if (!parsed) return parsed.error();
  return NoteKey{std::move(parsed->name), parsed->key};
}

bool is_valid_origin(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '/' || c == '-';
  };
  return !name.empty() && name.size() <= kMaxNameBytes &&
         std::all_of(name.begin(), name.end(), allowed);
}

std::string sign_note(std::string_view text, std::string_view name, const Ed25519SecretKey& key) {
  INVARIANT(text.ends_with('\n') && is_note_text(text));
  INVARIANT(is_valid_origin(name));
  const std::uint32_t id = key_id(KeyType::kEd25519, name, key.public_key());
  return std::string(text) + "\n" + signature_line(name, id, key.sign(as_bytes(text)));
}

Result<std::string> verify_note(std::string_view note, const NoteKey& key) {
  const auto split = split_note(note);
  if (!split) return split.error();
  const SignatureLine* line = split->find(key.name, key.id());
  if (line == nullptr) {
    return Error{ErrorCode::kSignatureInvalid, "signature", "no signature of " + key.name};
  }
  const auto checked = check_signature({key.name, key.key}, split->text, line->signature);
  if (!checked) return checked.error();
  return std::string(split->text);
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  INVARIANT(is_valid_origin(checkpoint.origin));
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root) + "\n";
}

Result<Checkpoint> parse_checkpoint_lines(std::string_view text) {
  const auto origin = take_line(text);
  if (!origin || !is_valid_origin(*origin)) return bad_checkpoint("origin", "not a valid origin");
  const auto size_line = take_line(text);
  const auto size = size_line ? parse_decimal(*size_line) : std::nullopt;
  if (!size) return bad_checkpoint("size", "not a canonical decimal below 2^63");
  const auto root_line = take_line(text);
  const auto bytes = root_line ? from_base64(*root_line) : std::nullopt;
  const auto root = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!root) return bad_checkpoint("root", "not the canonical base64 of 32 bytes");
  if (!text.empty()) return bad_checkpoint("text", "lines after the root");
  return Checkpoint{std::string(*origin), *size, *root};
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  auto checkpoint = parse_checkpoint_lines(text);
  if (checkpoint && checkpoint->size == 0 && checkpoint->root != empty_root()) {
    return bad_checkpoint("root", "not the empty tree's");
  }
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const Ed25519SecretKey& key) {
  return sign_note(checkpoint_text(checkpoint), checkpoint.origin, key);
}

std::string origin_line(std::string_view note) {
  return std::string(note.substr(0, note.find('\n')));
}

Result<Checkpoint> verify_checkpoint(std::string_view note, const NoteKey& key) {
  const auto text = verify_note(note, key);
  if (!text) return text.error();
  auto checkpoint = parse_checkpoint_text(*text);
  if (!checkpoint) return checkpoint.error();
  if (checkpoint->origin != key.name) return bad_checkpoint("origin", "not the log's");
  return checkpoint;
}

}  // namespace rujukan::merkle
