// Cases that name each other.
#include "broker/base/limits.h"
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// Of the other regency: owned by polres.b.
Facts other_facts() {
  Facts facts = offline_facts();
  facts.incidents = {AreaCode("11.02")};
  facts.victims = {AreaCode("11.02")};
  return facts;
}

Outcome open_related(const std::vector<const CaseRecord*>& related, const char* opener = "kpai",
                     const Release& release = small_release()) {
  const auto table = *routing::RoutingTable::build(release);
  Message message = CaseInTest::with_related(referral_message(other_facts()), related);
  message.sender = UnitId(opener);
  message.recipients = table->route(other_facts(), noon())->recipients();
  return decide::decide(nullptr, {message, related}, *table, noon());
}

// Police may neither own nor know of cases with sexual extortion.
Release release_with_a_guarantee() {
  Release release = small_release();
  Guarantee guarantee;
  guarantee.id = RuleId("G1");
  guarantee.when.any_category = {Category::kSexualExtortion};
  guarantee.excluded_agency = {AgencyId("police")};
  release.guarantees = {guarantee};
  Rule withheld;
  withheld.id = RuleId("I1");
  withheld.needs = {Need::kInvestigation};
  withheld.when = guarantee.when;
  withheld.withheld = true;
  release.rules.insert(release.rules.begin(), withheld);
  return release;
}
Facts guarded_facts() {
  Facts facts = offline_facts();
  facts.categories.push_back(Category::kSexualExtortion);
  return facts;
}

}  // namespace

TEST_CASE("a referral that names a case makes both owners informed and moves neither") {
  CaseInTest first;
  CaseInTest second(other_facts(), small_release(), "kpai", {&first.record()});
  REQUIRE(second.owner() == "polres.b");
  REQUIRE(second.record().related == std::vector{first.record().case_id});
  REQUIRE(second.is_party("polres.a"));
  REQUIRE(names(second.record().informed) == Names{"kpai", "polres.a"});
  const CaseRecord before = first.record();
  const Outcome outcome = first.link(second.record());
  REQUIRE(outcome.owner.str() == "polres.a");
  REQUIRE(first.owner() == "polres.a");
  // Those who may not know of the other case are not told, so that none may miss a version.
  REQUIRE(first.record().version == before.version);
  REQUIRE(first.record().related == std::vector{second.record().case_id});
  REQUIRE(names(first.record().informed) == Names{"kpai", "polres.b"});
  REQUIRE(first.record().assignments == before.assignments);
  REQUIRE(names(decide::new_parties(before, first.record(), first.table())) == Names{"polres.b"});
  REQUIRE(names(decide::units_to_tell(&before, first.record(), nullptr, first.table())) ==
          Names{"polres.a", "uptd", "kpai", "polres.b"});
  REQUIRE_FALSE(first.may_read("polres.b"));
}

TEST_CASE("an owner that has a part already is not informed a second time") {
  CaseInTest first;
  CaseInTest second(offline_facts(), small_release(), "kpai", {&first.record()});
  REQUIRE(second.owner() == first.owner());
  REQUIRE(names(second.record().informed) == Names{"kpai"});
  const Outcome outcome = first.link(second.record());
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.events[0].type == EventType::kLinked);
  REQUIRE(outcome.events[0].case_id == second.record().case_id);
}

TEST_CASE("whoever names a case must have or have had a part in it") {
  CaseInTest first;
  REQUIRE_FALSE(open_related({&first.record()}).refusal);
  REQUIRE_FALSE(open_related({&first.record()}, "uptd").refusal);
  // Has a part no longer.
  first.send("polres.a", Decline{Need::kInvestigation, Reason::kNoCapacity});
  REQUIRE_FALSE(open_related({&first.record()}, "polres.a").refusal);
  const Outcome stranger = open_related({&first.record()}, "sapa");
  REQUIRE(refusal_of(stranger) == ErrorCode::kCaseUnknown);
  // As if there were no such case.
  REQUIRE(stranger == open_related({nullptr}, "sapa"));
  REQUIRE(refusal_of(open_related({&first.record(), nullptr})) == ErrorCode::kCaseUnknown);
}

