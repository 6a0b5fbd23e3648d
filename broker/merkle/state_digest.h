// The digest of all case records, kept up to date with each change: it shows that two replays, or a
// replay and the broker, hold the same state. It is no protection against people: who can choose
// records can make sums collide, and a replay recomputes every decision anyway.
#pragma once

#include <array>
#include <cstdint>

#include "broker/base/bytes.h"

namespace rujukan::merkle {

// Of records as wire::encode_case writes them. Another encoding is another format.
inline constexpr std::uint16_t kStateFormat = 1;

// SHA-256(0x02 || record).
Digest record_hash(ByteView record);

// The sum of the records' hashes modulo 2^256, and their number: the order does not matter.
class StateDigest {
 public:
  StateDigest() = default;
  // As it was: what cases() and sum() said.
  StateDigest(std::uint64_t cases, const Digest& sum);

  void add(const Digest& hash);
  // Requires: it was added.
  void remove(const Digest& hash);

  std::uint64_t cases() const { return cases_; }
  // Big-endian.
  Digest sum() const;
  // SHA-256(T("rujukan/state", u16be format, u64be cases, sum)).
  Digest value() const;

  friend bool operator==(const StateDigest&, const StateDigest&) = default;

 private:
  using Words = std::array<std::uint64_t, 4>;  // the least significant last
  static Words words_of(const Digest& hash);

  std::uint64_t cases_ = 0;
  Words sum_{};
};

}  // namespace rujukan::merkle
