// Databases of stations of older versions under today's.
#include "adapters/sdk/seen_log.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/message_codec.h"
#include "tests/support/upgraded.h"
#include "tests/support/written.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// An entry of 0.4.0 that opens a case of an adult.
constexpr std::uint64_t kConsented = 1;

struct Upgraded {
  Upgraded(const std::string& version, const std::string& name)
      : written(version), station(broker, name) {
    REQUIRE(broker.inner.take_over(written / "data"));
    REQUIRE(station.take_over(written / (name + "/station.db")));
  }
  Message opening(std::uint64_t index) const { return message_at(broker.inner, index); }
  bool knows(const Message& opening) const {
    return station.station->cases().find(opening.case_id)->has_value();
  }
  bool keeps_payloads(const Message& opening) const {
    return !station.station->cases().payloads(opening.case_id)->empty();
  }

  const Written written;
  MemoryBroker broker;
  StationInTest station;
};

}  // namespace

TEST_CASE("a message that a station of an older version had not sent yet is accepted") {
  Upgraded u(GENERATE(from_range(written_versions())), "kpai");
  INFO(u.written.facts.version);
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
  CHECK(u.knows(u.opening(u.written.facts.unread)));
  CHECK(u.knows(u.opening(before)));
  u.station.post("a", u.station.referral());
  u.station.run();
  CHECK(u.station.settled().size() == 2);
}

TEST_CASE("a station of an older version gets what it had not seen, opens it and accepts") {
  Upgraded u(GENERATE(from_range(written_versions())), "police");
  INFO(u.written.facts.version);
  u.station.accepting = {"polres.a"};
  u.station.run();
  REQUIRE(u.station.kept.size() >= 2);
  CHECK(u.station.kept[0].checked.entry.index == LogIndex{u.written.facts.unread});
  REQUIRE(u.station.kept[0].narrative);
  CHECK(u.station.kept[0].narrative->find("[uraian disegel - contoh]") != std::string::npos);
  CHECK(u.broker.inner.mail_of("polres.a").empty());
  const CaseRecord record = u.broker.inner.record_of(u.opening(u.written.facts.unread));
  CHECK(record.assignments[0].state == AssignmentState::kAccepted);
}

TEST_CASE("a station of 0.3.0 forgets a case that a newer edition keeps its units out of") {
  Upgraded u("0.3.0", "police");
  u.station.run();
  const Message withdrawn = u.opening(u.written.facts.withheld_later);
  REQUIRE(u.knows(withdrawn));
  REQUIRE(u.keeps_payloads(withdrawn));
  u.broker.inner.sequencer->offer_release(release_of_today(u.broker.inner));
  u.broker.tick();
  u.broker.inner.does(withdrawn, "uptd", Progress{Need::kProtection, AssignmentState::kInProgress});
  u.station.run();
  CHECK_FALSE(u.knows(withdrawn));
  CHECK_FALSE(u.keeps_payloads(withdrawn));
  CHECK(u.knows(u.opening(u.written.facts.unread)));
}

TEST_CASE("a station of 0.4.0 forgets a case that new facts keep its units out of") {
  Upgraded u("0.4.0", "police");
  u.station.run();
  CHECK_FALSE(u.knows(u.opening(u.written.facts.withheld_later)));
  const Message opening = u.opening(kConsented);
  REQUIRE(u.knows(opening));
  REQUIRE(u.keeps_payloads(opening));
  NewFacts withdrawn{u.broker.inner.record_of(opening).facts};
  withdrawn.facts.consent = Consent::kWithheldPolice;
  u.broker.inner.does(opening, "uptd", withdrawn);
  u.station.run();
  CHECK_FALSE(u.knows(opening));
  CHECK_FALSE(u.keeps_payloads(opening));
  CHECK(u.knows(u.opening(u.written.facts.unread)));
}
