// A log entry: what happened and what the broker decided. Schema: schemas/entry.fbs.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "broker/base/error.h"
#include "broker/base/value.h"
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
  Reason reason = Reason::kOther;       // declined, cancelled, offered by a transfer
  AssignmentState state = AssignmentState::kRequested;  // progressed, moved
  std::uint32_t assist = 0;  // 0: the need's own assignment; n: the n-th assist of the case
  Subject subject = Subject::kAssignment;    // declined, escalated, overdue
  OfferBasis basis = OfferBasis::kTransfer;  // offered
  CaseId case_id = {};                       // linked: the other case
  std::string legal_basis = {};              // erasure_proposed, erased, held, hold_lifted

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
  Bytes message;  // exactly as received; empty when `leaf` stands for it
  SenderProof proof;
  // Of a refused message that may hold a name: its leaf hash, so that its signature can be checked.
  std::optional<Digest> leaf = {};
  friend bool operator==(const MessageCause&, const MessageCause&) = default;
};
struct DeadlineCause {
  CaseId case_id;
  Need need;
  std::uint32_t assist = 0;  // as in Event
  Subject subject = Subject::kAssignment;
  friend bool operator==(const DeadlineCause&, const DeadlineCause&) = default;
};
struct ReleaseCause {
  ReleaseVersion version;
  Digest digest;  // SHA-256 of the release's body; the signed release lies beside the log
  friend bool operator==(const ReleaseCause&, const ReleaseCause&) = default;
};
// A unit that holds or awaits a part of the case has ended.
struct SuccessionCause {
  CaseId case_id;
  friend bool operator==(const SuccessionCause&, const SuccessionCause&) = default;
};
// A later referral named this case as related.
struct LinkCause {
  CaseId case_id;
  CaseId related;  // the case that the referral opened, in the entry before
  friend bool operator==(const LinkCause&, const LinkCause&) = default;
};
// The digest of all case records before this entry, so that a replay can be held against it:
// see schemas/wire.md, state.
struct StateCause {
  std::uint16_t format = 1;  // of the records that were hashed
  std::uint64_t cases = 0;
  Digest digest{};
  friend bool operator==(const StateCause&, const StateCause&) = default;
};
// An administrators' order about a case.
struct OrderCause {
  CaseId case_id;
  Bytes order;  // signed, exactly as given: see schemas/order.fbs
  friend bool operator==(const OrderCause&, const OrderCause&) = default;
};
// The first entry of every shard but the first: puts in force the release that names its origin.
struct GenesisCause {
  std::string previous;  // the signed note of the last checkpoint of the shard before
  ReleaseVersion version;
  Digest digest;                      // as in ReleaseCause
  std::chrono::microseconds shift{};  // of deadlines, in the shard before: see TimeCause
  friend bool operator==(const GenesisCause&, const GenesisCause&) = default;
};
// A case of an earlier shard goes on in this one, as its record stood.
struct CarryCause {
  CaseId case_id;
  Bytes record;  // schemas/record.fbs
  friend bool operator==(const CarryCause&, const CarryCause&) = default;
};
// By the facts or the release that hold since the entry before, a guarantee keeps a unit out of the
// case that has or had a part in it, or does so no longer. Told to that unit alone, when it is kept
// out: the outcome names neither owner nor version.
struct ExclusionCause {
  CaseId case_id;
  friend bool operator==(const ExclusionCause&, const ExclusionCause&) = default;
};
// From here on every deadline is later by as long as the broker took no answers, so that nobody
// loses a case for it.
struct TimeCause {
  std::chrono::microseconds shift{};  // over 0
  friend bool operator==(const TimeCause&, const TimeCause&) = default;
};
using Causes =
    std::variant<MessageCause, DeadlineCause, ReleaseCause, SuccessionCause, LinkCause, StateCause,
                 OrderCause, GenesisCause, CarryCause, ExclusionCause, TimeCause>;
// One of them; a type of its own, so that its special members are compiled once.
struct Cause : Causes {
  using Causes::variant;
  DECLARE_VALUE(Cause);
};

// The case of a cause that has no message; nullptr for a message, a release, a genesis, a state,
// the time.
inline const CaseId* case_of(const Cause& cause) {
  if (const auto* deadline = std::get_if<DeadlineCause>(&cause)) return &deadline->case_id;
  if (const auto* succession = std::get_if<SuccessionCause>(&cause)) return &succession->case_id;
  if (const auto* link = std::get_if<LinkCause>(&cause)) return &link->case_id;
  if (const auto* order = std::get_if<OrderCause>(&cause)) return &order->case_id;
  if (const auto* carry = std::get_if<CarryCause>(&cause)) return &carry->case_id;
  if (const auto* exclusion = std::get_if<ExclusionCause>(&cause)) return &exclusion->case_id;
  return nullptr;
}
// Whether entries of the cause are about a case, and so have an outcome.
inline bool concerns_case(const Cause& cause) {
  return std::holds_alternative<MessageCause>(cause) || case_of(cause) != nullptr;
}

// Decided for one cause. A refusal has an error and no events.
struct Outcome {
  DECLARE_VALUE(Outcome);

  std::vector<Event> events;
  std::uint32_t case_version = 0;  // after the events; of the case as it stands when refused
  UnitId owner;  // after the events; empty when there is no case, or its reader has no part in it
  std::optional<Error> refusal;
  std::vector<UnitId> recipients;  // recipients.stale: the right list
};

struct Entry {
  DECLARE_VALUE(Entry);

  LogIndex index{};
  TimeUs time;               // strictly later than the entry before
  ReleaseVersion release{};  // in force
  Cause cause;
  Outcome outcome;
};

// Whether an accepted entry names neither owner nor version, because its reader has no part in the
// case any more: an exclusion, and the acknowledgement of one.
inline bool names_nobody(const Entry& entry) {
  return !entry.outcome.refusal && concerns_case(entry.cause) && entry.outcome.owner.empty();
}

// What the tree commits to and who signed it: see merkle/checkpoint.h.
struct Receipt {
  LogIndex index{};
  Bytes entry;               // exactly as logged
  std::vector<Digest> path;  // inclusion proof, leaf-sibling first
  std::string checkpoint;    // signed note of the first commit that holds the entry

  friend bool operator==(const Receipt&, const Receipt&) = default;
};

}  // namespace rujukan
