#include "broker/base/bytes.h"

#include <catch2/catch.hpp>

using namespace rujukan;

TEST_CASE("base64 gives the vectors of RFC 4648") {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [text, encoded] : vectors) {
    REQUIRE(to_base64(as_bytes(text)) == encoded);
    REQUIRE(as_text(*from_base64(encoded)) == text);
  }
}

TEST_CASE("base64 that is not canonical is refused") {
  for (const char* text :
       {"Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm9v\n", "Zm 9", "Zm-_"}) {
    INFO(text);
    REQUIRE_FALSE(from_base64(text));
  }
}

TEST_CASE("hexadecimal survives the way there and back, and refuses what is not") {
  const Bytes bytes = {0x00, 0x0f, 0xf0, 0xff};
  REQUIRE(to_hex(bytes) == "000ff0ff");
  REQUIRE(*from_hex("000FF0ff") == bytes);
  REQUIRE_FALSE(from_hex("0"));
  REQUIRE_FALSE(from_hex("0g"));
}

TEST_CASE("a tuple cannot be mistaken for another one with moved boundaries") {
  REQUIRE(tuple_bytes({as_bytes("ab"), as_bytes("c")}) !=
          tuple_bytes({as_bytes("a"), as_bytes("bc")}));
  REQUIRE(to_hex(tuple_bytes({as_bytes("ab"), as_bytes("")})) == "00000002616200000000");
}

TEST_CASE("big-endian numbers are written as they are read") {
  Bytes out;
  append_u16be(out, 0x0102);
  append_u32be(out, 0x03040506);
  append_u64be(out, 0x0708090a0b0c0d0eULL);
  REQUIRE(to_hex(out) == "0102030405060708090a0b0c0d0e");
  REQUIRE(read_u16be(out) == 0x0102);
  REQUIRE(read_u32be(ByteView(out).subspan(2)) == 0x03040506);
  REQUIRE(read_u64be(ByteView(out).subspan(6)) == 0x0708090a0b0c0d0eULL);
}
