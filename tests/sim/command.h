// What the simulation does, drawn from a seed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace rujukan::sim {

// SplitMix64: the same on every machine. Source: Steele, Lea, Flood 2014.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }
  // 0..count-1; 0 when count is 0.
  std::size_t below(std::size_t count) { return count == 0 ? 0 : next() % count; }
  bool one_in(std::size_t count) { return below(count) == 0; }
  // Requires: a list that is not empty.
  template <typename List>
  const auto& of(const List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::uint64_t state_;
};

// 1 to 15: a message of that MessageKind.
enum class Step : std::uint8_t {
  kAgain = 20,  // an earlier message comes again: late, replayed
  kDue,         // the next deadline passes
  kWait,        // time passes: seconds to years
  kRelease,     // another release comes into force
  kOrder,       // administrators order something about a case
  kRestart,     // what is known is what was stored
};

// Complete in itself: everything else is drawn from `draw` when it is carried out, among what there
// is then. So a list of commands stays meaningful when some are taken out.
struct Command {
  std::uint8_t step;
  std::uint64_t draw;
};

// The first one opens a case.
std::vector<Command> drawn_commands(std::uint64_t seed, std::size_t count);

}  // namespace rujukan::sim
