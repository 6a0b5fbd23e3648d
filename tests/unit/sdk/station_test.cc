#include "broker/crypto/sha256.h"
#include "broker/merkle/receipt.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

wire::FrameType type_of(const wire::Frames& frames) { return *wire::read_frame_type(frames[0]); }
std::vector<ByteView> views_of(const wire::Frames& frames) {
  return {frames.begin(), frames.end()};
}

// Events of a type in the whole log.
std::uint64_t count(MemoryBroker& broker, EventType type) {
  const auto reader = store::ReadOnlyStore::open(broker.inner.folder.path().string());
  REQUIRE(reader);
  std::uint64_t found = 0;
  for (std::uint64_t i = 0; i < broker.log_size(); ++i) {
    const auto entry = wire::decode_entry(*(*reader)->reader().entry(LogIndex{i}));
    REQUIRE(entry);
    for (const Event& event : entry->outcome.events) found += event.type == type ? 1 : 0;
  }
  return found;
}

}  // namespace

TEST_CASE("a station fetches the release and its referral comes back with a receipt and an owner") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  REQUIRE_FALSE(kpai.station->releases().usable(noon()));
  kpai.run();
  REQUIRE(kpai.station->welcomed());
  REQUIRE(kpai.station->releases().version() == ReleaseVersion{1});
  const auto planned = kpai.referral();
  kpai.post("t1", planned);
  REQUIRE(kpai.exchange().ok());
  const auto items = kpai.settled();
  REQUIRE(items.size() == 1);
  REQUIRE(items[0].ticket == "t1");
  REQUIRE_FALSE(items[0].refusal);
  const auto receipt = merkle::receipt_from_text(items[0].receipt);
  REQUIRE(merkle::verify_receipt(*receipt, kpai.anchor.log));
  const auto entry = wire::decode_entry(receipt->entry);
  REQUIRE(entry->outcome.owner == UnitId("polres.a"));
  REQUIRE(std::get<MessageCause>(entry->cause).message == planned.bytes);
}

TEST_CASE("the owner gets the narrative opened and an informed unit gets coded facts only") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral("{\"nama\":\"[NAMA - CONTOH]\"}"));
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  REQUIRE(police.kept.size() == 1);
  const auto& delivery = police.kept[0];
  REQUIRE(delivery.unit == UnitId("polres.a"));
  REQUIRE(delivery.narrative == "{\"nama\":\"[NAMA - CONTOH]\"}");
  REQUIRE(delivery.known->facts == offline_facts());
  REQUIRE(delivery.known->opener == UnitId("kpai"));
  // kpai is informed of its own referral, for which it is no recipient.
  for (const auto& own : kpai.kept) REQUIRE_FALSE(own.narrative);
}

TEST_CASE("a delivery is acknowledged once and does not come again") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  REQUIRE(count(broker, EventType::kReceived) == 1);
  REQUIRE(police.open().ok());
  police.run();
  REQUIRE(police.kept.size() == 1);
  REQUIRE(*police.station->outbox().size() == 0);
}

TEST_CASE(
    "a unit that accepts by itself does so after its acknowledgement and a silent one never") {
  for (const bool silent : {false, true}) {
    MemoryBroker broker;
    StationInTest police(broker, "police");
    StationInTest kpai(broker, "kpai");
    if (!silent) police.accepting = {"polres.a"};
    police.run();
    kpai.run();
    kpai.post("t1", kpai.referral());
    REQUIRE(kpai.exchange().ok());
    REQUIRE(police.exchange().ok());
    REQUIRE(count(broker, EventType::kAccepted) == (silent ? 0 : 1));
    REQUIRE(count(broker, EventType::kReceived) == 1);
  }
}

