// A release that is put in force while a real broker runs.
#include <chrono>
#include <string>

#include "broker/runtime/file.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/integration/conversation.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// Release 2: polres.a has ended, and polres.b stands in its place.
Release successor_release() {
  Release release = small_release();
  release.version = ReleaseVersion{2};
  for (Unit& unit : release.units) {
    if (unit.id.str() != "polres.a") continue;
    unit.validity.until = parse_time("2026-01-01");
    unit.successor = UnitId("polres.b");
  }
  return release;
}

wire::Welcome welcome_of(RawStation& station) {
  station.send(wire::encode(wire::Hello{}));
  const auto frames = station.receive(wire::FrameType::kWelcome, 10s);
  REQUIRE(frames);
  auto welcome = wire::decode_welcome(views(*frames));
  REQUIRE(welcome);
  return *std::move(welcome);
}

// Says hello until the release is in force.
bool comes_into_force(RawStation& station, std::uint32_t version) {
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < until) {
    if (to_number(welcome_of(station).release) == version) return true;
  }
  return false;
}

// Offers the file and says hello until the broker has refused it: of two signals in a row it sees
// one.
bool is_refused(BrokerProcess& broker, RawStation& station, const Bytes& signed_release,
                const std::string& because) {
  REQUIRE(write_file_durably(broker.folder() / "release", signed_release, 0600));
  broker.hang_up();
  const auto until = std::chrono::steady_clock::now() + 10s;
  while (std::chrono::steady_clock::now() < until) {
    REQUIRE(to_number(welcome_of(station).release) == 1);
    const std::string trace = broker.trace();
    const auto refused = trace.rfind("release.refused");
    if (refused != std::string::npos && trace.find(because, refused) != std::string::npos) {
      return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("a release taken while the broker runs moves the cases of a unit that it ends") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  RawStation kpai = broker.connect("kpai");
  const auto opened = submit(kpai, referral_message());
  REQUIRE_FALSE(opened.refusal);

  broker.reload(successor_release());
  RawStation police = broker.connect("police");
  REQUIRE(comes_into_force(police, 2));
  std::optional<Entry> moved;
  while (!moved) {
    const auto frames = police.receive(wire::FrameType::kDelivery, 10s);
    REQUIRE(frames);
    const auto delivery = wire::decode_delivery(views(*frames));
    REQUIRE(delivery);
    auto entry = wire::decode_entry(delivery->receipt.entry);
    REQUIRE(entry);
    if (std::holds_alternative<SuccessionCause>(entry->cause)) moved = *std::move(entry);
  }
  REQUIRE(moved->outcome.owner.str() == "polres.b");
  REQUIRE(moved->outcome.events.front().type == EventType::kMoved);
  REQUIRE(broker.stop() == 0);
  // The log holds the release; the file may stay as it is.
  REQUIRE(broker.start());
}

TEST_CASE("a release that may not come into force changes nothing while the broker runs") {
  auto too_few = wire::decode_signed_release(signed_small_release(successor_release()));
  REQUIRE(too_few);
  too_few->signatures.pop_back();
  Release dropped = successor_release();
  dropped.units.erase(dropped.units.begin());
  Release older = small_release();
  older.validity.until = parse_time("2099-01-01");
  BrokerProcess broker;
  REQUIRE(broker.start());
  RawStation kpai = broker.connect("kpai");
  REQUIRE(is_refused(broker, kpai, wire::encode_signed_release(*too_few), "release.signature"));
  REQUIRE(is_refused(broker, kpai, signed_small_release(dropped), "release.invalid"));
  REQUIRE(is_refused(broker, kpai, signed_small_release(older), "release.older"));
  require_served(kpai, 1);
}
