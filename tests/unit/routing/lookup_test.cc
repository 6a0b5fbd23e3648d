// RoutingTable::lookup against ::route, and what it asks of the heap: nothing.
#include "broker/routing/lookup.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>
#include <thread>

#include "tests/unit/routing/national.h"

namespace {

thread_local std::size_t allocations = 0;

}  // namespace

// g++ 12 inlines one of a pair and not the other, and then calls them mismatched.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  ++allocations;
  if (void* at = std::malloc(size == 0 ? 1 : size)) return at;
  throw std::bad_alloc();
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* at) noexcept { std::free(at); }
void operator delete(void* at, std::size_t) noexcept { std::free(at); }

namespace rujukan::routing {
namespace {

std::vector<Facts> some_facts() {
  std::vector<Facts> all;
  for (const auto& mode : code_names<Mode>()) {
    for (const auto& age : code_names<VictimAge>()) {
      for (const auto& consent : code_names<Consent>()) {
        Facts facts;
        facts.mode = mode.value;
        facts.victim_age = age.value;
        facts.consent = consent.value;
        facts.categories = {Category::kCsam};
        facts.victims = areas({"32.76", "91.01"});
        facts.suspects = areas({"18.71", "31", "XX"});
        facts.incidents = areas({"32.04"});
        facts.legal_bases = {"uu-12-2022"};
        for (const auto& need : code_names<Need>()) facts.needs.push_back(need.value);
        all.push_back(facts);
      }
    }
  }
  return all;
}

void check_same(const Lookup& found, const Route& route) {
  REQUIRE(found.assigned.size() == route.assignments.size());
  for (std::size_t i = 0; i < found.assigned.size(); ++i) {
    const RoutedAssignment& expected = route.assignments[i];
    CHECK(found.assigned[i].need == expected.need);
    CHECK(found.assigned[i].rule->id == expected.rule);
    Texts chain;
    for (const Unit* unit : found.assigned[i].chain) chain.push_back(unit->id.str());
    CHECK(chain == texts(expected.chain));
  }
  REQUIRE(found.withheld.size() == route.withheld.size());
  for (std::size_t i = 0; i < found.withheld.size(); ++i) {
    CHECK(found.withheld[i].need == route.withheld[i]);
    CHECK(found.withheld[i].rule->id == route.withheld_rules[i]);
  }
  Texts informed;
  for (const Unit* unit : found.informed) informed.push_back(unit->id.str());
  CHECK(informed == texts(route.informed));
  CHECK(found.owner().id == route.owner());
  CHECK(found.lead == route.lead);
  CHECK(found.accept_within_s == route.accept_within_s);
}

TEST_CASE("a lookup says what a route says and one value serves for many") {
  Lookup found;
  for (const Facts& facts : some_facts()) {
    REQUIRE(national_table().lookup(facts, kNow, found).ok());
    check_same(found, *national_table().route(facts, kNow));
  }
}

TEST_CASE("a lookup points into the table that made it") {
  Lookup found;
  REQUIRE(national_table().lookup(some_facts()[0], kNow, found).ok());
  CHECK(&found.owner() == national_table().unit(found.owner().id));
  const auto& rules = national_table().release().rules;
  CHECK(found.assigned.front().rule >= rules.data());
  CHECK(found.assigned.front().rule < rules.data() + rules.size());
}

TEST_CASE("a lookup that succeeds takes nothing from the heap") {
  const std::vector<Facts> all = some_facts();
  Lookup found;
  // The table is compiled when it is asked for first.
  bool ok = national_table().lookup(all[0], kNow, found).ok();
  const std::size_t before = allocations;
  for (const Facts& facts : all) ok = national_table().lookup(facts, kNow, found).ok() && ok;
  const std::size_t taken = allocations - before;
  CHECK(ok);
  CHECK(taken == 0);
  // The counter counts.
  CHECK(national_table().route(all[0], kNow).ok());
  CHECK(allocations - before > 0);
}

TEST_CASE("lookups in several threads give what one gives") {
  const std::vector<Facts> all = some_facts();
  std::vector<std::string> owners(4);
  std::vector<std::thread> threads;
  for (std::string& mine : owners) {
    threads.emplace_back([&all, &mine] {
      Lookup found;
      for (const Facts& facts : all) {
        if (national_table().lookup(facts, kNow, found).ok()) mine += found.owner().id.str() + " ";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::string expected;
  for (const Facts& facts : all)
    expected += national_table().route(facts, kNow)->owner().str() + " ";
  for (const std::string& mine : owners) CHECK(mine == expected);
}

TEST_CASE("the memory of the national table is of the order of its release") {
  const std::size_t bytes = national_table().memory_bytes();
  CHECK(bytes > 824 * sizeof(Unit) + 579 * sizeof(Area));
  CHECK(bytes < 2 * 1024 * 1024);
}

// A release whose rules inform of `functions` functions at the regencies of all three lists.
Release informing(std::size_t functions) {
  Release r = national_table().release();
  for (std::size_t f = 0; f < functions; ++f) {
    const FunctionId function("extra." + std::to_string(f));
    for (const Area& area : r.areas) {
      if (area.level != Level::kRegency || !area.succeeded_by.empty()) continue;
      r.units.push_back({UnitId(function.str() + "." + area.code.str()),
                         AgencyId("police"),
                         function,
                         Level::kRegency,
                         {area.code},
                         {},
                         {}});
    }
    for (const Anchor of : {Anchor::kVictims, Anchor::kSuspects, Anchor::kIncidents}) {
      r.rules.back().inform.push_back({function, Level::kRegency, of});
    }
  }
  return r;
}

TEST_CASE("a release that could inform more units of a case than fit is refused") {
  // The national rules may inform of 163 units and each of the added functions of 3 times 64.
  CHECK(RoutingTable::build(informing(1)).ok());
  const auto refused = RoutingTable::build(informing(2));
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::kReleaseInvalid);
  CHECK(refused.error().field == "rules.inform");
}

}  // namespace
}  // namespace rujukan::routing
