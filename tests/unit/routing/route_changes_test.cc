#include "broker/routing/route_changes.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {
namespace {

// Two provinces, three functions, an implied need, a need withheld.
ConfigFiles base() {
  ConfigFiles files = small();
  files["areas.csv"] =
      "code,parent,level,name,valid_from,valid_until,succeeded_by\n"
      "00,,national,Indonesia,,,\n"
      "11,00,province,A,,,\n"
      "11.01,11,regency,B,,,\n"
      "11.02,11,regency,C,,,\n"
      "12,00,province,D,,,\n"
      "12.01,12,regency,E,,,\n"
      "12.02,12,regency,F,,2022-07-25,12.01\n";
  files["units.csv"] =
      "id,agency,function,level,areas,valid_from,valid_until,successor\n"
      "nation,police,investigation,national,00,,,\n"
      "p11,police,investigation,province,11,,,\n"
      "p12,police,investigation,province,12,,,\n"
      "r1101,police,investigation,regency,11.01,,,\n"
      "r1201,police,investigation,regency,12.01,,,\n"
      "care,police,protection,national,00,,,\n"
      "care11,police,protection,province,11,,,\n"
      "health,police,medical,national,00,,,\n"
      "kpai,kpai,oversight,national,00,,,\n";
  files["routing.toml"] =
      "[[implied]]\n"
      "when = { victim_age = [\"child\"] }\n"
      "needs = [\"investigation\"]\n"
      "[[rule]]\n"
      "id = \"I1\"\n"
      "needs = [\"investigation\"]\n"
      "when = { victim_age = [\"adult\"], consent = [\"withheld_police\"] }\n"
      "withheld = true\n"
      "[[rule]]\n"
      "id = \"I2\"\n"
      "needs = [\"investigation\"]\n"
      "when = { mode = [\"online\"] }\n"
      "function = \"investigation\"\n"
      "level = \"province\"\n"
      "anchors = [\"victims\", \"suspects\"]\n"
      "[[rule]]\n"
      "id = \"I3\"\n"
      "needs = [\"investigation\"]\n"
      "function = \"investigation\"\n"
      "level = \"regency\"\n"
      "anchors = [\"incidents\", \"victims\"]\n"
      "[[rule]]\n"
      "id = \"P1\"\n"
      "needs = [\"protection\"]\n"
      "function = \"protection\"\n"
      "level = \"province\"\n"
      "anchors = [\"victims\"]\n"
      "[[rule]]\n"
      "id = \"M1\"\n"
      "needs = [\"medical\"]\n"
      "function = \"medical\"\n"
      "level = \"national\"\n";
  return files;
}

struct Edit {
  const char* file;
  const char* old_text;
  const char* text;
};

ConfigFiles with_edits(const std::vector<Edit>& edits) {
  ConfigFiles files = base();
  for (const Edit& edit : edits) {
    std::string& bytes = files[edit.file];
    const std::size_t at = bytes.find(edit.old_text);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, std::string_view(edit.old_text).size(), edit.text);
  }
  return files;
}

