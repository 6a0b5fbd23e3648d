// A gateway's folder, keys and settings of 0.3.0 under today's.
#include "adapters/gateway/gateway.h"
#include "broker/runtime/file.h"
#include "tests/support/memory_broker.h"
#include "tests/support/written_030.h"

using namespace rujukan;
using namespace rujukan::gateway;
using namespace rujukan::test;

TEST_CASE("a record that a gateway of 0.3.0 took goes to done under its name") {
  const Written030 written;
  MemoryBroker broker;
  REQUIRE(broker.inner.take_over(written / "data"));
  auto config = read_config(written / "kpai.toml");
  REQUIRE(config);
  auto parts = Gateway::load(*std::move(config));
  INFO((parts ? "" : to_string(parts.error())));
  REQUIRE(parts);
  const auto opened = Gateway::open(*std::move(parts), broker.inner.clock);
  REQUIRE(opened);
  Gateway& gateway = **opened;
  std::deque<wire::Frames> outgoing;
  REQUIRE(gateway.station().connected([&outgoing](const wire::Frames& frames) {
    outgoing.push_back(frames);
    return true;
  }));
  REQUIRE(gateway.look());
  REQUIRE(exchange(gateway.station(), "kpai", broker, outgoing));
  REQUIRE(gateway.look());
  const auto has = [&written](const char* name) {
    return std::filesystem::exists(written / "kpai" / name);
  };
  CHECK(has("done/waiting.json"));
  CHECK(has("done/waiting.json.result.json"));
  CHECK(has("done/waiting.json.receipt.tlog-proof"));
  CHECK(std::filesystem::is_empty(written / "kpai/outgoing/.taken"));
  // What lay there stays.
  CHECK(has("done/a.json.result.json"));
  CHECK(has("incoming/0000000001-referral-kpai.json"));
}
