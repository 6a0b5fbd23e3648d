// For whom a message of a case must be sealed, and for whom it may be.
#include <algorithm>

#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

// For whom the outcome lets the case be sealed that nobody sealed it for before.
std::vector<UnitId> unsealed_for(const CaseRecord& record, const Outcome& outcome) {
  std::vector<UnitId> units;
  for (const Event& event : outcome.events) {
    const bool brings_a_chain =
        event.type == EventType::kAssigned || event.type == EventType::kOffered ||
        event.type == EventType::kMoved || event.type == EventType::kReopened;
    if (!brings_a_chain) continue;
    for (const UnitId& unit : event.units) {
      if (!contains(record.readers, unit)) add_unit(units, unit);
    }
  }
  return units;
}

bool may_be_recipient(const CaseRecord& record, const UnitId& unit) {
  if (unit == record.opener || contains(record.readers, unit)) return true;
  bool in_chain = false;
  record.for_each_assignment([&](const Assignment& a, std::uint32_t) {
    in_chain = in_chain || contains(a.chain, unit) || (a.offer && contains(a.offer->chain, unit));
  });
  return in_chain;
}

// The recipients that no guarantee keeps out: by the facts that hold after the message, and, where
// it only proposes facts, by those that hold now too.
std::vector<UnitId> admitted_recipients(const Context& context, const Outcome& outcome) {
  const auto* more = std::get_if<NewFacts>(&context.message.body);
  const bool proposes = outcome.events.back().type == EventType::kFactsProposed;
  std::vector<UnitId> units = context.message.recipients;
  std::erase_if(units, [&](const UnitId& unit) {
    if (context.table.unit(unit) == nullptr) return false;  // refused for another reason
    const bool by_new = more == nullptr || may_know(more->facts, unit, context.table);
    const bool by_old =
        (more != nullptr && !proposes) || may_know(context.record.facts, unit, context.table);
    return !by_new || !by_old;
  });
  return units;
}

}  // namespace

Outcome check_recipients(const Context& context, Outcome outcome) {
  const CaseRecord& record = context.record;
  const Message& message = context.message;
  if (on_present_facts(context.table)) {
    std::vector<UnitId> admitted = admitted_recipients(context, outcome);
    if (admitted.size() != message.recipients.size()) {
      Outcome stale = refuse(&record, {ErrorCode::kRecipientsStale, "recipients",
                                       "a guarantee keeps one of them out"});
      stale.recipients = std::move(admitted);
      return stale;
    }
  }
  const std::vector<UnitId> required = unsealed_for(record, outcome);
  for (const UnitId& unit : required) {
    if (contains(message.recipients, unit)) continue;
    Outcome stale = refuse(&record, {ErrorCode::kRecipientsStale, "recipients"});
    stale.recipients = required;
    return stale;
  }
  for (const UnitId& unit : message.recipients) {
    if (!may_be_recipient(record, unit) && !contains(required, unit)) {
      return refuse(&record, {ErrorCode::kRecipientsNotPermitted, "recipients", unit.str()});
    }
  }
  return outcome;
}

}  // namespace rujukan::decide
