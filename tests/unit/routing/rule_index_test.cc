#include "broker/routing/rule_index.h"

#include <catch2/catch.hpp>
#include <random>

namespace rujukan::routing {
namespace {

template <typename E>
std::vector<E> draw_some(std::mt19937_64& random) {
  std::vector<E> out;
  if (random() % 2 == 0) return out;
  for (const auto& row : code_names<E>()) {
    if (random() % 3 == 0) out.push_back(row.value);
  }
  return out;
}

std::vector<Rule> draw_rules(std::mt19937_64& random, std::size_t count) {
  std::vector<Rule> rules(count);
  for (Rule& rule : rules) {
    rule.needs = draw_some<Need>(random);
    rule.when = {draw_some<Mode>(random),     draw_some<VictimAge>(random),
                 draw_some<Consent>(random),  draw_some<Urgency>(random),
                 draw_some<Category>(random), std::nullopt};
    if (random() % 2 == 0) rule.when.suspect_abroad = random() % 2 == 0;
  }
  return rules;
}

// First match wins, one rule after the other.
std::optional<std::uint32_t> slow_match(const std::vector<Rule>& rules, Need need,
                                        const CaseTraits& traits) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const auto& needs = rules[i].needs;
    if (std::find(needs.begin(), needs.end(), need) == needs.end()) continue;
    if (holds(rules[i].when, traits)) return static_cast<std::uint32_t>(i);
  }
  return std::nullopt;
}

CaseTraits draw_traits(std::mt19937_64& random) {
  return {static_cast<Mode>(random() % 3),
          static_cast<VictimAge>(random() % 3),
          static_cast<Consent>(random() % 4),
          static_cast<Urgency>(random() % 3),
          random() % 2 == 0,
          static_cast<std::uint32_t>(random() % (1U << 14))};
}

TEST_CASE("the index finds the rule that trying one after the other finds") {
  for (const std::size_t count : {0, 1, 5, 40, 400}) {
    std::mt19937_64 random(count);
    const std::vector<Rule> rules = draw_rules(random, count);
    const RuleIndex index(rules);
    for (int i = 0; i < 5000; ++i) {
      const CaseTraits traits = draw_traits(random);
      const Need need = static_cast<Need>(random() % 10);
      REQUIRE(index.first_match(need, traits) == slow_match(rules, need, traits));
    }
  }
}

TEST_CASE("a condition without anything set holds always") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 100; ++i) CHECK(holds(Condition{}, draw_traits(random)));
}

}  // namespace
}  // namespace rujukan::routing
