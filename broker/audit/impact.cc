#include "broker/audit/impact.h"

#include <algorithm>

namespace rujukan::audit {
namespace {

// Who has to do what, as an opening logged it or as a table says. Lists are sorted.
struct Shares {
  UnitId owner;
  std::vector<std::pair<Need, std::vector<UnitId>>> chains;
  std::vector<Need> withheld;
  std::vector<UnitId> informed;
};

Shares sorted(Shares shares) {
  std::sort(shares.chains.begin(), shares.chains.end());
  std::sort(shares.withheld.begin(), shares.withheld.end());
  std::sort(shares.informed.begin(), shares.informed.end());
  return shares;
}

Shares shares_of(const Outcome& opening) {
  Shares out;
  out.owner = opening.owner;
  for (const Event& event : opening.events) {
    if (event.type == EventType::kAssigned) out.chains.emplace_back(event.need, event.units);
    if (event.type == EventType::kWithheld) out.withheld.push_back(event.need);
    if (event.type == EventType::kInformed) out.informed = event.units;
  }
  return sorted(std::move(out));
}

Shares shares_of(const routing::Route& route) {
  Shares out{route.owner(), {}, route.withheld, route.informed};
  for (const auto& assignment : route.assignments) {
    out.chains.emplace_back(assignment.need, assignment.chain);
  }
  return sorted(std::move(out));
}

bool keeps_owner(const CaseRecord& record, const routing::Route& route) {
  if (route.owner() == record.owner()) return true;
  const Assignment& lead = record.lead_assignment();
  const auto& chain = route.assignments.front().chain;
  return lead.position > 0 && route.owner() == lead.chain.front() &&
         std::find(chain.begin(), chain.end(), record.owner()) != chain.end();
}

// The rule that named the owner; empty when none of the events says so.
RuleId lead_rule(const Outcome& opening) {
  const Need lead = opening.events.front().need;
  for (const Event& event : opening.events) {
    if (event.type == EventType::kAssigned && event.need == lead) return event.rule;
  }
  return {};
}

}  // namespace

std::optional<OpeningChange> Impact::add_entry(const Entry& entry, const Message* message) {
  const auto* referral = message == nullptr ? nullptr : std::get_if<Referral>(&message->body);
  if (referral == nullptr || entry.outcome.refusal) return std::nullopt;
  ++past_.openings;
  OpeningChange change{
      entry.index, entry.time, message->case_id, entry.outcome.owner, lead_rule(entry.outcome),
      std::nullopt};
  const auto route = table_.route(referral->facts, entry.time);
  if (!route) {
    ++past_.not_routed;
    ++past_.owner;
    ++past_.assignments;
    change.not_routed = route.error();
    return change;
  }
  const Shares was = shares_of(entry.outcome);
  const Shares then = shares_of(*route);
  if (was.chains != then.chains || was.withheld != then.withheld) ++past_.assignments;
  if (was.informed != then.informed) ++past_.informed;
  if (was.owner == then.owner) return std::nullopt;
  ++past_.owner;
  change.owner_then = then.owner;
  change.rule_then = route->assignments.front().rule;
  return change;
}

void Impact::add_case(const CaseRecord& record, TimeUs at) {
  if (record.status != CaseStatus::kOpen) return;
  ++open_cases_;
  OwnerChange change{
      record.case_id, record.opened_at, record.lead, record.owner(), record.lead_assignment().rule,
      std::nullopt};
  const auto route = table_.route(record.facts, at);
  if (!route) {
    change.not_routed = route.error();
  } else {
    if (keeps_owner(record, *route)) return;
    change.need_then = route->lead;
    change.owner_then = route->owner();
    change.rule_then = route->assignments.front().rule;
  }
  changes_.push_back(std::move(change));
}

}  // namespace rujukan::audit
