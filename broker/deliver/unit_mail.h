// The mail of one unit on its way to its station: what comes next, what is on its way, and what is
// given time because it does not come to be acknowledged.
#pragma once

#include <compare>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "broker/model/ids.h"
#include "broker/runtime/clock.h"

namespace rujukan::deliver {

// What goes first: mail of cases that wait for the unit itself, then of those that it is
// responsible in, then what it is told of; in each the urgent before the others.
struct Rank {
  enum class Part : std::uint8_t { kAsked, kResponsible, kTold };
  Part part = Part::kTold;
  std::uint8_t calm = 0;  // 0: immediate, 1: urgent, 2: routine
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

// How mail that is not acknowledged is sent again, and how much may wait for an acknowledgement.
struct UnitWindow {
  std::size_t most = 0;              // deliveries of one unit on their way
  std::chrono::seconds again_after;  // sent again, at first
  int tries = 0;                     // then it is parked: it holds up nothing, and is tried seldom
};

// Mail of a unit at a station. One thread.
class UnitMail {
 public:
  explicit UnitMail(UnitWindow window) : window_(window) {}

  // Ranked: looked at once, in the order of the mailbox. `up_to` ascends but for rewind().
  void add(const CaseId& of, LogIndex index, Rank rank);
  const std::optional<LogIndex>& ranked_up_to() const { return ranked_up_to_; }
  void ranked(LogIndex up_to) { ranked_up_to_ = up_to; }
  // Older mail came: it is ranked from `earliest` on again.
  void rewind(LogIndex earliest);

  // The best that waits, while the window allows it; nullopt: nothing, or not now.
  std::optional<Rank> best() const;
  // Takes it: the earliest of the best case. Requires: best().
  LogIndex take();
  void sent(LogIndex index, SteadyTime now, std::size_t bytes);
  // To be sent again, of what is on its way or parked. Ascending.
  std::vector<LogIndex> due(SteadyTime now) const;
  // It was. What was sent too often is parked; how many bytes the window is free of by that.
  std::size_t sent_again(LogIndex index, SteadyTime now);
  // It left the mailbox. How many bytes the window is free of by that.
  std::size_t removed(LogIndex index);

  std::size_t on_its_way() const { return on_its_way_; }
  std::size_t parked() const { return sent_.size() - on_its_way_; }
  // Parked since the unit acknowledged something: when it is a whole window, nothing more is sent.
  std::size_t unanswered() const { return unanswered_; }

 private:
  struct Case {
    Rank rank;
    std::set<LogIndex> waiting;
  };
  struct Sent {
    SteadyTime at;
    std::size_t bytes = 0;
    int tries = 1;
    bool parked = false;
  };
  using Place = std::tuple<Rank, LogIndex, CaseId>;  // of a case in the order of what comes next
  static Place place_of(const CaseId& id, const Case& one);

  const UnitWindow window_;
  std::map<CaseId, Case> cases_;
  std::set<Place> order_;
  std::map<LogIndex, CaseId> waiting_;
  std::map<LogIndex, Sent> sent_;
  std::size_t on_its_way_ = 0;
  std::size_t unanswered_ = 0;
  std::optional<LogIndex> ranked_up_to_;
};

}  // namespace rujukan::deliver
