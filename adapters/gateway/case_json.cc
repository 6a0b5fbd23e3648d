#include "adapters/gateway/case_json.h"

#include "adapters/sdk/strict_json.h"
#include "broker/base/limits.h"

namespace rujukan::gateway {
namespace {

using Json = nlohmann::ordered_json;

template <typename E>
Json names(const std::vector<E>& codes) {
  Json out = Json::array();
  for (const E code : codes) out.push_back(name_of(code));
  return out;
}

template <typename Id>
Json ids(const std::vector<Id>& values) {
  Json out = Json::array();
  for (const Id& value : values) out.push_back(value.str());
  return out;
}

std::string kind_name(const sdk::CheckedEntry& checked) {
  if (checked.message) return std::string(name_of(kind_of(*checked.message)));
  const Cause& cause = checked.entry.cause;
  if (std::holds_alternative<SuccessionCause>(cause)) return "succession";
  return std::holds_alternative<LinkCause>(cause) ? "link" : "deadline";
}

// What another agency sealed need not be JSON, nor text.
Json narrative_to_json(const std::string& narrative) {
  const auto object =
      parse_json_object(narrative, limits::kPayloadBytes, ErrorCode::kRecordMalformed);
  if (object) return *object;
  try {
    // Printing checks the encoding.
    static_cast<void>(Json(narrative).dump());
    return narrative;
  } catch (const Json::type_error&) {
    return Json{{"base64", to_base64(as_bytes(narrative))}};
  }
}

Json evidence_to_json(const std::vector<Evidence>& evidence) {
  Json out = Json::array();
  for (const Evidence& item : evidence) {
    out.push_back({{"digest", to_hex(item.digest)},
                   {"kind", name_of(item.kind)},
                   {"custodian", item.custodian.str()}});
  }
  return out;
}

Json events_to_json(const Outcome& outcome) {
  Json out = Json::array();
  for (const Event& event : outcome.events) out.push_back(event_to_json(event));
  return out;
}

// What an opening decided, by assignment.
void put_route(Json& out, const Outcome& outcome) {
  Json& assignments = out["assignments"] = Json::array();
  Json& withheld = out["withheld"] = Json::array();
  Json& informed = out["informed"] = Json::array();
  for (const Event& event : outcome.events) {
    if (event.type == EventType::kAssigned) {
      assignments.push_back(event_to_json(event));
      assignments.back().erase("type");
    }
    if (event.type == EventType::kWithheld) withheld.push_back(name_of(event.need));
    if (event.type == EventType::kInformed) informed = ids(event.units);
  }
}

void put_known(Json& out, const sdk::KnownCase& known) {
  out["opener"] = known.opener.str();
  out["facts"] = facts_to_json(known.facts);
}

// Whether the payload could be read, for a person who wonders.
std::string seal_state(const sdk::CheckedDelivery& delivery) {
  if (delivery.seal_fault) return std::string(name_of(delivery.seal_fault->code));
  return delivery.narrative ? "opened" : "none";
}

}  // namespace

Json facts_to_json(const Facts& facts) {
  Json handling = Json::array();
  if (facts.victim_protected) handling.push_back(name_of(Handling::kVictimProtected));
  return {{"mode", name_of(facts.mode)},
          {"categories", names(facts.categories)},
          {"victim_age", name_of(facts.victim_age)},
          {"victims", ids(facts.victims)},
          {"suspects", ids(facts.suspects)},
          {"incidents", ids(facts.incidents)},
          {"urgency", name_of(facts.urgency)},
          {"consent", name_of(facts.consent)},
          {"needs", names(facts.needs)},
          {"legal_bases", facts.legal_bases},
          {"handling", handling}};
}

Json event_to_json(const Event& event) {
  Json out{{"type", name_of(event.type)}};
  const auto put_need = [&] { out["need"] = name_of(event.need); };
  const auto put_deadline = [&] {
    if (event.deadline) out["deadline"] = to_rfc3339(*event.deadline);
  };
  const auto put_chain = [&] {
    out["function"] = event.function.str();
    if (!event.rule.empty()) out["rule"] = event.rule.str();
    out["chain"] = ids(event.units);
  };
  if (!event.unit.empty()) out["unit"] = event.unit.str();
  if (event.assist != 0) out["assist"] = event.assist;
  if (event.subject != Subject::kAssignment) out["subject"] = name_of(event.subject);
  switch (event.type) {
    case EventType::kAssigned:
      put_need();
      put_chain();
      out["accept_within_s"] = event.accept_within_s;
      put_deadline();
      break;
    case EventType::kOffered:
      put_need();
      put_chain();
      out["basis"] = name_of(event.basis);
      if (event.basis == OfferBasis::kTransfer) out["reason"] = name_of(event.reason);
      put_deadline();
      break;
    case EventType::kTransferred:
    case EventType::kMoved:
    case EventType::kReopened:
      put_need();
      put_chain();
      if (event.type == EventType::kMoved) out["state"] = name_of(event.state);
      put_deadline();
      break;
    case EventType::kTransferRequested:
      put_need();
      put_deadline();
      break;
    case EventType::kLinked:
      out["case"] = to_string(event.case_id);
      break;
    case EventType::kErasureProposed:
    case EventType::kErased:
      out["legal_basis"] = event.legal_basis;
      break;
    case EventType::kWithheld:
      put_need();
      out["rule"] = event.rule.str();
      break;
    case EventType::kInformed:
      out["units"] = ids(event.units);
      break;
    case EventType::kDeclined:
    case EventType::kCancelled:
      put_need();
      out["reason"] = name_of(event.reason);
      break;
    case EventType::kEscalated:
    case EventType::kOverdue:
      put_need();
      out["position"] = event.position;
      put_deadline();
      break;
    case EventType::kProgressed:
      put_need();
      out["state"] = name_of(event.state);
      break;
    case EventType::kOpened:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kCompleted:
    case EventType::kOfferEnded:
    case EventType::kRequestEnded:
    case EventType::kLed:
      put_need();
      break;
    case EventType::kFactsAdded:
    case EventType::kNoted:
    case EventType::kDelivered:
    case EventType::kClosed:
      break;
  }
  return out;
}

std::string delivery_name(const sdk::CheckedDelivery& delivery) {
  // Padded, so that a listing is in the order of the log.
  std::string index = std::to_string(to_number(delivery.checked.entry.index));
  index.insert(0, index.size() < 10 ? 10 - index.size() : 0, '0');
  return index + "-" + kind_name(delivery.checked) + "-" + delivery.unit.str() + ".json";
}

std::string delivery_text(const sdk::CheckedDelivery& delivery) {
  const Entry& entry = delivery.checked.entry;
  const auto& message = delivery.checked.message;
  Json out{{"index", to_number(entry.index)},
           {"time", to_rfc3339(entry.time)},
           {"kind", kind_name(delivery.checked)},
           {"case", to_string(delivery.checked.case_id)},
           {"from", message ? Json(message->sender.str()) : Json()},
           {"unit", delivery.unit.str()},
           {"owner", entry.outcome.owner.str()},
           {"version", entry.outcome.case_version},
           {"release", to_number(entry.release)}};
  if (delivery.known) put_known(out, *delivery.known);
  if (message) {
    out["message"] = to_string(message->message_id);
    if (const auto* referral = std::get_if<Referral>(&message->body)) {
      out["evidence"] = evidence_to_json(referral->evidence);
    }
  }
  out["events"] = events_to_json(entry.outcome);
  out["seal"] = seal_state(delivery);
  if (delivery.narrative) out["narrative"] = narrative_to_json(*delivery.narrative);
  out["verified"] = true;
  return out.dump(2) + "\n";
}

std::string result_text(const Message& message, const Entry& entry) {
  Json out{{"kind", name_of(kind_of(message))},        {"case", to_string(message.case_id)},
           {"message", to_string(message.message_id)}, {"unit", message.sender.str()},
           {"index", to_number(entry.index)},          {"time", to_rfc3339(entry.time)},
           {"owner", entry.outcome.owner.str()},       {"version", entry.outcome.case_version},
           {"release", to_number(entry.release)}};
  if (kind_of(message) == MessageKind::kReferral) {
    put_route(out, entry.outcome);
  } else {
    out["events"] = events_to_json(entry.outcome);
  }
  return out.dump(2) + "\n";
}

std::string error_text(const Error& error) {
  std::string reason(text_of(error.code));
  if (!error.detail.empty()) reason += " (" + error.detail + ")";
  const Json out{{"code", name_of(error.code)}, {"field", error.field}, {"reason", reason}};
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rujukan::gateway
