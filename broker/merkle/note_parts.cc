#include "broker/merkle/note_parts.h"

#include <array>
#include <set>
#include <utility>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/text.h"
#include "broker/merkle/utf8.h"

namespace rujukan::merkle {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";  // em dash, space
constexpr std::size_t kKeyIdBytes = 4;

using TypedKey = std::array<std::uint8_t, 1 + sizeof(Ed25519PublicKey)>;

Error malformed(std::string_view field, std::string detail) {
  return Error{ErrorCode::kNoteMalformed, std::string(field), std::move(detail)};
}

TypedKey typed_key(KeyType type, const Ed25519PublicKey& key) {
  TypedKey bytes{static_cast<std::uint8_t>(type)};
  std::copy(key.begin(), key.end(), bytes.begin() + 1);
  return bytes;
}

std::string key_id_text(std::uint32_t id) {
  Bytes bytes;
  append_u32be(bytes, id);
  return to_hex(bytes);
}

// `line` without its newline.
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
  return SignatureLine{
      {}, name, read_u32be(*bytes), Bytes(bytes->begin() + kKeyIdBytes, bytes->end())};
}

}  // namespace

std::uint32_t key_id(KeyType type, std::string_view name, const Ed25519PublicKey& key) {
  return read_u32be(sha256({as_bytes(name), as_bytes("\n"), typed_key(type, key)}));
}

std::string to_vkey(KeyType type, const std::string& name, const Ed25519PublicKey& key) {
  return name + "+" + key_id_text(key_id(type, name, key)) + "+" + to_base64(typed_key(type, key));
}

Result<NamedKey> parse_vkey(KeyType type, std::string_view text) {
  const auto first = text.find('+');
  const auto second = first == std::string_view::npos ? first : text.find('+', first + 1);
  if (second == std::string_view::npos) return malformed("vkey", "not name+id+key");
  const std::string_view name = text.substr(0, first);
  if (!is_valid_origin(name)) return malformed("vkey", "not a valid name");
  const auto bytes = from_base64(text.substr(second + 1));
  if (!bytes) return malformed("vkey", "not canonical base64");
  if (bytes->size() != sizeof(TypedKey) || (*bytes)[0] != static_cast<std::uint8_t>(type)) {
    return malformed("vkey", type == KeyType::kEd25519 ? "not an Ed25519 key"
                                                       : "not an Ed25519 cosignature key");
  }
  NamedKey key{std::string(name), *to_array<32>(ByteView(*bytes).subspan(1))};
  if (text.substr(first + 1, second - first - 1) != key_id_text(key_id(type, name, key.key))) {
    return malformed("vkey", "the key id is not that of the name and key");
  }
  if (const auto checked = check_ed25519_key(key.key); !checked) return checked.error();
  return key;
}

std::string signature_line(std::string_view name, std::uint32_t key_id, ByteView signature) {
  Bytes bytes;
  append_u32be(bytes, key_id);
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  std::string line(kSignaturePrefix);
  line += name;
  line += ' ';
  line += to_base64(bytes);
  line += '\n';
  return line;
}

const SignatureLine* SplitNote::find(std::string_view name, std::uint32_t key_id) const {
  for (const SignatureLine& line : signatures) {
    if (line.name == name && line.key_id == key_id) return &line;
  }
  return nullptr;
}

Result<std::vector<SignatureLine>> parse_signature_lines(std::string_view text) {
  std::vector<SignatureLine> lines;
  std::set<std::pair<std::string_view, std::uint32_t>> seen;
  while (!text.empty()) {
    const std::string_view rest = text;
    const auto line = take_line(text);
    if (!line) return malformed("signature", "no newline at the end");
    if (lines.size() == limits::kNoteSignatures) return malformed("signature", "more than 100");
    auto parsed = parse_signature_line(*line);
    if (!parsed) return parsed.error();
    if (!seen.emplace(parsed->name, parsed->key_id).second) {
      return malformed("signature", "a name and key id stand twice");
    }
    parsed->line = rest.substr(0, line->size() + 1);
    lines.push_back(std::move(parsed).value());
  }
  if (lines.empty()) return malformed("signature", "none");
  return lines;
}

Result<SplitNote> split_note(std::string_view note) {
  if (!is_note_text(note)) return malformed("note", "not UTF-8, or a control character");
  const auto split = note.rfind("\n\n");
  if (split == std::string_view::npos) return malformed("note", "no empty line");
  auto lines = parse_signature_lines(note.substr(split + 2));
  if (!lines) return lines.error();
  return SplitNote{note.substr(0, split + 1), std::move(lines).value()};
}

Result<void> check_signature(const NamedKey& key, std::string_view message, ByteView signature) {
  const auto bytes = to_array<64>(signature);
  if (!bytes || !ed25519_verify(key.key, as_bytes(message), *bytes)) {
    return Error{ErrorCode::kSignatureInvalid, "signature", "bad signature of " + key.name};
  }
  return {};
}

}  // namespace rujukan::merkle
