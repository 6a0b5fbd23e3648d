// Data directories of older versions under today's broker.
#include <catch2/catch.hpp>

#include "broker/audit/replay.h"
#include "broker/audit/source.h"
#include "broker/decide/decide.h"
#include "broker/merkle/note.h"
#include "broker/runtime/file.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "tests/support/memory_broker.h"
#include "tests/support/upgraded.h"
#include "tests/support/written.h"
#include "tests/unit/audit/verified_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// Entries of 0.4.0 that open a case.
constexpr std::uint64_t kSucceeded = 15;
constexpr std::uint64_t kClosed = 37;
constexpr std::uint64_t kErasedByAgencies = 58;
constexpr std::uint64_t kErasedByOrder = 169;
constexpr std::uint64_t kGivenAgain = 202;
constexpr std::uint64_t kProposed = 232;
constexpr std::uint64_t kProtected = 286;
constexpr std::uint64_t kUnreadable = 326;
constexpr std::uint64_t kEscalated = 375;

class Upgraded {
 public:
  explicit Upgraded(const std::string& version, const char* folder = "data") : written(version) {
    REQUIRE(broker.take_over(written / folder));
  }

  Message opening(std::uint64_t index) const { return message_at(broker, index); }
  // Everything that was logged, by both, holds.
  void require_sound() const {
    auto replay = *audit::Replay::create();
    audit::VerifyOptions options = trusting();
    options.policy->logs.front().key.name = release_in_force(broker).log_origin;
    options.data_directory = broker.folder.path();
    options.consumers = {replay.get()};
    const auto verified = verify_source(broker.folder.path(), options);
    CHECK(found(verified) == Found());
    const auto opened = store::ReadOnlyStore::open(broker.folder.path().string());
    REQUIRE(opened);
    const auto shards = (*opened)->reader().shards();
    REQUIRE(shards);
    CHECK(verified.entries == shards->back().end - shards->back().first);
    CHECK(verified.cases.sound == verified.cases.cases);
    CHECK(replay->state() == *(*opened)->reader().stored_state());
  }

  const Written written;
  SequencerInTest broker;
};

// Names no law, and may name a person.
Facts facts_with_a_number() {
  Facts facts = offline_facts();
  facts.legal_bases = {"lp-3171234506780001"};
  return facts;
}

// A new referral goes to whom the table names.
void require_open_to_referrals(SequencerInTest& broker) {
  const Message referral = referral_message(offline_facts(), 2);
  REQUIRE_FALSE(broker.submit(referral).refusal);
  CHECK(broker.owner_of(referral) == "polres.a");
}

bool excludes(const CaseRecord& record, const char* unit) {
  return std::count(record.excluded.begin(), record.excluded.end(), UnitId(unit)) == 1;
}

// The responsible unit accepts or works on.
void moves(SequencerInTest& broker, const Message& opening, const char* unit, Need need) {
  const AssignmentState state = broker.record_of(opening).assignment(need)->state;
  if (is_pending(state)) return broker.does(opening, unit, Accept{need});
  const bool goes_on = state == AssignmentState::kInProgress;
  broker.does(opening, unit,
              Progress{need, goes_on ? AssignmentState::kOnHold : AssignmentState::kInProgress});
}

// The victim wants no police, who had the case before; and is an adult, whose case is none of the
// commission's.
void require_kept_out(Upgraded& u, std::uint64_t index) {
  INFO(index);
  const Message opening = u.opening(index);
  moves(u.broker, opening, "uptd", Need::kProtection);
  const CaseRecord record = u.broker.record_of(opening);
  CHECK(record.owner() == UnitId("uptd"));
  CHECK(excludes(record, "kpai"));
  CHECK(excludes(record, "polres.a") == (index == u.written.facts.withheld_later));
  const auto kept_out = u.broker.say(opening, "kpai", Note{});
  REQUIRE(kept_out.refusal);
  CHECK(kept_out.refusal->code == ErrorCode::kCaseUnknown);
}

}  // namespace

