// Who hears of a case, who gets its earlier entries, and who reads its payloads.
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;

Names sorted(const std::vector<UnitId>& units) {
  Names out = names(units);
  std::sort(out.begin(), out.end());
  return out;
}

struct Told {
  Names all;
  Names added;
};
// Of one message in a case.
Told told_of(CaseInTest& c, const char* sender, MessageBody body) {
  const CaseRecord before = c.record();
  c.send(sender, std::move(body));
  return {sorted(decide::units_to_tell(&before, c.record(), &c.last(), c.table())),
          sorted(decide::new_parties(before, c.record(), c.table()))};
}

}  // namespace

TEST_CASE("every party but the sender is told of what happens") {
  CaseInTest c;
  REQUIRE(told_of(c, "polres.a", Accept{kNeed}).all == Names{"kpai", "uptd"});
  REQUIRE(told_of(c, "uptd", Note{}).all == Names{"kpai", "polres.a"});
  REQUIRE(told_of(c, "kpai", Note{}).all == Names{"polres.a", "uptd"});
  REQUIRE(told_of(c, "polres.a", Progress{kNeed, AssignmentState::kOnHold}).added.empty());
  REQUIRE(told_of(c, "uptd", Received{{LogIndex{1}}}).all.empty());
}

TEST_CASE("a unit whose assignment was cancelled has no part unless it owns the case") {
  CaseInTest c;
  const Told other =
      told_of(c, "polres.a", Cancel{Need::kProtection, UnitId("uptd"), Reason::kOther});
  REQUIRE(other.all == Names{"kpai", "uptd"});
  REQUIRE_FALSE(c.is_party("uptd"));
  REQUIRE(told_of(c, "polres.a", Cancel{kNeed, UnitId("polres.a"), Reason::kDuplicate}).all ==
          Names{"kpai"});
  REQUIRE(c.is_party("polres.a"));
  REQUIRE(c.owner() == "polres.a");
}

TEST_CASE("a unit that completed its assignment stays a party of the closed case") {
  const CaseInTest c = closed_case();
  REQUIRE(sorted(decide::parties(c.record(), c.table())) == Names{"kpai", "polres.a", "uptd"});
}

TEST_CASE("the decider of a request is a party only as long as the request waits") {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  CaseInTest c(facts);
  c.send("polres.a", Accept{kNeed});
  c.send("polres.b", TransferRequest{});
  const CaseRecord before = c.record();
  c.miss_deadline(kNeed, Subject::kRequest);
  REQUIRE(sorted(decide::units_to_tell(&before, c.record(), nullptr, c.table())) ==
          Names{"kpai", "polda", "polres.a", "polres.b", "uptd"});
  // It decides from the coded facts: the payload stays shut.
  REQUIRE_FALSE(c.may_read("polda"));
  REQUIRE(told_of(c, "polda", Decline{kNeed, Reason::kOther, Subject::kRequest}).all ==
          Names{"kpai", "polres.a", "polres.b", "uptd"});
  REQUIRE_FALSE(c.is_party("polda"));
}

TEST_CASE("a former holder keeps what it could read and is told no more") {
  CaseInTest c;
  c.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
  REQUIRE_FALSE(c.is_party("polres.a"));
  REQUIRE(c.may_read("polres.a"));
  REQUIRE(told_of(c, "polda", Accept{kNeed}).all == Names{"kpai", "uptd"});
}

TEST_CASE("the opener reads the payloads that were sealed for it and follows the case to its end") {
  CaseInTest c;
  Message note = case_message(c.opening(), UnitId("polres.a"), 0, Note{}, 8);
  note.payload = c.opening().payload;
  note.recipients = {UnitId("kpai"), UnitId("polda")};
  REQUIRE_FALSE(decide::decide(&c.record(), {note}, c.table(), c.now()).refusal);
  REQUIRE(decide::may_read_payload(c.record(), note, UnitId("kpai"), c.table(), c.now()));
  REQUIRE_FALSE(decide::may_read_payload(c.record(), note, UnitId("polda"), c.table(), c.now()));
  REQUIRE_FALSE(decide::may_read_payload(c.record(), note, UnitId("polres.a"), c.table(), c.now()));
}

TEST_CASE("a unit that opens a case that comes to itself is told of its own referral") {
  CaseInTest c(offline_facts(), small_release(), "polres.a");
  REQUIRE(names(decide::units_to_tell(nullptr, c.record(), &c.opening(), c.table())) ==
          Names{"polres.a", "uptd", "kpai"});
}

TEST_CASE("reopening tells all parties and the erasure of a case does too") {
  CaseInTest c = closed_case();
  REQUIRE(told_of(c, "polres.a", Erase{"uu-27-2022"}).all == Names{"kpai", "uptd"});
  REQUIRE(told_of(c, "kpai", Erase{"uu-27-2022"}).all == Names{"polres.a", "uptd"});
  CaseInTest again = closed_case();
  REQUIRE(told_of(again, "kpai", Reopen{}).all == Names{"polres.a", "uptd"});
}

TEST_CASE("everybody who ever had a part is remembered once") {
  CaseInTest c(facts_of_both_regencies());
  c.send("polres.a", Accept{kNeed});
  c.send("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  c.send("polres.b", Accept{kNeed, Subject::kOffer});
  c.send("polres.b", Transfer{kNeed, UnitId("polres.a"), Reason::kNoCapacity});
  c.send("polres.a", Accept{kNeed, Subject::kOffer});
  REQUIRE(sorted(c.record().told) == Names{"kpai", "polres.a", "polres.b", "uptd"});
  REQUIRE(sorted(c.record().holders) == Names{"polres.a", "polres.b", "uptd"});
  REQUIRE(sorted(c.record().readers) ==
          Names{"bareskrim", "kpai", "polda", "polres.a", "polres.b", "sapa", "uptd"});
}
