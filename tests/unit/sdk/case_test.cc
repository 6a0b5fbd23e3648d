// A case between stations: what is sealed again, for whom, and what is forgotten.
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "adapters/sdk/entry_check.h"
#include "broker/runtime/file.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// Whether a file of the station's database holds a part of the payloads.
bool lies_in(const StationInTest& station, const std::vector<Bytes>& payloads) {
  for (const auto& file :
       std::filesystem::directory_iterator(station.database_path().parent_path())) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    for (const Bytes& payload : payloads) {
      for (std::size_t at = 0; at + 16 <= payload.size(); at += 16) {
        const auto part = ByteView(payload).subspan(at, 16);
        // Of ciphertext sixteen bytes in a row are its own; lengths and names stand elsewhere too.
        const bool framing =
            std::ranges::count(part, 0) > 1 ||
            std::ranges::count_if(part, [](auto byte) { return byte < 0x80; }) > 14;
        if (!framing && bytes.find(as_text(part)) != std::string::npos) return true;
      }
    }
  }
  return false;
}

constexpr Need kNeed = Need::kInvestigation;
constexpr const char* kNarrative = "{\"nama\":\"[CONTOH]\"}";

// A case of kpai's, owned by polres.a; polres.b could be named and has no part.
class StationsInTest {
 public:
  StationsInTest() {
    for (StationInTest* station : all()) station->run();
    const auto planned =
        *kpai.planner().referral({UnitId("kpai"), facts_of_both_regencies(), {}, kNarrative});
    opening = planned.message;
    kpai.post("opening", planned);
    settle();
  }

  std::vector<StationInTest*> all() { return {&police, &centre, &kpai}; }
  void settle() {
    for (int turn = 0; turn < 4; ++turn) {
      for (StationInTest* station : all()) REQUIRE(station->exchange().ok());
    }
  }
  static sdk::KnownCase known(StationInTest& station, const CaseId& id) {
    return **station.station->cases().find(id);
  }
  sdk::KnownCase known(StationInTest& station) const { return known(station, opening.case_id); }
  std::size_t payloads(StationInTest& station) const {
    return station.station->cases().payloads(opening.case_id)->size();
  }

  sdk::Answer answer(const char* unit, MessageBody body) const {
    return {UnitId(unit), opening.case_id, std::move(body)};
  }
  // Plans from what the station knows, or from `as_known`.
  Result<sdk::Planned> plan(StationInTest& station, const sdk::Answer& answer,
                            std::optional<sdk::KnownCase> as_known = {}) const {
    return station.planner().answer(answer, as_known ? *as_known : known(station),
                                    *station.station->cases().payloads(opening.case_id));
  }
  // Posts it; it comes to its outcome with the next settle().
  void post(StationInTest& station, const sdk::Answer& answer,
            std::optional<sdk::KnownCase> as_known = {}) {
    const auto planned = plan(station, answer, std::move(as_known));
    INFO((planned ? "" : to_string(planned.error())));
    REQUIRE(planned);
    station.post(std::to_string(++posted_), *planned);
  }
  // Posts it and brings it to its outcome; the refusal, if any.
  std::optional<Error> say(StationInTest& station, const sdk::Answer& answer,
                           std::optional<sdk::KnownCase> as_known = {}) {
    post(station, answer, std::move(as_known));
    settle();
    return station.settled().back().refusal;
  }
  void does(StationInTest& station, const char* unit, MessageBody body) {
    const auto refusal = say(station, answer(unit, std::move(body)));
    INFO((refusal ? to_string(*refusal) : ""));
    REQUIRE_FALSE(refusal);
  }

  // What the unit could open, in the order of its deliveries.
  static std::vector<std::string> opened_by(const StationInTest& station, const char* unit) {
    std::vector<std::string> out;
    for (const auto& delivery : station.kept) {
      if (delivery.unit.str() == unit && delivery.narrative) out.push_back(*delivery.narrative);
    }
    return out;
  }
  CaseRecord record() const { return broker.inner.record_of(opening); }
  // Administrators give the broker an order about the case, and its mail goes out.
  void order(OrderKind kind, const std::vector<std::string>& administrators) {
    const Order order = order_about(opening, kind, "uu-27-2022", ++ordered_);
    broker.inner.sequencer->offer_orders({{"test.rjo", signed_order(order, administrators)}});
    broker.tick();
    settle();
  }
  void close_and_propose_erasure() {
    does(police, "polres.a", Accept{kNeed});
    does(police, "polres.a", Complete{kNeed});
    does(centre, "uptd", Accept{Need::kProtection});
    does(centre, "uptd", Complete{Need::kProtection});
    does(police, "polres.a", Close{});
    does(police, "polres.a", Erase{"uu-27-2022"});
  }
  std::vector<Bytes> sealed_payloads(StationInTest& station) const {
    std::vector<Bytes> out;
    const auto all = station.station->cases().payloads(opening.case_id);
    for (const auto& held : *all) out.push_back(held.payload);
    return out;
  }

