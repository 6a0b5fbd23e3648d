// What must be true, written from the words of the domain and the protocol and not from decide/.
#pragma once

#include <optional>
#include <string>

#include "broker/model/entry.h"
#include "broker/model/order.h"
#include "broker/routing/table.h"

namespace rujukan::sim {

// Who owns the case, as one variable that only these events move.
// Source: schemas/wire.md, "The owner of a case is ...".
class OwnerModel {
 public:
  void follow(const Event& event) {
    const bool leads = event.assist == 0 && event.need == lead_;
    const bool any_need = event.type == EventType::kOpened || event.type == EventType::kLed;
    const bool escalated =
        event.type == EventType::kEscalated && event.subject == Subject::kAssignment;
    const bool moved = event.type == EventType::kTransferred || event.type == EventType::kMoved ||
                       event.type == EventType::kReopened;
    if (any_need) lead_ = event.need;
    if (any_need || (leads && (escalated || moved))) owner_ = event.unit;
  }
  const UnitId& owner() const { return owner_; }

 private:
  Need lead_ = Need::kInvestigation;
  UnitId owner_;
};

// Whether the case's payloads may go, as two variables.
// Source: schemas/wire.md, what orders and an erasure do.
class PayloadModel {
 public:
  bool permits(const Order& order) const;
  // False: the event may not stand here.
  bool follow(const Event& event);

 private:
  bool held_ = false;
  std::string proposed_;  // its legal basis; empty: no erasure is proposed
};

// Who must own the case after what was accepted or passed, as the domain tells it; no event is
// looked at. nullopt: it may move, to any unit that may own it.
std::optional<UnitId> owner_after(const CaseRecord& before, const Message& message,
                                  const routing::RoutingTable& table, TimeUs now);
UnitId owner_after(const CaseRecord& before, const CaseRecord::Due& missed);
std::optional<UnitId> owner_after_succession(const CaseRecord& before,
                                             const routing::RoutingTable& table, TimeUs now);

// Whether a message may be accepted as far as its version, what it takes back and who sends it
// decide it.
bool may_be_accepted(const CaseRecord& before, const Message& message,
                     const routing::RoutingTable& table);

// Whether the domain keeps the unit out of a case with these facts: police, where an adult wants
// none; the commission, where the victim is an adult. By releases that promise it.
bool is_kept_out(const UnitId& id, const Facts& facts, const routing::RoutingTable& table);
// Whether facts hold only once a second agency agrees, and this message is not its agreement.
bool only_proposes(const CaseRecord& before, const Message& message,
                   const routing::RoutingTable& table);
// Whether exactly those of the case are told so that are kept out; nullopt: it is so.
std::optional<std::string> untold_exclusion(const CaseRecord& record,
                                            const routing::RoutingTable& table);

// A need that new facts call for and the facts before did not, and that nobody is asked for;
// nullopt: there is none. The lead that its owner cancelled is with the owner.
std::optional<std::string> unanswered_need(const CaseRecord& before, const CaseRecord& after,
                                           const routing::RoutingTable& table, TimeUs now);

// Whether the record may stand like this; nullopt: it may.
std::optional<std::string> fault_of(const CaseRecord& record, const routing::RoutingTable& table,
                                    TimeUs now);

}  // namespace rujukan::sim
