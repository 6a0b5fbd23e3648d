#include "broker/merkle/state_digest.h"

#include <catch2/catch.hpp>

#include "broker/crypto/sha256.h"
#include "tests/support/hex.h"

using namespace rujukan;
using namespace rujukan::merkle;

namespace {

Digest filled(std::uint8_t byte) {
  Digest out;
  out.fill(byte);
  return out;
}
Digest number(std::uint8_t last) {
  Digest out{};
  out[31] = last;
  return out;
}

}  // namespace

TEST_CASE("the sum of hashes is carried through all 256 bits and beyond them nothing is kept") {
  StateDigest state;
  state.add(filled(0xFF));
  state.add(number(1));
  REQUIRE(state.sum() == Digest{});
  REQUIRE(state.cases() == 2);
  state.add(number(2));
  state.remove(number(3));
  REQUIRE(state.sum() == filled(0xFF));
  StateDigest middle(1, [] {
    Digest out{};
    for (std::size_t i = 8; i < 32; ++i) out[i] = 0xFF;
    return out;
  }());
  middle.add(number(1));
  Digest carried{};
  carried[7] = 1;
  REQUIRE(middle.sum() == carried);
}

TEST_CASE("neither the order of changes nor what was replaced shows in the state's digest") {
  std::vector<Digest> hashes;
  for (std::uint8_t i = 0; i < 100; ++i) hashes.push_back(sha256(Bytes{i}));
  StateDigest forth;
  for (const Digest& hash : hashes) forth.add(hash);
  StateDigest back;
  for (std::size_t i = hashes.size(); i-- > 0;) {
    back.add(record_hash(hashes[i]));
    back.add(hashes[i]);
    back.remove(record_hash(hashes[i]));
  }
  REQUIRE(forth == back);
  REQUIRE(forth.value() == back.value());
  REQUIRE(StateDigest(forth.cases(), forth.sum()) == forth);
  back.remove(hashes[0]);
  back.add(hashes[1]);
  REQUIRE(back.value() != forth.value());
}

TEST_CASE("the state's digest is the one that the wire document defines") {
  REQUIRE(record_hash(as_bytes("record")) == sha256(as_bytes("\x02record")));
  StateDigest state;
  state.add(number(7));
  const Bytes format{0, 1};
  const Bytes cases{0, 0, 0, 0, 0, 0, 0, 1};
  Bytes tuple{0, 0, 0, 13};
  const auto put = [&tuple](ByteView part) { tuple.insert(tuple.end(), part.begin(), part.end()); };
  put(as_bytes("rujukan/state"));
  put(Bytes{0, 0, 0, 2});
  put(format);
  put(Bytes{0, 0, 0, 8});
  put(cases);
  put(Bytes{0, 0, 0, 32});
  put(number(7));
  REQUIRE(state.value() == sha256(tuple));
}