  MemoryBroker broker;
  StationInTest police{broker, "police"};
  StationInTest centre{broker, "centre"};
  StationInTest kpai{broker, "kpai"};
  Message opening;

 private:
  int posted_ = 0;
  std::uint8_t ordered_ = 0;
};

using Narratives = std::vector<std::string>;

}  // namespace

TEST_CASE("a transfer seals the case again for the new unit and it opens what others told") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b").empty());
  s.does(s.police, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOutOfJurisdiction});
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b") == Narratives{kNarrative});
  REQUIRE(s.record().owner().str() == "polres.a");
  s.does(s.police, "polres.b", Accept{kNeed, Subject::kOffer});
  REQUIRE(s.record().owner().str() == "polres.b");
  // Nobody else was given anything to open.
  REQUIRE(StationsInTest::opened_by(s.kpai, "kpai").empty());
  REQUIRE(StationsInTest::opened_by(s.police, "polda").empty());
}

TEST_CASE("the text of a transfer travels beside the case that it seals") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  auto answer = s.answer("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
  answer.text = "[alasan]";
  REQUIRE_FALSE(s.say(s.police, answer));
  const auto opened = StationsInTest::opened_by(s.police, "polres.b");
  REQUIRE(opened.size() == 1);
  const auto object = nlohmann::json::parse(opened[0]);
  REQUIRE(object["narrative"] == nlohmann::json::parse(kNarrative));
  REQUIRE(object["text"] == "[alasan]");
}

TEST_CASE("a unit that could read the case from its opening gets it as it was sealed then") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  const Transfer upwards{kNeed, UnitId("polda"), Reason::kOther};
  REQUIRE_FALSE(s.plan(s.police, s.answer("polres.a", upwards))->payload);
  REQUIRE(StationsInTest::opened_by(s.police, "polda").empty());
  s.does(s.police, "polres.a", upwards);
  s.does(s.police, "polda", Accept{kNeed, Subject::kOffer});
  REQUIRE(StationsInTest::opened_by(s.police, "polda") == Narratives{kNarrative});
}

TEST_CASE("a call for help seals the case for the unit that is asked") {
  StationsInTest s;
  s.police.accepting = {"polres.b"};
  s.does(s.centre, "uptd", Assist{kNeed, UnitId("polres.b")});
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b") == Narratives{kNarrative});
  REQUIRE(s.record().assignment(kNeed, 1)->state == AssignmentState::kAccepted);
  REQUIRE(s.record().owner().str() == "polres.a");
}

TEST_CASE("who cannot open the case cannot seal it for another unit") {
  StationsInTest s;
  const auto planned = s.plan(s.kpai, s.answer("kpai", Assist{kNeed, UnitId("polres.b")}));
  // kpai sealed it and was no recipient.
  REQUIRE(planned.error().code == ErrorCode::kPayloadMissing);
}

TEST_CASE("an answer with facts adds to those of the case") {
  StationsInTest s;
  auto answer = s.answer("polres.a", NewFacts{});
  answer.addition.urgency = Urgency::kUrgent;
  answer.addition.lists.categories = {Category::kNeglect, Category::kPhysicalViolence};
  answer.addition.lists.suspects = {AreaCode("11.02")};
  REQUIRE_FALSE(s.say(s.police, answer));
  Facts expected = facts_of_both_regencies();
  expected.urgency = Urgency::kUrgent;
  expected.categories.push_back(Category::kNeglect);
  expected.suspects = {AreaCode("11.02")};
  REQUIRE(s.record().facts == expected);
  // Everybody with a part knows them.
  for (StationInTest* station : s.all()) REQUIRE(s.known(*station).facts == expected);
}

