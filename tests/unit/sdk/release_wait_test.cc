// What the release held here does not allow waits for the next one, and that one is asked for.
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Release next_release(std::uint32_t version = 2) {
  Release release = small_release();
  release.version = ReleaseVersion{version};
  return release;
}

void activate(MemoryBroker& broker, const Release& release) {
  broker.inner.sequencer->offer_release(signed_small_release(release));
  broker.tick();
  REQUIRE(broker.inner.sequencer->table()->release().version == release.version);
}

wire::FrameType type_of(const wire::Frames& frames) { return *wire::read_frame_type(frames[0]); }

std::size_t count(const std::deque<wire::Frames>& frames, wire::FrameType type) {
  return static_cast<std::size_t>(std::ranges::count_if(
      frames, [type](const wire::Frames& one) { return type_of(one) == type; }));
}

// Answers that refuse whole submissions so, in the place of the broker's.
Spoil refusing(ErrorCode code) {
  return [code](wire::Frames& frames) {
    if (type_of(frames) != wire::FrameType::kOutcome) return true;
    const std::vector<ByteView> views(frames.begin(), frames.end());
    const auto outcome = wire::decode_outcome(views);
    frames = wire::encode(wire::SubmissionOutcome{outcome->request_id, Error{code, "test"}, {}});
    return true;
  };
}

// One that the unit's station does not hold.
void give_other_key(Release& release, const char* unit) {
  for (UnitKey& key : release.keys) {
    if (key.unit != UnitId(unit) || key.purpose != KeyPurpose::kSign) continue;
    key.key_id = "sign-2";
    key.key = signing_key(UnitId("another")).public_key();
  }
}

// The planner's refusal of a referral under the release.
Error refusal_under(Release release, const Facts& facts, const char* sender = "kpai",
                    std::vector<Evidence> evidence = {}) {
  const auto table = *routing::RoutingTable::build(std::move(release));
  const sdk::UnitKeys keys{small_secrets("kpai")};
  TestClock clock;
  const auto planned = sdk::Planner(*table, keys, clock)
                           .referral({UnitId(sender), facts, std::move(evidence), "{}"});
  REQUIRE_FALSE(planned);
  return planned.error();
}

}  // namespace

TEST_CASE("what another release may allow is no final refusal of the planner") {
  struct Case {
    ErrorCode code;
    Error refusal;
  };
  Facts elsewhere = offline_facts();
  elsewhere.victims = {AreaCode("97.01")};
  Release inactive = small_release();
  unit_in(inactive, "kpai").validity.from = noon() + std::chrono::hours(1);
  Release unpermitted = small_release();
  for (Permission& permission : unpermitted.permissions) permission.open_categories.clear();
  Release without_rule = small_release();
  without_rule.rules.clear();
  Release unsealed = small_release();
  std::erase_if(unsealed.keys, [](const UnitKey& key) {
    return key.unit == UnitId("polda") && key.purpose == KeyPurpose::kSeal;
  });
  Release unsigned_by_kpai = small_release();
  std::erase_if(unsigned_by_kpai.keys, [](const UnitKey& key) {
    return key.unit == UnitId("kpai") && key.purpose == KeyPurpose::kSign;
  });
  Release listing = small_release();
  LegalBasis only;
  only.code = "uu-35-2014";
  listing.legal_bases = {only};
  Facts other_law = offline_facts();
  other_law.legal_bases = {"uu-12-2022"};
  const Evidence kept{Digest{}, EvidenceKind{}, UnitId("nobody")};
  for (const auto& [code, refusal] : std::vector<Case>{
           {ErrorCode::kFactsInvalid, refusal_under(small_release(), elsewhere)},
           {ErrorCode::kPermissionDenied, refusal_under(inactive, offline_facts())},
           {ErrorCode::kPermissionDenied, refusal_under(unpermitted, offline_facts())},
           {ErrorCode::kRoutingNoRule, refusal_under(without_rule, offline_facts())},
           {ErrorCode::kReleaseInvalid, refusal_under(unsealed, offline_facts())},
           {ErrorCode::kSubmissionKeyUnknown, refusal_under(unsigned_by_kpai, offline_facts())},
           {ErrorCode::kLegalBasisUnknown, refusal_under(listing, other_law)},
           {ErrorCode::kCustodianUnknown,
            refusal_under(small_release(), offline_facts(), "kpai", {kept})}}) {
    INFO(name_of(code));
    CHECK(refusal.code == ErrorCode::kReleaseRefuses);
    CHECK(fate_of(refusal.code) == Fate::kRetry);
    CHECK(refusal.field == name_of(code));
    CHECK(refusal.detail.starts_with(name_of(code)));
  }
}

TEST_CASE("what no release allows is refused at once") {
  Facts unclear = offline_facts();
  unclear.consent = Consent::kWithheldPolice;
  unclear.victim_age = VictimAge::kUnknown;
  CHECK(refusal_under(small_release(), unclear).code == ErrorCode::kFactsInvalid);
  Facts malformed = offline_facts();
  malformed.victims = {AreaCode("Kota B")};
  CHECK(refusal_under(small_release(), malformed).code == ErrorCode::kFactsInvalid);
  CHECK(refusal_under(small_release(), offline_facts(), "polda").code ==
        ErrorCode::kStationUnitNotServed);
}

