#include "broker/sequencer/sequencer.h"

#include <map>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

TEST_CASE("an accepted referral gets a receipt that verifies") {
  SequencerInTest s;
  const auto result = s.submit(referral_message());
  REQUIRE_FALSE(result.refusal);
  REQUIRE(result.case_version == 1);
  const auto checkpoint = merkle::verify_receipt(*result.receipt, s.note_key());
  REQUIRE(checkpoint);
  REQUIRE(checkpoint->size == 2);
  const auto entry = wire::decode_entry(result.receipt->entry);
  REQUIRE(entry->outcome.owner.str() == "polres.a");
  REQUIRE(std::get<MessageCause>(entry->cause).message == wire::encode_message(referral_message()));
}

TEST_CASE("the same bytes get the same receipt and no second entry") {
  SequencerInTest s;
  const auto first = s.submit(referral_message());
  s.submit(referral_message(offline_facts(), 2));
  const auto again = s.submit(referral_message());
  REQUIRE(again.receipt == first.receipt);
  REQUIRE_FALSE(again.refusal);
  REQUIRE(s.sequencer->log_size() == 3);
}

TEST_CASE("the same bytes twice in one submission are one entry with one receipt") {
  SequencerInTest s;
  REQUIRE(s.process(
      {SequencerInTest::job_of(StationId("kpai"), {referral_message(), referral_message()})}));
  const auto outcome = wire::decode_outcome(s.outbound.sent.at(0).views());
  REQUIRE(outcome->results.at(0).receipt == outcome->results.at(1).receipt);
  REQUIRE(s.sequencer->log_size() == 2);
}

TEST_CASE("the same id with other bytes is a logged conflict that changes nothing") {
  SequencerInTest s;
  s.submit(referral_message());
  Message other = referral_message();
  other.sent_at += Seconds(1);
  const auto result = s.submit(other);
  REQUIRE(result.refusal->code == ErrorCode::kMessageConflict);
  REQUIRE(merkle::verify_receipt(*result.receipt, s.note_key()));
  REQUIRE(s.sequencer->log_size() == 3);
  REQUIRE_FALSE(s.submit(referral_message()).refusal);
}

TEST_CASE("a refusal is logged and is the answer to the same bytes again") {
  SequencerInTest s;
  Message wrong = referral_message();
  wrong.recipients.pop_back();
  const auto first = s.submit(wrong);
  REQUIRE(first.refusal->code == ErrorCode::kRecipientsStale);
  REQUIRE(first.recipients.size() == 5);
  REQUIRE(merkle::verify_receipt(*first.receipt, s.note_key()));
  REQUIRE(s.submit(wrong).receipt == first.receipt);
}

TEST_CASE("a message refused for its payload may come again whole") {
  SequencerInTest s;
  verify::Job job = SequencerInTest::job_of(StationId("kpai"), {referral_message()});
  auto& verified = std::get<verify::VerifiedSubmission>(job.work).messages[0];
  verified.message = Error{ErrorCode::kPayloadDigest, "payload"};
  verified.payload.reset();
  REQUIRE(s.process(job));
  REQUIRE(wire::decode_outcome(s.outbound.sent.at(0).views())->results.at(0).refusal->code ==
          ErrorCode::kPayloadDigest);
  REQUIRE_FALSE(s.submit(referral_message()).refusal);
}

TEST_CASE(
    "a station without the unit or with an old key and a key not in force are refused in the log") {
  SequencerInTest s;
  REQUIRE(s.process(SequencerInTest::job_of(StationId("police"), {referral_message()})));
  REQUIRE(wire::decode_outcome(s.outbound.sent.at(0).views())->results.at(0).refusal->code ==
          ErrorCode::kStationUnitNotServed);
  verify::Job stale = SequencerInTest::job_of(StationId("kpai"), {referral_message()});
  stale.station_key[0] ^= 1;
  s.outbound.sent.clear();
  REQUIRE(s.process(stale));
  REQUIRE(wire::decode_outcome(s.outbound.sent.at(0).views())->results.at(0).refusal->code ==
          ErrorCode::kStationUnknown);
  verify::Job job = SequencerInTest::job_of(StationId("kpai"), {referral_message()});
  std::get<verify::VerifiedSubmission>(job.work).messages[0].proof.key_id = "sign-9";
  s.outbound.sent.clear();
  REQUIRE(s.process(job));
  REQUIRE(wire::decode_outcome(s.outbound.sent.at(0).views())->results.at(0).refusal->code ==
          ErrorCode::kSubmissionKeyUnknown);
  REQUIRE(s.sequencer->log_size() == 4);
}

