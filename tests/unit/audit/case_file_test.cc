#include "broker/audit/case_file.h"

#include "broker/audit/case_source.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/store/stored_log_files.h"
#include "broker/wire/case_codec.h"
#include "tests/support/logged_case.h"

using namespace rujukan;
using namespace rujukan::audit;
using test::LoggedCase;

namespace {

CaseFile case_file_of(const LoggedCase& log) {
  const auto opened = store::ReadOnlyStore::open(log.folder());
  REQUIRE(opened);
  auto file = read_case_file((*opened)->reader(), log.id());
  REQUIRE(file);
  return *std::move(file);
}

// "unit state" of an assignment, one after the other.
std::vector<std::string> holders(const CaseFile& file, Need need, std::uint32_t assist) {
  std::vector<std::string> out;
  for (const Holding& held : file.holdings) {
    if (held.need != need || held.assist != assist) continue;
    const char* state = held.state == Holding::State::kAwaited ? " asked" : " accepted";
    out.push_back(held.unit.str() + (held.state == Holding::State::kOffered ? " offered" : state));
  }
  return out;
}

std::vector<std::string> owners(const CaseFile& file) {
  std::vector<std::string> out;
  for (const Ownership& owner : file.owners) out.push_back(owner.unit.str());
  return out;
}

using Names = std::vector<std::string>;

CaseStep step_of(Cause cause, std::vector<Event> events) {
  CaseStep step;
  step.entry.cause = std::move(cause);
  step.entry.outcome.events = std::move(events);
  step.entry.outcome.owner = UnitId("polres.a");
  return step;
}

CaseStep opening_step() {
  CaseStep step = step_of(MessageCause{}, {{.type = EventType::kOpened}});
  step.message = test::referral_message();
  return step;
}

}  // namespace

TEST_CASE("a case file tells who owned the case from when to when") {
  const LoggedCase log;
  const CaseFile file = case_file_of(log);
  CHECK(owners(file) == Names{"polres.a", "polda", "polres.b"});
  CHECK(file.owner().str() == "polres.b");
  CHECK(file.opener.str() == "kpai");
  CHECK(file.opened_at == file.steps.front().entry.time);
  CHECK(file.facts == test::facts_of_both_regencies());
  CHECK(file.status == CaseStatus::kOpen);
  for (std::size_t i = 0; i + 1 < file.owners.size(); ++i) {
    CHECK(file.owners[i].to == file.owners[i + 1].from);
  }
  CHECK_FALSE(file.owners.back().to);
}

TEST_CASE("a case file tells every assignment with who was asked and who accepted") {
  const LoggedCase log;
  const CaseFile file = case_file_of(log);
  CHECK(holders(file, Need::kInvestigation, 0) == Names{"polres.a asked", "polda asked",
                                                        "polda accepted", "polres.b offered",
                                                        "polres.b accepted"});
  CHECK(holders(file, Need::kProtection, 0) == Names{"uptd asked", "sapa asked", "sapa accepted"});
  CHECK(holders(file, Need::kInvestigation, 1) == Names{"polres.a asked", "polres.a accepted"});
}

TEST_CASE("a closed case is owned by nobody from its closing on") {
  LoggedCase log;
  log.close();
  const CaseFile file = case_file_of(log);
  CHECK(file.status == CaseStatus::kClosed);
  CHECK(file.closed_at == file.steps.back().entry.time);
  CHECK(file.owners.back().to == file.steps.size() - 1);
  for (const Holding& held : file.holdings) CHECK(held.to);
}

TEST_CASE("the log's files give the case file that the index gives") {
  const LoggedCase log;
  const CaseFile by_index = case_file_of(log);
  const auto by_files = read_case_file(*log.files(), log.broker.sequencer->log_size(), log.id());
  REQUIRE(by_files);
  REQUIRE(by_files->steps.size() == by_index.steps.size());
  for (std::size_t i = 0; i < by_index.steps.size(); ++i) {
    CHECK(by_files->steps[i].bytes == by_index.steps[i].bytes);
    CHECK(by_files->steps[i].position == by_index.steps[i].position);
  }
  CHECK(by_files->as_of == by_index.as_of);
}

TEST_CASE("entries of other cases and refusals are in no case file") {
  LoggedCase log;
  const auto refused = log.broker.say(log.opening, "uptd", Close{});
  REQUIRE(refused.refusal);
  const CaseFile file = case_file_of(log);
  for (const CaseStep& step : file.steps) {
    CHECK(case_of_step(step) == log.id());
    CHECK_FALSE(step.entry.outcome.refusal);
  }
  CHECK(file.steps.size() < log.broker.sequencer->log_size() - 2);
}

TEST_CASE("a case that the log does not have is unknown") {
  const LoggedCase log;
  CaseId other = log.id();
  other.bytes[15] ^= 1;
  const auto file = read_case_file(*log.files(), log.broker.sequencer->log_size(), other);
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::kCaseUnknown);
}

TEST_CASE("a case file begins with what opens a case") {
  const CaseId id{};
  const auto file = make_case_file(id, {step_of(LinkCause{id, id}, {})}, test::noon());
  REQUIRE_FALSE(file);
  CHECK(file.error().code == ErrorCode::kEntryMalformed);
  const auto unreadable =
      make_case_file(id, {step_of(CarryCause{id, Bytes(20)}, {})}, test::noon());
  REQUIRE_FALSE(unreadable);
  CHECK(unreadable.error().code == ErrorCode::kEntryMalformed);
}

TEST_CASE("events that fit nothing do no harm to a case file") {
  for (const auto& first : code_names<EventType>()) {
    for (const auto& second : code_names<EventType>()) {
      for (const auto& subject : code_names<Subject>()) {
        const Event one{.type = first.value, .assist = 7, .subject = subject.value};
        const Event other{.type = second.value, .position = 99};
        const auto file = make_case_file(
            {}, {opening_step(), step_of(DeadlineCause{}, {one, other, one})}, test::noon());
        REQUIRE(file);
        for (const Holding& held : file->holdings) REQUIRE(held.from <= held.to.value_or(2));
      }
    }
  }
}

TEST_CASE("a case that was carried over goes on from its record") {
  const LoggedCase log;
  const CaseRecord record = log.broker.record_of(log.opening);
  const CarryCause cause{log.id(), wire::encode_case(record)};
  CaseStep step = step_of(cause, {{.type = EventType::kCarried}});
  step.entry.outcome.owner = record.owner();
  const auto file = make_case_file(log.id(), {step}, test::noon());
  REQUIRE(file);
  CHECK(file->carried);
  CHECK(file->opened_at == record.opened_at);
  CHECK(file->opener == record.opener);
  CHECK(owners(*file) == Names{"polres.b"});
  CHECK(holders(*file, Need::kProtection, 0) == Names{"sapa accepted"});
}
