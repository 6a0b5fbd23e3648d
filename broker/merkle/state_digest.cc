#include "broker/merkle/state_digest.h"

#include "broker/base/invariant.h"
#include "broker/crypto/sha256.h"

namespace rujukan::merkle {

Digest record_hash(ByteView record) {
  static constexpr std::uint8_t kPrefix[] = {2};
  return sha256({kPrefix, record});
}

StateDigest::StateDigest(std::uint64_t cases, const Digest& sum)
    : cases_(cases), sum_(words_of(sum)) {}

StateDigest::Words StateDigest::words_of(const Digest& hash) {
  Words words;
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = read_u64be(ByteView(hash).subspan(8 * i));
  return words;
}

void StateDigest::add(const Digest& hash) {
  const Words added = words_of(hash);
  bool carry = false;
  for (std::size_t i = sum_.size(); i-- > 0;) {
    const std::uint64_t word = sum_[i] + added[i];
    const std::uint64_t with_carry = word + (carry ? 1 : 0);
    carry = word < added[i] || with_carry < word;
    sum_[i] = with_carry;
  }
  ++cases_;
}

void StateDigest::remove(const Digest& hash) {
  INVARIANT(cases_ > 0);
  const Words taken = words_of(hash);
  bool borrow = false;
  for (std::size_t i = sum_.size(); i-- > 0;) {
    const std::uint64_t word = sum_[i] - taken[i];
    const std::uint64_t with_borrow = word - (borrow ? 1 : 0);
    borrow = sum_[i] < taken[i] || with_borrow > word;
    sum_[i] = with_borrow;
  }
  --cases_;
}

Digest StateDigest::sum() const {
  Bytes bytes;
  for (const std::uint64_t word : sum_) append_u64be(bytes, word);
  return *to_array<32>(bytes);
}

Digest StateDigest::value() const {
  Bytes format;
  append_u16be(format, kStateFormat);
  Bytes cases;
  append_u64be(cases, cases_);
  return sha256(tuple_bytes({as_bytes("rujukan/state"), format, cases, sum()}));
}

}  // namespace rujukan::merkle
