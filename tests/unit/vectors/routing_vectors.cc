#include <algorithm>
#include <catch2/catch.hpp>

#include "broker/routing/facts_json.h"
#include "broker/wire/release_codec.h"
#include "tests/support/small_release.h"
#include "tests/unit/vectors/vectors.h"

namespace rujukan::test {
namespace {

using routing::RoutingTable;

// What a case differs in from a child's offline case in 11.01.
struct Asked {
  const char* what;
  Vectors changed;
};

std::vector<Asked> asked() {
  const Vectors adult_withholds = {{"victim_age", "adult"},
                                   {"consent", "withheld_police"},
                                   {"needs", {"investigation", "medical"}}};
  return {
      {"needs are implied; the narrowest level first", {}},
      {"two areas of one province rise to it", {{"incidents", {"11.01", "12.01"}}}},
      {"two provinces rise to the nation", {{"incidents", {"11.01", "12.02"}}}},
      {"an area without a unit of the level rises",
       {{"incidents", {"12.02"}}, {"victims", {"12.02"}}}},
      {"the first anchor that is not empty", {{"incidents", Vectors::array()}}},
      {"no anchor: the nation", {{"incidents", Vectors::array()}, {"victims", Vectors::array()}}},
      {"an anchor abroad: the nation", {{"incidents", {"11.01", "XX"}}}},
      {"an anchor that is the nation", {{"victims", {"00"}}}},
      {"an area that was replaced at once", {{"incidents", {"11.08"}}}},
      {"an area before it is replaced", {{"incidents", {"11.09"}}, {"at", "2026-06-30T23:59:59Z"}}},
      {"an area on the day when it is replaced",
       {{"incidents", {"11.09"}}, {"at", "2026-07-01T00:00:00Z"}}},
      {"a unit on its last microsecond", {{"at", "2026-05-31T23:59:59.999999Z"}}},
      {"its successor from then on", {{"at", "2026-06-01T00:00:00Z"}}},
      {"a successor stands in though it lists another area",
       {{"incidents", {"11.02"}}, {"victims", {"11.02"}}, {"at", "2026-05-01T00:00:00Z"}}},
      {"before it there was none", {{"incidents", {"11.02"}}, {"at", "2026-04-30T00:00:00Z"}}},
      {"of two that list an area the one that ends last",
       {{"incidents", {"11.03"}}, {"at", "2026-07-02T00:00:00Z"}}},
      {"a successor of another level does not stand in",
       {{"victims", {"11.02"}}, {"at", "2026-08-02T00:00:00Z"}}},
      {"a unit that ended without a successor", {{"at", "2026-08-02T00:00:00Z"}}},
      {"a unit that has not begun", {{"victims", {"12.01"}}, {"at", "2026-03-31T00:00:00Z"}}},
      {"a police area across a province's border",
       {{"mode", "online"}, {"victims", {"12.01", "11.02"}}, {"suspects", {"12.02", "11.01"}}}},
      {"a suspect abroad",
       {{"mode", "mixed"}, {"victims", {"12.01", "12.02"}}, {"suspects", {"11.01", "XX"}}}},
      {"the first rule that holds, by category and urgency",
       {{"categories", {"neglect", "trafficking"}}, {"urgency", "immediate"}}},
      {"the same category, not urgent",
       {{"categories", {"neglect", "trafficking"}}, {"urgency", "urgent"}}},
      {"whoever holds an assignment is not informed, and nobody twice",
       {{"suspects", {"11.01", "11.02", "12.01", "12.01", "XX"}}}},
      {"informed of a need without a list of areas",
       {{"needs", {"medical", "shelter", "takedown"}}, {"victim_age", "unknown"}}},
      {"an adult has the needs that are named",
       {{"victim_age", "adult"}, {"needs", {"takedown", "shelter"}}}},
      {"an adult who withholds consent", adult_withholds},
      {"no code of an area", {{"victims", {"11.77"}}}},
      {"no rule for the need", {{"needs", {"legal_aid"}}}},
      {"no national unit of the function", {{"needs", {"prosecution"}}}},
      {"no need", {{"victim_age", "adult"}}},
      {"an adult who withholds, of whom nothing else is needed",
       {{"victim_age", "adult"}, {"consent", "withheld_police"}, {"needs", {"investigation"}}}},
      {"an agency that opens nothing", {{"origin", "kejati.11"}}},
      {"a category that the agency may not open", {{"categories", {"property_crime"}}}},
      {"a need that the agency may not ask for", {{"needs", {"rehabilitation"}}}},
      {"a sender that is not active", {{"origin", "uptd.12"}, {"at", "2026-03-01T00:00:00Z"}}},
      {"a sender that is no unit", {{"origin", "nobody"}}},
  };
}

Vectors facts_of(const Asked& asked) {
  Vectors facts = {
      {"origin", "kpai"},          {"at", "2026-04-15T03:00:00Z"}, {"mode", "offline"},
      {"categories", {"neglect"}}, {"victim_age", "child"},        {"victims", {"11.01"}},
      {"suspects", {"11.02"}},     {"incidents", {"11.01"}},       {"urgency", "routine"},
      {"consent", "given"},        {"needs", Vectors::array()}};
  for (const auto& [key, value] : asked.changed.items()) facts[key] = value;
  return facts;
}

Vectors refusal(const Error& error) {
  return {{"code", name_of(error.code)}, {"field", error.field}};
}

Vectors texts(const auto& ids) {
  Vectors out = Vectors::array();
  for (const auto& id : ids) out.push_back(id.str());
  return out;
}

Vectors answer(const routing::Route& route) {
  Vectors assignments = Vectors::array();
  for (const auto& assigned : route.assignments) {
    assignments.push_back({{"need", name_of(assigned.need)},
                           {"function", assigned.function.str()},
                           {"rule", assigned.rule.str()},
                           {"chain", texts(assigned.chain)}});
  }
  Vectors withheld = Vectors::array();
  for (std::size_t i = 0; i < route.withheld.size(); ++i) {
    withheld.push_back(
        {{"need", name_of(route.withheld[i])}, {"rule", route.withheld_rules[i].str()}});
  }
  return {{"owner", route.owner().str()},
          {"lead", name_of(route.lead)},
          {"assignments", std::move(assignments)},
          {"withheld", std::move(withheld)},
          {"informed", texts(route.informed)},
          {"recipients", texts(route.recipients())},
          {"accept_within_s", route.accept_within_s}};
}

Vectors route_vector(const Asked& asked, const RoutingTable& table) {
  Vectors facts = facts_of(asked);
  const auto read = routing::parse_facts(facts.dump());
  INFO(asked.what);
  REQUIRE(read.ok());
  Vectors out = {{"what", asked.what}, {"at_us", to_us(read->at)}, {"facts", std::move(facts)}};
  const Unit* sender = table.unit(read->origin);
  if (sender == nullptr || !sender->validity.covers(read->at)) {
    out["may_open"] = {{"code", "permission.denied"}, {"field", "sender"}};
  } else if (const auto may = table.may_open(sender->agency, read->facts); !may) {
    out["may_open"] = refusal(may.error());
  }
  const auto route = table.route(read->facts, read->at);
  if (route) {
    out["route"] = answer(*route);
  } else {
    out["refused"] = refusal(route.error());
  }
  return out;
}

// The days on which something changes in the directory, and one before and after.
std::vector<TimeUs> days() {
  std::vector<TimeUs> out;
  for (const char* day : {"2026-02-01", "2026-04-15", "2026-05-15", "2026-06-20", "2026-07-15",
                          "2026-08-15", "2026-10-15", "2027-02-01"}) {
    out.push_back(*parse_time(day));
  }
  return out;
}

Vectors unit_vector(const Unit& unit, TimeUs at, const RoutingTable& table) {
  const Unit* stands = table.stand_in(unit.id, at);
  const UnitKey* key = table.sealing_key(unit.id, at);
  Vectors signing = Vectors::array();
  for (const UnitKey& listed : table.release().keys) {
    const bool in_force = listed.unit == unit.id &&
                          table.key(unit.id, listed.key_id, KeyPurpose::kSign, at) != nullptr;
    if (in_force) signing.push_back(listed.key_id);
  }
  return {{"unit", unit.id.str()},
          {"at_us", to_us(at)},
          {"chain", texts(table.chain_from(unit.id, at))},
          {"stand_in", stands == nullptr ? Vectors(nullptr) : Vectors(stands->id.str())},
          {"seal_for", key == nullptr ? Vectors(nullptr) : Vectors(key->key_id)},
          {"may_sign", std::move(signing)}};
}

// Of the cases that route: who could be named for a place, and who may know.
Vectors part_vector(const Asked& asked, const RoutingTable& table) {
  const auto read = *routing::parse_facts(facts_of(asked).dump());
  Vectors competent = Vectors::array();
  Vectors kept_out = Vectors::array();
  for (const Unit& unit : table.release().units) {
    if (table.competent(unit, read.facts, read.at)) competent.push_back(unit.id.str());
    if (!table.permits(unit, RoutingTable::Part::kInformed, read.facts)) {
      kept_out.push_back(unit.id.str());
    }
  }
  return {{"competent", std::move(competent)}, {"kept_out", std::move(kept_out)}};
}

}  // namespace

Vectors routing_vectors() {
  const Release release = vector_release();
  const auto table = RoutingTable::build(release);
  REQUIRE(table.ok());
  Vectors routes = Vectors::array();
  for (const Asked& one : asked()) {
    Vectors vector = route_vector(one, **table);
    if (vector.contains("route")) vector.update(part_vector(one, **table));
    routes.push_back(std::move(vector));
  }
  Vectors units = Vectors::array();
  for (const char* id : {"bareskrim.ppa", "kejati.11", "polda.11.ppa", "polres.11.01",
                         "polres.11.02", "polres.lintas", "uptd.11.01", "uptd.11.02", "uptd.12"}) {
    for (const TimeUs at : days())
      units.push_back(unit_vector(*(*table)->unit(UnitId(id)), at, **table));
  }
  return {{"release", to_hex(wire::encode_release(release))},
          {"routes", std::move(routes)},
          {"units", std::move(units)}};
}

}  // namespace rujukan::test
