// For whom a message of a case must be sealed, and for whom it may be.
#include <algorithm>

#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

// Whom a message may and must be sealed for.
class Recipients {
 public:
  Recipients(const Context& context, const Outcome& outcome)
      : context_(context),
        outcome_(outcome),
        strict_(on_present_facts(context.table)),
        more_(std::get_if<NewFacts>(&context.message.body)),
        proposes_(outcome.events.back().type == EventType::kFactsProposed) {}

  // Whether no guarantee keeps the unit out: by the facts that hold after the message, and, where
  // it only proposes facts, by those that hold now too.
  bool admit(const UnitId& unit) const {
    if (!strict_) return true;
    if (context_.table.unit(unit) == nullptr) return true;  // refused for another reason
    const bool by_new = more_ == nullptr || may_know(more_->facts, unit, context_.table);
    const bool by_old =
        (more_ != nullptr && !proposes_) || may_know(context_.record.facts, unit, context_.table);
    return by_new && by_old;
  }

  // For whom the outcome lets the case be sealed that nobody sealed it for before.
  std::vector<UnitId> required() const {
    std::vector<UnitId> units;
    for (const Event& event : outcome_.events) {
      const bool brings_a_chain =
          event.type == EventType::kAssigned || event.type == EventType::kOffered ||
          event.type == EventType::kMoved || event.type == EventType::kReopened;
      if (!brings_a_chain) continue;
      for (const UnitId& unit : event.units) {
        // A chain that is opened again may be moved on at once.
        if (!contains(context_.record.readers, unit) && admit(unit)) add_unit(units, unit);
      }
    }
    return units;
  }

  // Of the units those that neither have nor may come to have a part, also by new facts that leave
  // each need where it is, nor stand in for somebody who has ended.
  std::vector<UnitId> strangers(std::vector<UnitId> units) const {
    const CaseRecord& record = context_.record;
    std::erase_if(units, [&](const UnitId& unit) {
      return unit == record.opener || contains(record.readers, unit);
    });
    if (units.empty()) return units;
    const std::vector<UnitId> of_chains = units_of_chains();
    std::erase_if(units, [&](const UnitId& unit) { return contains(of_chains, unit); });
    if (units.empty() || !strict_) return units;
    std::erase_if(units, [&](const UnitId& unit) {
      return std::ranges::any_of(of_chains, [&](const UnitId& other) {
        return stands_in(unit, other, context_.table, context_.now);
      });
    });
    if (units.empty() || more_ == nullptr || proposes_) return units;
    const auto route = context_.table.route(more_->facts, context_.now);
    INVARIANT(route.ok());  // the facts were accepted
    const std::vector<UnitId> named = route->recipients();
    std::erase_if(units, [&](const UnitId& unit) { return contains(named, unit); });
    return units;
  }

 private:
  std::vector<UnitId> units_of_chains() const {
    std::vector<UnitId> units;
    context_.record.for_each_assignment([&units](const Assignment& a, std::uint32_t) {
      add_all(units, a.chain);
      if (a.offer) add_all(units, a.offer->chain);
    });
    return units;
  }

  const Context& context_;
  const Outcome& outcome_;
  const bool strict_;
  const NewFacts* const more_;
  const bool proposes_;
};

}  // namespace

std::optional<Error> sealed_too_early(const Message& message, const routing::RoutingTable& table) {
  const Release& release = table.release();
  if (release.edition < Edition::kFairWaits || message.release == release.version) return {};
  for (const UnitId& unit : message.recipients) {
    const ReleaseVersion changed = table.changed_in(unit);
    if (message.release >= changed) continue;
    return Error{ErrorCode::kRecipientsStale, "release_version",
                 unit.str() + " changed in release " + std::to_string(to_number(changed))};
  }
  return {};
}

Outcome check_recipients(const Context& context, Outcome outcome) {
  const CaseRecord& record = context.record;
  const Message& message = context.message;
  if (auto early = sealed_too_early(message, context.table)) {
    Outcome stale = refuse(&record, *std::move(early));
    stale.recipients = message.recipients;
    return stale;
  }
  const Recipients recipients(context, outcome);
  std::vector<UnitId> admitted = message.recipients;
  std::erase_if(admitted, [&](const UnitId& unit) { return !recipients.admit(unit); });
  if (admitted.size() != message.recipients.size()) {
    Outcome stale = refuse(
        &record, {ErrorCode::kRecipientsStale, "recipients", "a guarantee keeps one of them out"});
    stale.recipients = std::move(admitted);
    return stale;
  }
  const std::vector<UnitId> required = recipients.required();
  for (const UnitId& unit : required) {
    if (contains(message.recipients, unit)) continue;
    Outcome stale = refuse(&record, {ErrorCode::kRecipientsStale, "recipients"});
    stale.recipients = required;
    return stale;
  }
  for (const UnitId& unit : recipients.strangers(message.recipients)) {
    if (contains(required, unit)) continue;
    return refuse(&record, {ErrorCode::kRecipientsNotPermitted, "recipients", unit.str()});
  }
  return outcome;
}

}  // namespace rujukan::decide
