#include "broker/runtime/random.h"

#include <catch2/catch.hpp>

#include "broker/model/ids.h"

using namespace rujukan;

namespace {

class FixedClock final : public Clock {
 public:
  TimeUs now() override { return time_from_us(0x0123456789ABull * 1000); }
};

}  // namespace

TEST_CASE("two draws differ") { CHECK(random_bytes<32>() != random_bytes<32>()); }

TEST_CASE("a fresh UUIDv7 begins with the clock's milliseconds") {
  FixedClock clock;
  const auto id = new_uuid7(clock);
  CHECK(is_uuid7(id));
  CHECK(uuid_to_string(id).substr(0, 13) == "01234567-89ab");
  CHECK(new_uuid7(clock) != id);
}
