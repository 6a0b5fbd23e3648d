#include <map>

#include "ops/cli/describe.h"
#include "ops/cli/json_lists.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

Json describe_inform(const Inform& inform) {
  Json out = {{"function", inform.function.str()}, {"level", name_of(inform.level)}};
  if (inform.of) out["of"] = name_of(*inform.of);
  return out;
}

Json describe_rule(const Rule& rule) {
  Json out = {
      {"rule", rule.id.str()}, {"needs", code_list(rule.needs)}, {"when", describe(rule.when)}};
  if (rule.withheld) {
    out["withheld"] = true;
  } else {
    out["function"] = rule.function.str();
    out["level"] = name_of(rule.level);
    out["anchors"] = code_list(rule.anchors);
  }
  Json informs = Json::array();
  for (const Inform& inform : rule.inform) informs.push_back(describe_inform(inform));
  out["inform"] = std::move(informs);
  return out;
}

Json describe_area(const Area& area) {
  return {{"code", area.code.str()},
          {"parent", area.parent.str()},
          {"level", name_of(area.level)},
          {"name", area.name},
          {"valid_from", time_or_null(area.validity.from)},
          {"valid_until", time_or_null(area.validity.until)},
          {"succeeded_by", area.succeeded_by.str()}};
}

Json describe_unit(const Unit& unit) {
  return {{"id", unit.id.str()},
          {"agency", unit.agency.str()},
          {"function", unit.function.str()},
          {"level", name_of(unit.level)},
          {"areas", id_list(unit.areas)},
          {"valid_from", time_or_null(unit.validity.from)},
          {"valid_until", time_or_null(unit.validity.until)},
          {"successor", unit.successor.str()}};
}

Json describe_key(const UnitKey& key) {
  return {{"unit", key.unit.str()},
          {"key_id", key.key_id},
          {"purpose", name_of(key.purpose)},
          {"key", to_hex(key.key)},
          {"valid_from", time_or_null(key.validity.from)},
          {"valid_until", time_or_null(key.validity.until)},
          {"compromised_since", time_or_null(key.compromised_since)}};
}

Json describe_guarantee(const Guarantee& guarantee) {
  Json out = {{"id", guarantee.id.str()}, {"when", describe(guarantee.when)}};
  if (!guarantee.owner_agency.empty()) out["owner_agency"] = id_list(guarantee.owner_agency);
  if (!guarantee.unassigned_agency.empty()) {
    out["unassigned_agency"] = id_list(guarantee.unassigned_agency);
  }
  if (!guarantee.excluded_agency.empty()) {
    out["excluded_agency"] = id_list(guarantee.excluded_agency);
  }
  if (!guarantee.owner_level.empty()) out["owner_level"] = code_list(guarantee.owner_level);
  if (!guarantee.terminal_level.empty()) {
    out["terminal_level"] = code_list(guarantee.terminal_level);
  }
  return out;
}

Json describe_legal_basis(const LegalBasis& basis) {
  return {{"code", basis.code},
          {"title", basis.title},
          {"valid_from", time_or_null(basis.validity.from)},
          {"valid_until", time_or_null(basis.validity.until)},
          {"source", basis.source}};
}

Json describe_deadlines(const Deadlines& deadlines) {
  return {{"immediate_accept_within_s", deadlines.immediate_accept_within_s},
          {"urgent_accept_within_s", deadlines.urgent_accept_within_s},
          {"routine_accept_within_s", deadlines.routine_accept_within_s},
          {"transfer_offer_within_s", deadlines.transfer_offer_within_s},
          {"transfer_request_within_s", deadlines.transfer_request_within_s}};
}

template <typename Items, typename Describe>
Json each(const Items& items, Describe&& one) {
  Json list = Json::array();
  for (const auto& item : items) list.push_back(one(item));
  return list;
}

Json units_per_agency(const Release& release) {
  std::map<std::string, std::size_t> counts;
  for (const Unit& unit : release.units) ++counts[unit.agency.str()];
  Json out = Json::object();
  for (const auto& [agency, count] : counts) out[agency] = count;
  return out;
}

void add_lists(Json& out, const Release& release) {
  out["areas"] = each(release.areas, describe_area);
  out["units"] = each(release.units, describe_unit);
  out["keys"] = each(release.keys, describe_key);
}

void add_counts(Json& out, const Release& release) {
  out["areas"] = release.areas.size();
  out["units"] = release.units.size();
  out["units per agency"] = units_per_agency(release);
  out["keys"] = release.keys.size();
}

Json describe_station(const Station& station, bool full) {
  Json out = {{"id", station.id.str()}, {"curve_key", to_hex(station.curve_key)}};
  out["units"] = full ? id_list(station.units) : Json(station.units.size());
  return out;
}

}  // namespace

Json describe(const Condition& when) {
  Json out = Json::object();
  if (!when.mode.empty()) out["mode"] = code_list(when.mode);
  if (!when.victim_age.empty()) out["victim_age"] = code_list(when.victim_age);
  if (!when.consent.empty()) out["consent"] = code_list(when.consent);
  if (!when.urgency.empty()) out["urgency"] = code_list(when.urgency);
  if (!when.any_category.empty()) out["any_category"] = code_list(when.any_category);
  if (when.suspect_abroad) out["suspect_abroad"] = *when.suspect_abroad;
  return out;
}

Json describe(const Release& release, bool full) {
  Json out = {{"version", to_number(release.version)},
              {"log_origin", release.log_origin},
              {"valid_from", time_or_null(release.validity.from)},
              {"expires", time_or_null(release.validity.until)},
              {"threshold", release.threshold},
              {"second_agency_for", code_list(release.second_agency_for)},
              {"edition", static_cast<unsigned>(release.edition)},
              {"parent", release.parent ? Json(to_hex(*release.parent)) : Json()},
              {"author", release.provenance.author},
              {"reason", release.provenance.reason},
              {"reference", release.provenance.reference}};
  out["administrators"] = each(release.administrators, [](const Administrator& administrator) {
    return Json{{"name", administrator.name}, {"key", to_hex(administrator.key)}};
  });
  out["deadlines"] = describe_deadlines(release.deadlines);
  if (full) {
    add_lists(out, release);
  } else {
    add_counts(out, release);
  }
  out["stations"] = each(
      release.stations, [full](const Station& station) { return describe_station(station, full); });
  out["implied"] = each(release.implied, [](const ImpliedNeeds& implied) {
    return Json{{"when", describe(implied.when)}, {"needs", code_list(implied.needs)}};
  });
  out["rules"] = each(release.rules, describe_rule);
  out["case_informs"] = each(release.case_informs, [](const CaseInform& inform) {
    return Json{{"rule", inform.id.str()},
                {"when", describe(inform.when)},
                {"inform", describe_inform(inform.inform)}};
  });
  out["guarantees"] = each(release.guarantees, describe_guarantee);
  out["legal_bases"] = each(release.legal_bases, describe_legal_basis);
  out["permissions"] = each(release.permissions, [](const Permission& permission) {
    return Json{{"agency", permission.agency.str()},
                {"may_own", permission.may_own},
                {"open_categories", code_list(permission.open_categories)},
                {"request_needs", code_list(permission.request_needs)}};
  });
  return out;
}

void print_release(const ReleaseFile& file, bool full, bool as_json) {
  Json out = {{"digest", to_hex(file.digest)}, {"bytes", file.envelope.body.size()}};
  out["signed_by"] = signing_keys(file.envelope.signatures);
  out.update(describe(file.release, full));
  print(out, as_json);
}

}  // namespace rujukan::cli