// One-line changes of a configuration, and some of two lines.
const std::vector<std::pair<const char*, std::vector<Edit>>> kEdits = {
    {"nothing", {}},
    {"an area moves", {{"units.csv", "province,12,", "province,12 11.02,"}}},
    {"the national unit is another", {{"units.csv", "nation,police", "capital,police"}}},
    {"a unit is added from a day on",
     {{"units.csv", "care,", "r1102,police,investigation,regency,11.02,2026-05-01,,\ncare,"}}},
    {"a unit ends and is succeeded",
     {{"units.csv", "r1101,police,investigation,regency,11.01,,,",
       "r1101,police,investigation,regency,11.01,,2026-05-01,r1101b\n"
       "r1101b,police,investigation,regency,11.01,2026-05-01,,"}}},
    {"a rule begins wider", {{"routing.toml", "level = \"regency\"", "level = \"province\""}}},
    {"a rule becomes national",
     {{"routing.toml", "level = \"province\"\nanchors = [\"victims\", \"suspects\"]",
       "level = \"national\""}}},
    {"a rule looks at another list first",
     {{"routing.toml", "[\"incidents\", \"victims\"]", "[\"victims\", \"incidents\"]"}}},
    {"a rule looks at one list less",
     {{"routing.toml", "[\"victims\", \"suspects\"]", "[\"victims\"]"}}},
    {"a rule looks at one list more",
     {{"routing.toml", "anchors = [\"victims\"]", "anchors = [\"victims\", \"suspects\"]"}}},
    {"a need is implied for more", {{"routing.toml", "[\"child\"]", "[\"child\", \"unknown\"]"}}},
    {"another need is implied", {{"routing.toml", "[\"investigation\"]", "[\"protection\"]"}}},
    {"a need is withheld from more",
     {{"routing.toml", "victim_age = [\"adult\"], consent", "consent"}}},
    {"a rule is gone, and with it a need",
     {{"routing.toml", "needs = [\"medical\"]", "needs = [\"takedown\"]"}}},
    {"a rule of its own for categories",
     {{"routing.toml", "[[rule]]\nid = \"I2\"",
       "[[rule]]\nid = \"X\"\nneeds = [\"investigation\", \"protection\"]\n"
       "when = { any_category = [\"csam\", \"grooming\"], urgency = [\"immediate\"] }\n"
       "function = \"protection\"\nlevel = \"province\"\nanchors = [\"suspects\"]\n"
       "[[rule]]\nid = \"I2\""}}},
    {"suspects abroad are the nation's",
     {{"routing.toml", "[[rule]]\nid = \"I2\"",
       "[[rule]]\nid = \"X\"\nneeds = [\"investigation\"]\nwhen = { suspect_abroad = true }\n"
       "function = \"medical\"\nlevel = \"national\"\n[[rule]]\nid = \"I2\""}}},
    {"an area is replaced",
     {{"areas.csv", "11.02,11,regency,C,,,", "11.02,11,regency,C,,2022-07-25,12.01"}}},
    {"an area is new", {{"areas.csv", "12.01,12", "11.03,11,regency,G,,,\n12.01,12"}}},
};

Release release_of(const ConfigFiles& files) { return compile(files, {}).release; }

std::vector<std::vector<AreaCode>> area_lists(const std::vector<AreaCode>& codes) {
  std::vector<std::vector<AreaCode>> lists{{}};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    lists.push_back({codes[i]});
    for (std::size_t j = i + 1; j < codes.size(); ++j) lists.push_back({codes[j], codes[i]});
  }
  return lists;
}

// Every list of one area or two in each place, the other places unknown or in one area.
std::vector<AreaLists> all_places() {
  const auto lists = area_lists(areas({"00", "11", "11.01", "11.02", "12.01", "XX"}));
  std::vector<AreaLists> all;
  for (std::size_t varied = 0; varied < 3; ++varied) {
    for (const unsigned others : {0U, 1U, 3U}) {
      for (const auto& list : lists) {
        AreaLists places;
        places[varied] = list;
        if ((others & 1) != 0) places[(varied + 1) % 3] = areas({"11.01"});
        if ((others & 2) != 0) places[(varied + 2) % 3] = areas({"12.01"});
        all.push_back(places);
      }
    }
  }
  return all;
}

std::vector<Facts> all_traits_and_needs() {
  using enum Need;
  std::vector<Facts> all;
  for (const Mode mode : {Mode::kOnline, Mode::kOffline}) {
    for (const VictimAge age : {VictimAge::kChild, VictimAge::kAdult, VictimAge::kUnknown}) {
      for (const Consent consent : {Consent::kGiven, Consent::kWithheldPolice}) {
        for (const Urgency urgency : {Urgency::kRoutine, Urgency::kImmediate}) {
          for (const auto& needs : std::vector<std::vector<Need>>{
                   {}, {kInvestigation}, {kProtection}, {kInvestigation, kMedical}}) {
            Facts facts;
            facts.mode = mode;
            facts.victim_age = age;
            facts.consent = consent;
            facts.urgency = urgency;
            facts.needs = needs;
            if (urgency == Urgency::kImmediate) facts.categories = {Category::kCsam};
            all.push_back(facts);
          }
        }
      }
    }
  }
  return all;
}

