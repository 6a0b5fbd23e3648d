// A data directory of 0.3.0 under today's broker.
#include <catch2/catch.hpp>

#include "broker/audit/replay.h"
#include "broker/audit/source.h"
#include "broker/merkle/note.h"
#include "broker/runtime/file.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/support/memory_broker.h"
#include "tests/support/written_030.h"
#include "tests/unit/audit/verified_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::uint64_t kSize = 215;
// Entries that open a case.
constexpr std::uint64_t kWithheldFromTheStart = 109;
constexpr std::uint64_t kWithheldLater = 136;
constexpr std::uint64_t kUnread = 212;

class Upgraded {
 public:
  Upgraded() { REQUIRE(broker.take_over(written / "data")); }

  Message opening(std::uint64_t index) const {
    return *wire::decode_message(std::get<MessageCause>(broker.entry(index).cause).message);
  }
  Release release_in_force() const { return broker.sequencer->table()->release(); }
  // Everything that was logged, by both, holds.
  void require_sound() const {
    auto replay = *audit::Replay::create();
    audit::VerifyOptions options = trusting();
    options.data_directory = broker.folder.path();
    options.consumers = {replay.get()};
    const auto verified = verify_source(broker.folder.path(), options);
    CHECK(found(verified) == Found());
    CHECK(verified.entries == broker.sequencer->log_size());
    CHECK(verified.cases.sound == verified.cases.cases);
    const auto opened = store::ReadOnlyStore::open(broker.folder.path().string());
    REQUIRE(opened);
    CHECK(replay->state() == *(*opened)->reader().stored_state());
  }

  Written030 written;
  SequencerInTest broker;
};

// The release of 0.3.0 as today's administrators build it.
Bytes release_of_today(Release release) {
  release.version = ReleaseVersion{3};
  release.edition = Edition::kPresentFacts;
  Guarantee adults;
  adults.id = RuleId("G5");
  adults.when.victim_age = {VictimAge::kAdult};
  adults.excluded_agency = {AgencyId("kpai")};
  release.guarantees.push_back(adults);
  return signed_small_release(release);
}

// Names no law, and may name a person.
Facts facts_with_a_number() {
  Facts facts = offline_facts();
  facts.legal_bases = {"lp-3171234506780001"};
  return facts;
}

std::map<std::string, std::vector<LogIndex>> mail_in(const SequencerInTest& broker) {
  std::map<std::string, std::vector<LogIndex>> mail;
  for (const Unit& unit : small_release().units) {
    mail[unit.id.str()] = broker.mail_of(unit.id.str().c_str());
  }
  return mail;
}

}  // namespace

TEST_CASE("a directory of 0.3.0 is served on under its own rules") {
  Upgraded u;
  REQUIRE(u.broker.sequencer->log_size() == kSize);
  CHECK(u.release_in_force().edition == Edition::kFirst);
  const auto waiting = u.broker.mail_of("polres.a");
  REQUIRE(waiting.size() == 2);
  u.broker.hello("police");
  std::vector<LogIndex> delivered;
  for (const auto& delivery : u.broker.outbound.deliveries()) {
    CHECK(delivery.unit == UnitId("polres.a"));
    delivered.push_back(delivery.receipt.index);
  }
  CHECK(delivered == waiting);
  const Message unread = u.opening(kUnread);
  u.broker.does(unread, "polres.a", Received{waiting});
  CHECK(u.broker.mail_of("polres.a").empty());
  u.broker.does(unread, "polres.a", Accept{Need::kInvestigation});
  u.broker.does(unread, "uptd", Accept{Need::kProtection});
  u.broker.does(unread, "uptd", Complete{Need::kProtection});
  u.broker.does(unread, "polres.a", Complete{Need::kInvestigation});
  u.broker.does(unread, "polres.a", Close{});
  // By the first edition any code names a law.
  const Message referral = referral_message(facts_with_a_number());
  REQUIRE_FALSE(u.broker.submit(referral).refusal);
  CHECK(u.broker.owner_of(referral) == "polres.a");
  CHECK(u.broker.last_entry().release == ReleaseVersion{2});
  u.broker.pass(std::chrono::hours(24 * 30));
  u.require_sound();
}

TEST_CASE("a directory of 0.3.0 goes over to the second edition") {
  Upgraded u;
  u.broker.sequencer->offer_release(release_of_today(u.release_in_force()));
  REQUIRE(u.broker.process());
  REQUIRE(u.release_in_force().version == ReleaseVersion{3});
  for (const std::uint64_t index : {kWithheldFromTheStart, kWithheldLater}) {
    const Message opening = u.opening(index);
    u.broker.does(opening, "uptd", Progress{Need::kProtection, AssignmentState::kInProgress});
    const CaseRecord record = u.broker.record_of(opening);
    INFO(index);
    CHECK(record.owner() == UnitId("uptd"));
    CHECK(std::count(record.excluded.begin(), record.excluded.end(), UnitId("kpai")) == 1);
    const auto kept_out = u.broker.say(opening, "kpai", Note{});
    REQUIRE(kept_out.refusal);
    CHECK(kept_out.refusal->code == ErrorCode::kCaseUnknown);
  }
  const CaseRecord withdrawn = u.broker.record_of(u.opening(kWithheldLater));
  CHECK(std::count(withdrawn.excluded.begin(), withdrawn.excluded.end(), UnitId("polres.a")) == 1);
  const Message unread = u.opening(kUnread);
  u.broker.does(unread, "polres.a", Accept{Need::kInvestigation});
  const auto refused = u.broker.submit(referral_message(facts_with_a_number()));
  REQUIRE(refused.refusal);
  CHECK(refused.refusal->code == ErrorCode::kIdentityNumber);
  CHECK_FALSE(u.broker.submit(referral_message(offline_facts(), 2)).refusal);
  u.broker.pass(std::chrono::hours(24 * 30));
  u.require_sound();
}

