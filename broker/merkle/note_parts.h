// The parts of signed notes that all kinds of signatures share (verifier keys, signature lines),
// and the lines of a checkpoint.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"
#include "broker/merkle/cosignature.h"

namespace rujukan::merkle {

// The type byte of a key. Lines of other types carry key ids that no key of these two has, so they
// are unknown and ignored; so is a line of one type for a key of the other.
enum class KeyType : std::uint8_t {
  kEd25519 = 0x01,
  kCosignature = 0x04,
};

struct NamedKey {
  std::string name;
  Ed25519PublicKey key{};
};

// SHA-256(name || 0x0A || type || key), first 4 bytes, big-endian.
std::uint32_t key_id(KeyType type, std::string_view name, const Ed25519PublicKey& key);
// "name+hex8(key id)+base64(type || key)".
std::string to_vkey(KeyType type, const std::string& name, const Ed25519PublicKey& key);
// Splits at the first two '+' only. Errors: note.malformed, key.invalid.
Result<NamedKey> parse_vkey(KeyType type, std::string_view text);

// "— name base64(key id || signature)".
struct SignatureLine {
  std::string_view line;  // whole, newline included
  std::string_view name;
  std::uint32_t key_id = 0;
  Bytes signature;
};

// Newline included.
std::string signature_line(std::string_view name, std::uint32_t key_id, ByteView signature);

// Views into the note.
struct SplitNote {
  std::string_view text;  // its last newline included
  std::vector<SignatureLine> signatures;

  // nullptr when there is none; never more than one.
  const SignatureLine* find(std::string_view name, std::uint32_t key_id) const;
};

// Verifies nothing. Errors: note.malformed for another form, a repeated (name, key id),
// non-canonical base64 or too many signatures.
Result<SplitNote> split_note(std::string_view note);
// `text` is signature lines only. Errors: as split_note.
Result<std::vector<SignatureLine>> parse_signature_lines(std::string_view text);

// Errors: signature.invalid, also for a signature that has not 64 bytes.
Result<void> check_signature(const NamedKey& key, std::string_view message, ByteView signature);
// The time in a cosigner's line. Errors: signature.invalid.
Result<std::uint64_t> check_cosignature(const SignatureLine& line, std::string_view text,
                                        const CosignerKey& key);

// parse_checkpoint_text, but a tree of size 0 may have any root, for which a witness has an answer
// of its own. Errors: checkpoint.invalid.
Result<Checkpoint> parse_checkpoint_lines(std::string_view text);

}  // namespace rujukan::merkle
