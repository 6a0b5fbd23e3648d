// The state of one case, folded from the events of its entries. Changed by decide/apply only.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "broker/base/invariant.h"
#include "broker/base/value.h"
#include "broker/model/message.h"

namespace rujukan {

// An assignment offered to another unit. It moves when the offered unit accepts, and only then.
struct Offer {
  OfferBasis basis = OfferBasis::kTransfer;
  UnitId by;  // who offered; empty when new facts did
  FunctionId function;
  RuleId rule;
  std::vector<UnitId> chain;          // the assignment's, once accepted; never empty
  std::uint32_t position = 0;         // offered to chain[position]
  std::uint32_t answer_within_s = 0;  // at each step of the chain
  TimeUs deadline;
  // Here and below: since when its unit is asked or responsible; not set: from the case's opening
  // on, or under an edition before kFairWaits.
  std::optional<TimeUs> asked_at = {};

  const UnitId& unit() const { return chain[position]; }
  bool terminal() const { return position + 1 == chain.size(); }
  friend bool operator==(const Offer&, const Offer&) = default;
};

// One need of the case and the one unit responsible for it.
struct Assignment {
  DECLARE_VALUE(Assignment);

  Need need = Need::kInvestigation;
  FunctionId function;
  RuleId rule;                 // empty for an assist
  std::vector<UnitId> chain;   // from the most specific unit to the terminal one; never empty
  std::uint32_t position = 0;  // the unit responsible is chain[position]
  AssignmentState state = AssignmentState::kRequested;
  std::uint32_t accept_within_s = 0;  // allowed at each step of the chain
  std::optional<TimeUs> deadline;     // set unless accepted or later
  std::optional<Offer> offer;
  std::optional<TimeUs> asked_at;

  const UnitId& unit() const { return chain[position]; }
  bool terminal() const { return position + 1 == chain.size(); }
};

// A unit's request that the case be transferred to it, which is answered by a unit of the lead
// assignment's chain.
struct PendingRequest {
  UnitId unit;
  std::uint32_t position = 0;  // in the lead assignment's chain: who is to answer
  std::uint32_t answer_within_s = 0;
  TimeUs deadline;
  std::optional<TimeUs> asked_at = {};
  friend bool operator==(const PendingRequest&, const PendingRequest&) = default;
};

struct ProposedErasure {
  UnitId by;
  std::string legal_basis;
  friend bool operator==(const ProposedErasure&, const ProposedErasure&) = default;
};

// Facts that hold once a unit of another agency sends the same.
struct ProposedFacts {
  UnitId by;
  Facts facts;
  friend bool operator==(const ProposedFacts&, const ProposedFacts&) = default;
};

// While it stands, nothing of the case is erased.
struct LegalHold {
  std::string legal_basis;
  friend bool operator==(const LegalHold&, const LegalHold&) = default;
};

// Open: someone still has to do something for it.
inline bool is_open(AssignmentState state) {
  return state != AssignmentState::kCompleted && state != AssignmentState::kCancelled;
}
// Waiting for an accept.
inline bool is_pending(AssignmentState state) {
  return state == AssignmentState::kRequested || state == AssignmentState::kReceived;
}

struct CaseRecord {
  DECLARE_VALUE(CaseRecord);

  CaseId case_id;
  std::uint32_t version = 0;  // +1 with every entry that changes the record
  TimeUs opened_at;
  ReleaseVersion release{};  // under which it was opened
  UnitId opener;
  Facts facts;
  CaseStatus status = CaseStatus::kOpen;
  Need lead = Need::kInvestigation;
  std::vector<Assignment> assignments;  // in the order of Need; one per need
  std::vector<Assignment> assists;      // in the order in which help was asked for
  std::vector<Need> withheld;
  std::vector<UnitId> informed;
  std::vector<CaseId> related;
  std::optional<PendingRequest> request;
  std::optional<ProposedErasure> erasure;
  std::optional<LegalHold> hold;
  bool erased = false;          // the payloads up to some entry
  std::vector<UnitId> told;     // every unit that has or had a part in the case
  std::vector<UnitId> holders;  // every unit that is or was responsible for something of it
  std::vector<UnitId> readers;  // every unit for which the case was sealed
  // Of those that have or had a part: who was told that a guarantee keeps it out, by the facts.
  std::vector<UnitId> excluded;
  std::optional<ProposedFacts> proposed;
  // The version since which the facts hold; 0 until a message that names one changed them.
  std::uint32_t facts_version = 0;
  // Of the log, under which the deadlines here hold: see TimeCause. Not part of the stored record.
  std::chrono::microseconds shift{};

  // The deadlines as they are under the log's present shift.
  void follow(std::chrono::microseconds present) {
    const auto by = present - shift;
    if (by == by.zero()) return;
    shift = present;
    for (auto* list : {&assignments, &assists}) {
      for (Assignment& a : *list) {
        if (a.deadline) *a.deadline += by;
        if (a.offer) a.offer->deadline += by;
      }
    }
    if (request) request->deadline += by;
  }

  // The unit of the lead assignment. Requires: an opened record.
  const UnitId& owner() const { return lead_assignment().unit(); }
  const Assignment& lead_assignment() const {
    const Assignment* lead_one = assignment(lead);
    INVARIANT(lead_one != nullptr);
    return *lead_one;
  }
  // The need's own assignment, or the n-th assist for it. Errors: nullptr when there is none.
  const Assignment* assignment(Need need, std::uint32_t assist = 0) const {
    if (assist != 0) {
      const bool known = assist <= assists.size() && assists[assist - 1].need == need;
      return known ? &assists[assist - 1] : nullptr;
    }
    const auto at = std::find_if(assignments.begin(), assignments.end(),
                                 [need](const Assignment& a) { return a.need == need; });
    return at == assignments.end() ? nullptr : &*at;
  }
  // Calls `visit(assignment, assist)` for every one, own ones first.
  template <typename Visit>
  void for_each_assignment(Visit visit) const {
    for (const Assignment& a : assignments) visit(a, std::uint32_t{0});
    for (std::size_t i = 0; i < assists.size(); ++i) {
      visit(assists[i], static_cast<std::uint32_t>(i + 1));
    }
  }
  // Who is to answer the transfer request. Requires: there is one.
  const UnitId& decider() const { return lead_assignment().chain[request->position]; }

  // Something of the case that has to be answered by a time.
  struct Due {
    TimeUs at;
    Need need;
    std::uint32_t assist = 0;
    Subject subject = Subject::kAssignment;
  };
  // The earliest; nullopt when nothing is awaited or the case is closed.
  std::optional<Due> next_due() const {
    std::optional<Due> next;
    if (status == CaseStatus::kClosed) return next;
    const auto consider = [&next](const Due& due) {
      if (!next || due.at < next->at) next = due;
    };
    for_each_assignment([&](const Assignment& a, std::uint32_t assist) {
      if (a.deadline) consider({*a.deadline, a.need, assist, Subject::kAssignment});
      if (a.offer) consider({a.offer->deadline, a.need, assist, Subject::kOffer});
    });
    if (request) consider({request->deadline, lead, 0, Subject::kRequest});
    return next;
  }
};

}  // namespace rujukan