TEST_CASE("what does not open is accepted by nobody, and who sealed it hears which unit said so") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.accepting = {"polres.a", "polda", "bareskrim"};
  police.run();
  kpai.run();
  // Of the right form and for the right units, and noise inside.
  auto planned = kpai.referral();
  const Bytes payload = payload_form(planned.message.recipients, 100);
  planned.message.payload =
      PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), Digest{}};
  planned.payload = payload;
  planned.bytes = wire::encode_message(planned.message);
  kpai.post("t1", planned);
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  REQUIRE(police.kept.size() == 1);
  CHECK(police.kept[0].seal_fault);
  CHECK_FALSE(police.kept[0].narrative);
  CHECK(count(broker, EventType::kReceived) == 1);
  CHECK(count(broker, EventType::kUnreadable) == 1);
  CHECK(count(broker, EventType::kAccepted) == 0);
  REQUIRE(kpai.exchange().ok());
  const auto told = std::find_if(kpai.kept.begin(), kpai.kept.end(), [](const auto& delivery) {
    return delivery.checked.message &&
           kind_of(*delivery.checked.message) == MessageKind::kUnreadable;
  });
  REQUIRE(told != kpai.kept.end());
  CHECK(told->checked.message->sender == UnitId("polres.a"));
  CHECK(std::get<Unreadable>(told->checked.message->body).entry == LogIndex{1});
  // The deadline stands, and the units that come next say the same, the last one included; each
  // says it once, whatever restarts.
  for (int step = 0; step < 3; ++step) {
    broker.inner.clock.advance(std::chrono::hours(25));
    broker.tick();
    REQUIRE(police.open().ok());
    police.run();
    REQUIRE(police.exchange().ok());
  }
  CHECK(count(broker, EventType::kAccepted) == 0);
  CHECK(count(broker, EventType::kUnreadable) == 3);
  CHECK(broker.inner.owner_of(planned.message) == "bareskrim");
}

TEST_CASE("the next unit of the chain gets the earlier entries and can open them") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.accepting = {"polda"};
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  broker.inner.clock.advance(std::chrono::hours(25));
  broker.tick();
  REQUIRE(police.exchange().ok());
  bool opened = false;
  for (const auto& delivery : police.kept) {
    opened = opened || (delivery.unit == UnitId("polda") && delivery.narrative.has_value());
  }
  REQUIRE(opened);
  REQUIRE(count(broker, EventType::kAccepted) == 1);
}

TEST_CASE("several waiting messages of a unit travel as one submission and each proves itself") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  for (const char* ticket : {"a", "b", "c"}) kpai.post(ticket, kpai.referral());
  REQUIRE(kpai.station->pump().ok());
  REQUIRE(kpai.outgoing.size() == 1);
  REQUIRE(wire::decode_submission(views_of(kpai.outgoing[0]))->messages.size() == 3);
  REQUIRE(kpai.exchange().ok());
  REQUIRE(kpai.settled().size() == 3);
  REQUIRE(police.exchange().ok());
  REQUIRE(police.kept.size() == 3);
  REQUIRE(std::get<MessageCause>(police.kept[2].checked.entry.cause).proof.path.size() > 0);
}

TEST_CASE("a crash at any step of sending neither loses nor repeats a message") {
  // After: nothing was sent; it was sent and the answer lost; the answer was stored.
  for (const int step : {0, 1, 2}) {
    INFO(step);
    MemoryBroker broker;
    StationInTest kpai(broker, "kpai");
    kpai.run();
    const auto planned = kpai.referral();
    kpai.post("t1", planned);
    if (step == 1) {
      REQUIRE(kpai.exchange([](wire::Frames& frames) {
                    return type_of(frames) != wire::FrameType::kOutcome;
                  })
                  .ok());
      REQUIRE(kpai.settled().empty());
    }
    if (step == 2) REQUIRE(kpai.exchange().ok());
    REQUIRE(kpai.open().ok());
    kpai.run();
    const auto items = kpai.settled();
    REQUIRE(items.size() == 1);
    REQUIRE(items[0].message == planned.bytes);
    REQUIRE(count(broker, EventType::kOpened) == 1);
    REQUIRE_FALSE(kpai.station->outbox().add("t1", planned).value());
  }
}

TEST_CASE("nothing is acknowledged that the agency's side does not have") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  police.folder_is_full = true;
  REQUIRE(police.exchange().error().code == ErrorCode::kStoreFailed);
  police.folder_is_full = false;
  REQUIRE(police.open().ok());
  REQUIRE(count(broker, EventType::kReceived) == 0);
  police.run();
  REQUIRE(police.kept.size() == 1);
  REQUIRE(count(broker, EventType::kReceived) == 1);
}

