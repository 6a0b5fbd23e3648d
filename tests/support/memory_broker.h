// A real sequencer with real verification, and stations at the other end of a wire of memory.
#pragma once

#include <deque>
#include <functional>
#include <map>

#include "tests/support/small_station.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::sdk {
class Station;
}

namespace rujukan::test {

class MemoryBroker {
 public:
  MemoryBroker();
  ~MemoryBroker();

  // One multipart message of a station. Answers, and deliveries to whoever said hello, are kept.
  void take(const std::string& station, const wire::Frames& frames);
  // Lets time pass: deadlines fire.
  void tick();
  std::deque<wire::Frames>& mail_of(const std::string& station);
  std::uint64_t log_size() const;

  SequencerInTest inner;

 private:
  void sort_out();
  std::map<std::string, std::deque<wire::Frames>> mail_;
};

// Moves frames between a station and the broker until both are quiet. `spoil` may change or drop
// (return false) what the broker sends.
using Spoil = std::function<bool(wire::Frames&)>;
Result<void> exchange(sdk::Station& station, const std::string& name, MemoryBroker& broker,
                      std::deque<wire::Frames>& outgoing, const Spoil& spoil = nullptr);

}  // namespace rujukan::test