TEST_CASE("parties get the entry, recipients the payload, nobody else anything") {
  SequencerInTest s;
  s.hello("police");
  s.hello("centre");
  s.hello("kpai");
  s.submit(referral_message());
  std::map<std::string, bool> payload_of;
  for (const auto& delivery : s.outbound.deliveries()) {
    REQUIRE(merkle::verify_receipt(delivery.receipt, s.note_key()));
    payload_of[delivery.unit.str()] = delivery.payload.has_value();
  }
  REQUIRE(payload_of ==
          std::map<std::string, bool>{{"polres.a", true}, {"uptd", true}, {"kpai", false}});
}

TEST_CASE("mail waits for a station and is sent again until it is acknowledged") {
  SequencerInTest s;
  const auto opened = s.submit(referral_message());
  REQUIRE(s.outbound.deliveries().empty());
  s.hello("police");
  REQUIRE(s.outbound.deliveries().size() == 1);
  REQUIRE(s.outbound.deliveries()[0].receipt == *opened.receipt);
  s.hello("police");
  REQUIRE(s.outbound.deliveries().size() == 1);
  s.submit(case_message(referral_message(), UnitId("polres.a"), 0,
                        Received{{opened.receipt->index}}, 2));
  REQUIRE(s.outbound.deliveries().empty());
  s.hello("police");
  REQUIRE(s.outbound.deliveries().empty());
}

TEST_CASE("what is on its way to a station is bounded by bytes, and the rest follows") {
  SequencerInTest s;
  constexpr std::size_t kText = 900'000;
  constexpr std::uint8_t kCases = 12;
  std::map<std::uint64_t, Message> openings;
  for (std::uint8_t number = 1; number <= kCases; ++number) {
    Message opening = referral_message(offline_facts(), number);
    const Bytes payload = payload_form(opening.recipients, kText);
    opening.payload = PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), {}};
    const auto result = s.submit(opening, payload);
    REQUIRE_FALSE(result.refusal);
    openings.emplace(to_number(s.mail_of("polres.a").back()), opening);
  }
  s.hello("police");
  REQUIRE(s.process());
  // Not acknowledged, in bytes of payloads; and what came.
  std::size_t on_its_way = 0;
  std::vector<wire::Delivery> came;
  const auto take = [&] {
    for (wire::Delivery& delivery : s.outbound.deliveries()) {
      on_its_way += delivery.payload.value().size();
      came.push_back(std::move(delivery));
    }
    REQUIRE(on_its_way <= limits::kDeliveryWindowBytes + limits::kPayloadBytes);
  };
  take();
  for (std::size_t i = 0; i < kCases; ++i) {
    REQUIRE(i < came.size());
    const LogIndex index = wire::decode_entry(came[i].receipt.entry)->index;
    on_its_way -= came[i].payload->size();
    s.does(openings.at(to_number(index)), "polres.a", Received{{index}});
    take();
  }
  REQUIRE(came.size() == kCases);
  REQUIRE(s.mail_of("polres.a").empty());
}

