// A release of another origin begins a new shard of the log.
#include <tuple>

#include "broker/decide/ownership.h"
#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr const char* kNext = "log.example/test-2027";

Release next_year(const char* origin = kNext, std::uint32_t version = 2) {
  Release release = small_release();
  release.version = ReleaseVersion{version};
  release.log_origin = origin;
  return release;
}

Release first_year(Edition edition) {
  Release release = small_release();
  release.edition = edition;
  return release;
}

// Sealed under the release that began the shard.
Message in_new_shard(std::uint8_t number) {
  Message message = referral_message(offline_facts(), number);
  message.release = ReleaseVersion{2};
  return message;
}

// An open case, a closed one, and another open one, in the order of their ids.
class Year {
 public:
  const Message open = referral_message(offline_facts(), 1);
  const Message closed = referral_message(offline_facts(), 2);
  const Message later = referral_message(offline_facts(), 3);

  explicit Year(Edition edition = kNewestEdition) : s(signed_small_release(first_year(edition))) {
    for (const Message& opening : {open, closed, later}) REQUIRE_FALSE(s.submit(opening).refusal);
    s.does(closed, "polres.a", Accept{Need::kInvestigation});
    s.does(closed, "polres.a", Complete{Need::kInvestigation});
    s.does(closed, "uptd", Accept{Need::kProtection});
    s.does(closed, "uptd", Complete{Need::kProtection});
    s.does(closed, "polres.a", Close{});
  }
  void rotate() {
    first = s.sequencer->log_size();
    s.sequencer->offer_release(signed_small_release(next_year()));
    REQUIRE(s.process());
    s.log_origin = kNext;
  }
  template <typename Body>
  const Body* cause(std::uint64_t position) const {
    const Entry entry = s.entry(first + position);
    entry_ = entry.cause;
    return std::get_if<Body>(&entry_);
  }
  merkle::NoteKey key(const char* origin) const { return {origin, s.log_key.public_key()}; }

  SequencerInTest s;
  std::uint64_t first = 0;

 private:
  mutable Cause entry_;
};

}  // namespace

TEST_CASE("a shard begins with the last checkpoint before it and carries the open cases") {
  Year y;
  const std::string last = y.s.submit(referral_message(offline_facts(), 4)).receipt->checkpoint;
  const CaseRecord before = y.s.record_of(y.open);
  y.rotate();
  const auto* genesis = y.cause<GenesisCause>(0);
  REQUIRE(genesis != nullptr);
  REQUIRE(genesis->previous == last);
  REQUIRE(merkle::verify_checkpoint(genesis->previous, y.key(kOrigin))->size == y.first);
  REQUIRE(genesis->version == ReleaseVersion{2});
  REQUIRE(y.s.sequencer->log_size() == y.first + 4);
  std::vector<CaseId> carried;
  for (std::uint64_t i = 1; i < 4; ++i) {
    const auto* carry = y.cause<CarryCause>(i);
    REQUIRE(carry != nullptr);
    carried.push_back(carry->case_id);
    const auto record = wire::decode_case(carry->record);
    REQUIRE(record->case_id == carry->case_id);
    const Entry entry = y.s.entry(y.first + i);
    REQUIRE(entry.outcome.case_version == record->version);
    REQUIRE(entry.outcome.owner == record->owner());
    REQUIRE(entry.outcome.events.size() == 1);
    REQUIRE(entry.outcome.events[0].type == EventType::kCarried);
  }
  REQUIRE(carried == std::vector<CaseId>{y.open.case_id, y.later.case_id,
                                         referral_message(offline_facts(), 4).case_id});
  REQUIRE(y.s.record_of(y.open) == before);
}

TEST_CASE("receipts of both shards verify with their own origin and position") {
  Year y;
  const auto old = y.s.submit(y.open);
  y.rotate();
  const auto fresh = y.s.submit(in_new_shard(5));
  REQUIRE_FALSE(fresh.refusal);
  REQUIRE(merkle::verify_receipt(*fresh.receipt, y.key(kNext)));
  REQUIRE(wire::decode_entry(fresh.receipt->entry)->index ==
          LogIndex{y.first + to_number(fresh.receipt->index)});
  // The same message again has its first outcome, whose receipt is of the old shard.
  const auto again = y.s.submit(y.open);
  REQUIRE(again.receipt == old.receipt);
  REQUIRE(merkle::verify_receipt(*again.receipt, y.key(kOrigin)));
  // So has everything that a new connection is sent.
  y.s.hello("police");
  std::size_t both = 0;
  for (const auto& delivery : y.s.outbound.deliveries()) {
    const std::string origin = merkle::origin_line(delivery.receipt.checkpoint);
    REQUIRE(merkle::verify_receipt(delivery.receipt, y.key(origin.c_str())));
    const std::uint64_t from = origin == kNext ? y.first : 0;
    const auto entry = wire::decode_entry(delivery.receipt.entry);
    REQUIRE(to_number(entry->index) == from + to_number(delivery.receipt.index));
    both |= origin == kNext ? 2U : 1U;
  }
  REQUIRE(both == 3);
}

