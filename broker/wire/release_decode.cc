#include <algorithm>
#include <set>

#include "broker/wire/buffers.h"
#include "broker/wire/release_codec.h"
#include "broker/wire/release_wire.h"
#include "schemas/release_generated.h"

namespace rujukan::wire {
namespace {

// Names of areas: "Kabupaten Pangkajene dan Kepulauan" and longer ones to come.
constexpr std::size_t kNameBytes = 256;
constexpr ErrorCode kInvalid = ErrorCode::kReleaseInvalid;

// Field names in errors are those of the schema.

std::string rule_id(FieldReader& fields, const char* field, const flatbuffers::String* value) {
  std::string out = fields.text(field, value, limits::kIdBytes);
  if (!is_valid_rule_id(out)) fields.fail(field, "not a rule's id");
  return out;
}

AreaCode area_code(FieldReader& fields, const char* field, const flatbuffers::String* value) {
  std::string out = fields.text(field, value, limits::kIdBytes);
  if (!is_valid_area_code(out)) fields.fail(field, "not an area code");
  return AreaCode(std::move(out));
}

AreaCode optional_area_code(FieldReader& fields, const char* field,
                            const flatbuffers::String* value) {
  return value == nullptr ? AreaCode() : area_code(fields, field, value);
}

// Lists in a release have no limit of their own but that of the whole.
template <typename T>
std::vector<T> id_list(FieldReader& fields, const char* field, const FbStrings* values) {
  std::vector<T> out;
  if (values == nullptr) return out;
  for (const flatbuffers::String* value : *values) out.emplace_back(fields.id(field, value));
  return out;
}

Validity validity(FieldReader& fields, const char* field, std::uint64_t from, std::uint64_t until) {
  const Validity out{fields.optional_time(field, from), fields.optional_time(field, until)};
  if (out.from && out.until && *out.from >= *out.until) fields.fail(field, "ends before it begins");
  return out;
}

Area read_area(FieldReader& fields, const fb::Area& table) {
  Area area;
  area.code = area_code(fields, "areas.code", table.code());
  area.parent = optional_area_code(fields, "areas.parent", table.parent());
  area.level = fields.code<Level>("areas.level", table.level());
  area.name = fields.text("areas.name", table.name(), kNameBytes);
  area.validity =
      validity(fields, "areas.valid_until_us", table.valid_from_us(), table.valid_until_us());
  area.succeeded_by = optional_area_code(fields, "areas.succeeded_by", table.succeeded_by());
  return area;
}

Unit read_unit(FieldReader& fields, const fb::Unit& table) {
  Unit unit;
  unit.id = UnitId(fields.id("units.id", table.id()));
  unit.agency = AgencyId(fields.id("units.agency", table.agency()));
  unit.function = FunctionId(fields.id("units.function", table.function()));
  unit.level = fields.code<Level>("units.level", table.level());
  if (table.areas() != nullptr) {
    for (const auto* code : *table.areas()) {
      unit.areas.push_back(area_code(fields, "units.areas", code));
    }
  }
  unit.validity =
      validity(fields, "units.valid_until_us", table.valid_from_us(), table.valid_until_us());
  unit.successor = UnitId(fields.optional_id("units.successor", table.successor()));
  return unit;
}

UnitKey read_key(FieldReader& fields, const fb::UnitKey& table) {
  UnitKey key;
  key.unit = UnitId(fields.id("keys.unit", table.unit()));
  key.key_id = fields.id("keys.key_id", table.key_id());
  key.purpose = fields.code<KeyPurpose>("keys.purpose", table.purpose());
  key.key = fields.fixed<32>("keys.key", table.key());
  key.validity =
      validity(fields, "keys.valid_until_us", table.valid_from_us(), table.valid_until_us());
  key.compromised_since =
      fields.optional_time("keys.compromised_since_us", table.compromised_since_us());
  return key;
}

Station read_station(FieldReader& fields, const fb::Station& table) {
  Station station;
  station.id = StationId(fields.id("stations.id", table.id()));
  station.curve_key = fields.fixed<32>("stations.curve_key", table.curve_key());
  station.units = id_list<UnitId>(fields, "stations.units", table.units());
  return station;
}

Administrator read_administrator(FieldReader& fields, const fb::Administrator& table) {
  return {fields.id("administrators.name", table.name()),
          fields.fixed<32>("administrators.key", table.key())};
}

Condition read_condition(FieldReader& fields, const fb::Condition* table) {
  Condition when;
  if (table == nullptr) {
    fields.fail("when", "missing");
    return when;
  }
  when.mode = fields.codes<Mode>("when.mode", table->mode());
  when.victim_age = fields.codes<VictimAge>("when.victim_age", table->victim_age());
  when.consent = fields.codes<Consent>("when.consent", table->consent());
  when.urgency = fields.codes<Urgency>("when.urgency", table->urgency());
  when.any_category = fields.codes<Category>("when.any_category", table->any_category());
  if (table->suspect_abroad() > kNotAsked) fields.fail("when.suspect_abroad", "unknown code");
  if (table->suspect_abroad() < kNotAsked) when.suspect_abroad = table->suspect_abroad() == 1;
  return when;
}

Inform read_inform(FieldReader& fields, const fb::Inform& table) {
  Inform inform;
  inform.function = FunctionId(fields.id("inform.function", table.function()));
  inform.level = fields.code<Level>("inform.level", table.level());
  if (table.of() != kNoAnchor) inform.of = fields.code<Anchor>("inform.of", table.of());
  return inform;
}

std::vector<Need> required_needs(FieldReader& fields, const char* field, const FbBytes* values) {
  std::vector<Need> needs = fields.codes<Need>(field, values);
  if (needs.empty()) fields.fail(field, "at least one is required");
  return needs;
}

Rule read_rule(FieldReader& fields, const fb::Rule& table) {
  Rule rule;
  rule.id = RuleId(rule_id(fields, "rules.id", table.id()));
  rule.needs = required_needs(fields, "rules.needs", table.needs());
  rule.when = read_condition(fields, table.when());
  rule.withheld = table.withheld();
  rule.function = FunctionId(fields.optional_id("rules.function", table.function()));
  if (rule.withheld != rule.function.empty()) {
    fields.fail("rules.function", "a rule either withholds or names a function");
  }
  rule.level = fields.code<Level>("rules.level", table.level());
  rule.anchors = fields.codes<Anchor>("rules.anchors", table.anchors());
  rule.inform = read_tables(fields, table.inform(), read_inform);
  return rule;
}

ImpliedNeeds read_implied(FieldReader& fields, const fb::ImpliedNeeds& table) {
  return {read_condition(fields, table.when()),
          required_needs(fields, "implied.needs", table.needs())};
}

CaseInform read_case_inform(FieldReader& fields, const fb::CaseInform& table) {
  CaseInform rule;
  rule.id = RuleId(rule_id(fields, "case_informs.id", table.id()));
  rule.when = read_condition(fields, table.when());
  if (table.inform() == nullptr) {
    fields.fail("case_informs.inform", "missing");
  } else {
    rule.inform = read_inform(fields, *table.inform());
  }
  return rule;
}

std::vector<AgencyId> agencies(FieldReader& fields, const char* field, const FbStrings* values) {
  std::vector<AgencyId> out;
  if (values == nullptr) return out;
  for (const flatbuffers::String* value : *values) out.emplace_back(fields.id(field, value));
  return out;
}

Guarantee read_guarantee(FieldReader& fields, const fb::Guarantee& table) {
  Guarantee guarantee;
  guarantee.id = RuleId(rule_id(fields, "guarantees.id", table.id()));
  guarantee.when = read_condition(fields, table.when());
  guarantee.owner_agency = agencies(fields, "guarantees.owner_agency", table.owner_agency());
  guarantee.unassigned_agency =
      agencies(fields, "guarantees.unassigned_agency", table.unassigned_agency());
  guarantee.excluded_agency =
      agencies(fields, "guarantees.excluded_agency", table.excluded_agency());
  guarantee.owner_level = fields.codes<Level>("guarantees.owner_level", table.owner_level());
  guarantee.terminal_level =
      fields.codes<Level>("guarantees.terminal_level", table.terminal_level());
  return guarantee;
}

Permission read_permission(FieldReader& fields, const fb::Permission& table) {
  Permission permission;
  permission.agency = AgencyId(fields.id("permissions.agency", table.agency()));
  permission.open_categories =
      fields.codes<Category>("permissions.open_categories", table.open_categories());
  permission.request_needs = fields.codes<Need>("permissions.request_needs", table.request_needs());
  permission.may_own = table.may_own();
  return permission;
}

Deadlines read_deadlines(FieldReader& fields, const fb::Deadlines* table) {
  if (table == nullptr) {
    fields.fail("deadlines", "missing");
    return {};
  }
  const Deadlines deadlines{table->immediate_accept_within_s(), table->urgent_accept_within_s(),
                            table->routine_accept_within_s(), table->transfer_offer_within_s(),
                            table->transfer_request_within_s()};
  if (deadlines.immediate_accept_within_s == 0 || deadlines.urgent_accept_within_s == 0 ||
      deadlines.routine_accept_within_s == 0 || deadlines.transfer_offer_within_s == 0 ||
      deadlines.transfer_request_within_s == 0) {
    fields.fail("deadlines", "must not be 0");
  }
  return deadlines;
}

template <typename T, typename IdOf>
void check_ascending(FieldReader& fields, const char* field, const std::vector<T>& list,
                     IdOf id_of) {
  const auto not_ascending = [&id_of](const T& a, const T& b) { return !(id_of(a) < id_of(b)); };
  if (std::adjacent_find(list.begin(), list.end(), not_ascending) != list.end()) {
    fields.fail(field, "not sorted, or an id stands twice");
  }
}

void check_order(FieldReader& fields, const Release& release) {
  check_ascending(fields, "administrators.name", release.administrators,
                  [](const Administrator& a) { return std::string_view(a.name); });
  check_ascending(fields, "areas.code", release.areas, [](const Area& a) { return a.code.view(); });
  check_ascending(fields, "units.id", release.units, [](const Unit& u) { return u.id.view(); });
  check_ascending(fields, "keys.key_id", release.keys, [](const UnitKey& k) {
    return std::pair(k.unit.view(), std::string_view(k.key_id));
  });
  check_ascending(fields, "stations.id", release.stations,
                  [](const Station& s) { return s.id.view(); });
  check_ascending(fields, "legal_bases.code", release.legal_bases,
                  [](const LegalBasis& b) { return std::string_view(b.code); });
  check_ascending(fields, "permissions.agency", release.permissions,
                  [](const Permission& p) { return p.agency.view(); });
  check_ascending(fields, "second_agency_for", release.second_agency_for,
                  [](SecondAgencyFor change) { return change; });
  for (const Station& station : release.stations) {
    check_ascending(fields, "stations.units", station.units,
                    [](const UnitId& id) { return id.view(); });
  }
}

// One key must not count twice towards the threshold, and a CURVE key names one station.
void check_keys(FieldReader& fields, const Release& release) {
  std::set<PublicKey> administrators;
  for (const Administrator& administrator : release.administrators) {
    if (!administrators.insert(administrator.key).second) {
      fields.fail("administrators.key", "a key stands twice");
    }
  }
  std::set<PublicKey> stations;
  for (const Station& station : release.stations) {
    if (!stations.insert(station.curve_key).second) {
      fields.fail("stations.curve_key", "a key stands twice");
    }
  }
  const bool built = !release.log_origin.empty();
  if (built && (release.threshold == 0 || release.threshold > release.administrators.size())) {
    fields.fail("threshold", "not from 1 to the number of administrators");
  }
}

LegalBasis read_legal_basis(FieldReader& fields, const fb::LegalBasis& table) {
  LegalBasis basis;
  basis.code = fields.id("legal_bases.code", table.code());
  basis.title = fields.text("legal_bases.title", table.title(), kNameBytes);
  basis.validity =
      validity(fields, "legal_bases.valid_until_us", table.valid_from_us(), table.valid_until_us());
  basis.source = fields.text("legal_bases.source", table.source(), kNameBytes);
  return basis;
}

Edition read_edition(FieldReader& fields, std::uint16_t number) {
  const auto edition = static_cast<Edition>(number);
  if (edition < Edition::kFirst || edition > kNewestEdition) {
    fields.fail("edition", std::to_string(number) + " is not known to this version");
  }
  return edition;
}

Provenance read_provenance(FieldReader& fields, const fb::Release& table) {
  return {fields.text("author", table.author(), limits::kProvenanceBytes),
          fields.text("reason", table.reason(), limits::kProvenanceBytes),
          fields.text("reference", table.reference(), limits::kProvenanceBytes)};
}

Release read_release(FieldReader& fields, const fb::Release& table) {
  Release release;
  release.version = static_cast<ReleaseVersion>(table.version());
  release.edition = read_edition(fields, table.edition());
  release.log_origin = fields.text("log_origin", table.log_origin(), limits::kIdBytes);
  release.validity = validity(fields, "expires_us", table.valid_from_us(), table.expires_us());
  release.threshold = table.threshold();
  release.administrators = read_tables(fields, table.administrators(), read_administrator);
  release.areas = read_tables(fields, table.areas(), read_area);
  release.units = read_tables(fields, table.units(), read_unit);
  release.keys = read_tables(fields, table.keys(), read_key);
  release.stations = read_tables(fields, table.stations(), read_station);
  release.implied = read_tables(fields, table.implied(), read_implied);
  release.rules = read_tables(fields, table.rules(), read_rule);
  release.case_informs = read_tables(fields, table.case_informs(), read_case_inform);
  release.guarantees = read_tables(fields, table.guarantees(), read_guarantee);
  release.permissions = read_tables(fields, table.permissions(), read_permission);
  release.second_agency_for =
      fields.codes<SecondAgencyFor>("second_agency_for", table.second_agency_for());
  release.deadlines = read_deadlines(fields, table.deadlines());
  release.legal_bases = read_tables(fields, table.legal_bases(), read_legal_basis);
  if (table.parent() != nullptr) release.parent = fields.fixed<32>("parent", table.parent());
  release.provenance = read_provenance(fields, table);
  const bool lineage = release.parent || release.provenance != Provenance();
  if (lineage && release.edition < Edition::kFairWaits) fields.fail("parent", "from edition 3 on");
  check_order(fields, release);
  check_keys(fields, release);
  return release;
}

}  // namespace

Result<Release> decode_release(ByteView body) {
  if (body.size() > limits::kReleaseBytes) return Error{kInvalid, "", "too large"};
  const auto* table = verified_root<fb::Release>(body, kReleaseIdentifier, limits::kReleaseTables);
  if (table == nullptr) return Error{kInvalid, "", "not a valid buffer"};
  FieldReader fields(kInvalid);
  Release release = read_release(fields, *table);
  if (fields.failed()) return fields.error();
  if (release.edition >= Edition::kPresentFacts && fields.saw_identity_number()) {
    return Error{kInvalid, "", "a text has as many digits in a row as an identity number"};
  }
  // The digest names the release, so that no second encoding of it may pass.
  const Bytes canonical = encode_release(release);
  if (!std::equal(canonical.begin(), canonical.end(), body.begin(), body.end())) {
    return Error{kInvalid, "", "not the canonical encoding"};
  }
  return release;
}

}  // namespace rujukan::wire