TEST_CASE("a directory of an older version is served on under the release that it has") {
  Upgraded u(GENERATE(from_range(written_versions())));
  INFO(u.written.facts.version);
  REQUIRE(u.broker.sequencer->log_size() == u.written.facts.size);
  const auto waiting = u.broker.mail_of("polres.a");
  REQUIRE(waiting.size() == 2);
  u.broker.hello("police");
  std::vector<LogIndex> delivered;
  for (const auto& delivery : u.broker.outbound.deliveries()) {
    CHECK(delivery.unit == UnitId("polres.a"));
    delivered.push_back(delivery.receipt.index);
  }
  CHECK(delivered == waiting);
  const Message unread = u.opening(u.written.facts.unread);
  u.broker.does(unread, "polres.a", Received{waiting});
  CHECK(u.broker.mail_of("polres.a").empty());
  u.broker.does(unread, "polres.a", Accept{Need::kInvestigation});
  u.broker.does(unread, "uptd", Accept{Need::kProtection});
  u.broker.does(unread, "uptd", Complete{Need::kProtection});
  u.broker.does(unread, "polres.a", Complete{Need::kInvestigation});
  u.broker.does(unread, "polres.a", Close{});
  require_open_to_referrals(u.broker);
  CHECK(u.broker.last_entry().release == ReleaseVersion{u.written.facts.release});
  u.broker.pass(std::chrono::hours(24 * 30));
  u.require_sound();
}

TEST_CASE("a directory of an older version goes over to the newest edition") {
  Upgraded u(GENERATE(from_range(written_versions())));
  INFO(u.written.facts.version);
  u.broker.sequencer->offer_release(release_of_today(u.broker));
  REQUIRE(u.broker.process());
  REQUIRE(release_in_force(u.broker).version == ReleaseVersion{u.written.facts.release + 1});
  require_kept_out(u, u.written.facts.withheld_from_start);
  require_kept_out(u, u.written.facts.withheld_later);
  u.broker.does(u.opening(u.written.facts.unread), "polres.a", Accept{Need::kInvestigation});
  const auto refused = u.broker.submit(referral_message(facts_with_a_number()));
  REQUIRE(refused.refusal);
  CHECK(refused.refusal->code == ErrorCode::kIdentityNumber);
  require_open_to_referrals(u.broker);
  u.broker.pass(std::chrono::hours(24 * 30));
  u.require_sound();
}

namespace {

void require_recovered(Upgraded& u) {
  const auto mail = all_mail(u.broker);
  const std::uint64_t size = u.broker.sequencer->log_size();
  u.broker.stop();
  const auto recovered =
      sequencer::recover(u.broker.folder.path().string(), u.broker.note_key(), [](auto, auto) {});
  INFO((recovered ? "" : to_string(recovered.error())));
  REQUIRE(recovered);
  CHECK(recovered->entries == size);
  CHECK(recovered->payloads_missing == 0);
  REQUIRE(u.broker.start(std::nullopt));
  CHECK(all_mail(u.broker) == mail);
  u.require_sound();
}

}  // namespace

TEST_CASE("a directory of an older version is recovered to what it was") {
  Upgraded u(GENERATE(from_range(written_versions())));
  INFO(u.written.facts.version);
  REQUIRE(u.broker.sequencer->log_size() == u.written.facts.size);
  require_recovered(u);
}

TEST_CASE("by the first edition any code of a directory of 0.3.0 names a law") {
  Upgraded u("0.3.0");
  REQUIRE(release_in_force(u.broker).edition == Edition::kFirst);
  const Message referral = referral_message(facts_with_a_number());
  REQUIRE_FALSE(u.broker.submit(referral).refusal);
  CHECK(u.broker.owner_of(referral) == "polres.a");
  u.require_sound();
}

TEST_CASE("a directory of two shards of 0.4.0 is served on and recovered") {
  Upgraded u("0.4.0", "two-shards");
  u.broker.log_origin = release_in_force(u.broker).log_origin;
  REQUIRE(u.broker.log_origin != kOrigin);
  require_recovered(u);
  // Opened and closed in the first shard, opened again in the second.
  const Message reopened = u.opening(kClosed);
  u.broker.does(reopened, "polres.a", Accept{Need::kInvestigation});
  // Carried as it stood.
  const Message carried = u.opening(kSucceeded);
  moves(u.broker, carried, "polres.b", Need::kInvestigation);
  require_open_to_referrals(u.broker);
  u.broker.pass(std::chrono::hours(24 * 30));
  u.require_sound();
  require_recovered(u);
}

