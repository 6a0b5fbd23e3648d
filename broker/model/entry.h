// A log entry: what happened and what the broker decided. Schema: schemas/entry.fbs.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/base/error.h"
#include "broker/model/case_record.h"

namespace rujukan {

// One change of one case. Which fields are meaningful follows from the type (schemas/wire.md).
struct Event {
  EventType type = EventType::kOpened;
  Need need = Need::kInvestigation;
  UnitId unit = {};                // opened: owner; assigned, accepted, escalated: responsible; ...
  FunctionId function = {};        // assigned
  RuleId rule = {};                // assigned, withheld
  std::vector<UnitId> units = {};  // assigned: the chain; informed: who
  std::uint32_t position = 0;      // escalated: index into the chain
  std::uint32_t accept_within_s = 0;    // assigned
  std::optional<TimeUs> deadline = {};  // assigned, escalated, overdue: the next one
  Reason reason = Reason::kOther;       // declined
  AssignmentState state = AssignmentState::kRequested;  // progressed

  friend bool operator==(const Event&, const Event&) = default;
};

// The signature that vouches for a message's raw bytes: see schemas/wire.md, submission.
struct SenderProof {
  UnitId unit;
  std::string key_id;
  std::array<std::uint8_t, 64> signature{};
  std::uint32_t count = 1;   // messages of the submission
  std::uint32_t index = 0;   // of this message in it
  std::vector<Digest> path;  // from this message's leaf to the submission's root

  friend bool operator==(const SenderProof&, const SenderProof&) = default;
};

struct MessageCause {
  Bytes message;  // exactly as received
  SenderProof proof;
  friend bool operator==(const MessageCause&, const MessageCause&) = default;
};
struct DeadlineCause {
  CaseId case_id;
  Need need;
  friend bool operator==(const DeadlineCause&, const DeadlineCause&) = default;
};
struct ReleaseCause {
  ReleaseVersion version;
  Digest digest;  // SHA-256 of the release's body; the signed release lies beside the log
  friend bool operator==(const ReleaseCause&, const ReleaseCause&) = default;
};
using Cause = std::variant<MessageCause, DeadlineCause, ReleaseCause>;

// Decided for one cause. A refusal has an error and no events.
struct Outcome {
  std::vector<Event> events;
  std::uint32_t case_version = 0;  // after the events; of the case as it stands when refused
  UnitId owner;                    // after the events; empty when there is no case
  std::optional<Error> refusal;
  std::vector<UnitId> recipients;  // recipients.stale: the right list

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct Entry {
  LogIndex index{};
  TimeUs time;               // strictly later than the entry before
  ReleaseVersion release{};  // in force
  Cause cause;
  Outcome outcome;

  friend bool operator==(const Entry&, const Entry&) = default;
};

// What the tree commits to and who signed it: see merkle/checkpoint.h.
struct Receipt {
  LogIndex index{};
  Bytes entry;               // exactly as logged
  std::vector<Digest> path;  // inclusion proof, leaf-sibling first
  std::string checkpoint;    // signed note of the first commit that holds the entry

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

}  // namespace rujukan