struct Answer {
  std::vector<UnitId> owner;  // one; none: refused
  std::optional<Need> lead;
};

Answer answer_of(const RoutingTable& table, const Facts& facts, TimeUs at) {
  const auto route = table.route(facts, at);
  if (!route) return {};
  return {{route->owner()}, route->lead};
}

template <typename T>
bool among(const std::vector<T>& list, const T& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

bool has(const Facts& facts, const std::vector<Category>& any) {
  return std::any_of(any.begin(), any.end(), [&](Category category) {
    return !facts.categories.empty() && among(facts.categories, category);
  });
}

bool matches(const FactBox& box, const Facts& facts, const LeadNeeds& leads) {
  const bool abroad = !facts.suspects.empty() && among(facts.suspects, AreaCode("XX"));
  return among(box.leads, leads) && among(box.mode, facts.mode) &&
         among(box.victim_age, facts.victim_age) && among(box.consent, facts.consent) &&
         among(box.urgency, facts.urgency) && !has(facts, box.without) &&
         (!box.suspect_abroad || *box.suspect_abroad == abroad) &&
         std::all_of(box.with.begin(), box.with.end(),
                     [&](const auto& any) { return has(facts, any); });
}

const std::vector<AreaCode>& list_of(const Facts& facts, Anchor anchor) {
  if (anchor == Anchor::kVictims) return facts.victims;
  return anchor == Anchor::kSuspects ? facts.suspects : facts.incidents;
}

bool matches(const PlaceCondition& place, const Facts& facts) {
  for (const Anchor list : place.unknown) {
    if (!list_of(facts, list).empty()) return false;
  }
  for (const Anchor list : place.known) {
    if (list_of(facts, list).empty()) return false;
  }
  if (!place.list) return true;
  const auto& list = list_of(facts, *place.list);
  if (list.empty()) return false;
  if (place.parts.empty()) {
    return std::all_of(list.begin(), list.end(),
                       [&](const AreaCode& area) { return among(place.areas, area); });
  }
  if (list.size() != 2) return false;
  const auto part_of = [&](const AreaCode& area) {
    return std::find_if(place.parts.begin(), place.parts.end(),
                        [&](const auto& part) { return among(part, area); });
  };
  const auto first = part_of(list[0]);
  const auto second = part_of(list[1]);
  return first != place.parts.end() && second != place.parts.end() && first != second;
}

bool matches(const RouteChange& change, const Facts& facts, const LeadNeeds& leads, TimeUs at) {
  const auto holds_at = [&](const Validity& validity) { return validity.covers(at); };
  return (change.when.empty() || std::any_of(change.when.begin(), change.when.end(), holds_at)) &&
         std::any_of(change.places.begin(), change.places.end(),
                     [&](const auto& place) { return matches(place, facts); }) &&
         std::any_of(change.boxes.begin(), change.boxes.end(),
                     [&](const auto& box) { return matches(box, facts, leads); });
}

// Facts that are told wrongly: a change that no group tells, or a group that tells another.
struct Compared {
  std::size_t facts = 0;
  std::size_t changed = 0;
  std::size_t wrong = 0;
};

void check_facts(const RouteChanges& changes, const Facts& facts, TimeUs at, const Answer& before,
                 const Answer& after, Compared& out) {
  const bool changed = before.owner != after.owner;
  bool told = false;
  bool right = true;
  for (const RouteChange& change : changes.owner) {
    if (!matches(change, facts, {before.lead, after.lead}, at)) continue;
    if (change.before.unit_of) {
      told = told || changed;
      continue;
    }
    told = true;
    right = right && change.before.units == before.owner && change.after.units == after.owner;
  }
  ++out.facts;
  out.changed += changed ? 1 : 0;
  out.wrong += right && told == changed ? 0 : 1;
}

using Tampering = std::function<void(RouteChanges&)>;

Compared compare(
    const ConfigFiles& files_before, const ConfigFiles& files_after,
    const Tampering& tamper = [](RouteChanges&) {}) {
  const auto before = table_of(files_before);
  const auto after = table_of(files_after);
  auto changes = route_changes(before->release(), after->release(), {});
  REQUIRE(changes.ok());
  tamper(*changes);
  Compared out;
  const std::array<const Release*, 2> releases{&before->release(), &after->release()};
  const auto segments = date_segments(releases, {});
  const auto places = all_places();
  for (Facts facts : all_traits_and_needs()) {
    for (const AreaLists& lists : places) {
      facts.victims = lists[0];
      facts.suspects = lists[1];
      facts.incidents = lists[2];
      for (const DateSegment& segment : segments) {
        const TimeUs at = segment.at;
        check_facts(*changes, facts, at, answer_of(*before, facts, at),
                    answer_of(*after, facts, at), out);
      }
    }
  }
  return out;
}

}  // namespace

