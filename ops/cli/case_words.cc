#include "ops/cli/case_words.h"

#include <algorithm>

namespace rujukan::cli {
namespace {

using audit::CaseStep;

std::string shown(std::string_view code) {
  std::string text(code);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}
template <typename E>
std::string words(E code) {
  return shown(name_of(code));
}
template <typename Ids>
std::string listed(const Ids& ids) {
  std::string out;
  for (const auto& id : ids) out += (out.empty() ? "" : ", ") + id.str();
  return out;
}

// "2026-11-22 04:38:37" of a time that is printed as UTC.
std::string to_seconds(TimeUs time) {
  std::string text = to_rfc3339(time).substr(0, 19);
  text[10] = ' ';
  return text;
}

struct HeadlineOf {
  std::string operator()(const Referral&) const { return "refers the case"; }
  std::string operator()(const Accept& body) const { return "accepts" + of(body); }
  std::string operator()(const Decline& body) const {
    return "declines" + of(body) + ": " + words(body.reason);
  }
  std::string operator()(const Received& body) const {
    std::string out = "acknowledges";
    for (const LogIndex index : body.entries) {
      out += (out.back() == 's' ? " entry " : ", ") + std::to_string(to_number(index));
    }
    return out;
  }
  std::string operator()(const Note&) const { return "sends a note"; }
  std::string operator()(const Unreadable& body) const {
    return "cannot read entry " + std::to_string(to_number(body.entry));
  }
  std::string operator()(const Progress& body) const { return "reports " + words(body.state); }
  std::string operator()(const Complete& body) const { return "completes " + words(body.need); }
  std::string operator()(const Close&) const { return "closes the case"; }
  std::string operator()(const Transfer& body) const {
    return "offers " + words(body.need) + " to " + body.to.str() + ": " + words(body.reason);
  }
  std::string operator()(const TransferRequest&) const { return "asks for the case"; }
  std::string operator()(const Assist& body) const {
    return "asks " + body.to.str() + " for help: " + words(body.need);
  }
  std::string operator()(const NewFacts&) const { return "adds facts"; }
  std::string operator()(const Cancel& body) const {
    return "cancels" + of(body) + ": " + words(body.reason);
  }
  std::string operator()(const Reopen&) const { return "opens the case again"; }
  std::string operator()(const Erase& body) const {
    return "asks that payloads be erased: " + body.legal_basis;
  }

  template <typename Body>
  static std::string of(const Body& body) {
    if (body.subject == Subject::kRequest) return " a transfer request";
    return (body.subject == Subject::kOffer ? " an offer of " : " ") + words(body.need);
  }
};

struct CauseWords {
  const char* who;
  const char* headline;
};
CauseWords words_of(const Cause& cause) {
  if (std::holds_alternative<MessageCause>(cause)) return {"unknown", "an unreadable message"};
  if (std::holds_alternative<DeadlineCause>(cause)) return {"deadline", "no answer came in time"};
  if (std::holds_alternative<SuccessionCause>(cause)) {
    return {"succession", "a unit of the case has ended"};
  }
  if (std::holds_alternative<LinkCause>(cause)) return {"link", "a new case names this one"};
  if (std::holds_alternative<OrderCause>(cause)) return {"administrators", "order"};
  if (std::holds_alternative<CarryCause>(cause)) {
    return {"new shard", "goes on from the log's earlier shard"};
  }
  if (std::holds_alternative<ExclusionCause>(cause)) {
    return {"guarantee", "who may have a part, by the facts as they stand"};
  }
  return {"log", "not about a case"};
}

// One event, in words.
class EventWords {
 public:
  EventWords(const Event& event, const Zone& zone) : e_(event), zone_(zone) {}

