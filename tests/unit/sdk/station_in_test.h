// A station on a real database whose agency keeps what it is given in memory.
#pragma once

#include <set>

#include "tests/support/memory_broker.h"

namespace rujukan::test {

class StationInTest final : private sdk::Agency {
 public:
  StationInTest(MemoryBroker& broker, std::string name) : broker_(broker), name_(std::move(name)) {
    REQUIRE(open().ok());
  }

  // As after a crash: what was not durable is gone. The error when it does not start.
  Result<void> open() {
    station.reset();
    outgoing.clear();
    broker_.mail_of(name_).clear();
    database.reset();
    auto opened = sdk::open_station_database((folder_ / "station.db").string());
    if (!opened) return opened.error();
    database = *std::move(opened);
    sdk::StationSettings settings;
    // Tries again at once, so that no test waits.
    settings.retry = {std::chrono::milliseconds(0), std::chrono::milliseconds(0)};
    auto made = sdk::Station::open({*database, anchor, keys, broker_.inner.clock}, *this, settings);
    if (!made) return made.error();
    station = *std::move(made);
    return {};
  }
  Result<void> connect() {
    return station->connected([this](const wire::Frames& frames) {
      outgoing.push_back(frames);
      return true;
    });
  }
  Result<void> exchange(const Spoil& spoil = nullptr) {
    return test::exchange(*station, name_, broker_, outgoing, spoil);
  }
  void run() {
    REQUIRE(connect().ok());
    REQUIRE(exchange().ok());
  }

  sdk::Planner planner() {
    return sdk::Planner(*station->releases().newest(), keys, broker_.inner.clock);
  }
  sdk::Planned referral(const std::string& narrative = "{\"nama\":\"[CONTOH]\"}") {
    return *planner().referral({UnitId(name_), offline_facts(), {}, narrative});
  }
  std::filesystem::path database_path() const { return folder_ / "station.db"; }
  void post(const std::string& ticket, const sdk::Planned& planned) {
    REQUIRE(station->outbox().add(ticket, planned).value());
  }
  std::vector<sdk::SettledItem> settled() {
    return *station->outbox().settled(sdk::Asker::kAgency, 100);
  }

  const sdk::Anchor anchor = small_anchor();
  std::unique_ptr<sdk::Database> database;
  std::unique_ptr<sdk::Station> station;
  std::deque<wire::Frames> outgoing;
  std::vector<sdk::CheckedDelivery> kept;
  std::set<std::string> accepting;  // units that accept by themselves
  bool folder_is_full = false;

 private:
  Result<void> keep(const sdk::CheckedDelivery& delivery) override {
    if (folder_is_full) return Error{ErrorCode::kStoreFailed, "test"};
    kept.push_back(delivery);
    return {};
  }
  bool accepts(const UnitId& unit) const override { return accepting.contains(unit.str()); }

  MemoryBroker& broker_;
  const std::string name_;
  TemporaryFolder folder_;

 public:
  const sdk::UnitKeys keys{small_secrets(name_)};
};

}  // namespace rujukan::test