TEST_CASE("an answer for a stale version is made again for the current one under a new id") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  auto known = *police.station->cases().find(police.kept[0].checked.case_id).value();
  REQUIRE(known.version == 2);
  known.version = 1;
  const sdk::Answer answer{UnitId("polres.a"), known.case_id, Accept{Need::kInvestigation}, ""};
  const auto planned = *police.planner().answer(answer, known, {});
  police.post("answer", planned);
  REQUIRE(police.exchange().ok());
  const auto items = police.settled();
  REQUIRE(items.size() == 1);
  REQUIRE_FALSE(items[0].refusal);
  const auto sent = wire::decode_message(items[0].message);
  REQUIRE(sent->message_id != planned.message.message_id);
  REQUIRE(sent->expected_version == 2);
}

TEST_CASE("a refusal that stays is settled with its logged receipt") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  const auto known = *police.station->cases().find(police.kept[0].checked.case_id).value();
  const sdk::Answer answer{UnitId("polda"), known.case_id, Accept{Need::kInvestigation}, ""};
  police.post("answer", *police.planner().answer(answer, known, {}));
  REQUIRE(police.exchange().ok());
  const auto items = police.settled();
  REQUIRE(items.size() == 1);
  REQUIRE(items[0].refusal->code == ErrorCode::kCaseUnknown);
  REQUIRE(merkle::verify_receipt(*merkle::receipt_from_text(items[0].receipt), police.anchor.log));
}

TEST_CASE("a note is sealed for the chains and the opener and read by them") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  REQUIRE(police.exchange().ok());
  const auto known = *police.station->cases().find(police.kept[0].checked.case_id).value();
  police.post("n", *police.planner().answer(
                       {UnitId("polres.a"), known.case_id, Note{}, "[catatan]"}, known, {}));
  REQUIRE(police.exchange().ok());
  kpai.kept.clear();
  REQUIRE(kpai.exchange().ok());
  bool read = false;
  for (const auto& delivery : kpai.kept) read = read || delivery.narrative == "[catatan]";
  REQUIRE(read);
  REQUIRE(police.planner()
              .answer({UnitId("polres.a"), known.case_id, Note{}, ""}, known, {})
              .error()
              .code == ErrorCode::kPayloadMissing);
}

TEST_CASE("a referral sealed under an older release is routed and sealed again") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  const auto planned = kpai.referral();
  kpai.post("t1", planned);
  Release next = small_release();
  next.version = ReleaseVersion{2};
  next.rules[0].level = Level::kProvince;
  REQUIRE(broker.inner.start(signed_small_release(next)).ok());
  kpai.run();
  const auto items = kpai.settled();
  REQUIRE(items.size() == 1);
  REQUIRE_FALSE(items[0].refusal);
  REQUIRE(kpai.station->releases().version() == ReleaseVersion{2});
  const auto receipt = merkle::receipt_from_text(items[0].receipt);
  REQUIRE(wire::decode_entry(receipt->entry)->outcome.owner == UnitId("polda"));
}

TEST_CASE("a receipt for another message is not believed and the message stays in the outbox") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  kpai.post("a", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  const auto first = merkle::receipt_from_text(kpai.settled()[0].receipt);
  kpai.post("b", kpai.referral());
  const auto wrong_receipt = [&](wire::Frames& frames) {
    if (type_of(frames) != wire::FrameType::kOutcome) return true;
    auto outcome = *wire::decode_outcome(views_of(frames));
    outcome.results[0].receipt = *first;
    frames = wire::encode(outcome);
    return true;
  };
  REQUIRE(kpai.exchange(wrong_receipt).ok());
  REQUIRE(kpai.station->distrusts());
  REQUIRE(kpai.settled().size() == 1);
  REQUIRE(kpai.open().ok());
  kpai.run();
  REQUIRE(kpai.settled().size() == 2);
}

TEST_CASE("one flipped bit anywhere in a delivered entry is never handed to the agency") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  REQUIRE(broker.mail_of("police").size() == 1);
  const wire::Frames good = broker.mail_of("police")[0];
  for (std::size_t at = 0; at < good[2].size(); at += 7) {
    wire::Frames bad = good;
    bad[2][at] ^= 0x10;
    REQUIRE(police.station->receive(views_of(bad)).ok());
    REQUIRE(police.station->distrusts());
    REQUIRE(police.kept.empty());
  }
}

