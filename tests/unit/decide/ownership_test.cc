#include "broker/decide/ownership.h"

#include <catch2/catch.hpp>
#include <random>

#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

using Events = std::vector<Event>;
using Finding = std::optional<std::string>;
using enum EventType;

const std::vector<UnitId> kPolice = {UnitId("polres.a"), UnitId("polda"), UnitId("bareskrim")};
const std::vector<UnitId> kCentre = {UnitId("uptd"), UnitId("sapa")};

Event event(EventType type, Need need, const char* unit, std::vector<UnitId> chain = {},
            std::uint32_t position = 0) {
  Event out{.type = type};
  out.need = need;
  out.unit = UnitId(unit);
  out.units = std::move(chain);
  out.position = position;
  return out;
}
Event lead_event(EventType type, const char* unit, std::vector<UnitId> chain = {},
                 std::uint32_t position = 0) {
  return event(type, Need::kInvestigation, unit, std::move(chain), position);
}

Events opening() {
  return {lead_event(kOpened, "polres.a"), lead_event(kAssigned, "polres.a", kPolice),
          event(kAssigned, Need::kProtection, "uptd", kCentre)};
}

Entry entry(Events events, std::uint32_t version, const char* owner) {
  Entry out;
  out.cause = MessageCause{};
  out.outcome.events = std::move(events);
  out.outcome.case_version = version;
  out.outcome.owner = UnitId(owner);
  return out;
}

// A log that a test writes by hand.
class Log {
 public:
  Finding open(Events events = opening(), const char* owner = "polres.a",
               std::uint32_t version = 1) {
    return add(opening_, std::move(events), version, owner);
  }
  Finding later(const char* sender, MessageBody body, Events events, std::uint32_t version,
                const char* owner) {
    return add(case_message(opening_, UnitId(sender), 0, std::move(body), 7), std::move(events),
               version, owner);
  }
  Finding by(Cause cause, Events events, std::uint32_t version, const char* owner) {
    Entry out = entry(std::move(events), version, owner);
    out.cause = std::move(cause);
    return check.add(out, nullptr);
  }
  Finding refused(std::uint32_t version, const char* owner, Events events = {}) {
    Entry out = entry(std::move(events), version, owner);
    out.outcome.refusal = Error{ErrorCode::kCaseStale};
    const Message message = case_message(opening_, UnitId("polda"), 0, Close{}, 7);
    return check.add(out, &message);
  }
  DeadlineCause deadline(Need need = Need::kInvestigation) const {
    return {opening_.case_id, need, 0, Subject::kAssignment};
  }
  const Message& referral() const { return opening_; }

  decide::OwnershipCheck check;

 private:
  Finding add(const Message& message, Events events, std::uint32_t version, const char* owner) {
    return check.add(entry(std::move(events), version, owner), &message);
  }
  Message opening_ = referral_message();
};

void check_found(const Finding& finding, const std::string& words) {
  REQUIRE(finding);
  INFO(*finding);
  CHECK(finding->find(words) != std::string::npos);
}

const Accept kAccept{Need::kInvestigation};
const Decline kDecline{Need::kInvestigation, Reason::kNoCapacity};

}  // namespace

