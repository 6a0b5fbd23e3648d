// A station on a real database whose agency keeps what it is given in memory.
#pragma once

#include <set>

#include "adapters/sdk/station.h"
#include "broker/wire/frames.h"
#include "tests/support/memory_broker.h"

namespace rujukan::test {

class StationInTest final : private sdk::Agency {
 public:
  StationInTest(MemoryBroker& broker, std::string name);
  ~StationInTest() override;

  // As after a crash: what was not durable is gone. The error when it does not start.
  Result<void> open();
  // Goes on from a copy of a database that another station wrote.
  Result<void> take_over(const std::filesystem::path& written);
  Result<void> connect();
  Result<void> exchange(const Spoil& spoil = nullptr);
  void run();

  sdk::Planner planner();
  sdk::Planned referral(const std::string& narrative = "{\"nama\":\"[CONTOH]\"}");
  std::filesystem::path database_path() const { return folder_ / "station.db"; }
  void post(const std::string& ticket, const sdk::Planned& planned);
  std::vector<sdk::SettledItem> settled();

  const sdk::Anchor anchor = small_anchor();
  std::unique_ptr<sdk::Database> database;
  std::unique_ptr<sdk::Station> station;
  std::deque<wire::Frames> outgoing;
  std::vector<sdk::CheckedDelivery> kept;
  std::set<std::string> accepting;  // units that accept by themselves
  bool folder_is_full = false;
  // Of stations opened after it is set. At first: the first question goes at once, and no second.
  sdk::RetryTimes release_retry{std::chrono::hours(1), std::chrono::hours(1)};

 private:
  Result<void> keep(const sdk::CheckedDelivery& delivery) override;
  Result<void> forget(const UnitId& unit, const CaseId& case_id) override;
  bool accepts(const UnitId& unit) const override { return accepting.contains(unit.str()); }

  MemoryBroker& broker_;
  const std::string name_;
  TemporaryFolder folder_;

 public:
  const sdk::UnitKeys keys{small_secrets(name_)};
};

// For exchange(): whatever the broker answers to submissions is lost.
inline bool no_outcomes(wire::Frames& frames) {
  return *wire::read_frame_type(frames.front()) != wire::FrameType::kOutcome;
}

}  // namespace rujukan::test
