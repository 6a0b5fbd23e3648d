#include "broker/model/case_record.h"

#include <catch2/catch.hpp>

using namespace rujukan;

namespace {

TimeUs at(std::uint64_t seconds) { return time_from_us(seconds * 1'000'000); }

Assignment assignment(Need need, std::vector<UnitId> chain, std::optional<TimeUs> deadline) {
  Assignment out;
  out.need = need;
  out.chain = std::move(chain);
  out.deadline = deadline;
  return out;
}

CaseRecord record() {
  CaseRecord out;
  out.lead = Need::kProtection;
  out.assignments = {
      assignment(Need::kInvestigation, {UnitId("a.regency"), UnitId("a.nation")}, at(50)),
      assignment(Need::kProtection, {UnitId("b.regency"), UnitId("b.nation")}, at(40)),
      assignment(Need::kTakedown, {UnitId("c.nation")}, std::nullopt)};
  return out;
}

}  // namespace

TEST_CASE("the owner is the unit of the lead assignment at its place in the chain") {
  CaseRecord r = record();
  CHECK(r.owner() == UnitId("b.regency"));
  r.assignments[1].position = 1;
  CHECK(r.owner() == UnitId("b.nation"));
  r.assignments[0].position = 1;
  CHECK(r.owner() == UnitId("b.nation"));
  r.lead = Need::kTakedown;
  CHECK(r.owner() == UnitId("c.nation"));
}

TEST_CASE("the last unit of a chain is the terminal one") {
  CaseRecord r = record();
  CHECK_FALSE(r.assignments[0].terminal());
  r.assignments[0].position = 1;
  CHECK(r.assignments[0].terminal());
  CHECK(r.assignments[2].terminal());
}

TEST_CASE("an assignment is found by its need") {
  const CaseRecord r = record();
  REQUIRE(r.assignment(Need::kTakedown) != nullptr);
  CHECK(r.assignment(Need::kTakedown)->unit() == UnitId("c.nation"));
  CHECK(r.assignment(Need::kMedical) == nullptr);
}

TEST_CASE("the next deadline is the earliest of an open case") {
  CaseRecord r = record();
  CHECK(r.next_due()->at == at(40));
  r.assignments[1].deadline.reset();
  CHECK(r.next_due()->at == at(50));
  r.assignments[0].deadline.reset();
  CHECK_FALSE(r.next_due().has_value());
  r = record();
  r.status = CaseStatus::kClosed;
  CHECK_FALSE(r.next_due().has_value());
}

TEST_CASE("an assignment waits for an accept until it is accepted and is open until it has ended") {
  for (const auto& row : code_names<AssignmentState>()) {
    INFO(row.name);
    const bool waits = row.name == "requested" || row.name == "received";
    CHECK(is_pending(row.value) == waits);
    CHECK(is_open(row.value) == (row.name != "completed" && row.name != "cancelled"));
  }
}