TEST_CASE("facts that two units add at the same time are all kept") {
  StationsInTest s;
  auto first = s.answer("polres.a", NewFacts{});
  first.addition.lists.categories = {Category::kNeglect};
  auto second = s.answer("uptd", NewFacts{});
  second.addition.lists.legal_bases = {"uu-35-2014"};
  s.post(s.centre, second);
  s.post(s.police, first);
  s.settle();
  REQUIRE_FALSE(s.police.settled().back().refusal);
  REQUIRE_FALSE(s.centre.settled().back().refusal);
  REQUIRE(s.record().facts.categories.size() == 2);
  REQUIRE(s.record().facts.legal_bases == std::vector<std::string>{"uu-35-2014"});
}

TEST_CASE("facts made for an older version change what they meant to change and nothing else") {
  StationsInTest s;
  auto urgent = s.answer("uptd", NewFacts{});
  urgent.addition.urgency = Urgency::kImmediate;
  urgent.addition.lists.legal_bases = {"uu-35-2014"};
  auto later = s.answer("polres.a", NewFacts{});
  later.addition.consent = Consent::kGiven;
  later.addition.lists.categories = {Category::kNeglect};
  const auto before = s.known(s.police);
  REQUIRE_FALSE(s.say(s.centre, urgent));
  REQUIRE_FALSE(s.say(s.police, later, before));
  Facts expected = facts_of_both_regencies();
  expected.urgency = Urgency::kImmediate;
  expected.consent = Consent::kGiven;
  expected.legal_bases = {"uu-35-2014"};
  expected.categories.push_back(Category::kNeglect);
  REQUIRE(s.record().facts == expected);
}