TEST_CASE("an acknowledgement of what is no mail of the case is refused and changes nothing") {
  SequencerInTest s;
  const Message one = referral_message(offline_facts(), 1);
  const Message other = referral_message(offline_facts(), 2);
  const LogIndex of_one = s.submit(one).receipt->index;
  const LogIndex of_other = s.submit(other).receipt->index;
  const auto before = s.mail_of("polres.a");
  const CaseRecord record = s.record_of(one);
  const LogIndex release{0};
  const LogIndex none{1'000'000'000'000'000};
  const LogIndex itself{s.sequencer->log_size()};
  for (const std::vector<LogIndex>& named : std::vector<std::vector<LogIndex>>{
           {of_other}, {of_one, of_other}, {release}, {of_one, none}, {itself}}) {
    const auto result = s.say(one, "polres.a", Received{named});
    REQUIRE(result.refusal);
    CHECK(result.refusal->code == ErrorCode::kReceivedUnknown);
    CHECK(s.mail_of("polres.a") == before);
    CHECK(s.record_of(one) == record);
  }
  // Whom nobody told has no part at all; and one acknowledgement is not mail for another.
  REQUIRE(s.say(one, "sapa", Received{{of_one}}).refusal->code == ErrorCode::kCaseUnknown);
  s.does(one, "kpai", Received{{of_one}});
  const LogIndex acknowledgement = s.last_entry().index;
  REQUIRE(s.say(one, "polres.a", Received{{acknowledgement}}).refusal);
}

TEST_CASE("an acknowledgement made twice is taken twice and moves once") {
  SequencerInTest s;
  const Message opening = referral_message();
  const LogIndex opened = s.submit(opening).receipt->index;
  s.does(opening, "polres.a", Received{{opened}});
  REQUIRE(s.last_entry().outcome.events.front().type == EventType::kReceived);
  s.does(opening, "uptd", Received{{opened}});
  s.does(opening, "uptd", Received{{opened}});
  REQUIRE(s.last_entry().outcome.events.front().type == EventType::kDelivered);
  // Nobody acknowledges anew what it had long before the case came to it.
  s.pass(std::chrono::hours(25));
  REQUIRE(s.owner_of(opening) == "polda");
  REQUIRE(s.say(opening, "polres.a", Received{{opened}}).refusal->code ==
          ErrorCode::kReceivedUnknown);
  const auto mail = s.mail_of("polda");
  REQUIRE(mail.size() >= 2);
  s.does(opening, "polda", Received{{mail[0]}});
  REQUIRE(s.last_entry().outcome.events.front().type == EventType::kReceived);
}

TEST_CASE("a missed deadline is an entry, and the next unit gets the case with its payload") {
  SequencerInTest s;
  s.hello("police");
  s.submit(referral_message());
  s.outbound.sent.clear();
  s.clock.advance(Seconds(24 * 3600 - 1));
  REQUIRE(s.process());
  REQUIRE(s.sequencer->log_size() == 2);
  s.clock.advance(Seconds(2));
  REQUIRE(s.process());
  // Both assignments were due: investigation and protection.
  REQUIRE(s.sequencer->log_size() == 4);
  std::vector<std::pair<std::string, std::uint64_t>> mail;
  for (const auto& d : s.outbound.deliveries()) {
    mail.emplace_back(d.unit.str(), to_number(d.receipt.index));
    REQUIRE(d.payload.has_value() == (d.receipt.index == LogIndex{1}));
  }
  std::sort(mail.begin(), mail.end());
  REQUIRE(mail == std::vector<std::pair<std::string, std::uint64_t>>{
                      {"polda", 1}, {"polda", 2}, {"polda", 3}, {"polres.a", 2}});
  const auto result = s.submit(
      case_message(referral_message(), UnitId("polda"), 3, Accept{Need::kInvestigation}, 5));
  REQUIRE_FALSE(result.refusal);
  REQUIRE(wire::decode_entry(result.receipt->entry)->outcome.owner.str() == "polda");
}

TEST_CASE("log time advances strictly while the wall clock stands still or jumps back") {
  SequencerInTest s;
  TimeUs last{};
  for (std::uint8_t i = 1; i <= 5; ++i) {
    if (i == 3) s.clock.set(*parse_time("2021-01-01"));
    const auto result = s.submit(referral_message(offline_facts(), i));
    const TimeUs time = wire::decode_entry(result.receipt->entry)->time;
    REQUIRE(time > last);
    last = time;
  }
}

TEST_CASE("a station behind the log gets a consistency proof that verifies") {
  SequencerInTest s;
  const auto first = s.submit(referral_message());
  for (std::uint8_t i = 2; i < 9; ++i) s.submit(referral_message(offline_facts(), i));
  s.hello("kpai", first.receipt->checkpoint);
  const auto welcome = wire::decode_welcome(s.outbound.sent.at(0).views());
  const auto old_size = *merkle::verify_checkpoint(first.receipt->checkpoint, s.note_key());
  const auto new_size = *merkle::verify_checkpoint(welcome->checkpoint, s.note_key());
  REQUIRE(new_size.size == 9);
  REQUIRE(merkle::verify_consistency(old_size.size, old_size.root, new_size.size, new_size.root,
                                     welcome->consistency));
}

TEST_CASE("a checkpoint of a longer log or of another history stops the broker") {
  SequencerInTest s;
  const std::string ahead = merkle::sign_checkpoint({kOrigin, 99, Digest{1}}, s.log_key);
  s.outbound.sent.clear();
  auto stopped = s.process(SequencerInTest::hello_job("kpai", ahead));
  REQUIRE(stopped.error().code == ErrorCode::kCheckpointBehind);
  // The station is shown what this broker has instead.
  const auto shown = wire::decode_welcome(s.outbound.sent.at(0).views());
  REQUIRE(merkle::verify_checkpoint(shown->checkpoint, s.note_key())->size == 1);
  const std::string fork = merkle::sign_checkpoint({kOrigin, 1, Digest{1}}, s.log_key);
  stopped = s.process(SequencerInTest::hello_job("kpai", fork));
  REQUIRE(stopped.error().code == ErrorCode::kCheckpointFork);
}

TEST_CASE("anyone connected gets a proof between two checkpoints of the log and of no other") {
  SequencerInTest s;
  std::vector<std::string> notes;
  for (std::uint8_t i = 1; i < 9; ++i) {
    notes.push_back(s.submit(referral_message(offline_facts(), i)).receipt->checkpoint);
  }
  const auto ask = [&s](const std::string& first, const std::string& second) {
    verify::Job job;
    job.from = connection("centre");
    job.station = StationId("centre");
    job.work = wire::GetConsistency{first, second};
    s.outbound.sent.clear();
    const auto done = s.process(job);
    auto answer = *wire::decode_consistency(s.outbound.sent.at(0).views());
    REQUIRE(answer.asked == wire::GetConsistency{first, second});
    return std::pair(done, answer);
  };
  for (std::size_t first = 0; first < notes.size(); ++first) {
    for (std::size_t second = 0; second < notes.size(); ++second) {
      const auto [done, answer] = ask(notes[first], notes[second]);
      REQUIRE(done.ok());
      REQUIRE(answer.refusal.has_value() == (first > second));
      if (answer.refusal) continue;
      const auto from = *merkle::verify_checkpoint(notes[first], s.note_key());
      const auto to = *merkle::verify_checkpoint(notes[second], s.note_key());
      REQUIRE(merkle::verify_consistency(from.size, from.root, to.size, to.root, answer.path));
    }
  }
  const auto stranger = Ed25519SecretKey::from_seed(seed_of("stranger"));
  const auto unknown = ask(notes[0], merkle::sign_checkpoint({kOrigin, 2, Digest{1}}, stranger));
  REQUIRE(unknown.first.ok());
  REQUIRE(unknown.second.refusal);
  // Signed by the log's key, but not of this log: it is answered, and then nobody is served.
  const auto fork = ask(notes[0], merkle::sign_checkpoint({kOrigin, 2, Digest{1}}, s.log_key));
  REQUIRE(fork.second.refusal->code == ErrorCode::kCheckpointFork);
  REQUIRE(fork.first.error().code == ErrorCode::kCheckpointFork);
}

TEST_CASE("a checkpoint that the log did not sign stops nothing") {
  SequencerInTest s;
  const auto stranger = Ed25519SecretKey::from_seed(seed_of("stranger"));
  s.hello("kpai", merkle::sign_checkpoint({kOrigin, 99, Digest{1}}, stranger));
  REQUIRE(s.outbound.sent.at(0).type() == wire::FrameType::kOutcome);
  s.hello("kpai");
  REQUIRE(s.outbound.sent.at(0).type() == wire::FrameType::kWelcome);
}

TEST_CASE("the release in force and earlier ones are handed out, others are unknown") {
  SequencerInTest s;
  for (const std::uint32_t version : {0U, 1U, 7U}) {
    verify::Job job;
    job.from = connection("kpai");
    job.station = StationId("kpai");
    job.work = wire::GetRelease{ReleaseVersion{version}};
    s.outbound.sent.clear();
    REQUIRE(s.process(job));
    const auto reply = wire::decode_release_reply(s.outbound.sent.at(0).views());
    REQUIRE(reply->refusal.has_value() == (version == 7));
    if (version != 7) REQUIRE(reply->signed_release == signed_small_release());
  }
}

TEST_CASE("a commit takes at most its limit and every message is answered") {
  SequencerInTest s;
  std::vector<verify::Job> jobs;
  for (std::uint8_t i = 1; i <= 30; ++i) {
    std::vector<Message> messages;
    for (std::uint8_t k = 0; k < 20; ++k) {
      Message m = referral_message(offline_facts(), i);
      m.message_id.bytes[15] = static_cast<std::uint8_t>(k + 1);
      m.case_id = case_id_of(m.message_id);
      messages.push_back(m);
    }
    jobs.push_back(SequencerInTest::job_of(StationId("kpai"), messages));
  }
  REQUIRE(s.process(jobs));
  std::size_t answered = 0;
  std::set<std::string> checkpoints;
  for (const auto& sent : s.outbound.sent) {
    if (sent.type() != wire::FrameType::kOutcome) continue;
    const auto outcome = wire::decode_outcome(sent.views());
    for (const auto& result : outcome->results) {
      const auto checkpoint = merkle::verify_receipt(*result.receipt, s.note_key());
      INFO("index " << to_number(result.receipt->index)
                    << (checkpoint ? "" : to_string(checkpoint.error())));
      REQUIRE(checkpoint);
      checkpoints.insert(result.receipt->checkpoint);
      ++answered;
    }
  }
  REQUIRE(answered == 600);
  REQUIRE(checkpoints.size() >= 3);
}