TEST_CASE("the owner follows from declines, deadlines, transfers and closings") {
  Log log;
  CHECK_FALSE(log.open());
  CHECK_FALSE(log.later("polres.a", kDecline,
                        {lead_event(kDeclined, "polres.a"), lead_event(kEscalated, "polda", {}, 1)},
                        2, "polda"));
  CHECK_FALSE(log.by(log.deadline(), {lead_event(kEscalated, "bareskrim", {}, 2)}, 3, "bareskrim"));
  CHECK_FALSE(log.by(log.deadline(), {lead_event(kOverdue, "bareskrim", {}, 2)}, 4, "bareskrim"));
  CHECK_FALSE(
      log.later("bareskrim", kAccept, {lead_event(kAccepted, "bareskrim")}, 5, "bareskrim"));
  const std::vector<UnitId> other{UnitId("polres.b"), UnitId("bareskrim")};
  CHECK_FALSE(log.later("bareskrim", Transfer{}, {lead_event(kOffered, "polres.b", other)}, 6,
                        "bareskrim"));
  CHECK_FALSE(
      log.later("polres.b", kAccept, {lead_event(kTransferred, "polres.b", other)}, 7, "polres.b"));
  CHECK_FALSE(log.later("polres.b", Note{}, {event(kNoted, {}, "polres.b")}, 7, "polres.b"));
  CHECK_FALSE(log.refused(7, "polres.b"));
  CHECK_FALSE(log.refused(0, ""));
  CHECK(log.check.summary().open == 1);
  CHECK_FALSE(
      log.later("polres.b", Complete{}, {lead_event(kCompleted, "polres.b")}, 8, "polres.b"));
  CHECK_FALSE(log.later("polres.b", Cancel{}, {event(kCancelled, Need::kProtection, "uptd")}, 9,
                        "polres.b"));
  CHECK_FALSE(log.later("polres.b", Close{}, {lead_event(kClosed, "polres.b")}, 10, "polres.b"));
  CHECK(log.check.summary().closed == 1);
  CHECK_FALSE(log.later("kpai", Note{}, {event(kNoted, {}, "kpai")}, 10, "polres.b"));
  CHECK_FALSE(log.later("kpai", Reopen{},
                        {lead_event(kReopened, "bareskrim", {UnitId("bareskrim")})}, 11,
                        "bareskrim"));
  const auto& summary = log.check.summary();
  CHECK(summary.cases == 1);
  CHECK(summary.sound == 1);
  CHECK(summary.open == 1);
  CHECK(summary.closed == 0);
}

TEST_CASE("help never moves a case") {
  Log log;
  log.open();
  Event help = lead_event(kAssigned, "polda", {UnitId("polda"), UnitId("bareskrim")});
  help.assist = 1;
  CHECK_FALSE(log.later("polres.a", Assist{}, {help}, 2, "polres.a"));
  Event up = lead_event(kEscalated, "bareskrim", {}, 1);
  up.assist = 1;
  DeadlineCause due = log.deadline();
  due.assist = 1;
  CHECK_FALSE(log.by(due, {up}, 3, "polres.a"));
  help.assist = 3;
  check_found(log.later("polres.a", Assist{}, {help}, 4, "polres.a"), "not numbered in order");
}

TEST_CASE("a case moves to its successor, and to the need that leads by new facts") {
  Log log;
  log.open();
  CHECK_FALSE(log.by(SuccessionCause{log.referral().case_id},
                     {lead_event(kMoved, "polres.b", {UnitId("polres.b"), UnitId("bareskrim")})}, 2,
                     "polres.b"));
  Event withheld = lead_event(kWithheld, "");
  CHECK_FALSE(
      log.later("uptd", NewFacts{}, {withheld, event(kLed, Need::kProtection, "uptd")}, 3, "uptd"));
  check_found(log.later("uptd", kAccept, {lead_event(kLed, "polres.b")}, 4, "polres.b"),
              "the assignment is done");
}

TEST_CASE("an entry with another owner than the events make is found") {
  Log log;
  log.open();
  check_found(log.later("polres.a", kAccept, {lead_event(kAccepted, "polres.a")}, 2, "polda"),
              "owner polda, by the events it is polres.a");
  CHECK(log.check.summary().sound == 0);
  CHECK(log.check.summary().open == 1);
  // What follows from the first fault is not told again.
  CHECK_FALSE(log.later("polda", Complete{}, {lead_event(kCompleted, "polda")}, 3, "polda"));
}

TEST_CASE("an entry without owner is found") {
  Log log;
  check_found(log.open(opening(), ""), "owner none");
}

