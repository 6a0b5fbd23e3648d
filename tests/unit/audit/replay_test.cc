#include "broker/audit/replay.h"

#include "broker/merkle/note.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "tests/unit/audit/replayed.h"
#include "tests/unit/sequencer/case_stories.h"
#include "tests/unit/sequencer/drawn_messages.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kHour{1};
constexpr Need kNeed = Need::kInvestigation;

// A message whose signature verified and whose envelope did not.
verify::Job refused_job(const Message& message, const Error& error, std::uint8_t number) {
  Message numbered = message;
  numbered.message_id.bytes[15] = number;
  numbered.case_id = case_id_of(numbered.message_id);
  verify::Job job = SequencerInTest::job_of(StationId("kpai"), {numbered});
  auto& verified = std::get<verify::VerifiedSubmission>(job.work).messages[0];
  verified.message = error;
  return job;
}

// Entries of every cause, of many events, and of refusals of every stage.
void write_everything(SequencerInTest& s) {
  s.state_every = 7;
  REQUIRE(s.start(std::nullopt));
  const Message opening = referral_message(offline_facts(), 20);
  REQUIRE_FALSE(s.submit(opening).refusal);
  Message conflict = opening;
  conflict.sent_at += Seconds(1);
  REQUIRE(s.submit(conflict).refusal);
  Message stale = referral_message(offline_facts(), 21);
  stale.recipients.pop_back();
  REQUIRE(s.submit(stale).refusal);
  Message related = referral_message(offline_facts(), 22);
  std::get<Referral>(related.body).related = {opening.case_id};
  REQUIRE_FALSE(s.submit(related).refusal);

  // Refused before they are decided.
  const Message lost = referral_message(offline_facts(), 23);
  REQUIRE(s.process(refused_job(lost, {ErrorCode::kPayloadMissing, "payload"}, 1)));
  REQUIRE(s.process(refused_job(lost, {ErrorCode::kPayloadDigest, "payload.size", "3"}, 2)));
  auto job = SequencerInTest::job_of(StationId("kpai"), {lost});
  auto* work = &std::get<verify::VerifiedSubmission>(job.work).messages[0];
  work->raw = Bytes(50, 7);
  work->message = wire::decode_message(work->raw).error();
  work->message_id.reset();
  REQUIRE(s.process(job));
  job = SequencerInTest::job_of(StationId("kpai"), {lost});
  work = &std::get<verify::VerifiedSubmission>(job.work).messages[0];
  work->proof.unit = UnitId("polda");
  work->message = Error{ErrorCode::kMessageSender, "sender", "kpai"};
  REQUIRE(s.process(job));
  job = SequencerInTest::job_of(StationId("kpai"), {lost});
  std::get<verify::VerifiedSubmission>(job.work).messages[0].proof.key_id = "sign-9";
  REQUIRE(s.process(job));
  REQUIRE(s.process(SequencerInTest::job_of(StationId("police"), {lost})));
  REQUIRE_FALSE(s.submit(lost).refusal);

  be_ordered(s);
  submit_drawn(s, 5, 120);
  Release next = small_release();
  next.version = ReleaseVersion{2};
  add_unit_like(next, "polres.a", "polres.n");
  end_unit(next, "polres.a", s.clock.now() + kHour, "polres.n");
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  s.pass(2 * kHour);
  s.pass(Seconds(3 * 24 * 3600));
}

WrittenLog everything() {
  SequencerInTest s;
  write_everything(s);
  return written_by(s);
}

// The only finding of a log is at this place.
void require_found(const WrittenLog& log, std::size_t at, const std::string& field) {
  const Replayed replayed = replay_of(log);
  REQUIRE(replayed.findings.size() == 1);
  CHECK(replayed.findings[0].position == at);
  CHECK(replayed.findings[0].error.code == ErrorCode::kReplayDiverged);
  CHECK(replayed.findings[0].error.field == field);
  REQUIRE(replayed.replay->divergence());
  CHECK(replayed.replay->divergence()->position == at);
  CHECK(replayed.replay->counts().entries == at);
}