TEST_CASE("a directory of 0.3.0 is recovered to what it was") {
  Upgraded u;
  const auto mail = mail_in(u.broker);
  u.broker.stop();
  const auto recovered =
      sequencer::recover(u.broker.folder.path().string(), u.broker.note_key(), [](auto, auto) {});
  INFO((recovered ? "" : to_string(recovered.error())));
  REQUIRE(recovered);
  CHECK(recovered->entries == kSize);
  CHECK(recovered->payloads_missing == 0);
  CHECK(recovered->payloads_erased > 0);
  REQUIRE(u.broker.start(std::nullopt));
  CHECK(mail_in(u.broker) == mail);
  u.require_sound();
}

namespace {

struct Said {
  bool by_station = false;
  wire::Frames frames;
};

std::vector<Said> conversation(const Written030& written) {
  const std::string text = *read_file(written / "conversation", 1 << 20);
  std::vector<Said> out;
  std::size_t at = 0;
  while (at < text.size()) {
    Said said{text[at] == '>', {}};
    const auto count = static_cast<std::size_t>(static_cast<unsigned char>(text[at + 1]));
    at += 2;
    const auto joined = as_bytes(text).subspan(at);
    std::size_t length = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::size_t size = 0;
      for (int byte = 0; byte < 4; ++byte) size = size << 8 | joined[length++];
      said.frames.push_back(to_bytes(joined.subspan(length, size)));
      length += size;
    }
    at += length;
    // Of the versions of the protocol only the envelope differs.
    REQUIRE(said.frames[0][2] == 1);
    said.frames[0][2] = wire::kProtocolVersion;
    out.push_back(std::move(said));
  }
  return out;
}

wire::SubmissionOutcome outcome_in(const wire::Frames& frames) {
  const std::vector<ByteView> views(frames.begin(), frames.end());
  auto outcome = wire::decode_outcome(views);
  REQUIRE(outcome);
  return *std::move(outcome);
}

bool keeps_its_outcome(const wire::MessageResult& result) {
  return !result.refusal || result.refusal->code == ErrorCode::kRecipientsStale ||
         result.refusal->code == ErrorCode::kCaseStale;
}

}  // namespace

TEST_CASE("what was signed for 0.3.0 gets the outcome and the receipt that it got") {
  const Written030 written;
  MemoryBroker broker;
  REQUIRE(broker.inner.take_over(written / "data"));
  SECTION("by the rules of then") {}
  SECTION("by newer rules") {
    broker.inner.sequencer->offer_release(
        release_of_today(broker.inner.sequencer->table()->release()));
    broker.tick();
    REQUIRE(broker.inner.sequencer->table()->release().edition == Edition::kPresentFacts);
  }
  const auto said = conversation(written);
  std::size_t same = 0;
  std::size_t refused_anew = 0;
  for (std::size_t i = 0; i + 1 < said.size(); i += 2) {
    REQUIRE(said[i].by_station);
    REQUIRE_FALSE(said[i + 1].by_station);
    broker.mail_of("kpai").clear();
    broker.take("kpai", said[i].frames);
    if (*wire::read_frame_type(said[i].frames[0]) != wire::FrameType::kSubmission) continue;
    const auto was = outcome_in(said[i + 1].frames);
    REQUIRE_FALSE(broker.mail_of("kpai").empty());
    const auto now = outcome_in(broker.mail_of("kpai").front());
    REQUIRE(now.request_id == was.request_id);
    REQUIRE(now.results.size() == was.results.size());
    for (std::size_t m = 0; m < was.results.size(); ++m) {
      const wire::MessageResult& before = was.results[m];
      INFO(was.request_id << ", " << m);
      CHECK(now.results[m].refusal == before.refusal);
      if (!keeps_its_outcome(before)) {
        ++refused_anew;
        continue;
      }
      ++same;
      REQUIRE(before.receipt);
      REQUIRE(now.results[m].receipt);
      CHECK(now.results[m].receipt->entry == before.receipt->entry);
      CHECK(now.results[m].receipt->path == before.receipt->path);
      CHECK(now.results[m].receipt->checkpoint == before.receipt->checkpoint);
      CHECK(now.results[m].case_version == before.case_version);
      CHECK(now.results[m].recipients == before.recipients);
    }
  }
  CHECK(same == 5);
  CHECK(refused_anew == 5);
}