TEST_CASE("an opening that names two owners or none is found") {
  Events twice = opening();
  twice.push_back(lead_event(kAssigned, "polda", {UnitId("polda")}));
  check_found(Log().open(twice), "assigned already");
  Events none = opening();
  none.erase(none.begin() + 1);
  check_found(Log().open(none), "no assignment leads");
  Events other = opening();
  other[0].unit = UnitId("polda");
  check_found(Log().open(other), "names polda");
  Events again = opening();
  again.push_back(again[0]);
  check_found(Log().open(again), "not the first event");
  check_found(Log().open({}), "does not begin");
  Events up = opening();
  up[1].unit = UnitId("polda");
  up[1].position = 1;
  check_found(Log().open(up), "not to the first of the chain");
}

TEST_CASE("a case that is opened twice is found") {
  Log log;
  CHECK_FALSE(log.open());
  check_found(log.open(), "is opened twice");
  CHECK(log.check.summary().cases == 1);
  CHECK(log.check.summary().sound == 0);
}

TEST_CASE("a version that jumps or stands still is found") {
  check_found(Log().open(opening(), "polres.a", 2), "version 2, expected 1");
  Log jumps;
  jumps.open();
  check_found(jumps.later("polres.a", kAccept, {lead_event(kAccepted, "polres.a")}, 3, "polres.a"),
              "version 3, expected 2");
  Log stands;
  stands.open();
  check_found(stands.later("polres.a", kAccept, {lead_event(kAccepted, "polres.a")}, 1, "polres.a"),
              "version 1, expected 2");
  Log noted;
  noted.open();
  check_found(noted.later("polres.a", Note{}, {event(kNoted, {}, "polres.a")}, 2, "polres.a"),
              "version 2, expected 1");
  Log empty;
  empty.open();
  check_found(empty.later("polres.a", kAccept, {}, 1, "polres.a"), "without any event");
}

TEST_CASE("an entry of a case that was never opened is found") {
  Log log;
  check_found(log.later("polres.a", kAccept, {lead_event(kAccepted, "polres.a")}, 1, "polres.a"),
              "was never opened");
  check_found(log.by(log.deadline(), {lead_event(kEscalated, "polda", {}, 1)}, 1, "polda"),
              "was never opened");
  check_found(log.by(LinkCause{}, {}, 1, "polda"), "was never opened");
  check_found(log.refused(1, "polda"), "never opened");
}

TEST_CASE("an event after the closing is found") {
  const auto closed = [] {
    Log log;
    Events events = opening();
    events.pop_back();
    log.open(events);
    CHECK_FALSE(
        log.later("polres.a", Complete{}, {lead_event(kCompleted, "polres.a")}, 2, "polres.a"));
    CHECK_FALSE(log.later("polres.a", Close{}, {lead_event(kClosed, "polres.a")}, 3, "polres.a"));
    return log;
  };
  Log assigns = closed();
  check_found(assigns.later("polres.a", NewFacts{},
                            {event(kAssigned, Need::kProtection, "uptd", kCentre)}, 4, "polres.a"),
              "the case is closed");
  Log escalates = closed();
  check_found(
      escalates.by(escalates.deadline(), {lead_event(kEscalated, "polda", {}, 1)}, 4, "polda"),
      "the case is closed");
  CHECK(escalates.check.summary().closed == 1);
  Log early;
  early.open();
  check_found(early.later("polres.a", Close{}, {lead_event(kClosed, "polres.a")}, 2, "polres.a"),
              "is open");
}

TEST_CASE("whoever led a case to its end and has ended is succeeded, and what is done stays done") {
  const auto led = [](bool to_its_end) {
    Log log;
    log.open();
    if (to_its_end) {
      CHECK_FALSE(
          log.later("polres.a", Complete{}, {lead_event(kCompleted, "polres.a")}, 2, "polres.a"));
    }
    return log;
  };
  const std::vector<UnitId> chain = {UnitId("polres.n"), UnitId("polda"), UnitId("bareskrim")};
  Event moved = lead_event(kMoved, "polres.n", chain);
  moved.state = AssignmentState::kCompleted;
  Log log = led(true);
  CHECK_FALSE(log.by(SuccessionCause{log.deadline().case_id}, {moved}, 3, "polres.n"));
  Log open = led(false);
  check_found(open.by(SuccessionCause{open.deadline().case_id}, {moved}, 2, "polres.n"),
              "not done");
  moved.state = AssignmentState::kRequested;
  Log done = led(true);
  check_found(done.by(SuccessionCause{done.deadline().case_id}, {moved}, 3, "polres.n"), "is done");
}