TEST_CASE("facts that 0.4.0 logged hold for a second agency and for who is kept out") {
  Upgraded u("0.4.0");
  const Message proposed = u.opening(kProposed);
  const CaseRecord before = u.broker.record_of(proposed);
  REQUIRE(before.proposed);
  CHECK(before.proposed->by == UnitId("uptd"));
  CHECK_FALSE(excludes(before, "kpai"));
  u.broker.does(proposed, "polres.a", NewFacts{before.proposed->facts});
  const CaseRecord agreed = u.broker.record_of(proposed);
  CHECK(agreed.facts.victim_age == VictimAge::kAdult);
  CHECK(excludes(agreed, "kpai"));

  const Message given_again = u.opening(kGivenAgain);
  const CaseRecord readmitted = u.broker.record_of(given_again);
  CHECK(excludes(readmitted, "kpai"));
  CHECK_FALSE(excludes(readmitted, "polres.a"));
  u.broker.does(given_again, "polres.a", Complete{Need::kInvestigation});

  const Message withdrawn = u.opening(u.written.facts.withheld_later);
  CHECK(u.broker.record_of(withdrawn).status == CaseStatus::kOpen);
  moves(u.broker, withdrawn, "uptd", Need::kProtection);

  const Message closed = u.opening(kClosed);
  NewFacts more{u.broker.record_of(closed).facts};
  more.facts.suspects.emplace_back("11.02");
  u.broker.does(closed, "uptd", more);
  CHECK(u.broker.record_of(closed).status == CaseStatus::kOpen);
  u.require_sound();
}

TEST_CASE("cases that 0.4.0 moved and erased and protected are gone on with") {
  Upgraded u("0.4.0");
  u.broker.does(u.opening(kSucceeded), "polres.c", Complete{Need::kInvestigation});
  moves(u.broker, u.opening(kEscalated), "bareskrim", Need::kInvestigation);
  for (const std::uint64_t index : {kErasedByAgencies, kErasedByOrder}) {
    const Message erased = u.opening(index);
    CHECK(u.broker.record_of(erased).erased);
    const auto gone = u.broker.say(erased, "kpai", Reopen{});
    REQUIRE(gone.refusal);
    CHECK(gone.refusal->code == ErrorCode::kPayloadErased);
  }
  Message protecting = u.opening(kProtected);
  CHECK(u.broker.record_of(protecting).related.size() == 3);
  const Progress at_work{Need::kProtection, AssignmentState::kInProgress};
  const auto uncovered = u.broker.say(protecting, "uptd", at_work);
  REQUIRE(uncovered.refusal);
  CHECK(uncovered.refusal->code == ErrorCode::kHandlingMismatch);
  protecting.victim_protected = true;
  u.broker.does(protecting, "uptd", at_work);
  const Message unreadable = u.opening(kUnreadable);
  u.broker.does(unreadable, "uptd", Unreadable{LogIndex{kUnreadable}});
  u.require_sound();
}

namespace {

struct Said {
  bool by_station = false;
  wire::Frames frames;
};

std::vector<Said> conversation(const Written& written) {
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
    REQUIRE(said.frames[0][2] <= wire::kProtocolVersion);
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

// Others are decided anew.
bool keeps_its_outcome(const wire::MessageResult& result) {
  Outcome outcome;
  outcome.refusal = result.refusal;
  return decide::uses_up_id(outcome);
}

struct Answers {
  std::size_t kept = 0;
  std::size_t refused_anew = 0;
};

void compare(const wire::MessageResult& was, const wire::MessageResult& now, Answers& answers) {
  if (!keeps_its_outcome(was)) {
    ++answers.refused_anew;
    REQUIRE(now.refusal);
    CHECK(now.refusal->code == was.refusal->code);
    return;
  }
  ++answers.kept;
  CHECK(now.refusal == was.refusal);
  REQUIRE(was.receipt);
  REQUIRE(now.receipt);
  CHECK(now.receipt->entry == was.receipt->entry);
  CHECK(now.receipt->path == was.receipt->path);
  CHECK(now.receipt->checkpoint == was.receipt->checkpoint);
  CHECK(now.case_version == was.case_version);
  CHECK(now.recipients == was.recipients);
}

// Says again what the station said.
Answers repeat(const std::vector<Said>& said, MemoryBroker& broker) {
  Answers answers;
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
      INFO(was.request_id << ", " << m);
      compare(was.results[m], now.results[m], answers);
    }
  }
  return answers;
}

}  // namespace

TEST_CASE("what was signed for an older version gets the outcome and the receipt that it got") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  MemoryBroker broker;
  REQUIRE(broker.inner.take_over(written / "data"));
  SECTION("by the rules of then") {}
  SECTION("by newer rules") {
    broker.inner.sequencer->offer_release(release_of_today(broker.inner));
    broker.tick();
    REQUIRE(release_in_force(broker.inner).version == ReleaseVersion{written.facts.release + 1});
  }
  const Answers answers = repeat(conversation(written), broker);
  CHECK(answers.kept == written.facts.answers_kept);
  CHECK(answers.refused_anew == written.facts.answers_anew);
}