template <typename C>
std::vector<std::size_t> of_cause(const WrittenLog& log) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    if (std::holds_alternative<C>(log.entries[i].cause)) out.push_back(i);
  }
  return out;
}
// The first entry with an event of the type.
std::size_t of_event(const WrittenLog& log, EventType type) {
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    for (const Event& event : log.entries[i].outcome.events) {
      if (event.type == type) return i;
    }
  }
  FAIL("no such event");
  return 0;
}
std::size_t of_refusal(const WrittenLog& log, ErrorCode code) {
  for (std::size_t i = 0; i < log.entries.size(); ++i) {
    const auto& refusal = log.entries[i].outcome.refusal;
    if (refusal && refusal->code == code) return i;
  }
  FAIL("no such refusal");
  return 0;
}

void drop(WrittenLog& log, std::size_t at) {
  log.entries.erase(log.entries.begin() + static_cast<std::ptrdiff_t>(at));
  for (std::size_t i = at; i < log.entries.size(); ++i) log.entries[i].index = LogIndex{i};
}

}  // namespace

TEST_CASE("a replay decides as the broker did and comes to the same state") {
  const WrittenLog log = everything();
  for (const auto& count : {of_cause<MessageCause>(log).size(), of_cause<DeadlineCause>(log).size(),
                            of_cause<ReleaseCause>(log).size(),
                            of_cause<SuccessionCause>(log).size(), of_cause<LinkCause>(log).size(),
                            of_cause<StateCause>(log).size(), of_cause<OrderCause>(log).size()}) {
    REQUIRE(count > 0);
  }
  Replayed replayed = replay_of(log);
  INFO((replayed.findings.empty() ? "" : replayed.findings[0].text()));
  REQUIRE(replayed.findings.empty());
  REQUIRE(replayed.replay->state() == log.state);
  const auto& counts = replayed.replay->counts();
  REQUIRE(counts.entries == log.entries.size());
  REQUIRE(counts.states == of_cause<StateCause>(log).size());
  REQUIRE(counts.deadlines == of_cause<DeadlineCause>(log).size());
  REQUIRE(counts.releases == 2);
  REQUIRE(counts.as_logged == 4);
  REQUIRE(counts.accepted + counts.refused == of_cause<MessageCause>(log).size());
}

TEST_CASE("logs of drawn messages replay to the broker's state") {
  const std::uint32_t seed = GENERATE(11U, 12U, 13U);
  INFO("seed " << seed);
  SequencerInTest s;
  submit_drawn(s, seed, 300);
  const WrittenLog log = written_by(s);
  Replayed replayed = replay_of(log);
  INFO((replayed.findings.empty() ? "" : replayed.findings[0].text()));
  REQUIRE(replayed.findings.empty());
  REQUIRE(replayed.replay->state() == log.state);
}

TEST_CASE("a replay gives one digest however the log is cut and after a restart and a recovery") {
  SequencerInTest s;
  write_everything(s);
  const WrittenLog log = written_by(s);
  const Digest whole = replay_of(log).replay->state().value();
  for (const std::size_t piece : {1, 7, 100}) {
    const auto replay = *audit::Replay::create();
    for (std::size_t from = 0; from < log.entries.size(); from += piece) {
      REQUIRE(feed(*replay, log, from, std::min(from + piece, log.entries.size())).empty());
      replay->state();  // asking changes nothing
    }
    REQUIRE(replay->state().value() == whole);
  }
  REQUIRE(s.start(std::nullopt));
  REQUIRE(written_by(s).state.value() == whole);
  s.stop();
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(written_by(s).state.value() == whole);
  REQUIRE(replay_of(written_by(s)).replay->state().value() == whole);
}