TEST_CASE("an event beside the chain or without its assignment is found") {
  const auto escalated = [](Event event) {
    Log log;
    log.open();
    return log.by(log.deadline(), {std::move(event)}, 2, "polda");
  };
  check_found(escalated(lead_event(kEscalated, "polda", {}, 3)), "not in the chain");
  check_found(escalated(lead_event(kEscalated, "polda", {}, 2)), "polda is not the unit");
  check_found(escalated(lead_event(kEscalated, "bareskrim", {}, 2)), "not the next position");
  check_found(escalated(event(kEscalated, Need::kMedical, "polda", {}, 1)), "no such assignment");
  Log log;
  log.open();
  check_found(
      log.by(log.deadline(Need::kMedical), {lead_event(kEscalated, "polda", {}, 1)}, 2, "polda"),
      "a deadline of an assignment that there is not");
}

TEST_CASE("a case that moves by a cause that cannot move it is found") {
  const std::vector<UnitId> other{UnitId("polres.b"), UnitId("bareskrim")};
  Log note;
  note.open();
  check_found(note.later("polda", Note{}, {lead_event(kEscalated, "polda", {}, 1)}, 2, "polda"),
              "not by this cause");
  Log nothing;
  nothing.open();
  check_found(nothing.later("polres.b", kAccept, {lead_event(kTransferred, "polres.b", other)}, 2,
                            "polres.b"),
              "nothing is offered");
  const auto offered = [&] {
    Log log;
    log.open();
    CHECK_FALSE(log.later("polres.a", Transfer{}, {lead_event(kOffered, "polres.b", other)}, 2,
                          "polres.a"));
    return log;
  };
  Log early = offered();
  check_found(early.later("polres.a", Note{}, {event(kNoted, {}, "polres.a")}, 2, "polres.b"),
              "owner polres.b");
  Log thief = offered();
  check_found(
      thief.later("polda", kAccept, {lead_event(kTransferred, "polres.b", other)}, 3, "polres.b"),
      "not by this cause");
  Log elsewhere = offered();
  check_found(elsewhere.later("polda", kAccept,
                              {lead_event(kTransferred, "polda", {UnitId("polda")})}, 3, "polda"),
              "not offered to polda");
  Log chain = offered();
  check_found(
      chain.later("polres.b", kAccept, {lead_event(kTransferred, "polres.b", {UnitId("polres.b")})},
                  3, "polres.b"),
      "another chain");
}

TEST_CASE("an acknowledgement of what is none of the case's entries is found") {
  const Message opened = referral_message();
  Entry first = entry(opening(), 1, "polres.a");
  first.index = LogIndex{5};
  const auto acknowledged = [&](const char* unit, std::vector<LogIndex> named, Edition edition) {
    Release release = small_release();
    release.edition = edition;
    decide::OwnershipCheck check;
    check.follow(std::make_shared<const Release>(release));
    REQUIRE_FALSE(check.add(first, &opened));
    const Message message = case_message(opened, UnitId(unit), 0, Received{std::move(named)}, 7);
    Entry later = entry({event(kDelivered, Need::kInvestigation, unit)}, 1, "polres.a");
    later.index = LogIndex{8};
    Finding finding = check.add(later, &message);
    // It was remembered as no entry that can be acknowledged.
    const Message again = case_message(opened, UnitId("polres.a"), 0, Received{{later.index}}, 8);
    later.index = LogIndex{9};
    CHECK(check.add(later, &again).has_value() == (edition != Edition::kFirst));
    return finding;
  };
  const Edition newest = kNewestEdition;
  CHECK_FALSE(acknowledged("polres.a", {LogIndex{5}}, newest));
  CHECK_FALSE(acknowledged("kpai", {LogIndex{5}}, newest));
  check_found(acknowledged("polres.a", {LogIndex{4}}, newest), "none of the case");
  check_found(acknowledged("polres.a", {LogIndex{5}, LogIndex{6}}, newest), "none of the case");
  check_found(acknowledged("polres.a", {LogIndex{8}}, newest), "none of the case");
  check_found(acknowledged("polres.a", {LogIndex{9}}, newest), "none of the case");
  check_found(acknowledged("bareskrim", {LogIndex{5}}, newest), "not told");
  CHECK_FALSE(acknowledged("bareskrim", {LogIndex{4}}, Edition::kFirst));
}

