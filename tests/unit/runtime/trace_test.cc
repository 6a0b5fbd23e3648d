#include "broker/runtime/trace.h"

#include <catch2/catch.hpp>

using namespace rujukan;

TEST_CASE("a trace line names its values and no value can forge another line") {
  CHECK(trace::line_of("connected", {{"station", "s-1"}, {"bytes", 12}}) ==
        "connected station=s-1 bytes=12");
  CHECK(trace::line_of("refused", {{"id", std::string("a\nb\x1b")}}) == "refused id=a\\x0ab\\x1b");
}

TEST_CASE("trace levels have names and others are refused") {
  CHECK(trace::level_from_name("warning").value() == trace::Level::kWarning);
  CHECK(trace::level_from_name("loud").error().code == ErrorCode::kConfigValue);
}
