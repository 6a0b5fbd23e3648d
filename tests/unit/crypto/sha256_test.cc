#include "broker/crypto/sha256.h"

#include <catch2/catch.hpp>
#include <string>
#include <thread>

using namespace rujukan;

TEST_CASE("SHA-256 gives the digests of FIPS 180-4") {
  CHECK(to_hex(sha256(Bytes{})) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256(as_bytes("abc"))) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(to_hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(to_hex(sha256(as_bytes(std::string(1'000'000, 'a')))) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256 over parts is SHA-256 over their concatenation at every cut") {
  const std::string text =
      "one digest however the hundred and thirty-one bytes are cut, because "
      "a block is sixty-four of them and a cut may fall in any";
  const Digest whole = sha256(as_bytes(text));
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view view = text;
    CHECK(sha256({as_bytes(view.substr(0, cut)), {}, as_bytes(view.substr(cut))}) == whole);
  }
}

TEST_CASE("SHA-256 gives each thread its own result") {
  const auto chain = [](std::uint8_t start) {
    Digest digest{start};
    for (int i = 0; i < 20'000; ++i) digest = sha256(digest);
    return digest;
  };
  Digest first, second;
  std::thread a([&] { first = chain(1); });
  std::thread b([&] { second = chain(2); });
  a.join();
  b.join();
  CHECK(first == chain(1));
  CHECK(second == chain(2));
}
