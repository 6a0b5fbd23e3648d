// Witnesses' signatures of checkpoints (c2sp.org/tlog-cosignature@v1.0.1, type 0x04, Ed25519).
#pragma once

#include <string>
#include <string_view>

#include "broker/merkle/note.h"

namespace rujukan::merkle {

// A name and an Ed25519 key that cosigns: "name+hex8(key id)+base64(0x04 || key)".
struct CosignerKey {
  std::string name;
  Ed25519PublicKey key{};

  // SHA-256(name || 0x0A || 0x04 || key), first 4 bytes, big-endian.
  std::uint32_t id() const;
  std::string to_vkey() const;
  // Errors: note.malformed, key.invalid.
  static Result<CosignerKey> from_vkey(std::string_view text);

  friend bool operator==(const CosignerKey&, const CosignerKey&) = default;
};

// One signature line, newline included: that at `time_s` (seconds since 1970) the checkpoint was
// the largest consistent tree that the cosigner had seen. `text` is the note's text.
std::string cosign(std::string_view text, const std::string& name, const Ed25519SecretKey& key,
                   std::uint64_t time_s);

// The time of the cosigner's signature on the note; nullopt when it has none. Errors:
// note.malformed, signature.invalid for a line of this name and key id that does not verify.
Result<std::optional<std::uint64_t>> cosigned_at(std::string_view note, const CosignerKey& key);

// The note with one more signature line. Lines are kept in their order; a line of the same name and
// key id is replaced. Errors: note.malformed.
Result<std::string> add_signature_line(std::string_view note, std::string_view line);

}  // namespace rujukan::merkle