TEST_CASE("an offer of the case, and a request for it, by who may not own it are found") {
  const auto release = std::make_shared<const Release>(guarded_release());
  const auto after_acceptance = [&release](Log& log) {
    log.check.follow(release);
    REQUIRE_FALSE(log.open());
    REQUIRE_FALSE(log.later("polres.a", Accept{Need::kInvestigation},
                            {lead_event(kAccepted, "polres.a")}, 2, "polres.a"));
  };
  const Transfer transfer{Need::kInvestigation, UnitId("uptd"), Reason::kNoCapacity};
  Log offered;
  after_acceptance(offered);
  REQUIRE(offered.later("polres.a", transfer, {lead_event(kOffered, "uptd", kCentre)}, 3,
                        "polres.a") == "guarantee G3: uptd is offered the case");
  Log requested;
  after_acceptance(requested);
  REQUIRE(requested.later("uptd", TransferRequest{}, {lead_event(kTransferRequested, "uptd")}, 3,
                          "polres.a") == "guarantee G3: uptd is asking for a transfer");
}

TEST_CASE("a refusal that changes something or names another owner is found") {
  const auto refused = [](std::uint32_t version, const char* owner, Events events) {
    Log log;
    log.open();
    return log.refused(version, owner, std::move(events));
  };
  CHECK_FALSE(refused(1, "polres.a", {}));
  check_found(refused(1, "polda", {}), "names the owner polda, the case has polres.a");
  check_found(refused(2, "polres.a", {}), "names version 2");
  check_found(refused(1, "polres.a", {lead_event(kAccepted, "polres.a")}), "has events");
}

TEST_CASE("a release that changes a case and an accepted message without bytes are found") {
  Log log;
  CHECK_FALSE(log.by(ReleaseCause{}, {}, 0, ""));
  check_found(log.by(ReleaseCause{}, {}, 1, "polda"), "an entry without a case changes one");
  check_found(log.by(MessageCause{}, {}, 1, "polda"), "cannot be read");
}

TEST_CASE("no entry is too odd to be checked") {
  std::minstd_rand random(20260101);
  const auto below = [&random](unsigned count) { return static_cast<unsigned>(random() % count); };
  const MessageBody bodies[] = {kAccept, kDecline, NewFacts{}, Assist{}, Reopen{}, Close{}};
  const char* units[] = {"", "polres.a", "polda", "bareskrim", "uptd"};
  std::size_t found = 0;
  for (int round = 0; round < 2'000; ++round) {
    Log log;
    log.open();
    for (std::uint32_t version = 2; version < 8; ++version) {
      Events events;
      for (unsigned i = below(4); i > 0; --i) {
        Event one =
            event(static_cast<EventType>(below(28)), static_cast<Need>(below(11)), units[below(5)],
                  below(2) == 0 ? kPolice : std::vector<UnitId>{}, below(2) == 0 ? below(4) : ~0U);
        one.assist = below(3) == 0 ? (below(2) == 0 ? 1 : 65'536) : 0;
        one.subject = static_cast<Subject>(below(3));
        one.basis = static_cast<OfferBasis>(below(2));
        events.push_back(std::move(one));
      }
      const char* owner = units[below(5)];
      const Finding finding =
          below(3) == 0 ? log.by(log.deadline(), events, version, owner)
                        : log.later(units[below(5)], bodies[below(6)], events, version, owner);
      found += finding ? 1 : 0;
    }
    const auto& summary = log.check.summary();
    REQUIRE(summary.open + summary.closed == 1);
  }
  CHECK(found > 1'500);
}
