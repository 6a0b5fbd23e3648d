#include "adapters/gateway/case_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

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
  if (std::holds_alternative<OrderCause>(cause)) return "order";
  if (std::holds_alternative<CarryCause>(cause)) return "carry";
  if (std::holds_alternative<ExclusionCause>(cause)) return "exclusion";
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

// So that a listing is in the order of the log.
std::string padded(LogIndex index) {
  std::string digits = std::to_string(to_number(index));
  digits.insert(0, digits.size() < 10 ? 10 - digits.size() : 0, '0');
  return digits;
}

// To a unit that a guarantee keeps out, which learns nothing else of the case.
std::string notice_text(const sdk::CheckedDelivery& delivery) {
  const Entry& entry = delivery.checked.entry;
  const Json out{
      {"index", to_number(entry.index)},
      {"time", to_rfc3339(entry.time)},
      {"kind", kind_name(delivery.checked)},
      {"case", to_string(delivery.checked.case_id)},
      {"unit", delivery.unit.str()},
      {"release", to_number(entry.release)},
      {"events", events_to_json(entry.outcome)},
      {"notice",
       "This unit has no part in the case from here on. The gateway removed what it held of it; "
       "remove what your own system holds."},
      {"verified", true}};
  return out.dump(2) + "\n";
}

void put_known(Json& out, const sdk::KnownCase& known) {
  out["opener"] = known.opener.str();
  out["facts"] = facts_to_json(known.facts);
  if (!known.proposed) return;
  out["proposed"] = {{"by", known.proposed->by.str()},
                     {"facts", facts_to_json(known.proposed->facts)}};
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
  const auto is = [&event](std::initializer_list<EventType> types) {
    return std::find(types.begin(), types.end(), event.type) != types.end();
  };
  using T = EventType;
  Json out{{"type", name_of(event.type)}};
  if (!event.unit.empty()) out["unit"] = event.unit.str();
  if (event.assist != 0) out["assist"] = event.assist;
  if (event.subject != Subject::kAssignment) out["subject"] = name_of(event.subject);
  const bool of_the_case =
      is({T::kInformed, T::kNoted, T::kClosed, T::kDelivered, T::kFactsAdded, T::kLinked,
          T::kErasureProposed, T::kErased, T::kHeld, T::kHoldLifted, T::kCarried, T::kExcluded,
          T::kFactsProposed, T::kReadmitted, T::kUnreadable});
  if (!of_the_case) out["need"] = name_of(event.need);
  if (!event.function.empty()) out["function"] = event.function.str();
  if (!event.rule.empty()) out["rule"] = event.rule.str();
  if (is({T::kInformed})) {
    out["units"] = ids(event.units);
  } else if (!event.units.empty()) {
    out["chain"] = ids(event.units);
  }
  if (is({T::kEscalated, T::kOverdue})) out["position"] = event.position;
  if (is({T::kOffered})) out["basis"] = name_of(event.basis);
  const bool by_transfer = is({T::kOffered}) && event.basis == OfferBasis::kTransfer;
  if (by_transfer || is({T::kDeclined, T::kCancelled})) out["reason"] = name_of(event.reason);
  if (is({T::kProgressed, T::kMoved})) out["state"] = name_of(event.state);
  if (is({T::kLinked})) out["case"] = to_string(event.case_id);
  if (!event.legal_basis.empty()) out["legal_basis"] = event.legal_basis;
  if (is({T::kAssigned})) out["accept_within_s"] = event.accept_within_s;
  if (event.deadline) out["deadline"] = to_rfc3339(*event.deadline);
  return out;
}

std::string delivery_name(const sdk::CheckedDelivery& delivery) {
  return padded(delivery.checked.entry.index) + "-" + kind_name(delivery.checked) + "-" +
         delivery.unit.str() + ".json";
}

bool is_delivery_to(std::string_view name, const UnitId& unit) {
  // Neither an index nor a kind has a hyphen, a unit may.
  const std::size_t index_end = name.find('-');
  if (index_end == std::string_view::npos) return false;
  const std::size_t kind_end = name.find('-', index_end + 1);
  return kind_end != std::string_view::npos && name.substr(kind_end + 1) == unit.str() + ".json";
}

bool tells_of(std::string_view text, const CaseId& case_id) {
  const Json json = Json::parse(text, nullptr, false);
  const auto names_it = [id = to_string(case_id)](const Json& of) {
    if (!of.is_object()) return false;
    const auto named = of.find("case");
    return named != of.end() && *named == id;
  };
  if (names_it(json)) return true;
  // Another case's entry that this one names it.
  if (!json.is_object() || json.value("kind", Json()) != "link") return false;
  const auto events = json.find("events");
  return events != json.end() && std::any_of(events->begin(), events->end(), names_it);
}

std::string delivery_text(const sdk::CheckedDelivery& delivery) {
  const Entry& entry = delivery.checked.entry;
  if (names_nobody(entry)) return notice_text(delivery);
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
    // For whoever sealed it: to send it anew.
    if (const auto* unreadable = std::get_if<Unreadable>(&message->body)) {
      out["unreadable"] = to_number(unreadable->entry);
    }
  }
  if (const auto& order = delivery.checked.order) {
    out["order"] = {{"id", to_string(order->order_id)},
                    {"kind", name_of(order->kind)},
                    {"issued_at", to_rfc3339(order->issued_at)}};
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

namespace {

Json error_json(const Error& error) {
  std::string reason(text_of(error.code));
  if (!error.detail.empty()) reason += " (" + error.detail + ")";
  return {{"code", name_of(error.code)}, {"field", error.field}, {"reason", reason}};
}

}  // namespace

std::string error_text(const Error& error) {
  return error_json(error).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string waiting_text(const Error& why, TimeUs since) {
  Json out = error_json(why);
  out["since"] = to_rfc3339(since);
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string ignored_text(const std::map<std::string, std::string>& ignored) {
  // A person reads the first ones.
  constexpr std::size_t kNamed = 1000;
  std::string text =
      "These files in outgoing/ are not taken. Records are named *.json, answers "
      "*.answer.json.\n\n";
  std::size_t named = 0;
  for (const auto& [name, why] : ignored) {
    if (++named > kNamed) break;
    text += Json(name).dump(-1, ' ', false, Json::error_handler_t::replace) + " " + why + "\n";
  }
  if (ignored.size() > kNamed) {
    text += "and " + std::to_string(ignored.size() - kNamed) + " more\n";
  }
  return text;
}

}  // namespace rujukan::gateway