TEST_CASE("an erasure changes nothing of a replay") {
  SequencerInTest s;
  const Message opening = referral_message();
  REQUIRE_FALSE(s.submit(opening).refusal);
  for (const auto& [unit, need] :
       {std::pair("polres.a", Need::kInvestigation), std::pair("uptd", Need::kProtection)}) {
    s.does(opening, unit, Accept{need});
    s.does(opening, unit, Complete{need});
  }
  s.does(opening, "polres.a", Close{});
  s.does(opening, "polres.a", Erase{"uu-27-2022"});
  const std::size_t before = written_by(s).entries.size();
  s.does(opening, "uptd", Erase{"uu-27-2022"});
  const WrittenLog log = written_by(s);
  const auto replay = *audit::Replay::create();
  REQUIRE(feed(*replay, log, 0, before).empty());
  REQUIRE(feed(*replay, log, before, log.entries.size()).empty());
  REQUIRE(replay->state() == log.state);
  REQUIRE((*replay->find_case(opening.case_id))->erased);
}

TEST_CASE("another outcome than the rules' is found at its entry") {
  WrittenLog log = everything();
  SECTION("another owner") {
    const std::size_t at = of_event(log, EventType::kAccepted);
    log.entries[at].outcome.owner = UnitId("polres.b");
    require_found(log, at, "owner");
  }
  SECTION("another deadline") {
    const std::size_t at = of_event(log, EventType::kEscalated);
    for (Event& event : log.entries[at].outcome.events) {
      if (event.deadline) *event.deadline += std::chrono::microseconds(1);
    }
    require_found(log, at, "events");
  }
  SECTION("another decision about an order") {
    const std::size_t at = of_cause<OrderCause>(log)[0];
    log.entries[at].outcome.events[0].legal_basis = "uu-1-1946";
    require_found(log, at, "events");
  }
  SECTION("another version") {
    const std::size_t at = of_event(log, EventType::kAccepted);
    ++log.entries[at].outcome.case_version;
    require_found(log, at, "case_version");
  }
  SECTION("a refusal turned into an acceptance") {
    const std::size_t at = of_refusal(log, ErrorCode::kRecipientsStale);
    log.entries[at].outcome = log.entries[1].outcome;
    require_found(log, at, "refusal");
  }
  SECTION("an acceptance turned into a refusal") {
    const std::size_t at = of_event(log, EventType::kAccepted);
    log.entries[at].outcome = Outcome{};
    log.entries[at].outcome.refusal = Error{ErrorCode::kCaseUnknown, "case_id"};
    require_found(log, at, "refusal");
  }
  SECTION("another reason for a refusal") {
    const std::size_t at = of_refusal(log, ErrorCode::kMessageConflict);
    log.entries[at].outcome.refusal->code = ErrorCode::kMessageInvalid;
    require_found(log, at, "refusal");
  }
  SECTION("the right list of recipients withheld") {
    const std::size_t at = of_refusal(log, ErrorCode::kRecipientsStale);
    log.entries[at].outcome.recipients.pop_back();
    require_found(log, at, "recipients");
  }
  SECTION("a refusal of the envelope that the message does not bear out") {
    const std::size_t at = of_event(log, EventType::kAccepted);
    log.entries[at].outcome = Outcome{};
    for (const ErrorCode code :
         {ErrorCode::kPayloadMissing, ErrorCode::kPayloadDigest, ErrorCode::kPayloadTooLarge,
          ErrorCode::kMessageSender, ErrorCode::kMessageMalformed, ErrorCode::kMessageConflict,
          ErrorCode::kSubmissionKeyUnknown, ErrorCode::kEntryTooLarge}) {
      log.entries[at].outcome.refusal = Error{code, "payload"};
      require_found(log, at, "refusal");
    }
  }
  SECTION("the detail of a refusal is free") {
    const std::size_t at = of_refusal(log, ErrorCode::kMessageConflict);
    log.entries[at].outcome.refusal->detail = "as said earlier";
    REQUIRE(replay_of(log).findings.empty());
  }
}

