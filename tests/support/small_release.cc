#include "tests/support/small_release.h"

#include <algorithm>

#include "broker/base/invariant.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/seal/payload.h"
#include "broker/seal/seal.h"
#include "broker/wire/order_codec.h"
#include "broker/wire/release_codec.h"

namespace rujukan::test {
namespace {

const Validity kValidity{parse_time("2020-01-01"), parse_time("2100-01-01")};

Area area(const char* code, const char* parent, Level level) {
  return {AreaCode(code), AreaCode(parent), level, code, {}, {}};
}

Unit unit(const char* id, const char* agency, const char* function, Level level,
          const char* where) {
  return {UnitId(id), AgencyId(agency), FunctionId(function), level, {AreaCode(where)}, {}, {}};
}

Rule rule(const char* id, Need need, const char* function, Level level, Anchor anchor) {
  Rule out;
  out.id = RuleId(id);
  out.needs = {need};
  out.function = FunctionId(function);
  out.level = level;
  out.anchors = {anchor};
  return out;
}

Permission permission(const char* agency, bool may_own) {
  Permission out;
  out.agency = AgencyId(agency);
  for (const auto& row : code_names<Category>()) out.open_categories.push_back(row.value);
  for (const auto& row : code_names<Need>()) out.request_needs.push_back(row.value);
  out.may_own = may_own;
  return out;
}

void add_keys(Release& release) {
  release.keys.clear();
  for (const Unit& u : release.units) {
    release.keys.push_back(
        {u.id, "seal-1", KeyPurpose::kSeal, sealing_key(u.id).public_key(), {}, std::nullopt});
    release.keys.push_back(
        {u.id, "sign-1", KeyPurpose::kSign, signing_key(u.id).public_key(), {}, std::nullopt});
  }
}

}  // namespace

Seed seed_of(std::string_view name) { return sha256(as_bytes(name)); }
Ed25519SecretKey signing_key(const UnitId& id) {
  return Ed25519SecretKey::from_seed(seed_of("sign " + id.str()));
}
X25519SecretKey sealing_key(const UnitId& id) {
  return X25519SecretKey::from_seed(seed_of("seal " + id.str()));
}
Ed25519SecretKey administrator_key(std::string_view name) {
  return Ed25519SecretKey::from_seed(seed_of(name));
}

Release small_release() {
  Release r;
  r.version = ReleaseVersion{1};
  r.log_origin = kOrigin;
  r.validity = kValidity;
  r.threshold = 2;
  for (const char* name : {"admin-1", "admin-2"}) {
    r.administrators.push_back({name, administrator_key(name).public_key()});
  }
  r.areas = {area("00", "", Level::kNational), area("11", "00", Level::kProvince),
             area("11.01", "11", Level::kRegency), area("11.02", "11", Level::kRegency)};
  r.units = {unit("bareskrim", "police", "investigation", Level::kNational, "00"),
             unit("kpai", "kpai", "oversight", Level::kNational, "00"),
             unit("polda", "police", "investigation", Level::kProvince, "11"),
             unit("polres.a", "police", "investigation", Level::kRegency, "11.01"),
             unit("polres.b", "police", "investigation", Level::kRegency, "11.02"),
             unit("sapa", "centre", "protection", Level::kNational, "00"),
             unit("uptd", "centre", "protection", Level::kProvince, "11")};
  add_keys(r);
  const auto curve = [](const char* name) {
    return X25519SecretKey::from_seed(seed_of(std::string("station ") + name)).public_key();
  };
  r.stations = {{StationId("centre"), curve("centre"), {UnitId("sapa"), UnitId("uptd")}},
                {StationId("kpai"), curve("kpai"), {UnitId("kpai")}},
                {StationId("police"),
                 curve("police"),
                 {UnitId("bareskrim"), UnitId("polda"), UnitId("polres.a"), UnitId("polres.b")}}};
  Condition not_adult;
  not_adult.victim_age = {VictimAge::kChild, VictimAge::kUnknown};
  r.implied = {{not_adult, {Need::kInvestigation, Need::kProtection}}};
  r.rules = {rule("I4", Need::kInvestigation, "investigation", Level::kRegency, Anchor::kIncidents),
             rule("P1", Need::kProtection, "protection", Level::kRegency, Anchor::kVictims)};
  // The centres answer every other need.
  for (const auto& row : code_names<Need>()) {
    if (row.value > Need::kProtection) r.rules.back().needs.push_back(row.value);
  }
  r.rules.front().inform = {{FunctionId("investigation"), Level::kRegency, Anchor::kSuspects}};
  r.case_informs = {{RuleId("N1"), not_adult, {FunctionId("oversight"), Level::kNational, {}}}};
  r.permissions = {permission("centre", true), permission("kpai", false),
                   permission("police", true)};
  return r;
}

Release guarded_release() {
  Release r = small_release();
  Rule withheld;
  withheld.id = RuleId("I1");
  withheld.needs = {Need::kInvestigation};
  withheld.when.victim_age = {VictimAge::kAdult};
  withheld.when.consent = {Consent::kWithheldPolice};
  withheld.withheld = true;
  r.rules.insert(r.rules.begin(), withheld);
  r.implied.push_back({withheld.when, {Need::kProtection}});
  Guarantee no_police;
  no_police.id = RuleId("G1");
  no_police.when = withheld.when;
  no_police.excluded_agency = {AgencyId("police")};
  Guarantee childs;
  childs.id = RuleId("G3");
  childs.when.victim_age = {VictimAge::kChild, VictimAge::kUnknown};
  childs.owner_agency = {AgencyId("police")};
  Guarantee adults;
  adults.id = RuleId("G5");
  adults.when.victim_age = {VictimAge::kAdult};
  adults.excluded_agency = {AgencyId("kpai")};
  r.guarantees = {no_police, childs, adults};
  return r;
}

Release release_of_two_agencies() {
  Release r = guarded_release();
  Unit& social = add_unit_like(r, "sapa", "social");
  social.agency = AgencyId("social");
  social.function = FunctionId("social");
  r.permissions.push_back(permission("social", true));
  for (Rule& rule : r.rules) std::erase(rule.needs, Need::kRehabilitation);
  r.rules.push_back(
      rule("R1", Need::kRehabilitation, "social", Level::kNational, Anchor::kVictims));
  r.second_agency_for = {SecondAgencyFor::kWithdrawalLifted, SecondAgencyFor::kAdulthoodChanged,
                         SecondAgencyFor::kErasure};
  return r;
}

std::shared_ptr<const routing::RoutingTable> small_table() {
  return *routing::RoutingTable::build(small_release());
}

Unit& unit_in(Release& release, std::string_view id) {
  const auto at = std::find_if(release.units.begin(), release.units.end(),
                               [id](const Unit& u) { return u.id.view() == id; });
  INVARIANT(at != release.units.end());
  return *at;
}

Unit& add_unit_like(Release& release, std::string_view like, const char* id) {
  Unit added = unit_in(release, like);
  for (Station& station : release.stations) {
    if (std::find(station.units.begin(), station.units.end(), added.id) == station.units.end()) {
      continue;
    }
    station.units.emplace_back(id);
    std::sort(station.units.begin(), station.units.end());
  }
  added.id = UnitId(id);
  release.units.push_back(added);
  std::sort(release.units.begin(), release.units.end(),
            [](const Unit& left, const Unit& right) { return left.id < right.id; });
  add_keys(release);
  return unit_in(release, id);
}

void end_unit(Release& release, std::string_view id, TimeUs at, const char* successor) {
  unit_in(release, id).validity.until = at;
  if (*successor == '\0') return;
  unit_in(release, id).successor = UnitId(successor);
  unit_in(release, successor).validity.from = at;
}

Bytes signed_small_release(const Release& release) {
  wire::SignedRelease out{wire::encode_release(release), {}};
  const Bytes text = wire::release_signing_bytes(sha256(out.body));
  for (const char* name : {"admin-1", "admin-2"}) {
    const Ed25519SecretKey key = administrator_key(name);
    out.signatures.push_back({key.public_key(), key.sign(text)});
  }
  return wire::encode_signed_release(out);
}

Bytes signed_small_release() { return signed_small_release(small_release()); }

Order order_about(const Message& opening, OrderKind kind, const char* legal_basis,
                  std::uint8_t number) {
  return {MessageId{make_uuid7(1'780'000'000'002, {0, number, 7, 7})},
          kOrigin,
          opening.case_id,
          kind,
          legal_basis,
          noon() + Seconds(number)};
}

Bytes signed_order(const Order& order, const std::vector<std::string>& administrators) {
  wire::SignedOrder out{wire::encode_order(order), {}};
  const Bytes text = wire::order_signing_bytes(out.body);
  for (const std::string& name : administrators) {
    const Ed25519SecretKey key = administrator_key(name);
    out.signatures.push_back({key.public_key(), key.sign(text)});
  }
  return wire::encode_signed_order(out);
}

TimeUs noon() { return *parse_time("2026-06-01T12:00:00Z"); }

Facts offline_facts() {
  Facts facts;
  facts.mode = Mode::kOffline;
  facts.categories = {Category::kPhysicalViolence};
  facts.victim_age = VictimAge::kChild;
  facts.victims = {AreaCode("11.01")};
  facts.incidents = {AreaCode("11.01")};
  facts.urgency = Urgency::kRoutine;
  facts.consent = Consent::kNotRequired;
  return facts;
}

Facts adult_facts(Consent consent) {
  Facts facts = offline_facts();
  facts.victim_age = VictimAge::kAdult;
  facts.consent = consent;
  facts.needs = {Need::kInvestigation, Need::kProtection};
  return facts;
}

Facts facts_of_both_regencies() {
  Facts facts = offline_facts();
  facts.victims.push_back(AreaCode("11.02"));
  return facts;
}

Bytes payload_form(const std::vector<UnitId>& recipients, std::size_t text_bytes) {
  PayloadParts parts;
  for (const UnitId& unit : recipients) parts.boxes.push_back({unit, "seal-1"});
  const Bytes ciphertext(padme(36 + text_bytes) + 16, 0x42);
  parts.ciphertext = ciphertext;
  return encode_payload(parts);
}

Bytes referral_payload() { return payload_form(referral_message().recipients); }

Message referral_message(const Facts& facts, std::uint8_t number) {
  Message m;
  m.message_id = MessageId{make_uuid7(1'780'000'000'000, {0, number, 2, 3})};
  m.case_id = case_id_of(m.message_id);
  m.sender = UnitId("kpai");
  m.sent_at = noon();
  m.release = ReleaseVersion{1};
  m.victim_protected = facts.victim_protected;
  m.recipients = {UnitId("polres.a"), UnitId("polda"), UnitId("bareskrim"), UnitId("uptd"),
                  UnitId("sapa")};
  const Bytes payload = payload_form(m.recipients);
  m.payload = PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), {}};
  m.body = Referral{facts, {}};
  return m;
}