TEST_CASE("a message that has to be planned again waits while no release allows it") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  kpai.post("t1", kpai.referral());
  Release release = next_release();
  for (Permission& permission : release.permissions) {
    if (permission.agency == AgencyId("kpai")) permission.open_categories.clear();
  }
  activate(broker, release);
  REQUIRE(kpai.exchange(refusing(ErrorCode::kRecipientsStale)));
  CHECK(kpai.station->releases().version() == ReleaseVersion{2});
  CHECK(kpai.settled().empty());
  const auto why = kpai.station->why_waits("t1");
  REQUIRE(why);
  CHECK(why->code == ErrorCode::kReleaseRefuses);
  CHECK(why->field == "permission.denied");
  activate(broker, next_release(3));
  kpai.run();
  REQUIRE(kpai.settled().size() == 1);
  CHECK_FALSE(kpai.settled()[0].refusal);
}

TEST_CASE("the release in force is asked for with back-off while something waits for it") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.release_retry = {std::chrono::milliseconds(5), std::chrono::milliseconds(20)};
  REQUIRE(kpai.open());
  kpai.run();
  REQUIRE(kpai.station->pump());
  CHECK(kpai.outgoing.empty());
  kpai.station->agency_waits(true);
  // Each question is answered with the release that is held.
  for (int asked = 0; asked < 3; ++asked) {
    while (kpai.outgoing.empty()) REQUIRE(kpai.station->pump());
    REQUIRE(count(kpai.outgoing, wire::FrameType::kGetRelease) == 1);
    broker.take("kpai", kpai.outgoing.front());
    kpai.outgoing.clear();
    const wire::Frames reply = broker.mail_of("kpai").front();
    broker.mail_of("kpai").clear();
    REQUIRE(kpai.station->receive(std::vector<ByteView>(reply.begin(), reply.end())));
    REQUIRE(kpai.station->pump());
    CHECK(kpai.outgoing.empty());
  }
  kpai.station->agency_waits(false);
  REQUIRE(kpai.exchange());
  activate(broker, next_release());
  kpai.station->agency_waits(true);
  while (kpai.station->releases().version() < ReleaseVersion{2}) REQUIRE(kpai.exchange());
}

TEST_CASE("a station whose release has ended asks for the next one by itself") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.release_retry = {std::chrono::milliseconds(1), std::chrono::milliseconds(1)};
  REQUIRE(kpai.open());
  Release ending = next_release();
  ending.validity.until = noon() + std::chrono::hours(2);
  activate(broker, ending);
  kpai.run();
  broker.inner.clock.advance(std::chrono::hours(2));
  activate(broker, next_release(3));
  while (kpai.outgoing.empty()) REQUIRE(kpai.station->pump());
  REQUIRE(kpai.exchange());
  CHECK(kpai.station->releases().version() == ReleaseVersion{3});
}

TEST_CASE("what a station or key of another release is needed for waits with the same bytes") {
  for (const ErrorCode code : {ErrorCode::kSubmissionKeyUnknown, ErrorCode::kStationUnknown,
                               ErrorCode::kStationUnitNotServed}) {
    INFO(name_of(code));
    MemoryBroker broker;
    StationInTest kpai(broker, "kpai");
    kpai.run();
    const auto planned = kpai.referral();
    kpai.post("t1", planned);
    std::size_t asked = 0;
    const auto refuse = refusing(code);
    REQUIRE(kpai.exchange([&](wire::Frames& frames) {
      asked += type_of(frames) == wire::FrameType::kRelease ? 1 : 0;
      return refuse(frames);
    }));
    CHECK(asked == 1);
    CHECK_FALSE(kpai.station->distrusts());
    CHECK(kpai.settled().empty());
    activate(broker, next_release());
    kpai.run();
    REQUIRE(kpai.settled().size() == 1);
    CHECK_FALSE(kpai.settled()[0].refusal);
    CHECK(kpai.settled()[0].message == planned.bytes);
  }
}

TEST_CASE("an accept by itself waits for a release that lets the unit sign") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.accepting = {"polres.a"};
  police.run();
  kpai.run();
  const auto planned = kpai.referral();
  kpai.post("t1", planned);
  REQUIRE(kpai.exchange());
  // The acknowledgement's outcome comes together with the release under which the key is out.
  REQUIRE(police.exchange(no_outcomes));
  Release release = next_release();
  give_other_key(release, "polres.a");
  activate(broker, release);
  police.run();
  CHECK(broker.inner.record_of(planned.message).version == 2);
  activate(broker, next_release(3));
  police.run();
  CHECK(broker.inner.record_of(planned.message).assignments.front().state ==
        AssignmentState::kAccepted);
}

TEST_CASE("a unit whose key is not in force holds up no other unit of its station") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  kpai.run();
  Release release = next_release();
  give_other_key(release, "polres.a");
  activate(broker, release);
  kpai.run();
  police.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange());
  REQUIRE(police.exchange());
  sdk::Statement more = police.database->prepare(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
      "INSERT INTO inbox SELECT unit, entry_index + 1000 + i, case_id, 0, 0 FROM inbox, n");
  REQUIRE(more.run());
  Facts facts = offline_facts();
  facts.incidents = {AreaCode("11.02")};
  const auto other = *kpai.planner().referral({UnitId("kpai"), facts, {}, "{}"});
  kpai.post("t2", other);
  REQUIRE(kpai.exchange());
  REQUIRE(police.exchange());
  CHECK(broker.inner.mail_of("polres.b").empty());
  CHECK(broker.inner.mail_of("polres.a").size() == 1);
}