TEST_CASE("an entry that should not be there is found") {
  WrittenLog log = everything();
  SECTION("a deadline that fired early") {
    SequencerInTest s;
    const Message opening = referral_message();
    REQUIRE_FALSE(s.submit(opening).refusal);
    s.pass(s.record_of(opening).next_due()->at - s.clock.now() + Seconds(1));
    log = written_by(s);
    const std::size_t at = of_cause<DeadlineCause>(log).at(0);
    log.entries[at].time = log.entries[at - 1].time + std::chrono::microseconds(1);
    require_found(log, at, "cause");
  }
  SECTION("a deadline for what nobody waits for") {
    const std::size_t at = of_cause<DeadlineCause>(log)[0];
    std::get<DeadlineCause>(log.entries[at].cause).subject = Subject::kRequest;
    require_found(log, at, "cause");
  }
  SECTION("a message that was decided before") {
    log.entries[2].cause = log.entries[1].cause;
    log.entries[2].outcome = log.entries[1].outcome;
    require_found(log, 2, "cause");
  }
  SECTION("an order that was decided before") {
    const auto all = of_cause<OrderCause>(log);
    log.entries[all[3]].cause = log.entries[all[1]].cause;
    require_found(log, all[3], "cause");
  }
  SECTION("an order that too few administrators signed") {
    const std::size_t at = of_cause<OrderCause>(log)[2];
    auto& order = std::get<OrderCause>(log.entries[at].cause).order;
    auto parts = *wire::decode_signed_order(order);
    parts.signatures.pop_back();
    order = wire::encode_signed_order(parts);
    require_found(log, at, "cause");
  }
  SECTION("a link that no referral names") {
    const std::size_t at = of_cause<LinkCause>(log)[0];
    std::swap(std::get<LinkCause>(log.entries[at].cause).case_id,
              std::get<LinkCause>(log.entries[at].cause).related);
    require_found(log, at, "cause");
  }
  SECTION("a succession without an end") {
    const auto at = of_cause<SuccessionCause>(log)[0];
    Entry entry = log.entries[at];
    entry.index = log.entries[at - 1].index;
    entry.release = ReleaseVersion{1};
    log.entries[of_cause<ReleaseCause>(log)[1] - 1].cause = entry.cause;
    require_found(log, of_cause<ReleaseCause>(log)[1] - 1, "cause");
  }
  SECTION("an entry under another release than the one in force") {
    log.entries[3].release = ReleaseVersion{2};
    require_found(log, 3, "cause");
  }
  SECTION("an entry that is not later than the one before") {
    log.entries[3].time = log.entries[2].time;
    require_found(log, 3, "cause");
  }
}

TEST_CASE("an entry that was left out is found where the rules ask for it") {
  WrittenLog log = everything();
  SECTION("a deadline: at the next one") {
    const auto all = of_cause<DeadlineCause>(log);
    drop(log, all[0]);
    require_found(log, all[1] - 1, "cause");
  }
  SECTION("a link: at the next entry") {
    const std::size_t at = of_cause<LinkCause>(log)[0];
    drop(log, at);
    require_found(log, at, "cause");
  }
  SECTION("a link: at the end of the log") {
    const std::size_t at = of_cause<LinkCause>(log)[0];
    log.entries.resize(at);
    const Replayed replayed = replay_of(log);
    REQUIRE(replayed.findings.size() == 1);
    REQUIRE(replayed.findings[0].position == at - 1);
  }
  SECTION("the first release") {
    drop(log, 0);
    require_found(log, 0, "cause");
  }
}

