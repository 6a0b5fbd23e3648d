// The checksum of a derived row: it tells rot from truth, it is no protection against people.
#pragma once

#include "broker/crypto/sha256.h"

namespace rujukan::store {

inline std::uint64_t row_check(std::initializer_list<ByteView> parts) {
  return read_u64be(sha256(parts)) >> 1;  // SQLite's integers are signed
}

inline std::uint64_t mail_check(std::uint64_t unit, std::uint64_t entry) {
  Bytes key;
  append_u64be(key, unit);
  append_u64be(key, entry);
  return row_check({key});
}

inline std::uint64_t state_check(std::uint64_t cases, const Digest& sum) {
  Bytes count;
  append_u64be(count, cases);
  return row_check({count, sum});
}

inline std::uint64_t clock_check(std::uint64_t shift, std::uint64_t alive) {
  Bytes row;
  append_u64be(row, shift);
  append_u64be(row, alive);
  return row_check({row});
}

}  // namespace rujukan::store
