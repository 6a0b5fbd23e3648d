#include "broker/merkle/note.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "broker/base/invariant.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/text.h"
#include "broker/merkle/utf8.h"

namespace rujukan::merkle {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // em dash, space
constexpr std::uint8_t kEd25519Type = 0x01;
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kMaxSignatures = 100;
constexpr std::size_t kMaxNameBytes = 255;

using TypedKey = std::array<std::uint8_t, 1 + sizeof(Ed25519PublicKey)>;

struct SignatureLine {
  std::string_view name;
  std::uint32_t key_id = 0;
  Bytes signature;
};

Error malformed(std::string_view field, std::string detail) {
  return Error{ErrorCode::kNoteMalformed, std::string(field), std::move(detail)};
}

TypedKey typed_key(const Ed25519PublicKey& key) {
  TypedKey bytes{kEd25519Type};
  std::copy(key.begin(), key.end(), bytes.begin() + 1);
  return bytes;
}

std::string key_id_text(std::uint32_t id) {
  Bytes bytes;
  append_u32be(bytes, id);
  return to_hex(bytes);
}

// "— name base64(key id || signature)"
Result<SignatureLine> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return malformed("signature", "not a signature line");
  line.remove_prefix(kSignaturePrefix.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return malformed("signature", "no space after the name");
  const std::string_view name = line.substr(0, space);
  if (!is_note_key_name(name)) return malformed("signature", "not a key name");
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes) return malformed("signature", "not canonical base64");
  if (bytes->size() <= kKeyIdBytes) return malformed("signature", "too short");
  return SignatureLine{name, read_u32be(*bytes), Bytes(bytes->begin() + kKeyIdBytes, bytes->end())};
}

Result<std::vector<SignatureLine>> parse_signatures(std::string_view text) {
  std::vector<SignatureLine> lines;
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  while (!text.empty()) {
    const auto line = take_line(text);
    if (!line) return malformed("signature", "no newline at the end");
    if (lines.size() == kMaxSignatures) return malformed("signature", "more than 100");
    auto parsed = parse_signature_line(*line);
    if (!parsed) return parsed.error();
    if (!seen.emplace(parsed->name, parsed->key_id).second) {
      return malformed("signature", "a name and key id stand twice");
    }
    lines.push_back(std::move(parsed).value());
  }
  if (lines.empty()) return malformed("signature", "none");
  return lines;
}

Result<void> check_signature(const SignatureLine& line, std::string_view text, const NoteKey& key) {
  const auto signature = to_array<64>(line.signature);
  if (!signature || !ed25519_verify(key.key, as_bytes(text), *signature)) {
    return Error{ErrorCode::kSignatureInvalid, "signature", "bad signature of " + key.name};
  }
  return {};
}

Error bad_checkpoint(std::string_view field, std::string detail) {
  return Error{ErrorCode::kCheckpointInvalid, std::string(field), std::move(detail)};
}

}  // namespace

std::uint32_t NoteKey::id() const {
  return read_u32be(sha256({as_bytes(name), as_bytes("\n"), typed_key(key)}));
}

std::string NoteKey::to_vkey() const {
  return name + "+" + key_id_text(id()) + "+" + to_base64(typed_key(key));
}

Result<NoteKey> NoteKey::from_vkey(std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("vkey", "not name+id+key");
  const std::string_view name = text.substr(0, first);
  if (!is_valid_origin(name)) return malformed("vkey", "not a valid name");
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes) return malformed("vkey", "not canonical base64");
  if (bytes->size() != 1 + sizeof(Ed25519PublicKey) || (*bytes)[0] != kEd25519Type) {
    return malformed("vkey", "not an Ed25519 key");
  }
  NoteKey key{std::string(name), *to_array<32>(ByteView(*bytes).subspan(1))};
  if (text.substr(first + 1, second - first - 1) != key_id_text(key.id())) {
    return malformed("vkey", "the key id is not that of the name and key");
  }
  if (const auto checked = check_ed25519_key(key.key); !checked) return checked.error();
  return key;
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
  Bytes signature;
  append_u32be(signature, NoteKey{std::string(name), key.public_key()}.id());
  const Ed25519Signature bytes = key.sign(as_bytes(text));
  signature.insert(signature.end(), bytes.begin(), bytes.end());
  std::string note(text);
  note += '\n';
  note += kSignaturePrefix;
  note += name;
  note += ' ';
  note += to_base64(signature);
  note += '\n';
  return note;
}

Result<std::string> verify_note(std::string_view note, const NoteKey& key) {
  if (!is_note_text(note)) return malformed("note", "not UTF-8, or a control character");
  const auto split = note.rfind("\n\n");
  if (split == std::string_view::npos) return malformed("note", "no empty line");
  const std::string_view text = note.substr(0, split + 1);
  const auto lines = parse_signatures(note.substr(split + 2));
  if (!lines) return lines.error();
  const std::uint32_t key_id = key.id();
  for (const SignatureLine& line : *lines) {
    if (line.name != key.name || line.key_id != key_id) continue;
    if (const auto checked = check_signature(line, text, key); !checked) return checked.error();
    return std::string(text);
  }
  return Error{ErrorCode::kSignatureInvalid, "signature", "no signature of " + key.name};
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  INVARIANT(is_valid_origin(checkpoint.origin));
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" +
         to_base64(checkpoint.root) + "\n";
}

Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
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
  if (*size == 0 && *root != empty_root()) return bad_checkpoint("root", "not the empty tree's");
  return Checkpoint{std::string(*origin), *size, *root};
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const Ed25519SecretKey& key) {
  return sign_note(checkpoint_text(checkpoint), checkpoint.origin, key);
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
