// A case that a test moves through its states.
#pragma once

#include <catch2/catch.hpp>

#include "broker/decide/decide.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

class CaseInTest {
 public:
  explicit CaseInTest(const Facts& facts = offline_facts()) : opening_(referral_message(facts)) {
    const Outcome outcome = decide::decide(nullptr, {opening_}, *table_, now_);
    REQUIRE_FALSE(outcome.refusal);
    record_ = decide::opened_record(opening_, outcome, now_, ReleaseVersion{1});
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

  const CaseRecord& record() const { return record_; }
  // The message that was asked last.
  const Message& last() const { return last_; }
  const Message& opening() const { return opening_; }
  const routing::RoutingTable& table() const { return *table_; }
  TimeUs now() const { return now_; }

 private:
  std::shared_ptr<const routing::RoutingTable> table_ = small_table();
  TimeUs now_ = noon();
  Message opening_;
  Message last_;
  CaseRecord record_;
  std::uint8_t number_ = 10;
};

inline ErrorCode refusal_of(const Outcome& outcome) {
  REQUIRE(outcome.refusal);
  return outcome.refusal->code;
}

}  // namespace rujukan::test