TEST_CASE("an offered unit that accepts by itself takes the case over") {
  StationsInTest s;
  s.police.accepting = {"polres.b"};
  s.does(s.police, "polres.a", Accept{kNeed});
  s.does(s.police, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  REQUIRE(s.record().owner().str() == "polres.b");
  REQUIRE(s.record().assignment(kNeed)->state == AssignmentState::kAccepted);
}

TEST_CASE("an answer that is sealed for too few is sealed again for all and under a new id") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  auto mistaken = s.known(s.police);
  mistaken.readers.push_back(UnitId("polres.b"));
  const auto answer = s.answer("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOther});
  const auto planned = s.plan(s.police, answer, mistaken);
  REQUIRE_FALSE(planned->payload);
  s.police.post("t", *planned);
  s.settle();
  const auto items = s.police.settled();
  REQUIRE_FALSE(items.back().refusal);
  const auto sent = wire::decode_message(items.back().message);
  REQUIRE(sent->message_id != planned->message.message_id);
  REQUIRE(StationsInTest::opened_by(s.police, "polres.b") == Narratives{kNarrative});
}

TEST_CASE("an answer to a unit that the release does not hold waits where it is made") {
  StationsInTest s;
  const auto planned =
      s.plan(s.police, s.answer("polres.a", Transfer{kNeed, UnitId("polres.z"), Reason::kOther}));
  REQUIRE(planned.error().code == ErrorCode::kReleaseRefuses);
  REQUIRE(planned.error().field == name_of(ErrorCode::kOfferNotCompetent));
}

TEST_CASE("after an erasure no station holds a payload of the case") {
  StationsInTest s;
  REQUIRE(s.payloads(s.police) == 1);
  REQUIRE(s.payloads(s.centre) == 1);
  const std::vector<Bytes> sealed = s.sealed_payloads(s.police);
  s.close_and_propose_erasure();
  REQUIRE(s.payloads(s.police) == 1);
  for (StationInTest* station : {&s.police, &s.centre}) REQUIRE(lies_in(*station, sealed));
  // Who consents is told by its own receipt, the others by a delivery.
  SECTION("the opener consents") { s.does(s.kpai, "kpai", Erase{"uu-27-2022"}); }
  SECTION("an assigned unit consents") { s.does(s.centre, "uptd", Erase{"uu-27-2022"}); }
  SECTION("an administrator consents") { s.order(OrderKind::kConsentToErasure, {"admin-2"}); }
  REQUIRE(s.record().erased);
  for (StationInTest* station : s.all()) {
    REQUIRE(s.payloads(*station) == 0);
    REQUIRE_FALSE(lies_in(*station, sealed));
  }
}

TEST_CASE("what waits to be sent holds nothing of a case that is erased") {
  StationsInTest s;
  const auto transfer =
      s.plan(s.police, s.answer("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOther}));
  REQUIRE(as_text(transfer->plaintext).find("[CONTOH]") != std::string_view::npos);
  s.close_and_propose_erasure();
  const auto lies_open = [&] {
    const auto files = std::filesystem::directory_iterator(s.police.database_path().parent_path());
    return std::any_of(begin(files), end(files), [](const auto& file) {
      const auto text = read_file(file.path(), 1ULL << 30);
      return text && text->find("[CONTOH]") != std::string::npos;
    });
  };
  SECTION("while it waits") {
    s.police.post("transfer", *transfer);
    REQUIRE(lies_open());
    REQUIRE(s.police.exchange(no_outcomes));
    const Order order = order_about(s.opening, OrderKind::kConsentToErasure, "uu-27-2022", 9);
    s.broker.inner.sequencer->offer_orders({{"test.rjo", signed_order(order, {"admin-1"})}});
    s.broker.tick();
    REQUIRE(s.police.exchange(no_outcomes));
    REQUIRE(s.police.exchange(no_outcomes));
  }
  SECTION("once it is answered") {
    s.order(OrderKind::kConsentToErasure, {"admin-1"});
    s.police.post("transfer", *transfer);
    REQUIRE(lies_open());
    s.settle();
  }
  REQUIRE(s.record().erased);
  CHECK_FALSE(lies_open());
}

TEST_CASE("a station that reads its database meanwhile loses an erased payload afterwards") {
  StationsInTest s;
  const std::vector<Bytes> sealed = s.sealed_payloads(s.police);
  s.close_and_propose_erasure();
  sqlite3* reader = nullptr;
  const std::string path = s.police.database_path().string();
  REQUIRE(sqlite3_open_v2(path.c_str(), &reader, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  const auto run = [reader](const char* sql) {
    REQUIRE(sqlite3_exec(reader, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  run("BEGIN; SELECT count(*) FROM known_entry");
  s.order(OrderKind::kConsentToErasure, {"admin-1"});
  REQUIRE(lies_in(s.police, sealed));
  run("COMMIT");
  SECTION("at its next turn") { REQUIRE(s.police.exchange().ok()); }
  SECTION("when it starts again") {
    REQUIRE(s.police.open());
    s.police.run();
  }
  sqlite3_close(reader);
  REQUIRE_FALSE(lies_in(s.police, sealed));
}

TEST_CASE("a unit that has left the case hears of its erasure") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  s.does(s.police, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOutOfJurisdiction});
  s.does(s.police, "polres.b", Accept{kNeed, Subject::kOffer});
  s.does(s.police, "polres.b", Complete{kNeed});
  s.does(s.centre, "uptd", Accept{Need::kProtection});
  s.does(s.centre, "uptd", Complete{Need::kProtection});
  s.does(s.police, "polres.b", Close{});
  s.does(s.police, "polres.b", Erase{"uu-27-2022"});
  REQUIRE(s.police.kept.back().unit.str() != "polres.a");
  s.order(OrderKind::kConsentToErasure, {"admin-1"});
  const auto& kept = s.police.kept;
  const bool heard = std::any_of(kept.begin(), kept.end(), [](const auto& delivery) {
    return delivery.unit.str() == "polres.a" &&
           delivery.checked.entry.outcome.events.front().type == EventType::kErased;
  });
  REQUIRE(heard);
  // It is acknowledged, and so not sent again.
  REQUIRE(s.broker.inner.mail_of("polres.a").empty());
}

TEST_CASE("stations are told of a hold by an order whose administrators they know") {
  StationsInTest s;
  s.order(OrderKind::kHold, {"admin-1"});
  for (StationInTest* station : {&s.police, &s.centre, &s.kpai}) {
    const sdk::CheckedDelivery& delivery = station->kept.back();
    REQUIRE(delivery.checked.entry.outcome.events.front().type == EventType::kHeld);
    REQUIRE(delivery.checked.order);
    REQUIRE(delivery.checked.order->kind == OrderKind::kHold);
    REQUIRE_FALSE(delivery.checked.message);
  }
  s.order(OrderKind::kLiftHold, {"admin-1", "admin-2"});
  REQUIRE(s.police.kept.back().checked.order->kind == OrderKind::kLiftHold);
  REQUIRE_FALSE(s.record().hold);
}

TEST_CASE("an entry with an order that nobody trusted signed is not believed") {
  StationsInTest s;
  s.order(OrderKind::kHold, {"admin-1"});
  const std::uint64_t at = s.broker.log_size() - 1;
  const auto table = s.broker.inner.sequencer->table();
  const auto fault = [&](const Entry& entry) {
    const Receipt receipt{entry.index, *wire::encode_entry(entry), {}, ""};
    const auto checked = sdk::check_entry(receipt, *table, kOrigin);
    return checked ? std::nullopt : std::optional(checked.error().code);
  };
  // Beside the acknowledgements there is one entry of an order.
  Entry entry = s.broker.inner.entry(at);
  for (std::uint64_t i = at; !std::holds_alternative<OrderCause>(entry.cause); --i) {
    entry = s.broker.inner.entry(i);
  }
  REQUIRE_FALSE(fault(entry));
  auto& cause = std::get<OrderCause>(entry.cause);
  Order order = *wire::order_in(cause.order);
  cause.order = signed_order(order, {"stranger"});
  REQUIRE(fault(entry) == ErrorCode::kOrderSignature);
  order.log_origin = "log.example/another";
  cause.order = signed_order(order, {"admin-1"});
  REQUIRE(fault(entry) == ErrorCode::kOrderInvalid);
  cause.order = {1, 2, 3};
  REQUIRE(fault(entry) == ErrorCode::kOrderInvalid);
}

TEST_CASE("a case that is reopened is asked for again and accepted by itself") {
  StationsInTest s;
  s.does(s.police, "polres.a", Accept{kNeed});
  s.does(s.police, "polres.a", Complete{kNeed});
  s.does(s.centre, "uptd", Accept{Need::kProtection});
  s.does(s.centre, "uptd", Complete{Need::kProtection});
  s.does(s.police, "polres.a", Close{});
  s.police.accepting = {"polres.a"};
  s.does(s.kpai, "kpai", Reopen{});
  REQUIRE(s.record().status == CaseStatus::kOpen);
  REQUIRE(s.record().assignment(kNeed)->state == AssignmentState::kAccepted);
}

TEST_CASE("a closed case opens again though units of its chain have ended meanwhile") {
  StationsInTest s;
  const auto [owner, ends] = GENERATE(std::pair("polda", "polda"), std::pair("bareskrim", "polda"),
                                      std::pair("polres.b", "polres.b"));
  const bool by_facts = GENERATE(false, true);
  CAPTURE(owner, ends, by_facts);
  if (std::string_view(owner) == "polres.b") {
    // The table names it for no place of the facts.
    s.does(s.police, "polres.a", Accept{kNeed});
    s.does(s.police, "polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
    s.does(s.police, "polres.b", Accept{kNeed, Subject::kOffer});
  }
  while (s.record().owner().str() != owner) {
    REQUIRE(s.record().owner().str() != "bareskrim");
    s.broker.inner.clock.advance(std::chrono::hours(25));
    s.broker.tick();
    s.settle();
  }
  if (is_pending(s.record().lead_assignment().state)) s.does(s.police, owner, Accept{kNeed});
  s.does(s.police, owner, Complete{kNeed});
  const auto centre = s.record().assignment(Need::kProtection)->unit().str();
  s.does(s.centre, centre.c_str(), Accept{Need::kProtection});
  s.does(s.centre, centre.c_str(), Complete{Need::kProtection});
  s.does(s.police, owner, Close{});
  Release release = small_release();
  release.version = ReleaseVersion{2};
  const std::string next = std::string(ends) + ".next";
  add_unit_like(release, ends, next.c_str());
  end_unit(release, ends, s.broker.inner.clock.now(), next.c_str());
  s.broker.inner.sequencer->offer_release(signed_small_release(release));
  s.broker.tick();
  if (GENERATE(false, true)) {
    // The release is known before it is sealed.
    REQUIRE(s.centre.open());
    s.centre.run();
  }
  s.settle();
  if (by_facts) {
    sdk::Answer answer = s.answer(centre.c_str(), NewFacts{});
    answer.addition.lists.categories = {Category::kNeglect};
    REQUIRE_FALSE(s.say(s.centre, answer));
  } else {
    s.does(s.centre, centre.c_str(), Reopen{});
  }
  REQUIRE(s.record().status == CaseStatus::kOpen);
  REQUIRE(s.record().owner().str() == (std::string(owner) == ends ? next : owner));
}
