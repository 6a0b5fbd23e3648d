// A world of up to three cases in which commands happen, each checked against the model.
#pragma once

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "broker/decide/decide.h"
#include "broker/decide/ownership.h"
#include "tests/sim/command.h"
#include "tests/sim/model.h"
#include "tests/sim/releases.h"

namespace rujukan::sim {

// Wrong on purpose, between what is decided and what is checked: does the simulation find it?
enum class Break : std::uint8_t {
  kNothing,
  kOwner,       // an escalation only tells whoever is late
  kVersion,     // a change without a new version
  kStale,       // messages that saw an older version count
  kTransfer,    // the accepted transfer only ends the offer
  kSuccession,  // ended units keep what they hold
  kRefusal,     // a refused message leaves a trace
  kInformed,    // whoever declines informs the police
  kDeadline,    // the next unit has no deadline: apply itself aborts
  kOverdue,     // a missed deadline is not set anew
  kExclusion,   // an exclusion tells the unit who owns the case
  kProposal,    // facts that need a second agency hold at once
};

struct Counts {
  std::uint64_t commands = 0;
  std::uint64_t refused = 0;
  std::map<EventType, std::uint64_t> events;
  std::map<ErrorCode, std::uint64_t> refusals;
};

class World {
 public:
  // `story` gets a line for each command that happened; nullptr: nobody reads it. What is referred
  // to outlives the world.
  World(const std::vector<Table>& tables, Break broken, Counts& counts,
        std::ostream* story = nullptr)
      : tables_(tables),
        broken_(broken),
        counts_(counts),
        story_(story),
        table_(tables.front().get()) {
    verify_under(tables.front());
  }

  // The first fault; nullopt: all is as the model says, also when everybody falls silent at last.
  std::optional<std::string> run(const std::vector<Command>& commands);

 private:
  struct Held {
    CaseRecord record;
    Bytes stored;  // the record's bytes
    LogIndex opened{};
    OwnerModel model;
    PayloadModel payloads;
  };
  // An outcome for a case, and what the model expects of it.
  struct Decided {
    Outcome outcome;
    const Message* message = nullptr;
    std::optional<UnitId> owner;
    Cause cause = MessageCause{};
  };

  void carry_out(const Command& command);
  void open(Draw& draw);
  void send(Draw& draw, MessageKind kind);
  void seal_as_planned(Message& message, const CaseRecord& record) const;
  void send_again(Draw& draw);
  void pass_deadline(Held& held);
  void wait(Draw& draw);
  void activate(Draw& draw);
  void order(Draw& draw);
  void restart();
  void fall_silent(Held& held);

  // What the sequencer does before anything else of a case, and after each entry of it.
  void settle(Held& held);
  void announce(Held& held);
  Outcome decide_message(Held& held, const Message& message);
  void link(const Message& opening);
  void fold(Held& held, Decided decided);
  void check_refused(const Held& held, const Decided& decided);
  void check_accepted(const CaseRecord& before, const Held& held, const Decided& decided);
  void spoil(const CaseRecord& record, Outcome& outcome) const;
  // What an auditor's check of ownership, which knows nothing of decide(), says of the log so far.
  void verify_under(const Table& table);
  void verify(const Decided& decided);

  Held* drawn_case(Draw& draw);
  void fail(std::string why) {
    if (!fault_) fault_ = std::move(why);
  }
  void tell(const std::string& what);
  void tell(const Message* message, const Outcome& outcome);

  const std::vector<Table>& tables_;
  const Break broken_;
  Counts& counts_;
  std::ostream* const story_;
  const routing::RoutingTable* table_;
  TimeUs now_ = *parse_time("2026-06-01T12:00:00Z");
  std::vector<Held> cases_;
  std::vector<Message> sent_;
  std::optional<std::string> fault_;
  std::uint8_t number_ = 0;
  decide::OwnershipCheck check_;
  std::uint64_t entries_ = 0;
  bool settling_ = false;  // one succession may be followed by another
};

}  // namespace rujukan::sim
