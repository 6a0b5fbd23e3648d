#include "tests/unit/decide/case_in_test.h"

#include <algorithm>

namespace rujukan::test {

Names names(const std::vector<UnitId>& units) {
  Names out;
  for (const UnitId& unit : units) out.push_back(unit.str());
  return out;
}

CaseInTest::CaseInTest(const Facts& facts, const Release& release, const char* opener,
                       const std::vector<const CaseRecord*>& related)
    : table_(*routing::RoutingTable::build(release)), opening_(referral_message(facts)) {
  opening_.sender = UnitId(opener);
  opening_.recipients = table_->route(facts, now_)->recipients();
  if (!related.empty()) opening_ = with_related(opening_, related);
  const Outcome outcome = decide::decide(nullptr, {opening_, related}, *table_, now_);
  INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
  REQUIRE_FALSE(outcome.refusal);
  record_ = decide::opened_record(opening_, outcome, now_, ReleaseVersion{1});
}
CaseInTest::CaseInTest() : CaseInTest(offline_facts()) {}
CaseInTest::CaseInTest(const Facts& facts) : CaseInTest(facts, small_release()) {}
CaseInTest::CaseInTest(const CaseInTest&) = default;
CaseInTest::CaseInTest(CaseInTest&&) noexcept = default;
CaseInTest::~CaseInTest() = default;

Message CaseInTest::with_related(Message message, const std::vector<const CaseRecord*>& related) {
  message.message_id.bytes[15] = 0x77;
  message.case_id = case_id_of(message.message_id);
  auto& body = std::get<Referral>(message.body);
  for (const CaseRecord* record : related) {
    body.related.push_back(record != nullptr ? record->case_id : CaseId{});
  }
  return message;
}

Outcome CaseInTest::ask(const char* sender, MessageBody body,
                        std::optional<std::uint32_t> version) {
  if (auto* more = std::get_if<NewFacts>(&body); more != nullptr && !more->facts_version) {
    more->facts_version = record_.facts_version;
  }
  const bool compares = compares_version(static_cast<MessageKind>(body.index() + 1));
  Message message =
      case_message(opening_, UnitId(sender), compares ? version.value_or(record_.version) : 0,
                   std::move(body), ++number_);
  if (std::holds_alternative<Note>(message.body)) {
    message.payload = opening_.payload;
    message.recipients = {record_.owner()};
  }
  const std::vector<decide::Mail> mail(decide::entries_named(message).size(), mail_);
  Outcome outcome = decide::decide(&record_, {message, {}, mail}, *table_, now_);
  if (!outcome.recipients.empty()) {
    // Sealed for whoever may newly have to act.
    message.payload = opening_.payload;
    message.recipients = outcome.recipients;
    outcome = decide::decide(&record_, {message}, *table_, now_);
  }
  last_ = message;
  return outcome;
}

Outcome CaseInTest::send(const char* sender, MessageBody body) {
  Outcome outcome = ask(sender, std::move(body));
  INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
  REQUIRE_FALSE(outcome.refusal);
  decide::apply(record_, outcome, &last_, kept());
  const auto broken = decide::broken_invariant(record_, *table_, now_);
  INFO(broken.value_or(""));
  REQUIRE_FALSE(broken);
  return outcome;
}

Outcome CaseInTest::miss_deadline(Need need, Subject subject, std::uint32_t assist) {
  const Assignment& assignment = *record_.assignment(need, assist);
  now_ = subject == Subject::kAssignment ? *assignment.deadline
         : subject == Subject::kOffer    ? assignment.offer->deadline
                                         : record_.request->deadline;
  Outcome outcome =
      decide::decide(record_, decide::DeadlineCommand{need, assist, subject}, *table_, now_);
  decide::apply(record_, outcome, nullptr, kept());
  return outcome;
}

void CaseInTest::use(const Release& release) {
  table_ = *routing::RoutingTable::build(release, table_.get());
}

bool CaseInTest::must_succeed() const { return decide::needs_succession(record_, *table_, now_); }

Outcome CaseInTest::succeed() {
  REQUIRE(must_succeed());
  auto outcome = decide::decide_succession(record_, *table_, now_);
  REQUIRE(outcome);
  decide::apply(record_, *outcome, nullptr, kept());
  REQUIRE_FALSE(must_succeed());
  REQUIRE_FALSE(decide::broken_invariant(record_, *table_, now_));
  return *std::move(outcome);
}

Outcome CaseInTest::announce() {
  Outcome outcome = decide::decide_exclusion(record_, *table_);
  decide::apply(record_, outcome, nullptr, kept());
  return outcome;
}

Outcome CaseInTest::ask_order(OrderKind kind, const char* legal_basis) const {
  return decide::decide(&record_, decide::OrderCommand{order_about(opening_, kind, legal_basis)},
                        *table_, now_);
}

Outcome CaseInTest::order(OrderKind kind, const char* legal_basis) {
  Outcome outcome = ask_order(kind, legal_basis);
  INFO((outcome.refusal ? to_string(*outcome.refusal) : ""));
  REQUIRE_FALSE(outcome.refusal);
  decide::apply(record_, outcome, nullptr, kept());
  return outcome;
}

Outcome CaseInTest::link(const CaseRecord& opened) {
  Outcome outcome = decide::decide(record_, decide::LinkCommand{opened}, *table_);
  decide::apply(record_, outcome, nullptr, kept());
  return outcome;
}

const Assignment& CaseInTest::assignment(Need need, std::uint32_t assist) const {
  const Assignment* found = record_.assignment(need, assist);
  REQUIRE(found != nullptr);
  return *found;
}

bool CaseInTest::may_read(const char* unit) const {
  return decide::may_read_payload(record_, opening_, UnitId(unit), *table_, now_);
}

bool CaseInTest::is_party(const char* unit) const {
  const auto units = decide::parties(record_, *table_);
  return std::find(units.begin(), units.end(), UnitId(unit)) != units.end();
}

void close(CaseInTest& c) {
  c.send("polres.a", Accept{Need::kInvestigation});
  c.send("polres.a", Complete{Need::kInvestigation});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  c.send("polres.a", Close{});
}

CaseInTest closed_case() {
  CaseInTest c;
  close(c);
  return c;
}

bool has_event(const Outcome& outcome, EventType type) {
  return std::any_of(outcome.events.begin(), outcome.events.end(),
                     [type](const Event& event) { return event.type == type; });
}

ErrorCode refusal_of(const Outcome& outcome) {
  REQUIRE(outcome.refusal);
  return outcome.refusal->code;
}

}  // namespace rujukan::test
