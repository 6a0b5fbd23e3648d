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

TEST_CASE(
    "UUIDv7s of one millisecond ascend, and those of a clock that goes back a little do too") {
  class BackwardClock final : public Clock {
   public:
    TimeUs now() override { return time_from_us((now_ms_ -= 1) * 1000); }

   private:
    std::uint64_t now_ms_ = 0x0123456789ABull + 5'000;
  } backward;
  FixedClock fixed;
  for (Clock* clock : {static_cast<Clock*>(&fixed), static_cast<Clock*>(&backward)}) {
    auto last = new_uuid7(*clock);
    for (int i = 0; i < 4'000; ++i) {
      const auto next = new_uuid7(*clock);
      REQUIRE(is_uuid7(next));
      REQUIRE(last < next);
      last = next;
    }
  }
}

TEST_CASE("a UUIDv7 of a clock that was set right says the right time") {
  class JumpingClock final : public Clock {
   public:
    TimeUs now() override { return time_from_us(now_ms * 1000); }
    std::uint64_t now_ms = 0x0223456789ABull;
  } clock;
  new_uuid7(clock);
  clock.now_ms = 0x0123456789ABull;
  CHECK(uuid_to_string(new_uuid7(clock)).substr(0, 13) == "01234567-89ab");
}
