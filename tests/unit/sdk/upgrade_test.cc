// Databases of stations of 0.3.0 under today's.
#include "adapters/sdk/seen_log.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/support/written_030.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::uint64_t kWithheldLater = 136;
constexpr std::uint64_t kUnread = 212;

struct Upgraded {
  explicit Upgraded(const std::string& name) : station(broker, name) {
    REQUIRE(broker.inner.take_over(written / "data"));
    REQUIRE(station.take_over(written / (name + "/station.db").c_str()));
  }
  Message opening(std::uint64_t index) const {
    return *wire::decode_message(std::get<MessageCause>(broker.inner.entry(index).cause).message);
  }
  Written030 written;
  MemoryBroker broker;
  StationInTest station;
};

}  // namespace

TEST_CASE("a message that a station of 0.3.0 had not sent yet is accepted") {
  Upgraded u("kpai");
  const std::uint64_t before = u.broker.log_size();
  const auto waits = *u.station.station->outbox().waiting({}, 10);
  REQUIRE(waits.size() == 1);
  CHECK(u.station.station->outbox()
            .in_line(waits[0].unit, wire::decode_message(waits[0].message)->case_id)
            .value());
  u.station.run();
  CHECK(u.station.station->welcomed());
  CHECK_FALSE(u.station.station->distrusts());
  const auto settled = u.station.settled();
  REQUIRE(settled.size() == 1);
  CHECK_FALSE(settled[0].refusal);
  const auto receipt = merkle::receipt_from_text(settled[0].receipt);
  REQUIRE(receipt);
  CHECK(to_number(receipt->index) == before);
  // Cases that it knew and the new one.
  CHECK(*u.station.station->cases().find(u.opening(kUnread).case_id));
  CHECK(*u.station.station->cases().find(u.opening(before).case_id));
  u.station.post("a", u.station.referral());
  u.station.run();
  CHECK(u.station.settled().size() == 2);
}

TEST_CASE("a station of 0.3.0 gets what it had not seen, opens it and accepts") {
  Upgraded u("police");
  u.station.accepting = {"polres.a"};
  u.station.run();
  REQUIRE(u.station.kept.size() >= 2);
  CHECK(u.station.kept[0].checked.entry.index == LogIndex{kUnread});
  REQUIRE(u.station.kept[0].narrative);
  CHECK(u.station.kept[0].narrative->find("[uraian disegel - contoh]") != std::string::npos);
  CHECK(u.broker.inner.mail_of("polres.a").empty());
  const CaseRecord record = u.broker.inner.record_of(u.opening(kUnread));
  CHECK(record.assignments[0].state == AssignmentState::kAccepted);
  // In a case that it knew before.
  const Message withdrawn = u.opening(kWithheldLater);
  CHECK(*u.station.station->cases().find(withdrawn.case_id));
}

TEST_CASE("a station of 0.3.0 forgets a case that its units are kept out of") {
  Upgraded u("police");
  u.station.run();
  const Message withdrawn = u.opening(kWithheldLater);
  REQUIRE(*u.station.station->cases().find(withdrawn.case_id));
  REQUIRE_FALSE(u.station.station->cases().payloads(withdrawn.case_id)->empty());
  Release release = u.broker.inner.sequencer->table()->release();
  release.version = ReleaseVersion{3};
  release.edition = Edition::kPresentFacts;
  u.broker.inner.sequencer->offer_release(signed_small_release(release));
  u.broker.tick();
  u.broker.inner.does(withdrawn, "uptd", Progress{Need::kProtection, AssignmentState::kInProgress});
  u.station.run();
  CHECK_FALSE(*u.station.station->cases().find(withdrawn.case_id));
  CHECK(u.station.station->cases().payloads(withdrawn.case_id)->empty());
  CHECK(*u.station.station->cases().find(u.opening(kUnread).case_id));
}
