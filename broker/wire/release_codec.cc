#include "broker/wire/release_codec.h"

#include "broker/wire/signed_body_wire.h"
#include "schemas/release_generated.h"
#include "schemas/signed_release_generated.h"

namespace rujukan::wire {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

constexpr char kSignedIdentifier[] = "RJRS";

// A list or text that is empty is left out.

Offset<flatbuffers::String> put_text(FlatBufferBuilder& out, std::string_view text) {
  return text.empty() ? Offset<flatbuffers::String>() : out.CreateString(text.data(), text.size());
}
template <typename T>
Offset<FbStrings> put_ids(FlatBufferBuilder& out, const std::vector<T>& ids) {
  return ids.empty() ? Offset<FbStrings>() : put_strings(out, ids);
}
template <typename E>
Offset<FbBytes> put_list(FlatBufferBuilder& out, const std::vector<E>& codes) {
  return codes.empty() ? Offset<FbBytes>() : put_codes(out, codes);
}
// `put_item` turns one item into the offset of its table.
template <typename T, typename PutItem>
auto put_tables(FlatBufferBuilder& out, const std::vector<T>& items, PutItem put_item) {
  std::vector<decltype(put_item(out, items[0]))> offsets;
  offsets.reserve(items.size());
  for (const T& item : items) offsets.push_back(put_item(out, item));
  return out.CreateVector(offsets);
}

Offset<fb::Area> put_area(FlatBufferBuilder& out, const Area& area) {
  const auto code = put_text(out, area.code.view());
  const auto parent = put_text(out, area.parent.view());
  const auto name = put_text(out, area.name);
  const auto succeeded_by = put_text(out, area.succeeded_by.view());
  return fb::CreateArea(out, code, parent, static_cast<std::uint8_t>(area.level), name,
                        us_or_zero(area.validity.from), us_or_zero(area.validity.until),
                        succeeded_by);
}

Offset<fb::Unit> put_unit(FlatBufferBuilder& out, const Unit& unit) {
  const auto id = put_text(out, unit.id.view());
  const auto agency = put_text(out, unit.agency.view());
  const auto function = put_text(out, unit.function.view());
  const auto areas = put_ids(out, unit.areas);
  const auto successor = put_text(out, unit.successor.view());
  return fb::CreateUnit(out, id, agency, function, static_cast<std::uint8_t>(unit.level), areas,
                        us_or_zero(unit.validity.from), us_or_zero(unit.validity.until), successor);
}

Offset<fb::UnitKey> put_key(FlatBufferBuilder& out, const UnitKey& key) {
  const auto unit = put_text(out, key.unit.view());
  const auto key_id = put_text(out, key.key_id);
  const auto bytes = put_bytes(out, key.key);
  return fb::CreateUnitKey(out, unit, key_id, static_cast<std::uint8_t>(key.purpose), bytes,
                           us_or_zero(key.validity.from), us_or_zero(key.validity.until),
                           us_or_zero(key.compromised_since));
}

Offset<fb::Station> put_station(FlatBufferBuilder& out, const Station& station) {
  const auto id = put_text(out, station.id.view());
  const auto key = put_bytes(out, station.curve_key);
  const auto units = put_ids(out, station.units);
  return fb::CreateStation(out, id, key, units);
}

Offset<fb::Administrator> put_administrator(FlatBufferBuilder& out, const Administrator& admin) {
  const auto name = put_text(out, admin.name);
  const auto key = put_bytes(out, admin.key);
  return fb::CreateAdministrator(out, name, key);
}

Offset<fb::Condition> put_condition(FlatBufferBuilder& out, const Condition& when) {
  const auto mode = put_list(out, when.mode);
  const auto victim_age = put_list(out, when.victim_age);
  const auto consent = put_list(out, when.consent);
  const auto urgency = put_list(out, when.urgency);
  const auto any_category = put_list(out, when.any_category);
  const std::uint8_t abroad = when.suspect_abroad ? (*when.suspect_abroad ? 1 : 0) : kNotAsked;
  return fb::CreateCondition(out, mode, victim_age, consent, urgency, any_category, abroad);
}

Offset<fb::Inform> put_inform(FlatBufferBuilder& out, const Inform& inform) {
  const auto function = put_text(out, inform.function.view());
  const std::uint8_t of = inform.of ? static_cast<std::uint8_t>(*inform.of) : kNoAnchor;
  return fb::CreateInform(out, function, static_cast<std::uint8_t>(inform.level), of);
}

Offset<fb::Rule> put_rule(FlatBufferBuilder& out, const Rule& rule) {
  const auto id = put_text(out, rule.id.view());
  const auto needs = put_list(out, rule.needs);
  const auto when = put_condition(out, rule.when);
  const auto function = put_text(out, rule.function.view());
  const auto anchors = put_list(out, rule.anchors);
  const auto inform = put_tables(out, rule.inform, put_inform);
  return fb::CreateRule(out, id, needs, when, rule.withheld, function,
                        static_cast<std::uint8_t>(rule.level), anchors, inform);
}

Offset<fb::ImpliedNeeds> put_implied(FlatBufferBuilder& out, const ImpliedNeeds& implied) {
  const auto when = put_condition(out, implied.when);
  return fb::CreateImpliedNeeds(out, when, put_list(out, implied.needs));
}

Offset<fb::CaseInform> put_case_inform(FlatBufferBuilder& out, const CaseInform& rule) {
  const auto id = put_text(out, rule.id.view());
  const auto when = put_condition(out, rule.when);
  return fb::CreateCaseInform(out, id, when, put_inform(out, rule.inform));
}

Offset<fb::Permission> put_permission(FlatBufferBuilder& out, const Permission& permission) {
  const auto agency = put_text(out, permission.agency.view());
  const auto categories = put_list(out, permission.open_categories);
  const auto needs = put_list(out, permission.request_needs);
  return fb::CreatePermission(out, agency, categories, needs, permission.may_own);
}

Offset<fb::Guarantee> put_guarantee(FlatBufferBuilder& out, const Guarantee& guarantee) {
  const auto id = put_text(out, guarantee.id.view());
  const auto when = put_condition(out, guarantee.when);
  const auto owner = put_ids(out, guarantee.owner_agency);
  const auto unassigned = put_ids(out, guarantee.unassigned_agency);
  const auto excluded = put_ids(out, guarantee.excluded_agency);
  const auto owner_level = put_list(out, guarantee.owner_level);
  const auto terminal_level = put_list(out, guarantee.terminal_level);
  return fb::CreateGuarantee(out, id, when, owner, unassigned, excluded, owner_level,
                             terminal_level);
}

Offset<fb::LegalBasis> put_legal_basis(FlatBufferBuilder& out, const LegalBasis& basis) {
  const auto code = put_text(out, basis.code);
  const auto title = put_text(out, basis.title);
  const auto source = put_text(out, basis.source);
  return fb::CreateLegalBasis(out, code, title, us_or_zero(basis.validity.from),
                              us_or_zero(basis.validity.until), source);
}

}  // namespace

