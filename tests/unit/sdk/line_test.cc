// In which order the outbox goes: urgency, then age; what one unit says in one case one by one.
#include "broker/model/entry.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

std::vector<std::string> tickets_of(const std::vector<sdk::OutboxItem>& items) {
  std::vector<std::string> out;
  for (const sdk::OutboxItem& item : items) out.push_back(item.ticket);
  return out;
}

// A case of kpai's with the police, whose owner polres.a has accepted nothing yet.
struct OpenCase {
  OpenCase() {
    police.run();
    kpai.run();
    const auto planned = kpai.referral();
    opening = planned.message;
    kpai.post("opening", planned);
    REQUIRE(kpai.exchange());
    REQUIRE(police.exchange());
  }
  sdk::KnownCase known() { return **police.station->cases().find(opening.case_id); }
  sdk::Planned plan(MessageBody body, const std::string& text = "") {
    const auto planned = police.planner().answer(
        {UnitId("polres.a"), opening.case_id, std::move(body), text}, known(), {});
    REQUIRE(planned);
    return *planned;
  }
  void post(const std::string& ticket, MessageBody body, const std::string& text = "") {
    police.post(ticket, plan(std::move(body), text));
  }

  MemoryBroker broker;
  StationInTest police{broker, "police"};
  StationInTest kpai{broker, "kpai"};
  Message opening;
};

}  // namespace

TEST_CASE("the most urgent message goes first, then the oldest") {
  MemoryBroker broker;
  StationInTest kpai(broker, "kpai");
  kpai.run();
  Facts facts = offline_facts();
  for (const auto& [ticket, urgency] :
       {std::pair("a", Urgency::kRoutine), std::pair("b", Urgency::kUrgent),
        std::pair("c", Urgency::kImmediate), std::pair("d", Urgency::kUrgent)}) {
    facts.urgency = urgency;
    kpai.post(ticket, *kpai.planner().referral({UnitId("kpai"), facts, {}, "{}"}));
  }
  CHECK(tickets_of(*kpai.station->outbox().waiting({}, 10)) ==
        std::vector<std::string>{"c", "b", "d", "a"});
}

TEST_CASE("of what a unit says in a case only the oldest may be sent, and others go on") {
  OpenCase s;
  s.post("one", Accept{Need::kInvestigation});
  s.post("two", Note{}, "[catatan]");
  const auto& outbox = s.police.station->outbox();
  CHECK(outbox.in_line(UnitId("polres.a"), s.opening.case_id).value());
  CHECK_FALSE(outbox.in_line(UnitId("polda"), s.opening.case_id).value());
  s.police.post("other",
                *s.police.planner().received(UnitId("polres.a"), s.known(), {LogIndex{1}}));
  const auto first = *outbox.waiting({}, 10);
  CHECK(tickets_of(first) == std::vector<std::string>{"one", "other"});
  // While it is on its way the next does not overtake it.
  CHECK(tickets_of(*outbox.waiting({first[0].seq}, 10)) == std::vector<std::string>{"other"});
}

TEST_CASE("answers that were planned together go one after the other and all are accepted") {
  OpenCase s;
  s.post("00", Accept{Need::kInvestigation});
  for (int i = 0; i < 12; ++i) {
    s.post(std::to_string(10 + i),
           Progress{Need::kInvestigation,
                    i % 2 == 0 ? AssignmentState::kInProgress : AssignmentState::kOnHold});
  }
  REQUIRE(s.police.exchange());
  const auto items = s.police.settled();
  REQUIRE(items.size() == 13);
  for (std::size_t i = 0; i < items.size(); ++i) {
    CHECK_FALSE(items[i].refusal);
    if (i > 0) CHECK(items[i].case_version > items[i - 1].case_version);
  }
}

TEST_CASE("an accept by itself is planned again for a caveat that was added meanwhile") {
  OpenCase s;
  sdk::Planned planned = s.plan(Accept{Need::kInvestigation});
  // As it was planned before the caveat, for the version that the case has now.
  planned.message.victim_protected = !planned.message.victim_protected;
  planned.bytes = wire::encode_message(planned.message);
  const bool by_itself = GENERATE(true, false);
  s.police.post(by_itself ? "~accept/polres.a/1/investigation" : "a person", planned);
  REQUIRE(s.police.exchange());
  const auto& lead = s.broker.inner.record_of(s.opening).assignments.front();
  CHECK((lead.state == AssignmentState::kAccepted) == by_itself);
}
