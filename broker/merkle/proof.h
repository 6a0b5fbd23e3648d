// The RFC 6962 / RFC 9162 Merkle tree over SHA-256: hashes, proofs and their verification.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "broker/base/bytes.h"
#include "broker/model/entry.h"

namespace rujukan::merkle {

// SHA-256(0x00 || entry). Source: RFC 6962 §2.1.
Digest leaf_hash(ByteView entry);
// Of a message in its submission's tree, whether its bytes are kept or not.
Digest leaf_of(const MessageCause& cause);
// SHA-256(0x01 || left || right).
Digest node_hash(const Digest& left, const Digest& right);
// SHA-256("").
Digest empty_root();

// MTH over leaf hashes held in memory; for submissions of at most 256 messages.
Digest root_of(std::span<const Digest> leaves);
// PATH(index, leaves), leaf-sibling first. Requires: index < leaves.size().
std::vector<Digest> path_of(std::span<const Digest> leaves, std::size_t index);

// The root to which an inclusion path leads. Errors: nullopt when the path has the wrong length for
// (index, size). Source: RFC 9162 §2.1.3.2.
std::optional<Digest> root_of_path(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> path);
// False as well when the path has the wrong length.
bool verify_inclusion(const Digest& leaf, std::uint64_t index, std::uint64_t size,
                      std::span<const Digest> path, const Digest& root);
// Source: RFC 9162 §2.1.4.2. first == 0 is refused; first == second needs an empty proof and equal
// roots.
bool verify_consistency(std::uint64_t first, const Digest& first_root, std::uint64_t second,
                        const Digest& second_root, std::span<const Digest> proof);

}  // namespace rujukan::merkle