  std::string text() const {
    switch (e_.type) {
      case EventType::kOpened:
        return "the case is open, owned by " + unit() + ", for " + words(e_.need);
      case EventType::kAssigned:
        return part() + "asked of " + unit() + by_rule() + due("to accept by");
      case EventType::kWithheld:
        return part() + "withheld" + by_rule();
      case EventType::kInformed:
        return "informed, with coded facts only: " +
               (e_.units.empty() ? "nobody" : listed(e_.units));
      case EventType::kReceived:
        return part() + unit() + " has received it";
      case EventType::kAccepted:
        return part() + unit() + " has accepted";
      case EventType::kDeclined:
        return part() + unit() + " declines" + subject() + " (" + words(e_.reason) + ")";
      case EventType::kEscalated:
        return part() + "now asked of " + unit() + subject() + ", step " +
               std::to_string(e_.position + 1) + " of the chain" + due("to answer by");
      case EventType::kOverdue:
        return part() + unit() + " is overdue" + subject() + due("next notice at");
      case EventType::kProgressed:
        return part() + words(e_.state) + " at " + unit();
      case EventType::kCompleted:
        return part() + "completed by " + unit();
      case EventType::kNoted:
        return "a note by " + unit();
      case EventType::kClosed:
        return "the case is closed by " + unit();
      case EventType::kDelivered:
        return unit() + " has what was delivered";
      case EventType::kUnreadable:
        return unit() + " cannot read a payload that is sealed for it";
      case EventType::kOffered:
      case EventType::kOfferEnded:
      case EventType::kTransferred:
      case EventType::kMoved:
      case EventType::kCancelled:
      case EventType::kLed:
      case EventType::kReopened:
      case EventType::kTransferRequested:
      case EventType::kRequestEnded:
        return of_moving();
      case EventType::kFactsAdded:
        return "facts added by " + unit() + due("no accept is awaited later than");
      case EventType::kFactsProposed:
        return "facts proposed by " + unit() + ", to hold once another agency agrees";
      case EventType::kExcluded:
        return unit() + " is kept out from here on and is told so, and nothing else";
      case EventType::kReadmitted:
        return unit() + " is kept out no longer";
      case EventType::kLinked:
        return "related to case " + to_string(e_.case_id) + ", owned by " + unit();
      case EventType::kErasureProposed:
        return "erasure of every payload proposed" + by_unit() + basis();
      case EventType::kErased:
        return "every payload of the case so far is erased" + by_unit() + basis();
      case EventType::kHeld:
        return "legal hold: nothing is erased" + basis();
      case EventType::kHoldLifted:
        return "legal hold lifted" + basis();
      case EventType::kCarried:
        return "the case goes on as it stood";
    }
    return std::string(name_of(e_.type));
  }

 private:
  std::string of_moving() const {
    using enum EventType;
    if (e_.type == kOffered) {
      const bool transfer = e_.basis == OfferBasis::kTransfer;
      return part() + "offered to " + unit() + by_rule() +
             (transfer ? " (" + words(e_.reason) + ")" : " by new facts") + due("to accept by");
    }
    if (e_.type == kOfferEnded) return part() + "the offer to " + unit() + " has ended";
    if (e_.type == kTransferred) return part() + "moved to " + unit() + by_rule() + ", accepted";
    if (e_.type == kMoved) {
      return part() + "moved to " + unit() + by_rule() + " (" + words(e_.state) + ")" +
             due("to accept by");
    }
    if (e_.type == kCancelled) {
      return part() + "cancelled at " + unit() + " (" + words(e_.reason) + ")";
    }
    if (e_.type == kLed) return words(e_.need) + " leads from here on, owned by " + unit();
    if (e_.type == kReopened) {
      return "the case is open again: " + part() + "asked of " + unit() + by_rule() +
             due("to accept by");
    }
    if (e_.type == kTransferRequested) return unit() + " asks for the case" + due("to answer by");
    return "the request of " + unit() + " has ended";
  }

