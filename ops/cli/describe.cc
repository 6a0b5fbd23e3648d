#include "ops/cli/describe.h"

#include "broker/wire/message_codec.h"

namespace rujukan::cli {
namespace {

void describe_body(Json& out, const Referral& body) {
  out["facts"] = describe(body.facts);
  Json evidence = Json::array();
  for (const Evidence& item : body.evidence) {
    evidence.push_back({{"digest", to_hex(item.digest)},
                        {"kind", name_of(item.kind)},
                        {"custodian", item.custodian.str()}});
  }
  out["evidence"] = std::move(evidence);
}
void describe_body(Json& out, const Accept& body) { out["need"] = name_of(body.need); }
void describe_body(Json& out, const Decline& body) {
  out["need"] = name_of(body.need);
  out["reason"] = name_of(body.reason);
}
void describe_body(Json& out, const Received& body) {
  Json entries = Json::array();
  for (const LogIndex index : body.entries) entries.push_back(to_number(index));
  out["entries"] = std::move(entries);
}
void describe_body(Json&, const Note&) {}
void describe_body(Json& out, const Progress& body) {
  out["need"] = name_of(body.need);
  out["state"] = name_of(body.state);
}
void describe_body(Json& out, const Complete& body) { out["need"] = name_of(body.need); }
void describe_body(Json&, const Close&) {}

Json describe_cause(const MessageCause& cause) {
  Json out = {{"type", "message"}};
  const auto message = wire::decode_message(cause.message);
  if (message) {
    out["message"] = describe(*message);
  } else {
    out["unreadable"] = describe(message.error());
  }
  out["bytes"] = cause.message.size();
  out["proof"] = {{"unit", cause.proof.unit.str()},
                  {"key_id", cause.proof.key_id},
                  {"count", cause.proof.count},
                  {"index", cause.proof.index}};
  return out;
}
Json describe_cause(const DeadlineCause& cause) {
  return {{"type", "deadline"}, {"case", to_string(cause.case_id)}, {"need", name_of(cause.need)}};
}
Json describe_cause(const ReleaseCause& cause) {
  return {
      {"type", "release"}, {"version", to_number(cause.version)}, {"digest", to_hex(cause.digest)}};
}

Json describe_assignment(const Assignment& assignment) {
  return {{"need", name_of(assignment.need)},
          {"unit", assignment.unit().str()},
          {"state", name_of(assignment.state)},
          {"function", assignment.function.str()},
          {"rule", assignment.rule.str()},
          {"chain", id_list(assignment.chain)},
          {"position", assignment.position},
          {"accept_within_s", assignment.accept_within_s},
          {"deadline", time_or_null(assignment.deadline)}};
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

Json describe(const Event& event) {
  Json out = {{"event", name_of(event.type)}};
  const auto need = [&] { out["need"] = name_of(event.need); };
  switch (event.type) {
    case EventType::kOpened:
    case EventType::kNoted:
    case EventType::kClosed:
    case EventType::kDelivered:
      break;
    case EventType::kInformed:
      out["units"] = id_list(event.units);
      return out;
    case EventType::kAssigned:
      need();
      out["function"] = event.function.str();
      out["rule"] = event.rule.str();
      out["chain"] = id_list(event.units);
      out["accept_within_s"] = event.accept_within_s;
      break;
    case EventType::kWithheld:
      need();
      out["rule"] = event.rule.str();
      return out;
    case EventType::kDeclined:
      need();
      out["reason"] = name_of(event.reason);
      break;
    case EventType::kEscalated:
      need();
      out["position"] = event.position;
      break;
    case EventType::kProgressed:
      need();
      out["state"] = name_of(event.state);
      break;
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kOverdue:
    case EventType::kCompleted:
      need();
      break;
  }
  if (!event.unit.empty()) out["unit"] = event.unit.str();
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
  Json assignments = Json::array();
  for (const Assignment& assignment : record.assignments) {
    assignments.push_back(describe_assignment(assignment));
  }
  out["assignments"] = std::move(assignments);
  out["withheld"] = code_list(record.withheld);
  out["informed"] = id_list(record.informed);
  out["facts"] = describe(record.facts);
  return out;
}

Json describe(const merkle::Checkpoint& checkpoint) {
  return {
      {"origin", checkpoint.origin}, {"size", checkpoint.size}, {"root", to_hex(checkpoint.root)}};
}

}  // namespace rujukan::cli