TEST_CASE("a payload that was damaged on its way is nobody's fault and comes again") {
  MemoryBroker broker;
  StationInTest police(broker, "police");
  StationInTest kpai(broker, "kpai");
  police.accepting = {"polres.a"};
  police.run();
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange().ok());
  bool damaged = false;
  REQUIRE(police
              .exchange([&damaged](wire::Frames& frames) {
                if (type_of(frames) == wire::FrameType::kDelivery && !damaged) {
                  frames.back().back() ^= 1;
                  damaged = true;
                }
                return true;
              })
              .ok());
  REQUIRE(damaged);
  CHECK(police.kept.empty());
  CHECK_FALSE(police.station->distrusts());
  CHECK(count(broker, EventType::kReceived) == 0);
  police.run();
  REQUIRE(police.kept.size() == 1);
  CHECK(police.kept[0].narrative);
  CHECK(count(broker, EventType::kReceived) == 1);
  CHECK(count(broker, EventType::kAccepted) == 1);
  CHECK(count(broker, EventType::kUnreadable) == 0);
}

TEST_CASE("frames that no broker sends end the trust and nothing else") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  for (const wire::Frames& frames :
       {wire::Frames{}, wire::Frames{Bytes{'R', 'J', 1, 99}}, wire::encode(wire::GetRelease{}),
        wire::Frames{Bytes{'R', 'J', 1, 5}, Bytes(40, 0xAA)}}) {
    REQUIRE(kpai.connect().ok());
    REQUIRE_FALSE(kpai.station->distrusts());
    REQUIRE(kpai.station->receive(views_of(frames)).ok());
    REQUIRE(kpai.station->distrusts());
  }
}

TEST_CASE("a station asks for a proof from each checkpoint to the next and proves them all") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  std::size_t answers = 0;
  for (int i = 0; i < 3; ++i) {
    kpai.post("t" + std::to_string(i), kpai.referral());
    REQUIRE(kpai.exchange([&answers](wire::Frames& frames) {
                  answers += type_of(frames) == wire::FrameType::kConsistency ? 1 : 0;
                  return true;
                })
                .ok());
  }
  // One each for the referral, and for the acknowledgement of its copy.
  REQUIRE(answers == 6);
  sdk::Statement waiting = kpai.database->prepare("SELECT count(*), sum(proven) FROM seen");
  REQUIRE(*waiting.step());
  REQUIRE(waiting.number(0) == waiting.number(1));
}

TEST_CASE("a proof that was lost is asked for again after a reconnect") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  kpai.post("t1", kpai.referral());
  REQUIRE(kpai.exchange([](wire::Frames& frames) {
                return type_of(frames) != wire::FrameType::kConsistency;
              })
              .ok());
  std::size_t answers = 0;
  REQUIRE(kpai.open().ok());
  REQUIRE(kpai.connect().ok());
  REQUIRE(kpai.exchange([&answers](wire::Frames& frames) {
                answers += type_of(frames) == wire::FrameType::kConsistency ? 1 : 0;
                return true;
              })
              .ok());
  REQUIRE(answers >= 1);
}

TEST_CASE("a bad proof is fatal and the station does not start again") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  kpai.post("t1", kpai.referral());
  const auto fatal = kpai.exchange([](wire::Frames& frames) {
    if (type_of(frames) != wire::FrameType::kConsistency) return true;
    auto answer = *wire::decode_consistency(views_of(frames));
    answer.path.push_back(Digest{});
    frames = wire::encode(answer);
    return true;
  });
  REQUIRE(fatal.error().code == ErrorCode::kCheckpointFork);
  REQUIRE(kpai.open().error().code == ErrorCode::kCheckpointFork);
}

TEST_CASE("a broker that denies the checkpoint of the hello forked") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  const std::string seen = *sdk::SeenLog(*kpai.database, kpai.anchor.log).latest();
  REQUIRE(kpai.connect().ok());
  const auto denied = kpai.station->receive(views_of(wire::encode(
      wire::SubmissionOutcome{0, Error{ErrorCode::kCheckpointBehind, "checkpoint"}, {}})));
  REQUIRE(denied.error().code == ErrorCode::kCheckpointBehind);
  const auto found = *sdk::find_contradiction(*kpai.database);
  REQUIRE(found->first == seen);
  REQUIRE(found->second.empty());
}
