// Every {state of the assignment} x {kind} x {role of the sender} x {fresh, stale} in full.
#include <map>

#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

enum class State { kRequested, kReceived, kAccepted, kInProgress, kOnHold, kCompleted, kClosed };
constexpr State kStates[] = {State::kRequested,  State::kReceived, State::kAccepted,
                             State::kInProgress, State::kOnHold,   State::kCompleted,
                             State::kClosed};
enum class Kind { kAccept, kDecline, kReceived, kNote, kInProgress, kOnHold, kComplete, kClose };
constexpr Kind kKinds[] = {Kind::kAccept,     Kind::kDecline, Kind::kReceived, Kind::kNote,
                           Kind::kInProgress, Kind::kOnHold,  Kind::kComplete, Kind::kClose};
// owner: polres.a; other: assigned to protection; opener; wider: later in the chain; stranger.
constexpr const char* kRoles[] = {"polres.a", "uptd", "kpai", "polda", "polres.b"};

void bring_to(CaseInTest& c, State state) {
  const Need need = Need::kInvestigation;
  if (state == State::kRequested) return;
  c.send("polres.a", Received{{LogIndex{1}}});
  if (state == State::kReceived) return;
  c.send("polres.a", Accept{need});
  if (state == State::kAccepted) return;
  if (state == State::kOnHold) {
    c.send("polres.a", Progress{need, AssignmentState::kOnHold});
    return;
  }
  c.send("polres.a", Progress{need, AssignmentState::kInProgress});
  if (state == State::kInProgress) return;
  c.send("polres.a", Complete{need});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  if (state == State::kCompleted) return;
  c.send("polres.a", Close{});
}

MessageBody body_of(Kind kind) {
  const Need need = Need::kInvestigation;
  switch (kind) {
    case Kind::kAccept:
      return Accept{need};
    case Kind::kDecline:
      return Decline{need, Reason::kNoCapacity};
    case Kind::kReceived:
      return Received{{LogIndex{1}}};
    case Kind::kNote:
      return Note{};
    case Kind::kInProgress:
      return Progress{need, AssignmentState::kInProgress};
    case Kind::kOnHold:
      return Progress{need, AssignmentState::kOnHold};
    case Kind::kComplete:
      return Complete{need};
    case Kind::kClose:
      return Close{};
  }
  return Close{};
}

// What the owner may do when it has seen the latest version; written down, not computed.
const std::map<Kind, std::vector<State>> kOwnerMay = {
    {Kind::kAccept, {State::kRequested, State::kReceived}},
    {Kind::kDecline, {State::kRequested, State::kReceived}},
    {Kind::kReceived, {std::begin(kStates), std::end(kStates)}},
    {Kind::kNote, {std::begin(kStates), std::end(kStates)}},
    {Kind::kInProgress, {State::kAccepted, State::kOnHold}},
    {Kind::kOnHold, {State::kAccepted, State::kInProgress}},
    {Kind::kComplete, {State::kAccepted, State::kInProgress, State::kOnHold}},
    {Kind::kClose, {State::kCompleted}},
};

bool accepted_by_the_table(State state, Kind kind, const std::string& role, bool stale) {
  const bool compares = kind != Kind::kReceived && kind != Kind::kNote;
  if (compares && stale) return false;
  if (role == "polres.a") {
    const auto& states = kOwnerMay.at(kind);
    return std::find(states.begin(), states.end(), state) != states.end();
  }
  const bool party = role == "uptd" || role == "kpai";
  return party && !compares;
}

}  // namespace

TEST_CASE("every cell of state by kind by role by version is decided as the table says") {
  int cells = 0;
  int accepted = 0;
  for (const State state : kStates) {
    CaseInTest c;
    bring_to(c, state);
    for (const Kind kind : kKinds) {
      for (const char* role : kRoles) {
        for (const bool stale : {false, true}) {
          const std::uint32_t version = c.record().version + (stale ? 1 : 0);
          const Outcome outcome = c.ask(role, body_of(kind), version);
          INFO("state " << static_cast<int>(state) << " kind " << static_cast<int>(kind) << " role "
                        << role << " stale " << stale << " "
                        << (outcome.refusal ? to_string(*outcome.refusal) : "accepted"));
          REQUIRE(outcome.refusal.has_value() != accepted_by_the_table(state, kind, role, stale));
          ++cells;
          if (outcome.refusal) {
            REQUIRE(outcome.events.empty());
            continue;
          }
          ++accepted;
          // What is accepted keeps exactly one owner: apply checks the invariants.
          CaseRecord after = c.record();
          decide::apply(after, outcome, nullptr);
          REQUIRE(after.owner() == outcome.owner);
        }
      }
    }
  }
  REQUIRE(cells == 7 * 8 * 5 * 2);
  REQUIRE(accepted > 60);
}
