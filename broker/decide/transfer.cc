// Moving an assignment to another unit, asking for that, and asking for help.
#include "broker/base/limits.h"
#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

using Part = routing::RoutingTable::Part;

Error not_competent(const char* field, std::string why) {
  return {ErrorCode::kOfferNotCompetent, field, std::move(why)};
}

// A unit that the table could name for these facts and that no guarantee keeps out.
std::optional<Error> check_unit(const Context& context, const UnitId& id, Part part) {
  const Unit* unit = context.table.unit(id);
  if (unit == nullptr) return not_competent("to", "no unit " + id.str());
  if (!context.table.competent(*unit, context.record.facts, context.now)) {
    return not_competent("to", id.str() + " covers no place of these facts now");
  }
  if (!context.table.permits(*unit, part, context.record.facts)) {
    return not_competent("to", id.str() + " may have no part in a case with these facts");
  }
  return std::nullopt;
}

// The wider units too: their turn may come.
std::optional<Error> check_chain(const Context& context, const std::vector<UnitId>& chain,
                                 Part part) {
  if (!on_present_facts(context.table)) return std::nullopt;
  if (all_permitted(chain, 0, part, context.record.facts, context.table)) return std::nullopt;
  return not_competent("to", "a wider unit may have no part in a case with these facts");
}

}  // namespace

Outcome offer_transfer(const Context& context, const Named& named, const Transfer& body) {
  const CaseRecord& record = context.record;
  const Assignment& assignment = *named.assignment;
  const bool lead = leads(record, assignment, named.assist);
  const bool answers_request = lead && record.request && record.request->unit == body.to;
  if (assignment.unit() != context.message.sender && !answers_request) {
    return refuse(&record, {ErrorCode::kAssignmentNotYours, "to",
                            "who answers a request moves the case to who asked"});
  }
  if (assignment.offer) return refuse(&record, {ErrorCode::kOfferPending, "need"});
  if (auto error = check_unit(context, body.to, lead ? Part::kOwner : Part::kAssigned)) {
    return refuse(&record, *std::move(error));
  }
  if (context.table.unit(body.to)->function != assignment.function) {
    return refuse(&record, not_competent("to", "its function is not " + assignment.function.str()));
  }
  if (body.to == assignment.unit()) {
    return refuse(&record, not_competent("to", "it is responsible already"));
  }
  const std::uint32_t within = context.table.release().deadlines.transfer_offer_within_s;
  Event offered{.type = EventType::kOffered};
  offered.need = assignment.need;
  offered.assist = named.assist;
  offered.unit = body.to;
  offered.function = assignment.function;
  offered.rule = assignment.rule;
  offered.units = context.table.chain_from(body.to, context.now);
  offered.accept_within_s = within;
  offered.deadline = context.now + Seconds(within);
  offered.reason = body.reason;
  if (offered.units.empty()) return refuse(&record, {ErrorCode::kRoutingNoUnit, "to"});
  if (auto error = check_chain(context, offered.units, lead ? Part::kOwner : Part::kAssigned)) {
    return refuse(&record, *std::move(error));
  }
  std::vector<Event> events{std::move(offered)};
  if (answers_request) events.push_back(request_ended(record));
  return changed(record, std::move(events));
}

Outcome request_transfer(const Context& context) {
  const CaseRecord& record = context.record;
  const Assignment& lead = record.lead_assignment();
  const UnitId& sender = context.message.sender;
  if (!is_open(lead.state) || sender == record.owner()) {
    return refuse(&record, {ErrorCode::kAssignmentState, "sender",
                            sender == record.owner() ? "the sender owns the case"
                                                     : "the lead assignment is done"});
  }
  if (record.request) return refuse(&record, {ErrorCode::kRequestPending, "case_id"});
  if (auto error = check_unit(context, sender, Part::kOwner)) {
    error->field = "sender";
    return refuse(&record, *std::move(error));
  }
  if (context.table.unit(sender)->function != lead.function) {
    return refuse(&record, not_competent("sender", "its function is not " + lead.function.str()));
  }
  const std::uint32_t within = context.table.release().deadlines.transfer_request_within_s;
  Event event = unit_event(EventType::kTransferRequested, sender);
  event.need = record.lead;
  event.position = lead.position;
  event.accept_within_s = within;
  event.deadline = context.now + Seconds(within);
  return changed(record, {std::move(event)});
}

Outcome ask_for_help(const Context& context, const Assist& body) {
  const CaseRecord& record = context.record;
  if (record.assists.size() >= limits::kAssists) {
    return refuse(&record, {ErrorCode::kAssistLimit, "to",
                            "at most " + std::to_string(limits::kAssists) + " in a case"});
  }
  const auto& withheld = record.withheld;
  if (std::find(withheld.begin(), withheld.end(), body.need) != withheld.end()) {
    return refuse(&record, not_competent("need", "it is withheld"));
  }
  if (auto error = check_unit(context, body.to, Part::kAssigned)) {
    return refuse(&record, *std::move(error));
  }
  const Unit& unit = *context.table.unit(body.to);
  if (!context.table.assigns(unit.function, body.need)) {
    return refuse(&record, not_competent("to", "no rule asks " + unit.function.str() + " for " +
                                                   std::string(name_of(body.need))));
  }
  Facts asked;
  asked.needs = {body.need};
  const Unit* sender = context.table.unit(context.message.sender);
  INVARIANT(sender != nullptr);
  if (const auto allowed = context.table.may_open(sender->agency, asked); !allowed) {
    return refuse(&record, allowed.error());
  }
  bool held = false;
  record.for_each_assignment([&](const Assignment& a, std::uint32_t) {
    held = held || (a.need == body.need && is_open(a.state) && a.unit() == body.to);
  });
  if (held) return refuse(&record, not_competent("to", "it is responsible already"));
  const routing::RoutedAssignment routed{body.need, unit.function, RuleId(),
                                         context.table.chain_from(body.to, context.now)};
  if (routed.chain.empty()) return refuse(&record, {ErrorCode::kRoutingNoUnit, "to"});
  if (auto error = check_chain(context, routed.chain, Part::kAssigned)) {
    return refuse(&record, *std::move(error));
  }
  Event event = assigned_event(
      routed, accept_within_s(context.table.release().deadlines, record.facts.urgency),
      context.now);
  event.assist = static_cast<std::uint32_t>(record.assists.size() + 1);
  return changed(record, {std::move(event)});
}

}  // namespace rujukan::decide