Bytes encode_release(const Release& release) {
  FlatBufferBuilder out(64 * 1024);
  const auto log_origin = put_text(out, release.log_origin);
  const auto administrators = put_tables(out, release.administrators, put_administrator);
  const auto areas = put_tables(out, release.areas, put_area);
  const auto units = put_tables(out, release.units, put_unit);
  const auto keys = put_tables(out, release.keys, put_key);
  const auto stations = put_tables(out, release.stations, put_station);
  const auto implied = put_tables(out, release.implied, put_implied);
  const auto rules = put_tables(out, release.rules, put_rule);
  const auto case_informs = put_tables(out, release.case_informs, put_case_inform);
  const auto permissions = put_tables(out, release.permissions, put_permission);
  const auto deadlines = fb::CreateDeadlines(
      out, release.deadlines.immediate_accept_within_s, release.deadlines.urgent_accept_within_s,
      release.deadlines.routine_accept_within_s, release.deadlines.transfer_offer_within_s,
      release.deadlines.transfer_request_within_s);
  // Releases from before there were guarantees keep their digest.
  Offset<flatbuffers::Vector<Offset<fb::Guarantee>>> guarantees;
  if (!release.guarantees.empty()) {
    guarantees = put_tables(out, release.guarantees, put_guarantee);
  }
  Offset<flatbuffers::Vector<std::uint8_t>> second_agency_for;
  if (!release.second_agency_for.empty()) {
    second_agency_for = put_list(out, release.second_agency_for);
  }
  Offset<flatbuffers::Vector<Offset<fb::LegalBasis>>> legal_bases;
  if (!release.legal_bases.empty()) {
    legal_bases = put_tables(out, release.legal_bases, put_legal_basis);
  }
  const auto parent = release.parent ? put_bytes(out, *release.parent) : Offset<FbBytes>();
  const auto author = put_text(out, release.provenance.author);
  const auto reason = put_text(out, release.provenance.reason);
  const auto reference = put_text(out, release.provenance.reference);
  fb::ReleaseBuilder root(out);
  root.add_version(to_number(release.version));
  root.add_log_origin(log_origin);
  root.add_valid_from_us(us_or_zero(release.validity.from));
  root.add_expires_us(us_or_zero(release.validity.until));
  root.add_threshold(release.threshold);
  root.add_administrators(administrators);
  root.add_areas(areas);
  root.add_units(units);
  root.add_keys(keys);
  root.add_stations(stations);
  root.add_implied(implied);
  root.add_rules(rules);
  root.add_case_informs(case_informs);
  root.add_permissions(permissions);
  root.add_deadlines(deadlines);
  if (!release.guarantees.empty()) root.add_guarantees(guarantees);
  if (!release.second_agency_for.empty()) root.add_second_agency_for(second_agency_for);
  root.add_edition(static_cast<std::uint16_t>(release.edition));
  if (!release.legal_bases.empty()) root.add_legal_bases(legal_bases);
  root.add_parent(parent);
  root.add_author(author);
  root.add_reason(reason);
  root.add_reference(reference);
  return finish(out, root.Finish(), kReleaseIdentifier);
}

Bytes encode_signed_release(const SignedRelease& release) {
  return encode_signed_body<fb::SignedRelease, fb::ReleaseSignature>(release, kSignedIdentifier);
}

Result<SignedRelease> decode_signed_release(ByteView bytes) {
  constexpr auto kMostBytes = static_cast<std::size_t>(limits::kStationFrameBytes);
  return decode_signed_body<fb::SignedRelease>(bytes, kSignedIdentifier, kMostBytes,
                                               ErrorCode::kReleaseInvalid);
}

Bytes release_signing_bytes(const Digest& body_digest) {
  return tuple_bytes({as_bytes("rujukan/release/v1"), body_digest});
}

}  // namespace rujukan::wire