TEST_CASE("a guarantee keeps the owner of a related case from being informed") {
  const Release release = release_with_a_guarantee();
  CaseInTest police_case(offline_facts(), release);
  CaseInTest guarded(guarded_facts(), release, "kpai", {&police_case.record()});
  REQUIRE(guarded.owner() == "uptd");
  REQUIRE_FALSE(guarded.is_party("polres.a"));
  REQUIRE(guarded.record().related.size() == 1);
  // The other way round nothing forbids it, and uptd has a part anyway.
  police_case.link(guarded.record());
  REQUIRE(police_case.record().related.size() == 1);
}

TEST_CASE("a case that excludes a unit is not named in an opening that the unit would read") {
  const Release release = release_with_a_guarantee();
  const CaseInTest first(guarded_facts(), release);
  REQUIRE(refusal_of(open_related({&first.record()}, "kpai", release)) ==
          ErrorCode::kRelatedExcluded);
  // A unit that once had a part in it learns nothing of it: not even that it is there.
  CaseInTest open(offline_facts(), release);
  REQUIRE_FALSE(open_related({&open.record()}, "polres.a", release).refusal);
  open.send("polres.a", NewFacts{guarded_facts()});
  const Outcome former = open_related({&open.record()}, "polres.a", release);
  REQUIRE(former == open_related({nullptr}, "polres.a", release));
  REQUIRE(former.owner.empty());
}

TEST_CASE("nor in one that would inform the unit, as the owner of another case that it names") {
  const Release release = release_with_a_guarantee();
  const CaseInTest guarded(guarded_facts(), release);
  const CaseInTest of_police(offline_facts(), release);
  Facts facts = adult_facts();
  facts.needs = {Need::kProtection};
  const auto table = *routing::RoutingTable::build(release);
  const auto open_naming = [&](const std::vector<const CaseRecord*>& related) {
    Message message = CaseInTest::with_related(referral_message(facts), related);
    message.recipients = table->route(facts, noon())->recipients();
    return decide::decide(nullptr, {message, related}, *table, noon());
  };
  const Outcome one = open_naming({&guarded.record()});
  INFO((one.refusal ? to_string(*one.refusal) : ""));
  CHECK_FALSE(one.refusal);
  CHECK_FALSE(open_naming({&of_police.record()}).refusal);
  CHECK(refusal_of(open_naming({&guarded.record(), &of_police.record()})) ==
        ErrorCode::kRelatedExcluded);
}

TEST_CASE("a release of the first edition links cases as it did") {
  Release release = release_with_a_guarantee();
  release.edition = Edition::kFirst;
  CaseInTest first(guarded_facts(), release);
  CaseInTest second(other_facts(), release, "kpai", {&first.record()});
  REQUIRE(second.owner() == "polres.b");
  const std::uint32_t version = first.record().version;
  const Outcome outcome = first.link(second.record());
  REQUIRE_FALSE(has_event(outcome, EventType::kInformed));
  REQUIRE_FALSE(first.is_party("polres.b"));
  REQUIRE(first.record().version == version + 1);
}

TEST_CASE("a case is named by a limited number of others") {
  CaseInTest first;
  CaseRecord full = first.record();
  full.related.resize(limits::kRelatedEver - 1);
  REQUIRE_FALSE(open_related({&full}).refusal);
  full.related.resize(limits::kRelatedEver);
  REQUIRE(refusal_of(open_related({&full})) == ErrorCode::kRelatedLimit);
}

TEST_CASE("a link to a case with no room for another informed unit still stands") {
  CaseInTest first;
  CaseInTest second(other_facts(), small_release(), "kpai", {&first.record()});
  CaseRecord crowded = first.record();
  for (std::size_t i = crowded.informed.size(); i < limits::kInformed; ++i) {
    crowded.informed.emplace_back("unit." + std::to_string(i));
  }
  const Outcome outcome =
      decide::decide(crowded, decide::LinkCommand{second.record()}, first.table());
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.events[0].type == EventType::kLinked);
}

TEST_CASE("a closed case may be named and stays closed") {
  CaseInTest first = closed_case();
  CaseInTest second(other_facts(), small_release(), "kpai", {&first.record()});
  first.link(second.record());
  REQUIRE(first.record().status == CaseStatus::kClosed);
  REQUIRE(first.is_party("polres.b"));
}
