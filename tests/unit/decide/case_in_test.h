// A case that a test moves through its states.
#pragma once

#include <catch2/catch.hpp>

#include "broker/decide/decide.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

using Names = std::vector<std::string>;
Names names(const std::vector<UnitId>& units);

class CaseInTest {
 public:
  CaseInTest();
  explicit CaseInTest(const Facts& facts);
  CaseInTest(const Facts& facts, const Release& release, const char* opener = "kpai",
             const std::vector<const CaseRecord*>& related = {});
  CaseInTest(const CaseInTest&);
  CaseInTest(CaseInTest&&) noexcept;
  ~CaseInTest();

  // A referral of its own that names these cases.
  static Message with_related(Message message, const std::vector<const CaseRecord*>& related);

  // Decides without folding.
  Outcome ask(const char* sender, MessageBody body, std::optional<std::uint32_t> version = {});
  // Decides, requires acceptance, folds.
  Outcome send(const char* sender, MessageBody body);
  Outcome miss_deadline(Need need, Subject subject = Subject::kAssignment,
                        std::uint32_t assist = 0);

  // Another release comes into force, or time passes.
  void use(const Release& release);
  void advance(Seconds by) { now_ += by; }
  bool must_succeed() const;
  // Decides the succession that is needed, and folds it.
  Outcome succeed();
  // Whether a unit has to be told that it is kept out, or is so no longer; decides it and folds it.
  bool must_announce() const { return decide::needs_exclusion(record_, *table_); }
  Outcome announce();
  // Administrators give an order; decided without folding.
  Outcome ask_order(OrderKind kind, const char* legal_basis = "uu-27-2022") const;
  // The same, accepted and folded.
  Outcome order(OrderKind kind, const char* legal_basis = "uu-27-2022");
  // Another case that names this one was opened.
  Outcome link(const CaseRecord& opened);

  // What the entries are that a `received` names from here on.
  void mail_is(decide::Mail mail) { mail_ = mail; }

  const CaseRecord& record() const { return record_; }
  const std::string& owner() const { return record_.owner().str(); }
  const Assignment& assignment(Need need, std::uint32_t assist = 0) const;
  bool may_read(const char* unit) const;
  bool is_party(const char* unit) const;
  // The message that was asked last.
  const Message& last() const { return last_; }
  const Message& opening() const { return opening_; }
  const routing::RoutingTable& table() const { return *table_; }
  TimeUs now() const { return now_; }

 private:
  // Of the entry that is applied.
  std::optional<TimeUs> kept() const { return decide::kept_time(now_, table_->release()); }

  std::shared_ptr<const routing::RoutingTable> table_;
  TimeUs now_ = noon();
  Message opening_;
  Message last_;
  CaseRecord record_;
  std::uint8_t number_ = 10;
  decide::Mail mail_ = decide::Mail::kWaiting;
};

// Both assignments are done, and the owner closes it. Requires: a case that was just opened, owned
// by polres.a and assigned to uptd too.
void close(CaseInTest& c);
CaseInTest closed_case();

bool has_event(const Outcome& outcome, EventType type);

ErrorCode refusal_of(const Outcome& outcome);

}  // namespace rujukan::test