TEST_CASE("a closed case is carried when it is first touched and once") {
  Year y;
  y.rotate();
  const std::uint64_t size = y.s.sequencer->log_size();
  // Refused, because the case is closed: that follows from its record.
  REQUIRE(y.s.say(y.closed, "polres.a", Accept{Need::kInvestigation}).refusal->code ==
          ErrorCode::kCaseClosed);
  REQUIRE(y.s.sequencer->log_size() == size + 2);
  REQUIRE(y.cause<CarryCause>(size - y.first)->case_id == y.closed.case_id);
  y.s.does(y.closed, "polres.a", Reopen{});
  REQUIRE(y.s.sequencer->log_size() == size + 3);
  y.s.does(y.open, "polres.a", Accept{Need::kInvestigation});
  REQUIRE(y.s.sequencer->log_size() == size + 4);
}

TEST_CASE("looking for ended units carries nothing that does not move") {
  Year y;
  y.rotate();
  Release third = next_year(kNext, 3);
  add_unit_like(third, "polres.b", "polres.n");
  end_unit(third, "polres.b", noon() - std::chrono::hours(1), "polres.n");
  y.s.sequencer->offer_release(signed_small_release(third));
  REQUIRE(y.s.process());
  REQUIRE(y.s.process());
  REQUIRE(std::holds_alternative<ReleaseCause>(y.s.last_entry().cause));
}

TEST_CASE("a rotation that was cut off goes on at the next start before anything else") {
  Year y(Edition::kPresentFacts);
  y.first = y.s.sequencer->log_size();
  // Stands in for a crash after the commit of the genesis.
  const std::string trigger = "CREATE TRIGGER crash BEFORE INSERT ON checkpoints WHEN NEW.size > " +
                              std::to_string(y.first + 1) +
                              " BEGIN SELECT RAISE(ABORT, 'crash'); END";
  execute_sql(y.s.folder.path(), trigger.c_str());
  Release next = next_year();
  next.edition = Edition::kPresentFacts;
  const Bytes release = signed_small_release(next);
  REQUIRE(y.s.start(release).error().code == ErrorCode::kStoreFailed);
  execute_sql(y.s.folder.path(), "DROP TRIGGER crash");
  REQUIRE(y.s.start(release).ok());
  REQUIRE(y.s.sequencer->log_size() == y.first + 3);
  REQUIRE(y.cause<CarryCause>(1)->case_id == y.open.case_id);
  REQUIRE(y.cause<CarryCause>(2)->case_id == y.later.case_id);
  // And again: there is nothing left to do.
  REQUIRE(y.s.start(release).ok());
  REQUIRE(y.s.sequencer->log_size() == y.first + 3);
  y.s.log_origin = kNext;
  REQUIRE_FALSE(y.s.submit(in_new_shard(5)).refusal);
  REQUIRE(y.s.start(std::nullopt).ok());
  REQUIRE(y.s.sequencer->log_size() == y.first + 4);
}

TEST_CASE("from edition 3 on cases are carried while the new shard goes on") {
  Year y;
  y.first = y.s.sequencer->log_size();
  // Before the first round, as after a crash.
  REQUIRE(y.s.start(signed_small_release(next_year())).ok());
  REQUIRE(y.s.sequencer->log_size() == y.first + 1);
  REQUIRE(y.s.start(std::nullopt).ok());
  y.s.log_origin = kNext;
  // What is touched is carried first.
  Message accept = case_message(y.later, UnitId("polres.a"), 1, Accept{Need::kInvestigation}, 40);
  REQUIRE_FALSE(y.s.submit(accept).refusal);
  REQUIRE(y.cause<CarryCause>(1)->case_id == y.later.case_id);
  REQUIRE(y.cause<MessageCause>(2) != nullptr);
  REQUIRE(y.cause<CarryCause>(3)->case_id == y.open.case_id);
  REQUIRE(y.s.process());
  REQUIRE(y.s.sequencer->log_size() == y.first + 4);
  REQUIRE(y.s.start(std::nullopt).ok());
  REQUIRE(y.s.process());
  REQUIRE(y.s.sequencer->log_size() == y.first + 4);
}

