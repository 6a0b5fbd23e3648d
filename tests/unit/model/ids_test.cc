#include "broker/model/ids.h"

#include <catch2/catch.hpp>
#include <string>

#include "broker/base/limits.h"
#include "tests/support/hex.h"

using namespace rujukan;
using test::hex_array;

TEST_CASE("a UUID survives its text form") {
  const auto bytes = hex_array<16>("0123456789abcdef0123456789abcdef");
  CHECK(uuid_to_string(bytes) == "01234567-89ab-cdef-0123-456789abcdef");
  CHECK(uuid_from_string("01234567-89ab-cdef-0123-456789abcdef") == bytes);
  CHECK(to_string(MessageId{bytes}) == "01234567-89ab-cdef-0123-456789abcdef");
}

TEST_CASE("other texts are not UUIDs") {
  for (const std::string_view text :
       {"", "0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abcdef0", "01234567-89ab-cdef-0123-456789abcdeg",
        "0123456-789ab-cdef-0123-456789abcdef", "{1234567-89ab-cdef-0123-456789abcde}"}) {
    INFO(text);
    CHECK_FALSE(uuid_from_string(text).has_value());
  }
}

TEST_CASE("a UUID of version 7 begins with its milliseconds") {
  std::array<std::uint8_t, 10> random;
  random.fill(0xFF);
  // The example of RFC 9562 appendix A.6: 2022-02-22T19:22:22Z.
  const auto id = make_uuid7(0x017F22E279B0, random);
  CHECK(uuid_to_string(id) == "017f22e2-79b0-7fff-bfff-ffffffffffff");
  CHECK(is_uuid7(id));
  random.fill(0x00);
  CHECK(is_uuid7(make_uuid7(0, random)));
  CHECK(make_uuid7(5, random) < make_uuid7(6, random));
}

TEST_CASE("other versions and variants are not UUIDs of version 7") {
  CHECK_FALSE(is_uuid7({}));
  CHECK_FALSE(is_uuid7(hex_array<16>("017f22e279b04fffbfffffffffffffff")));
  CHECK_FALSE(is_uuid7(hex_array<16>("017f22e279b07fff3fffffffffffffff")));
  CHECK_FALSE(is_uuid7(hex_array<16>("017f22e279b07fffffffffffffffffff")));
}

TEST_CASE("ids are lower-case and short") {
  for (const std::string_view id : {"polri.bareskrim.siber", "uptd-ppa.32.73", "a", "0_-."}) {
    CHECK(is_valid_id(id));
  }
  CHECK(is_valid_id(std::string(limits::kIdBytes, 'a')));
  for (const std::string_view id : {"", "Polri", "a b", "a/b", "a\n", "\xC3\xA9", "a+b"}) {
    CHECK_FALSE(is_valid_id(id));
  }
  CHECK_FALSE(is_valid_id(std::string(limits::kIdBytes + 1, 'a')));
}

TEST_CASE("rule ids may have upper-case letters") {
  CHECK(is_valid_rule_id("I3"));
  CHECK_FALSE(is_valid_rule_id("I 3"));
  CHECK_FALSE(is_valid_rule_id(""));
}

TEST_CASE("area codes are two digits or two and two or abroad") {
  for (const std::string_view code : {"31", "31.71", "00", "XX"}) CHECK(is_valid_area_code(code));
  for (const std::string_view code :
       {"", "3", "311", "31.", "31.7", "31.711", "3171", "31-71", "xx", "XY", "a1", "31.7a"}) {
    INFO(code);
    CHECK_FALSE(is_valid_area_code(code));
  }
}

TEST_CASE("the case id is the message id of the opening referral") {
  const MessageId message{hex_array<16>("017f22e279b07fffbfffffffffffffff")};
  CHECK(case_id_of(message).bytes == message.bytes);
}