TEST_CASE("a deadline that never fires is found after a minute of entries and not for a pause") {
  SequencerInTest s;
  const Message opening = referral_message();
  REQUIRE_FALSE(s.submit(opening).refusal);
  const auto due = s.record_of(opening).next_due()->at;
  WrittenLog log = written_by(s);
  // The same refusal again and again, from a pause of a day on.
  Message other = referral_message(offline_facts(), 2);
  other.recipients.pop_back();
  Entry entry = log.entries.back();
  entry.outcome = Outcome{};
  entry.outcome.refusal = Error{ErrorCode::kPayloadMissing, "payload"};
  entry.time = due + kHour * 24;
  std::size_t found = 0;
  for (std::uint8_t i = 0; i < 200; ++i) {
    other.message_id.bytes[15] = i;
    other.case_id = case_id_of(other.message_id);
    entry.index = LogIndex{log.entries.size()};
    entry.time += Seconds(i % 2 == 0 ? 1 : 3600);
    entry.cause = MessageCause{wire::encode_message(other), {other.sender, "sign-1", {}, 1, 0, {}}};
    log.entries.push_back(entry);
    if (i == 61) found = log.entries.size() - 1;
  }
  require_found(log, found, "cause");
}

TEST_CASE("a logged state that is not the replay's is found") {
  WrittenLog log = everything();
  const auto at = of_cause<StateCause>(log)[1];
  auto& state = std::get<StateCause>(log.entries[at].cause);
  SECTION("another digest") { state.digest[5] ^= 1; }
  SECTION("another number of cases") { ++state.cases; }
  const Replayed replayed = replay_of(log);
  REQUIRE(replayed.findings.size() == 1);
  REQUIRE(replayed.findings[0].position == at);
  REQUIRE(replayed.findings[0].error.code == ErrorCode::kReplayState);
}

TEST_CASE("a state of another format is counted and not compared") {
  WrittenLog log = everything();
  auto& state = std::get<StateCause>(log.entries[of_cause<StateCause>(log)[1]].cause);
  state.format = merkle::kStateFormat + 1;
  state.digest = {};
  const Replayed replayed = replay_of(log);
  REQUIRE(replayed.findings.empty());
  REQUIRE(replayed.replay->counts().states_unknown == 1);
}

TEST_CASE("a release that may not come into force is found at its entry") {
  WrittenLog log = everything();
  const std::size_t at = of_cause<ReleaseCause>(log)[1];
  Release next = *log.releases.at(ReleaseVersion{2});
  SECTION("expired") { next.validity.until = log.entries[at].time; }
  SECTION("not yet valid") {
    next.validity.from = log.entries[at].time + std::chrono::microseconds(1);
  }
  SECTION("a unit is gone") {
    std::erase_if(next.units, [](const Unit& u) { return u.id.str() == "polres.b"; });
    std::erase_if(next.keys, [](const UnitKey& k) { return k.unit.str() == "polres.b"; });
    std::erase(next.stations[2].units, UnitId("polres.b"));
  }
  SECTION("its table is not total") { next.rules.pop_back(); }
  SECTION("another version than the entry says") { next.version = ReleaseVersion{3}; }
  log.releases[ReleaseVersion{2}] = std::make_shared<const Release>(std::move(next));
  require_found(log, at, "cause");
}

TEST_CASE("where an entry or a release cannot be read a replay stops and says so") {
  const WrittenLog log = everything();
  const auto replay = *audit::Replay::create();
  REQUIRE(feed(*replay, log, 0, 3).empty());
  SECTION("an entry") { replay->lose(3); }
  SECTION("a release") {
    WrittenLog other = log;
    other.releases[ReleaseVersion{1}] = nullptr;
    const Replayed replayed = replay_of(other);
    REQUIRE(replayed.findings.empty());
    REQUIRE(replayed.replay->lost() == 0U);
    replay->lose(3);
  }
  REQUIRE(feed(*replay, log, 4, log.entries.size()).empty());
  REQUIRE(replay->lost() == 3U);
  REQUIRE(replay->counts().entries == 3);
}