TEST_CASE("the groups say of every combination of facts whether the owner changes and to whom") {
  for (const auto& [name, edits] : kEdits) {
    const ConfigFiles after = with_edits(edits);
    const Compared there = compare(base(), after);
    const Compared back = compare(after, base());
    INFO(name << ": " << there.changed << " of " << there.facts << " change");
    CHECK(there.wrong == 0);
    CHECK(back.wrong == 0);
    CHECK(there.changed == back.changed);
    // A new area changes the owner of no facts that both know.
    const bool changes =
        std::string_view(name) != "nothing" && std::string_view(name) != "an area is new";
    CHECK((there.changed > 0) == changes);
  }
}

TEST_CASE("a group that is missing or says too much is noticed") {
  const ConfigFiles after = with_edits({{"units.csv", "province,12,", "province,12 11.02,"}});
  const auto wrong = [&](const Tampering& tamper) { return compare(base(), after, tamper).wrong; };
  CHECK(wrong([](RouteChanges& changes) { changes.owner.pop_back(); }) > 0);
  CHECK(wrong([](RouteChanges& changes) { changes.owner.front().boxes.front().mode.clear(); }) > 0);
  CHECK(wrong([](RouteChanges& changes) {
          changes.owner.front().after.units = {UnitId("nation")};
        }) > 0);
  CHECK(wrong([](RouteChanges& changes) {
          changes.owner.front().places.front().areas.push_back(AreaCode("11"));
        }) > 0);
}

TEST_CASE("an area that one release does not know is told where it decides") {
  const auto changes = route_changes(
      release_of(base()),
      release_of(with_edits({{"areas.csv", "12.01,12", "11.03,11,regency,G,,,\n12.01,12"}})), {});
  REQUIRE(changes.ok());
  REQUIRE_FALSE(changes->owner.empty());
  bool found = false;
  for (const RouteChange& change : changes->owner) {
    CHECK(change.before.units.empty());
    for (const PlaceCondition& place : change.places) {
      found = found || (place.list == Anchor::kVictims && place.areas == areas({"11.03"}) &&
                        change.after.units == std::vector{UnitId("p11")});
    }
  }
  CHECK(found);
}

