#include "broker/routing/fact_space.h"

#include <array>
#include <set>
#include <tuple>

#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

Release release_of(const ConfigFiles& files) { return compile(files, {}).release; }

Release with_categories(const std::vector<std::vector<Category>>& lists) {
  Release release = release_of(small());
  for (const auto& list : lists) {
    Rule rule = release.rules.front();
    rule.when.any_category = list;
    release.rules.push_back(rule);
  }
  return release;
}

TEST_CASE("without conditions on categories there are 216 classes") {
  const FactSpace space(release_of(small()));
  CHECK(space.atoms().empty());
  CHECK(space.size() == 216);
  std::set<std::tuple<Mode, VictimAge, Consent, Urgency, bool>> seen;
  for (std::size_t i = 0; i < space.size(); ++i) {
    const CaseTraits t = space[i];
    seen.emplace(t.mode, t.victim_age, t.consent, t.urgency, t.suspect_abroad);
    CHECK(t.categories == 0);
  }
  CHECK(seen.size() == 216);
}

TEST_CASE("categories fall into atoms by the lists that they stand in") {
  using enum Category;
  const FactSpace space(
      with_categories({{kGrooming, kCsam, kNeglect}, {kCsam, kNeglect}, {kTrafficking}}));
  const auto bit = [](Category c) { return 1U << static_cast<unsigned>(c); };
  CHECK(space.atoms() ==
        std::vector<std::uint32_t>{bit(kGrooming), bit(kCsam) | bit(kNeglect), bit(kTrafficking)});
  CHECK(space.size() == 216 * 8);
  CHECK(space[0].categories == 0);
  CHECK(space[216].categories == bit(kGrooming));
  CHECK(space[7 * 216].categories == (bit(kGrooming) | bit(kCsam) | bit(kTrafficking)));
}

TEST_CASE("every set of categories answers all conditions like the member of some class") {
  using enum Category;
  const Release release = with_categories(
      {{kGrooming, kCsam, kNeglect}, {kCsam, kPropertyCrime}, {kTrafficking, kGrooming}});
  const FactSpace space(release);
  const auto answers = [&release](std::uint32_t categories) {
    CaseTraits traits;
    traits.categories = categories;
    std::vector<bool> out;
    for (const Condition* when : conditions_of(release)) out.push_back(holds(*when, traits));
    return out;
  };
  std::set<std::vector<bool>> of_classes;
  for (const std::uint32_t set : space.category_sets()) of_classes.insert(answers(set));
  std::set<std::vector<bool>> of_all;
  for (std::uint32_t set = 0; set < (1U << 14); ++set) of_all.insert(answers(set));
  CHECK(of_classes == of_all);
}

TEST_CASE("two releases are told apart together") {
  const Release a = with_categories({{Category::kGrooming, Category::kCsam}});
  const Release b = with_categories({{Category::kCsam}});
  CHECK(FactSpace(a).size() == 2 * 216);
  CHECK(FactSpace(std::array<const Release*, 2>{&a, &b}).size() == 4 * 216);
}

TEST_CASE("segments of dates run from change to change within the validity") {
  Release release = release_of(small());
  release.units[0].validity = {day("2026-03-01"), day("2026-05-01")};
  release.units[1].validity = {day("2026-05-01"), std::nullopt};
  const std::array<const Release*, 1> one{&release};
  const auto all = date_segments(one, {});
  REQUIRE(all.size() == 4);
  // An area was replaced in 2022.
  CHECK(all[0].validity == Validity{std::nullopt, day("2022-07-25")});
  CHECK(all[1] == DateSegment{{day("2022-07-25"), day("2026-03-01")}, day("2022-07-25")});
  CHECK(all[2] == DateSegment{{day("2026-03-01"), day("2026-05-01")}, day("2026-03-01")});
  CHECK(all[3] == DateSegment{{day("2026-05-01"), std::nullopt}, day("2026-05-01")});
  const Validity within{day("2026-03-01"), day("2026-05-01")};
  CHECK(date_segments(one, within) == std::vector{all[2]});
  const Validity later{day("2027-01-01"), std::nullopt};
  CHECK(date_segments(one, later) == std::vector{DateSegment{later, day("2027-01-01")}});
}

TEST_CASE("facts of a class hold nothing but what the class asks for") {
  const Release release = release_of(small());
  CaseTraits traits{Mode::kOffline,
                    VictimAge::kAdult,
                    Consent::kPending,
                    Urgency::kUrgent,
                    true,
                    1U << static_cast<unsigned>(Category::kCsam)};
  const NeedSet needs = to_need_set({Need::kInvestigation});
  const AreaLists places{areas({"11.01"}), {}, {}};
  const FactsFile file = facts_of(release, traits, needs, places, kNow);
  CHECK(file.origin == UnitId("nation"));
  CHECK(file.at == kNow);
  CHECK(file.facts.mode == Mode::kOffline);
  CHECK(file.facts.categories == std::vector{Category::kCsam});
  CHECK(file.facts.needs == std::vector{Need::kInvestigation});
  CHECK(file.facts.victims == areas({"11.01"}));
  CHECK(file.facts.suspects == areas({"XX"}));
  CHECK(size_of(file.facts) == 4);
}

TEST_CASE("the origin of an example is active and may open the case if any unit may") {
  Release release = release_of(small());
  const auto origin = [&release](std::uint32_t categories) {
    CaseTraits traits;
    traits.categories = categories;
    return facts_of(release, traits, {}, {}, kNow).origin.str();
  };
  CHECK(origin(0) == "nation");  // kpai opens nothing
  for (Unit& unit : release.units) {
    if (unit.id == UnitId("nation")) unit.validity.until = day("2020-01-01");
  }
  CHECK(origin(0) == "post");
  CHECK(origin(1U << static_cast<unsigned>(Category::kNeglect)) == "kpai");  // none may open
  release.units.clear();
  CHECK(origin(0) == "unit");
}

TEST_CASE("implied needs follow from the class") {
  const Release& release = national_table().release();
  CaseTraits traits;
  traits.victim_age = VictimAge::kChild;
  CHECK(needs_of(implied_needs(release, traits)) ==
        std::vector{Need::kInvestigation, Need::kProtection});
  traits.victim_age = VictimAge::kAdult;
  CHECK(implied_needs(release, traits).none());
}

}  // namespace
}  // namespace rujukan::routing