  const std::string& unit() const { return e_.unit.str(); }
  std::string part() const { return part_words(e_.need, e_.assist) + ": "; }
  std::string by_unit() const { return e_.unit.empty() ? "" : " by " + unit(); }
  std::string by_rule() const { return e_.rule.empty() ? "" : " by rule " + e_.rule.str(); }
  std::string basis() const { return e_.legal_basis.empty() ? "" : " (" + e_.legal_basis + ")"; }
  std::string subject() const {
    switch (e_.subject) {
      case Subject::kAssignment:
        return "";
      case Subject::kOffer:
        return " for the offer";
      case Subject::kRequest:
        return " for the transfer request";
    }
    return "";
  }
  std::string due(const char* what) const {
    if (!e_.deadline) return "";
    return ", " + std::string(what) + " " + local_time(*e_.deadline, zone_);
  }

  const Event& e_;
  const Zone& zone_;
};

}  // namespace

std::optional<Zone> zone_from_name(std::string_view name) {
  if (name == "wib") return kWib;
  if (name == "wita") return Zone{"WITA", 8};
  if (name == "wit") return Zone{"WIT", 9};
  return std::nullopt;
}

std::string local_time(TimeUs time, const Zone& zone) {
  return to_seconds(time + std::chrono::hours(zone.hours)) + " " + zone.name;
}
std::string utc_time(TimeUs time) { return to_seconds(time) + " UTC"; }

std::string duration_words(std::chrono::microseconds length) {
  const auto seconds = std::chrono::round<std::chrono::seconds>(length).count();
  const auto join = [](auto first, const char* unit, auto second, const char* rest) {
    std::string out = std::to_string(first) + unit;
    return second == 0 ? out : out + " " + std::to_string(second) + rest;
  };
  if (seconds >= 86400) {
    const auto days = seconds / 86400;
    return join(days, days == 1 ? " day" : " days", seconds % 86400 / 3600, " h");
  }
  if (seconds >= 3600) return join(seconds / 3600, " h", seconds % 3600 / 60, " min");
  if (seconds >= 60) return join(seconds / 60, " min", seconds % 60, " s");
  return std::to_string(seconds) + " s";
}

std::string who_of(const CaseStep& step) {
  return step.message ? step.message->sender.str() : words_of(step.entry.cause).who;
}

std::string headline_of(const CaseStep& step) {
  if (step.message) return std::visit(HeadlineOf(), step.message->body);
  return words_of(step.entry.cause).headline;
}

std::vector<std::string> event_words(const CaseStep& step, const Zone& zone) {
  std::vector<std::string> out;
  for (const Event& event : step.entry.outcome.events) {
    out.push_back(EventWords(event, zone).text());
  }
  return out;
}

std::string payload_words(const CaseStep& step) {
  if (!step.message || !step.message->payload) return "";
  const PayloadRef& payload = *step.message->payload;
  const std::size_t units = step.message->recipients.size();
  return "sealed payload of " + std::to_string(payload.size) + " bytes for " +
         std::to_string(units) + (units == 1 ? " unit" : " units") + ", SHA-256 " +
         to_hex(payload.digest);
}

std::vector<std::string> rules_of(const CaseStep& step) {
  std::vector<std::string> out;
  for (const Event& event : step.entry.outcome.events) {
    const std::string& rule = event.rule.str();
    if (!rule.empty() && std::find(out.begin(), out.end(), rule) == out.end()) out.push_back(rule);
  }
  return out;
}

std::string part_words(Need need, std::uint32_t assist) {
  return assist == 0 ? words(need) : "help " + std::to_string(assist) + " (" + words(need) + ")";
}

std::string state_words(const audit::CaseFile& file, const Zone& zone) {
  if (!file.closed_at) return file.status == CaseStatus::kOpen ? "open" : "closed";
  return "closed at " + local_time(*file.closed_at, zone);
}

std::chrono::microseconds age_of(const audit::CaseFile& file) {
  return file.closed_at.value_or(file.as_of) - file.opened_at;
}

}  // namespace rujukan::cli