TEST_CASE("three areas go where the pair of them goes that rises highest") {
  const auto table = table_of(base());
  const auto codes = areas({"00", "11", "11.01", "11.02", "12", "12.01", "XX"});
  Facts facts;
  facts.mode = Mode::kOffline;
  facts.needs = {Need::kInvestigation};
  const auto owner = [&](std::initializer_list<AreaCode> incidents) {
    facts.incidents = incidents;
    return table->unit(table->route(facts, kNow)->owner());
  };
  for (const AreaCode& a : codes) {
    for (const AreaCode& b : codes) {
      for (const AreaCode& c : codes) {
        const Unit* highest =
            std::min({owner({a, b}), owner({b, c}), owner({a, c})},
                     [](const Unit* x, const Unit* y) { return x->level < y->level; });
        CHECK(owner({a, b, c}) == highest);
      }
    }
  }
}

TEST_CASE("two areas that leave one police area for two others are told together") {
  const auto changes = route_changes(
      release_of(base()),
      release_of(with_edits({{"units.csv", "province,12,", "province,12 11.02,"}})), {});
  REQUIRE(changes.ok());
  const auto tells = [&](const char* from, const char* to, const PlaceCondition& place) {
    return std::any_of(changes->owner.begin(), changes->owner.end(), [&](const auto& change) {
      return change.before.units == std::vector{UnitId(from)} &&
             change.after.units == std::vector{UnitId(to)} &&
             std::find(change.places.begin(), change.places.end(), place) != change.places.end();
    });
  };
  PlaceCondition alone;
  alone.list = Anchor::kVictims;
  alone.areas = areas({"11.02"});
  CHECK(tells("p11", "p12", alone));
  PlaceCondition apart = alone;
  apart.areas.clear();
  apart.parts = {areas({"11", "11.01"}), areas({"11.02"})};
  CHECK(tells("p11", "nation", apart));
  PlaceCondition joined = apart;
  joined.parts = {areas({"11.02"}), areas({"12", "12.01", "12.02"})};
  CHECK(tells("nation", "p12", joined));
}

TEST_CASE("a change of the owner is said only for the dates at which it is one") {
  const auto changes = route_changes(
      release_of(base()),
      release_of(with_edits({{"units.csv", "care,",
                              "r1102,police,investigation,regency,11.02,2026-05-01,,\ncare,"}})),
      {});
  REQUIRE(changes.ok());
  REQUIRE_FALSE(changes->owner.empty());
  for (const RouteChange& change : changes->owner) {
    CHECK(change.when == std::vector{Validity{day("2026-05-01"), std::nullopt}});
  }
}

TEST_CASE("where the owner stays the chain and the informed and other assignments are told") {
  const auto parts_of = [](const std::vector<Edit>& edits) {
    const auto changes = route_changes(release_of(base()), release_of(with_edits(edits)), {});
    REQUIRE(changes.ok());
    std::set<ChangedPart> parts;
    for (const auto* list : {&changes->owner, &changes->other}) {
      for (const RouteChange& change : *list) parts.insert(change.part);
    }
    return parts;
  };
  using enum ChangedPart;
  CHECK(parts_of({}).empty());
  // A new last unit of every chain, which owns only what no province does.
  CHECK(parts_of({{"units.csv", "nation,police", "capital,police"}}) == std::set{kOwner, kChain});
  CHECK(parts_of({{"units.csv", "care11,", "care-11,"}}) == std::set{kOwner, kAssignment});
  // Investigation is no longer withheld, and goes to the unit that owned for protection.
  CHECK(parts_of({{"routing.toml", "withheld = true",
                   "function = \"protection\"\nlevel = \"province\"\nanchors = [\"victims\"]"},
                  {"routing.toml", "[\"investigation\"]", "[\"protection\"]"}})
            .contains(kAssignment));
  CHECK(parts_of({{"routing.toml", "level = \"national\"\n",
                   "level = \"national\"\ninform = [{ function = \"oversight\", level = "
                   "\"national\" }]\n"}}) == std::set{kInformed});
}

TEST_CASE("the national directory against itself changes nothing") {
  const Release& release = national_table().release();
  const auto changes = route_changes(release, release, {});
  REQUIRE(changes.ok());
  CHECK(changes->owner.empty());
  CHECK(changes->other.empty());
}

}  // namespace rujukan::routing
