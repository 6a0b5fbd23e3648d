// C2SP signed notes (c2sp.org/signed-note@v1.0.0) and checkpoints (c2sp.org/tlog-checkpoint).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/crypto/ed25519.h"

namespace rujukan::merkle {

// A name and an Ed25519 key: "name+hex8(key id)+base64(0x01 || key)".
struct NoteKey {
  std::string name;
  Ed25519PublicKey key{};

  // SHA-256(name || 0x0A || 0x01 || key), first 4 bytes, big-endian.
  std::uint32_t id() const;
  std::string to_vkey() const;
  // Errors: note.malformed, key.invalid. Split at the first two '+' only.
  static Result<NoteKey> from_vkey(std::string_view text);
};

// ASCII letters, digits, '.', '_', '/', '-'; 1..255 bytes.
bool is_valid_origin(std::string_view name);

// `text` ends in a newline. Returns text, an empty line and one signature line.
std::string sign_note(std::string_view text, std::string_view name, const Ed25519SecretKey& key);
// The text that `key` signed. Signatures of unknown keys are ignored; a known key with a bad
// signature, a repeated (name, id), non-canonical base64 or more than 100 signatures refuse the
// note. Errors: note.malformed, signature.invalid.
Result<std::string> verify_note(std::string_view note, const NoteKey& key);

struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Digest root{};

  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// The three lines of the note's text; no extension lines.
std::string checkpoint_text(const Checkpoint& checkpoint);
// Errors: checkpoint.invalid for another form than checkpoint_text gives.
Result<Checkpoint> parse_checkpoint_text(std::string_view text);
std::string sign_checkpoint(const Checkpoint& checkpoint, const Ed25519SecretKey& key);
// The first line of a checkpoint's note: which log it says it is of. Not verified.
std::string origin_line(std::string_view note);
// Verifies the note and that its origin is the key's name. Errors: note.malformed,
// signature.invalid, checkpoint.invalid.
Result<Checkpoint> verify_checkpoint(std::string_view note, const NoteKey& key);

}  // namespace rujukan::merkle