TEST_CASE("an origin is used once and the log keeps the name that it began with") {
  Year y;
  y.rotate();
  const std::uint64_t size = y.s.sequencer->log_size();
  y.s.sequencer->offer_release(signed_small_release(next_year(kOrigin, 3)));
  REQUIRE(y.s.process());
  REQUIRE(y.s.sequencer->log_size() == size);
  REQUIRE(y.s.sequencer->table()->release().version == ReleaseVersion{2});
  y.s.sequencer->offer_release(signed_small_release(next_year("log.example/test-2028", 3)));
  REQUIRE(y.s.process());
  const auto opened = store::ReadOnlyStore::open(y.s.folder.path().string());
  const auto shards = *(*opened)->reader().shards();
  REQUIRE(shards.size() == 3);
  REQUIRE(shards[0].origin == kOrigin);
  REQUIRE(shards[1].origin == kNext);
  REQUIRE(shards[1].first == y.first);
  REQUIRE(shards[2].first == shards[1].end);
  REQUIRE(y.s.start(std::nullopt).ok());
}

TEST_CASE("a message that was signed for the shard before is refused and not logged") {
  Year y;
  y.rotate();
  const std::uint64_t size = y.s.sequencer->log_size();
  y.s.outbound.sent.clear();
  REQUIRE(y.s.process(
      {SequencerInTest::job_of(StationId("kpai"), {referral_message(offline_facts(), 5)})}));
  const auto outcome = wire::decode_outcome(y.s.outbound.sent.at(0).views());
  REQUIRE(outcome->refusal->code == ErrorCode::kSubmissionSignature);
  REQUIRE(outcome->request_id == 5);
  REQUIRE(y.s.sequencer->log_size() == size);
}

TEST_CASE("a deadline of a carried case fires in the new shard") {
  Year y;
  y.rotate();
  y.s.pass(std::chrono::hours(25));
  REQUIRE(y.s.owner_of(y.open) == "polda");
}

TEST_CASE("recovery rebuilds every shard") {
  Year y;
  y.rotate();
  y.s.does(y.open, "polres.a", Accept{Need::kInvestigation});
  y.s.does(y.closed, "polres.a", Reopen{});
  const auto state = [&y] {
    const auto opened = store::ReadOnlyStore::open(y.s.folder.path().string());
    const store::Reader& reader = (*opened)->reader();
    return std::tuple(*reader.stored_state(), reader.latest_checkpoint()->value().note,
                      reader.shards()->size(), *reader.find_case(y.open.case_id));
  };
  const auto before = state();
  y.s.stop();
  const auto recovered =
      sequencer::recover(y.s.folder.path().string(), y.key(kOrigin), [](auto, auto) {});
  INFO((recovered ? "" : to_string(recovered.error())));
  REQUIRE(recovered);
  REQUIRE(state() == before);
  REQUIRE(y.s.start(std::nullopt).ok());
  REQUIRE_FALSE(y.s.submit(in_new_shard(5)).refusal);
}

TEST_CASE("a shard alone shows that each of its cases has one owner") {
  Year y;
  y.rotate();
  y.s.does(y.open, "polres.a", Accept{Need::kInvestigation});
  y.s.does(y.closed, "polres.a", Reopen{});
  y.s.pass(std::chrono::hours(25));
  decide::OwnershipCheck check;
  for (std::uint64_t i = y.first; i < y.s.sequencer->log_size(); ++i) {
    const Entry entry = y.s.entry(i);
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry.cause)) {
      message = *wire::decode_message(cause->message);
    }
    const auto fault = check.add(entry, message ? &*message : nullptr);
    INFO(fault.value_or(""));
    REQUIRE_FALSE(fault);
  }
  REQUIRE(check.summary().cases == 3);
  REQUIRE(check.summary().sound == 3);
  REQUIRE(check.summary().open == 3);
}

TEST_CASE("a carried record that is not the case's is found") {
  Year y;
  y.rotate();
  for (const int damage : {0, 1, 2}) {
    Entry entry = y.s.entry(y.first + 1);
    auto& carry = std::get<CarryCause>(entry.cause);
    if (damage == 0) carry.case_id = y.later.case_id;
    if (damage == 1) carry.record.resize(10);
    if (damage == 2) entry.outcome.owner = UnitId("polda");
    decide::OwnershipCheck check;
    REQUIRE(check.add(entry, nullptr));
    REQUIRE(check.summary().sound == 0);
  }
}
