// A case that a test moves through its states.
#pragma once

#include <catch2/catch.hpp>

#include "broker/decide/decide.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

using Names = std::vector<std::string>;
inline Names names(const std::vector<UnitId>& units) {
  Names out;
  for (const UnitId& unit : units) out.push_back(unit.str());
  return out;
}

class CaseInTest {
 public:
  explicit CaseInTest(const Facts& facts = offline_facts(),
                      const Release& release = small_release(), const char* opener = "kpai",
                      const std::vector<const CaseRecord*>& related = {})
      : table_(*routing::RoutingTable::build(release)), opening_(referral_message(facts)) {
    opening_.sender = UnitId(opener);
    opening_.recipients = table_->route(facts, now_)->recipients();
    if (!related.empty()) opening_ = with_related(opening_, related);
    const Outcome outcome = decide::decide(nullptr, {opening_, related}, *table_, now_);
    INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
    REQUIRE_FALSE(outcome.refusal);
    record_ = decide::opened_record(opening_, outcome, now_, ReleaseVersion{1});
  }
  // A referral of its own that names these cases.
  static Message with_related(Message message, const std::vector<const CaseRecord*>& related) {
    message.message_id.bytes[15] = 0x77;
    message.case_id = case_id_of(message.message_id);
    auto& body = std::get<Referral>(message.body);
    for (const CaseRecord* record : related) {
      body.related.push_back(record != nullptr ? record->case_id : CaseId{});
    }
    return message;
  }

  // Decides without folding.
  Outcome ask(const char* sender, MessageBody body, std::optional<std::uint32_t> version = {}) {
    const bool compares = compares_version(static_cast<MessageKind>(body.index() + 1));
    Message message =
        case_message(opening_, UnitId(sender), compares ? version.value_or(record_.version) : 0,
                     std::move(body), ++number_);
    if (std::holds_alternative<Note>(message.body)) {
      message.payload = opening_.payload;
      message.recipients = {record_.owner()};
    }
    Outcome outcome = decide::decide(&record_, {message}, *table_, now_);
    if (!outcome.recipients.empty()) {
      // Sealed for whoever may newly have to act.
      message.payload = opening_.payload;
      message.recipients = outcome.recipients;
      outcome = decide::decide(&record_, {message}, *table_, now_);
    }
    last_ = message;
    return outcome;
  }
  // Decides, requires acceptance, folds.
  Outcome send(const char* sender, MessageBody body) {
    Outcome outcome = ask(sender, std::move(body));
    INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
    REQUIRE_FALSE(outcome.refusal);
    decide::apply(record_, outcome, &last_);
    return outcome;
  }
  Outcome miss_deadline(Need need, Subject subject = Subject::kAssignment,
                        std::uint32_t assist = 0) {
    const Assignment& assignment = *record_.assignment(need, assist);
    now_ = subject == Subject::kAssignment ? *assignment.deadline
           : subject == Subject::kOffer    ? assignment.offer->deadline
                                           : record_.request->deadline;
    Outcome outcome = decide::decide(record_, decide::DeadlineCommand{need, assist, subject}, now_);
    decide::apply(record_, outcome, nullptr);
    return outcome;
  }

  // Another release comes into force, or time passes.
  void use(const Release& release) { table_ = *routing::RoutingTable::build(release); }
  void advance(Seconds by) { now_ += by; }
  bool must_succeed() const { return decide::needs_succession(record_, *table_, now_); }
  // Decides the succession that is needed, and folds it.
  Outcome succeed() {
    REQUIRE(must_succeed());
    auto outcome = decide::decide_succession(record_, *table_, now_);
    REQUIRE(outcome);
    decide::apply(record_, *outcome, nullptr);
    REQUIRE_FALSE(must_succeed());
    REQUIRE_FALSE(decide::broken_invariant(record_, *table_, now_));
    return *std::move(outcome);
  }
  // Administrators give an order; decided without folding.
  Outcome ask_order(OrderKind kind, const char* legal_basis = "uu-27-2022") const {
    return decide::decide(&record_, decide::OrderCommand{order_about(opening_, kind, legal_basis)},
                          *table_, now_);
  }
  // The same, accepted and folded.
  Outcome order(OrderKind kind, const char* legal_basis = "uu-27-2022") {
    Outcome outcome = ask_order(kind, legal_basis);
    INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
    REQUIRE_FALSE(outcome.refusal);
    decide::apply(record_, outcome, nullptr);
    return outcome;
  }
  // Another case that names this one was opened.
  Outcome link(const CaseRecord& opened) {
    Outcome outcome = decide::decide(record_, decide::LinkCommand{opened}, *table_);
    decide::apply(record_, outcome, nullptr);
    return outcome;
  }

  const CaseRecord& record() const { return record_; }
  const std::string& owner() const { return record_.owner().str(); }
  const Assignment& assignment(Need need, std::uint32_t assist = 0) const {
    const Assignment* found = record_.assignment(need, assist);
    REQUIRE(found != nullptr);
    return *found;
  }
  bool may_read(const char* unit) const {
    return decide::may_read_payload(record_, opening_, UnitId(unit));
  }
  bool is_party(const char* unit) const {
    const auto units = decide::parties(record_);
    return std::find(units.begin(), units.end(), UnitId(unit)) != units.end();
  }
  // The message that was asked last.
  const Message& last() const { return last_; }
  const Message& opening() const { return opening_; }
  const routing::RoutingTable& table() const { return *table_; }
  TimeUs now() const { return now_; }

 private:
  std::shared_ptr<const routing::RoutingTable> table_;
  TimeUs now_ = noon();
  Message opening_;
  Message last_;
  CaseRecord record_;
  std::uint8_t number_ = 10;
};

// Both assignments were done, and the owner closed it.
inline CaseInTest closed_case() {
  CaseInTest c;
  c.send("polres.a", Accept{Need::kInvestigation});
  c.send("polres.a", Complete{Need::kInvestigation});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  c.send("polres.a", Close{});
  return c;
}

inline bool has_event(const Outcome& outcome, EventType type) {
  return std::any_of(outcome.events.begin(), outcome.events.end(),
                     [type](const Event& event) { return event.type == type; });
}

inline ErrorCode refusal_of(const Outcome& outcome) {
  REQUIRE(outcome.refusal);
  return outcome.refusal->code;
}

}  // namespace rujukan::test
