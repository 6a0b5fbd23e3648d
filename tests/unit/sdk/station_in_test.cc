#include "tests/unit/sdk/station_in_test.h"

namespace rujukan::test {

StationInTest::StationInTest(MemoryBroker& broker, std::string name)
    : broker_(broker), name_(std::move(name)) {
  REQUIRE(open().ok());
}
StationInTest::~StationInTest() = default;

Result<void> StationInTest::open() {
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
  settings.release_retry = release_retry;
  auto made = sdk::Station::open({*database, anchor, keys, broker_.inner.clock}, *this, settings);
  if (!made) return made.error();
  station = *std::move(made);
  return {};
}
Result<void> StationInTest::take_over(const std::filesystem::path& written) {
  station.reset();
  database.reset();
  for (const char* suffix : {"-wal", "-shm"}) {
    std::filesystem::remove(database_path().string() + suffix);
  }
  std::filesystem::copy_file(written, database_path(),
                             std::filesystem::copy_options::overwrite_existing);
  return open();
}
Result<void> StationInTest::connect() {
  // What was on its way over the connection before is lost with it.
  broker_.mail_of(name_).clear();
  return station->connected([this](const wire::Frames& frames) {
    outgoing.push_back(frames);
    return true;
  });
}
Result<void> StationInTest::exchange(const Spoil& spoil) {
  return test::exchange(*station, name_, broker_, outgoing, spoil);
}
void StationInTest::run() {
  REQUIRE(connect().ok());
  const auto done = exchange();
  INFO((done ? "" : to_string(done.error())));
  REQUIRE(done);
}

sdk::Planner StationInTest::planner() {
  return sdk::Planner(*station->releases().newest(), keys, broker_.inner.clock);
}
sdk::Planned StationInTest::referral(const std::string& narrative) {
  return *planner().referral({UnitId(name_), offline_facts(), {}, narrative});
}
void StationInTest::post(const std::string& ticket, const sdk::Planned& planned) {
  REQUIRE(station->outbox().add(ticket, planned).value());
}
std::vector<sdk::SettledItem> StationInTest::settled() {
  return *station->outbox().settled(sdk::Asker::kAgency, 100);
}

Result<void> StationInTest::forget(const UnitId& unit, const CaseId& case_id) {
  std::erase_if(kept, [&](const sdk::CheckedDelivery& delivery) {
    return delivery.unit == unit && delivery.checked.case_id == case_id;
  });
  return {};
}

Result<void> StationInTest::keep(const sdk::CheckedDelivery& delivery) {
  if (folder_is_full) return Error{ErrorCode::kStoreFailed, "test"};
  kept.push_back(delivery);
  return {};
}

}  // namespace rujukan::test
