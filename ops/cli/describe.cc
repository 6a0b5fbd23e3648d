#include "ops/cli/describe.h"

#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "ops/cli/json_lists.h"
#include "ops/cli/order_file.h"

namespace rujukan::cli {
namespace {

Json case_list(const std::vector<CaseId>& cases) {
  Json list = Json::array();
  for (const CaseId& id : cases) list.push_back(to_string(id));
  return list;
}

// An assignment is what most messages and events are about, and goes without saying.
void describe_subject(Json& out, Subject subject) {
  if (subject != Subject::kAssignment) out["subject"] = name_of(subject);
}
void describe_assist(Json& out, std::uint32_t assist) {
  if (assist != 0) out["assist"] = assist;
}

void describe_body(Json& out, const Referral& body) {
  out["facts"] = describe(body.facts);
  Json evidence = Json::array();
  for (const Evidence& item : body.evidence) {
    evidence.push_back({{"digest", to_hex(item.digest)},
                        {"kind", name_of(item.kind)},
                        {"custodian", item.custodian.str()}});
  }
  out["evidence"] = std::move(evidence);
  if (!body.related.empty()) out["related"] = case_list(body.related);
}
void describe_body(Json& out, const Accept& body) {
  out["need"] = name_of(body.need);
  describe_subject(out, body.subject);
}
void describe_body(Json& out, const Decline& body) {
  out["need"] = name_of(body.need);
  describe_subject(out, body.subject);
  out["reason"] = name_of(body.reason);
}
void describe_body(Json& out, const Received& body) {
  Json entries = Json::array();
  for (const LogIndex index : body.entries) entries.push_back(to_number(index));
  out["entries"] = std::move(entries);
}
void describe_body(Json&, const Note&) {}
void describe_body(Json& out, const Unreadable& body) { out["entry"] = to_number(body.entry); }
void describe_body(Json& out, const Progress& body) {
  out["need"] = name_of(body.need);
  out["state"] = name_of(body.state);
}
void describe_body(Json& out, const Complete& body) { out["need"] = name_of(body.need); }
void describe_body(Json&, const Close&) {}
void describe_body(Json& out, const Transfer& body) {
  out["need"] = name_of(body.need);
  out["to"] = body.to.str();
  out["reason"] = name_of(body.reason);
}
void describe_body(Json&, const TransferRequest&) {}
void describe_body(Json& out, const Assist& body) {
  out["need"] = name_of(body.need);
  out["to"] = body.to.str();
}
void describe_body(Json& out, const NewFacts& body) { out["facts"] = describe(body.facts); }
void describe_body(Json& out, const Cancel& body) {
  out["need"] = name_of(body.need);
  describe_subject(out, body.subject);
  if (!body.unit.empty()) out["unit"] = body.unit.str();
  out["reason"] = name_of(body.reason);
}
void describe_body(Json&, const Reopen&) {}
void describe_body(Json& out, const Erase& body) { out["legal_basis"] = body.legal_basis; }

Json describe_cause(const MessageCause& cause) {
  Json out = {{"type", "message"}};
  const auto message = wire::decode_message(cause.message);
  if (cause.leaf) {
    out["not_kept"] = to_hex(*cause.leaf);
  } else if (message) {
    out["message"] = describe(*message);
  } else {
    out["unreadable"] = describe(message.error());
  }
  if (!cause.leaf) out["bytes"] = cause.message.size();
  out["proof"] = {{"unit", cause.proof.unit.str()},
                  {"key_id", cause.proof.key_id},
                  {"count", cause.proof.count},
                  {"index", cause.proof.index}};
  return out;
}
Json describe_cause(const DeadlineCause& cause) {
  Json out = {
      {"type", "deadline"}, {"case", to_string(cause.case_id)}, {"need", name_of(cause.need)}};
  describe_assist(out, cause.assist);
  describe_subject(out, cause.subject);
  return out;
}
Json describe_cause(const ReleaseCause& cause) {
  return {
      {"type", "release"}, {"version", to_number(cause.version)}, {"digest", to_hex(cause.digest)}};
}
Json describe_cause(const SuccessionCause& cause) {
  return {{"type", "succession"}, {"case", to_string(cause.case_id)}};
}
Json describe_cause(const LinkCause& cause) {
  return {
      {"type", "link"}, {"case", to_string(cause.case_id)}, {"related", to_string(cause.related)}};
}
Json describe_cause(const StateCause& cause) {
  return {{"type", "state"},
          {"format", cause.format},
          {"cases", cause.cases},
          {"digest", to_hex(cause.digest)}};
}
Json describe_cause(const OrderCause& cause) {
  Json out = {{"type", "order"}, {"case", to_string(cause.case_id)}};
  const auto signed_order = wire::decode_signed_order(cause.order);
  const auto order = wire::order_in(cause.order);
  if (!signed_order || !order) {
    out["unreadable"] = describe(order.error());
    return out;
  }
  out["order"] = describe(*order);
  out["signatures"] = signed_order->signatures.size();
  return out;
}
Json describe_cause(const GenesisCause& cause) {
  return {{"type", "genesis"},
          {"previous_checkpoint", cause.previous},
          {"version", to_number(cause.version)},
          {"digest", to_hex(cause.digest)}};
}
Json describe_cause(const ExclusionCause& cause) {
  return {{"type", "exclusion"}, {"case", to_string(cause.case_id)}};
}
Json describe_cause(const TimeCause& cause) {
  return {{"type", "time"},
          {"deadlines_later_by_s", std::chrono::ceil<Seconds>(cause.shift).count()}};
}
Json describe_cause(const CarryCause& cause) {
  return {{"type", "carry"}, {"case", to_string(cause.case_id)}};
}

Json describe_offer(const Offer& offer) {
  Json out = {{"unit", offer.unit().str()},
              {"basis", name_of(offer.basis)},
              {"function", offer.function.str()},
              {"rule", offer.rule.str()},
              {"chain", id_list(offer.chain)},
              {"position", offer.position},
              {"answer_within_s", offer.answer_within_s},
              {"deadline", to_rfc3339(offer.deadline)}};
  if (!offer.by.empty()) out["by"] = offer.by.str();
  return out;
}

Json describe_assignment(const Assignment& assignment) {
  Json out = {{"need", name_of(assignment.need)},
              {"unit", assignment.unit().str()},
              {"state", name_of(assignment.state)},
              {"function", assignment.function.str()},
              {"rule", assignment.rule.str()},
              {"chain", id_list(assignment.chain)},
              {"position", assignment.position},
              {"accept_within_s", assignment.accept_within_s},
              {"deadline", time_or_null(assignment.deadline)}};
  if (assignment.offer) out["offer"] = describe_offer(*assignment.offer);
  return out;
}

Json describe_assignments(const std::vector<Assignment>& assignments) {
  Json out = Json::array();
  for (const Assignment& assignment : assignments) out.push_back(describe_assignment(assignment));
  return out;
}

// An assignment with its chain, or an offer of one.
void describe_chain(Json& out, const Event& event) {
  out["function"] = event.function.str();
  out["rule"] = event.rule.str();
  out["chain"] = id_list(event.units);
  if (event.position != 0) out["position"] = event.position;
  out["accept_within_s"] = event.accept_within_s;
}

bool is_about_a_need(EventType type) {
  switch (type) {
    case EventType::kOpened:
    case EventType::kInformed:
    case EventType::kNoted:
    case EventType::kClosed:
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kFactsAdded:
    case EventType::kLinked:
    case EventType::kErasureProposed:
    case EventType::kErased:
    case EventType::kHeld:
    case EventType::kHoldLifted:
    case EventType::kCarried:
    case EventType::kExcluded:
    case EventType::kFactsProposed:
    case EventType::kReadmitted:
      return false;
    case EventType::kAssigned:
    case EventType::kWithheld:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kDeclined:
    case EventType::kEscalated:
    case EventType::kOverdue:
    case EventType::kProgressed:
    case EventType::kCompleted:
    case EventType::kOffered:
    case EventType::kOfferEnded:
    case EventType::kTransferred:
    case EventType::kTransferRequested:
    case EventType::kRequestEnded:
    case EventType::kMoved:
    case EventType::kLed:
    case EventType::kCancelled:
    case EventType::kReopened:
      return true;
  }
  return false;
}

// What the type has beside need, unit and deadline.
void describe_details(Json& out, const Event& event) {
  switch (event.type) {
    case EventType::kInformed:
      out["units"] = id_list(event.units);
      return;
    case EventType::kWithheld:
      out["rule"] = event.rule.str();
      return;
    case EventType::kAssigned:
    case EventType::kTransferred:
    case EventType::kReopened:
      return describe_chain(out, event);
    case EventType::kMoved:
      describe_chain(out, event);
      out["state"] = name_of(event.state);
      return;
    case EventType::kOffered:
      out["basis"] = name_of(event.basis);
      if (event.basis == OfferBasis::kTransfer) out["reason"] = name_of(event.reason);
      return describe_chain(out, event);
    case EventType::kDeclined:
    case EventType::kCancelled:
      out["reason"] = name_of(event.reason);
      return;
    case EventType::kEscalated:
      out["position"] = event.position;
      return;
    case EventType::kProgressed:
      out["state"] = name_of(event.state);
      return;
    case EventType::kTransferRequested:
      out["position"] = event.position;
      out["answer_within_s"] = event.accept_within_s;
      return;
    case EventType::kFactsAdded:
      out["accept_within_s"] = event.accept_within_s;
      return;
    case EventType::kLinked:
      out["case"] = to_string(event.case_id);
      return;
    case EventType::kErasureProposed:
    case EventType::kErased:
    case EventType::kHeld:
    case EventType::kHoldLifted:
      out["legal_basis"] = event.legal_basis;
      return;
    case EventType::kOpened:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kOverdue:
    case EventType::kCompleted:
    case EventType::kNoted:
    case EventType::kClosed:
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kOfferEnded:
    case EventType::kRequestEnded:
    case EventType::kLed:
    case EventType::kCarried:
    case EventType::kExcluded:
    case EventType::kFactsProposed:
    case EventType::kReadmitted:
      return;
  }
}

}  // namespace

Json time_or_null(const std::optional<TimeUs>& time) {
  return time ? Json(to_rfc3339(*time)) : Json();
}

Json describe(const Error& error) {
  return {{"code", name_of(error.code)}, {"field", error.field}, {"detail", error.detail}};
}

Json describe(const Facts& facts) {
  return {{"mode", name_of(facts.mode)},
          {"categories", code_list(facts.categories)},
          {"victim_age", name_of(facts.victim_age)},
          {"victims", id_list(facts.victims)},
          {"suspects", id_list(facts.suspects)},
          {"incidents", id_list(facts.incidents)},
          {"urgency", name_of(facts.urgency)},
          {"consent", name_of(facts.consent)},
          {"needs", code_list(facts.needs)},
          {"legal_bases", Json(facts.legal_bases)},
          {"victim_protected", facts.victim_protected}};
}

Json describe(const Message& message) {
  Json out = {{"message", to_string(message.message_id)},
              {"case", to_string(message.case_id)},
              {"kind", name_of(kind_of(message))},
              {"sender", message.sender.str()},
              {"sent_at", to_rfc3339(message.sent_at)},
              {"release", to_number(message.release)},
              {"expected_version", message.expected_version},
              {"victim_protected", message.victim_protected},
              {"recipients", id_list(message.recipients)}};
  std::visit([&out](const auto& body) { describe_body(out, body); }, message.body);
  if (message.payload) {
    out["payload"] = {{"digest", to_hex(message.payload->digest)},
                      {"bytes", message.payload->size},
                      {"commitment", to_hex(message.payload->commitment)}};
  }
  return out;
}

Json describe(const Order& order) {
  return {{"order", to_string(order.order_id)}, {"kind", name_of(order.kind)},
          {"case", to_string(order.case_id)},   {"legal_basis", order.legal_basis},
          {"log_origin", order.log_origin},     {"issued_at", to_rfc3339(order.issued_at)}};
}

Json describe(const Event& event) {
  Json out = {{"event", name_of(event.type)}};
  if (is_about_a_need(event.type)) {
    out["need"] = name_of(event.need);
    describe_assist(out, event.assist);
    describe_subject(out, event.subject);
  }
  describe_details(out, event);
  const bool names_its_unit =
      event.type != EventType::kInformed && event.type != EventType::kWithheld;
  if (names_its_unit && !event.unit.empty()) out["unit"] = event.unit.str();
  if (event.deadline) out["deadline"] = to_rfc3339(*event.deadline);
  return out;
}

Json describe(const Entry& entry) {
  Json out = {{"index", to_number(entry.index)},
              {"time", to_rfc3339(entry.time)},
              {"release", to_number(entry.release)}};
  out["cause"] = std::visit([](const auto& cause) { return describe_cause(cause); }, entry.cause);
  Json outcome = Json::object();
  if (entry.outcome.refusal) {
    outcome["refusal"] = describe(*entry.outcome.refusal);
    if (!entry.outcome.recipients.empty()) {
      outcome["recipients"] = id_list(entry.outcome.recipients);
    }
  }
  outcome["case_version"] = entry.outcome.case_version;
  outcome["owner"] = entry.outcome.owner.str();
  Json events = Json::array();
  for (const Event& event : entry.outcome.events) events.push_back(describe(event));
  outcome["events"] = std::move(events);
  out["outcome"] = std::move(outcome);
  return out;
}

Json describe(const CaseRecord& record) {
  Json out = {{"case", to_string(record.case_id)},
              {"status", name_of(record.status)},
              {"version", record.version},
              {"opened_at", to_rfc3339(record.opened_at)},
              {"release", to_number(record.release)},
              {"opener", record.opener.str()},
              {"owner", record.owner().str()},
              {"lead", name_of(record.lead)}};
  out["assignments"] = describe_assignments(record.assignments);
  if (!record.assists.empty()) out["assists"] = describe_assignments(record.assists);
  if (record.request) {
    out["transfer_request"] = {{"unit", record.request->unit.str()},
                               {"to_answer", record.decider().str()},
                               {"deadline", to_rfc3339(record.request->deadline)}};
  }
  if (!record.related.empty()) out["related"] = case_list(record.related);
  if (record.erasure) {
    out["erasure_proposed"] = {{"unit", record.erasure->by.str()},
                               {"legal_basis", record.erasure->legal_basis}};
  }
  if (record.hold) out["held"] = {{"legal_basis", record.hold->legal_basis}};
  if (record.erased) out["erased"] = true;
  out["withheld"] = code_list(record.withheld);
  out["informed"] = id_list(record.informed);
  out["facts"] = describe(record.facts);
  return out;
}

Json describe(const merkle::Checkpoint& checkpoint) {
  return {
      {"origin", checkpoint.origin}, {"size", checkpoint.size}, {"root", to_hex(checkpoint.root)}};
}

void print_order(const OrderFile& file, bool as_json) {
  Json out = describe(file.order);
  out["signed_by"] = signing_keys(file.envelope.signatures);
  print(out, as_json);
}

}  // namespace rujukan::cli
