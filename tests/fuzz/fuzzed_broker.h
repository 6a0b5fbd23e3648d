// A real sequencer behind real verification, on a directory of its own, without sockets.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/model/case_record.h"
#include "broker/model/release.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_clock.h"

namespace rujukan::fuzz {

// What the broker sent to a station.
struct Sent {
  std::string station;
  wire::Frames frames;

  std::vector<ByteView> views() const { return {frames.begin(), frames.end()}; }
};

// One thread. The process aborts when the broker would stop.
class FuzzedBroker final : private transport::Outbound {
 public:
  explicit FuzzedBroker(const Release& release);

  // One message that came over the station's connection; one round of the sequencer.
  void take(const std::string& station, const wire::Frames& frames);
  // One round; deadlines fire.
  void pass(std::chrono::microseconds by);
  // All that was sent since it was asked last, in order.
  std::vector<Sent> sent();
  // Every connection is lost.
  void restart();
  void offer_order(Bytes signed_order);

  const routing::RoutingTable& table() const { return *table_; }
  std::uint64_t log_size() const { return sequencer_->log_size(); }
  std::optional<CaseRecord> find_case(const CaseId& id) const;
  // At most 100 entries that wait for the unit.
  std::vector<LogIndex> mailbox(const UnitId& unit) const;
  // Verifies and replays the log as an auditor would, without a finding.
  void audit() const;

  test::TestClock clock;

 private:
  void open(const std::optional<Bytes>& release);
  void round(const std::vector<verify::Job>& jobs);
  void send(const transport::ConnectionId& to, wire::Frames frames) override;

  test::TemporaryFolder folder_;
  std::vector<Sent> sent_;
  std::shared_ptr<const routing::RoutingTable> table_;
  std::unique_ptr<sequencer::Sequencer> sequencer_;
  std::unique_ptr<store::ReadOnlyStore> store_;  // another connection to what it committed
};

}  // namespace rujukan::fuzz