Message referral_message() { return referral_message(offline_facts()); }

Message case_message(const Message& opening, const UnitId& sender, std::uint32_t version,
                     MessageBody body, std::uint8_t number) {
  Message m;
  m.message_id = MessageId{make_uuid7(1'780'000'000'001, {0, number, 9, 9})};
  m.case_id = opening.case_id;
  m.sender = sender;
  m.sent_at = noon();
  m.release = ReleaseVersion{1};
  m.expected_version = version;
  m.victim_protected = opening.victim_protected;
  m.body = std::move(body);
  return m;
}

wire::Submission signed_submission(const UnitId& unit, std::vector<wire::SubmittedMessage> messages,
                                   std::uint64_t request_id, std::string_view log_origin) {
  std::vector<Digest> leaves;
  leaves.reserve(messages.size());
  for (const auto& message : messages) leaves.push_back(merkle::leaf_hash(message.message));
  const auto count = static_cast<std::uint32_t>(messages.size());
  wire::Submission submission;
  submission.request_id = request_id;
  submission.unit = unit;
  submission.key_id = "sign-1";
  submission.signature = signing_key(unit).sign(
      wire::submission_signing_bytes(log_origin, unit, count, merkle::root_of(leaves)));
  submission.messages = std::move(messages);
  return submission;
}

}  // namespace rujukan::test
