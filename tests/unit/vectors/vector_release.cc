#include <algorithm>

#include "broker/crypto/sha256.h"
#include "tests/support/small_release.h"
#include "tests/unit/vectors/vectors.h"

namespace rujukan::test {
namespace {

std::optional<TimeUs> day(const char* text) {
  return *text == '\0' ? std::nullopt : parse_time(text);
}

void add_areas(Release& r) {
  const auto add = [&r](const char* code, const char* parent, Level level, const char* until = "",
                        const char* successor = "") {
    r.areas.push_back({AreaCode(code),
                       AreaCode(parent),
                       level,
                       code,
                       {std::nullopt, day(until)},
                       AreaCode(successor)});
  };
  add("00", "", Level::kNational);
  add("11", "00", Level::kProvince);
  add("11.01", "11", Level::kRegency);
  add("11.02", "11", Level::kRegency);
  add("11.03", "11", Level::kRegency);
  // Replaced at once, and on a day.
  add("11.08", "11", Level::kRegency, "", "11.03");
  add("11.09", "11", Level::kRegency, "2026-07-01", "12.02");
  add("12", "00", Level::kProvince);
  add("12.01", "12", Level::kRegency);
  add("12.02", "12", Level::kRegency);
}

struct Row {
  const char* id;
  const char* agency;
  const char* function;
  Level level;
  std::vector<const char*> areas;
  const char* from = "";
  const char* until = "";
  const char* successor = "";
};

void add_units(Release& r) {
  const Level nation = Level::kNational;
  const Level province = Level::kProvince;
  const Level regency = Level::kRegency;
  const std::vector<Row> rows = {
      {"aduan", "communications", "takedown", nation, {"00"}},
      {"bareskrim.ppa", "police", "ppa", nation, {"00"}},
      {"bareskrim.siber", "police", "cyber", nation, {"00"}},
      {"kejati.11", "prosecutor", "prosecution", province, {"11"}},
      {"kpai", "kpai", "oversight", nation, {"00"}},
      {"polda.11.ppa", "police", "ppa", province, {"11", "12.01"}},
      {"polda.11.siber", "police", "cyber", province, {"11", "12.01"}},
      {"polda.12.ppa", "police", "ppa", province, {"12"}},
      {"polda.12.siber", "police", "cyber", province, {"12"}},
      // Its successor lists the area too, from the same day on.
      {"polres.11.01", "police", "ppa", regency, {"11.01"}, "", "2026-06-01", "polres.11.01.baru"},
      {"polres.11.01.baru", "police", "ppa", regency, {"11.01"}, "2026-06-01"},
      // Its successor stands in for it and lists another area, which two units list for a time.
      {"polres.11.02", "police", "ppa", regency, {"11.02"}, "", "2026-05-01", "polres.gabung"},
      {"polres.11.03", "police", "ppa", regency, {"11.03"}, "", "2026-09-01"},
      {"polres.12.01", "police", "ppa", regency, {"12.01"}},
      {"polres.gabung", "police", "ppa", regency, {"11.03"}, "2026-05-01"},
      // Across a border: its chain has no province.
      {"polres.lintas", "police", "ppa", regency, {"11.03", "12.02"}, "2027-01-01"},
      {"pusdokkes", "police", "medical", nation, {"00"}},
      {"sapa", "ministry", "protection", nation, {"00"}},
      // Ends without a successor, and with one of another level.
      {"uptd.11", "centre", "protection", province, {"11"}},
      {"uptd.11.01", "centre", "protection", regency, {"11.01"}, "", "2026-08-01"},
      {"uptd.11.02", "centre", "protection", regency, {"11.02"}, "", "2026-08-01", "uptd.11"},
      {"uptd.12", "centre", "protection", province, {"12"}, "2026-04-01"},
  };
  for (const Row& row : rows) {
    Unit unit{UnitId(row.id),
              AgencyId(row.agency),
              FunctionId(row.function),
              row.level,
              {},
              {day(row.from), day(row.until)},
              UnitId(row.successor)};
    for (const char* code : row.areas) unit.areas.emplace_back(code);
    r.units.push_back(std::move(unit));
  }
}

Rule rule(const char* id, std::vector<Need> needs, const char* function, Level level,
          std::vector<Anchor> anchors) {
  Rule out;
  out.id = RuleId(id);
  out.needs = std::move(needs);
  out.function = FunctionId(function);
  out.level = level;
  out.anchors = std::move(anchors);
  return out;
}

Inform inform(const char* function, Level level, std::optional<Anchor> of) {
  return {FunctionId(function), level, of};
}

Condition online() {
  Condition when;
  when.mode = {Mode::kOnline, Mode::kMixed};
  return when;
}

Condition not_adult() {
  Condition when;
  when.victim_age = {VictimAge::kChild, VictimAge::kUnknown};
  return when;
}

Condition withdrawn() {
  Condition when;
  when.victim_age = {VictimAge::kAdult};
  when.consent = {Consent::kWithheldPolice};
  return when;
}

void add_rules(Release& r) {
  const std::vector<Anchor> of_act = {Anchor::kIncidents, Anchor::kVictims, Anchor::kSuspects};
  r.implied = {{not_adult(), {Need::kInvestigation, Need::kProtection}},
               {withdrawn(), {Need::kProtection}}};
  Rule at_once = rule("I0", {Need::kInvestigation}, "cyber", Level::kNational, {Anchor::kVictims});
  at_once.when.any_category = {Category::kTrafficking, Category::kCsam};
  at_once.when.urgency = {Urgency::kImmediate};
  Rule withheld = rule("I1", {Need::kInvestigation}, "", Level::kNational, {});
  withheld.when = withdrawn();
  withheld.withheld = true;
  Rule abroad = rule("I2", {Need::kInvestigation}, "cyber", Level::kNational, {});
  abroad.when = online();
  abroad.when.suspect_abroad = true;
  abroad.inform = {inform("cyber", Level::kProvince, Anchor::kVictims)};
  Rule cyber = rule("I3", {Need::kInvestigation}, "cyber", Level::kProvince,
                    {Anchor::kVictims, Anchor::kSuspects});
  cyber.when = online();
  cyber.inform = {inform("cyber", Level::kProvince, Anchor::kSuspects),
                  inform("ppa", Level::kRegency, Anchor::kVictims)};
  Rule offline = rule("I4", {Need::kInvestigation}, "ppa", Level::kRegency, of_act);
  offline.inform = {inform("ppa", Level::kRegency, Anchor::kSuspects)};
  Rule medical = rule("M2", {Need::kMedical}, "medical", Level::kProvince, {Anchor::kVictims});
  medical.inform = {inform("protection", Level::kNational, std::nullopt)};
  r.rules = {at_once,
             withheld,
             abroad,
             cyber,
             offline,
             rule("P1", {Need::kProtection, Need::kShelter}, "protection", Level::kRegency,
                  {Anchor::kVictims}),
             medical,
             rule("T1", {Need::kTakedown}, "takedown", Level::kNational, {}),
             rule("C1", {Need::kProsecution}, "prosecution", Level::kProvince,
                  {Anchor::kVictims, Anchor::kSuspects})};
  Condition adult;
  adult.victim_age = {VictimAge::kAdult};
  r.case_informs = {
      {RuleId("N1"), not_adult(), inform("oversight", Level::kNational, std::nullopt)},
      {RuleId("N2"), adult, inform("protection", Level::kProvince, Anchor::kVictims)}};
  Guarantee no_police;
  no_police.id = RuleId("G1");
  no_police.when = withdrawn();
  no_police.excluded_agency = {AgencyId("police")};
  r.guarantees = {no_police};
}

void add_permissions(Release& r) {
  const auto add = [&r](const char* agency, bool opens, bool owns) {
    Permission out;
    out.agency = AgencyId(agency);
    for (const auto& row : code_names<Category>()) {
      if (opens && row.value != Category::kPropertyCrime) out.open_categories.push_back(row.value);
    }
    for (const auto& row : code_names<Need>()) {
      if (row.value != Need::kRehabilitation) out.request_needs.push_back(row.value);
    }
    out.may_own = owns;
    r.permissions.push_back(std::move(out));
  };
  add("centre", true, true);
  add("communications", false, true);
  add("kpai", true, false);
  add("ministry", true, true);
  add("police", true, true);
  add("prosecutor", false, true);
}

void add_keys(Release& r) {
  struct Key {
    const char* key_id;
    KeyPurpose purpose;
    const char* from = "";
    const char* until = "";
    const char* compromised = "";
  };
  const std::vector<Key> of_polda = {
      {"seal-0", KeyPurpose::kSeal},
      {"seal-1", KeyPurpose::kSeal, "2026-03-01"},
      {"seal-2", KeyPurpose::kSeal, "2026-05-01", "2026-08-01", "2026-06-15"},
      {"seal-3", KeyPurpose::kSeal, "2026-03-01"},
      {"seal-4", KeyPurpose::kSeal, "2026-10-01", "2026-11-01"},
      {"sign-1", KeyPurpose::kSign, "", "2026-04-01"},
      {"sign-2", KeyPurpose::kSign, "2026-03-01"},
  };
  for (const Unit& unit : r.units) {
    const bool many = unit.id == UnitId("polda.11.ppa");
    const std::vector<Key> keys =
        many ? of_polda
             : std::vector<Key>{{"seal-1", KeyPurpose::kSeal}, {"sign-1", KeyPurpose::kSign}};
    for (const Key& key : keys) {
      const Seed seed = seed_of(unit.id.str() + " " + key.key_id);
      const PublicKey half = key.purpose == KeyPurpose::kSign
                                 ? Ed25519SecretKey::from_seed(seed).public_key()
                                 : X25519SecretKey::from_seed(seed).public_key();
      r.keys.push_back({unit.id,
                        key.key_id,
                        key.purpose,
                        half,
                        {day(key.from), day(key.until)},
                        day(key.compromised)});
    }
  }
}

}  // namespace

Release vector_release() {
  Release r;
  r.version = ReleaseVersion{3};
  r.edition = Edition::kFairWaits;
  r.log_origin = kOrigin;
  r.validity = {parse_time("2026-01-01"), parse_time("2028-01-01")};
  r.threshold = 1;
  r.administrators = {{"admin-1", administrator_key("admin-1").public_key()}};
  add_areas(r);
  add_units(r);
  add_rules(r);
  add_permissions(r);
  add_keys(r);
  return r;
}

}  // namespace rujukan::test
