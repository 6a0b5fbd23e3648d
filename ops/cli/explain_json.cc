#include <nlohmann/json.hpp>

#include "ops/cli/explain.h"
#include "ops/cli/json_lists.h"

namespace rujukan::cli {
namespace {

using routing::Explanation;

Json id_or_null(const Unit* unit) { return unit == nullptr ? Json() : Json(unit->id.str()); }

Json describe_place(const Explanation::Place& place) {
  return {{"given", place.given.str()}, {"routed", place.routed.str()}};
}

Json describe_places(const std::vector<Explanation::Place>& places) {
  Json list = Json::array();
  for (const auto& place : places) list.push_back(describe_place(place));
  return list;
}

Json describe_inactive(const Explanation::Inactive& inactive) {
  const Validity& validity = inactive.unit->validity;
  return {{"unit", inactive.unit->id.str()},
          {"why", inactive.ended ? "ended" : "not_begun"},
          {"at", time_or_null(inactive.ended ? validity.until : validity.from)}};
}

Json describe_sought(const Explanation::Sought& sought) {
  Json out = describe_place(sought.place);
  out["unit"] = id_or_null(sought.unit);
  if (sought.listed != nullptr) out["listed"] = sought.listed->code.str();
  if (sought.stands_for != nullptr) out["stands_for"] = sought.stands_for->id.str();
  Json inactive = Json::array();
  for (const auto& unit : sought.inactive) inactive.push_back(describe_inactive(unit));
  out["inactive"] = std::move(inactive);
  return out;
}

Json describe_level(const Explanation::LevelTried& tried) {
  Json areas = Json::array();
  for (const auto& sought : tried.sought) areas.push_back(describe_sought(sought));
  return {{"level", name_of(tried.level)},
          {"areas", std::move(areas)},
          {"taken", id_or_null(tried.taken)}};
}

Json describe_passed(const Explanation::PassedOver& passed) {
  return {{"rule", passed.rule->id.str()},
          {"failed", name_of(passed.failed)},
          {"when", describe(passed.rule->when)}};
}

Json describe_need(const Explanation::NeedDecided& need) {
  Json passed = Json::array();
  for (const auto& rule : need.passed_over) passed.push_back(describe_passed(rule));
  Json out = {{"need", name_of(need.need)},
              {"passed_over", std::move(passed)},
              {"rule", need.rule == nullptr ? Json() : Json(need.rule->id.str())}};
  if (need.rule == nullptr) return out;
  out["withheld"] = need.rule->withheld;
  if (need.rule->withheld) return out;
  out["function"] = need.rule->function.str();
  out["level"] = name_of(need.rule->level);
  out["anchors"] = {{"list", need.list ? Json(name_of(*need.list)) : Json()},
                    {"at_nation", need.at_nation},
                    {"areas", describe_places(need.places)}};
  Json levels = Json::array();
  Json chain = Json::array();
  for (const auto& tried : need.levels) {
    levels.push_back(describe_level(tried));
    if (tried.taken != nullptr) chain.push_back(tried.taken->id.str());
  }
  out["levels"] = std::move(levels);
  out["chain"] = std::move(chain);
  return out;
}

Json describe_inform(const Explanation::InformEntry& entry) {
  Json areas = Json::array();
  for (const auto& sought : entry.sought) {
    Json area = describe_place(sought.place);
    area["unit"] = id_or_null(sought.unit);
    area["result"] = name_of(sought.result);
    areas.push_back(std::move(area));
  }
  return {{"rule", entry.rule->str()},
          {"function", entry.inform->function.str()},
          {"level", name_of(entry.inform->level)},
          {"of", entry.inform->of ? Json(name_of(*entry.inform->of)) : Json()},
          {"areas", std::move(areas)}};
}

}  // namespace

Json describe(const routing::Explanation& explanation) {
  Json implied = Json::array();
  for (const auto& entry : explanation.implied) {
    implied.push_back({{"entry", entry.position + 1},
                       {"when", describe(entry.rule->when)},
                       {"needs", code_list(entry.rule->needs)},
                       {"added", code_list(entry.added)}});
  }
  Json needs = Json::array();
  for (const auto& need : explanation.needs) needs.push_back(describe_need(need));
  Json informs = Json::array();
  for (const auto& entry : explanation.informs) informs.push_back(describe_inform(entry));
  return {{"implied", std::move(implied)},
          {"needs", std::move(needs)},
          {"informs", std::move(informs)}};
}

}  // namespace rujukan::cli
