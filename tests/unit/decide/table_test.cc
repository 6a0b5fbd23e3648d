// Every {state of the case} x {kind} x {role of the sender} x {fresh, stale} in full. What is
// expected is written down here a second time, as states by letter, and not taken from the table
// in the code.
#include <map>
#include <string>

#include "broker/decide/permitted.h"
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;

// Of the lead assignment and of what is pending beside it.
//   q requested  r received  a accepted  p in progress  h on hold  c completed  x cancelled
//   z closed  e closed and an erasure proposed
//   accepted, and   o offered by a transfer   f offered by new facts   t a transfer is requested
//                   w the request has gone to the wider unit   s another unit asked to help
//   under a legal hold:   g accepted   k closed   l closed and an erasure proposed before the hold
constexpr std::string_view kStates = "qraphcxzeoftwsgkl";
// owner; assigned to protection; opener and informed; informed, and where the state says so
// offered, requester or helper; wider unit, and where the state says so offered or decider; unit of
// the chain that has no part yet.
constexpr const char* kRoles[] = {"polres.a", "uptd", "kpai", "polres.b", "polda", "bareskrim"};

Facts facts_with_suspect() {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("11.02")};
  return facts;
}

Facts more(const CaseInTest& c) {
  Facts facts = c.record().facts;
  facts.categories.push_back(Category::kNeglect);
  return facts;
}

void finish_protection(CaseInTest& c) {
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
}

void bring_to(CaseInTest& c, char state) {
  if (state == 'g' || state == 'k' || state == 'l') {
    bring_to(c, state == 'g' ? 'a' : state == 'k' ? 'z' : 'e');
    c.order(OrderKind::kHold);
    return;
  }
  if (state == 'q') return;
  c.send("polres.a", Received{{LogIndex{1}}});
  if (state == 'r') return;
  c.send("polres.a", Accept{kNeed});
  switch (state) {
    case 'a':
      return;
    case 'h':
      c.send("polres.a", Progress{kNeed, AssignmentState::kOnHold});
      return;
    case 'p':
      c.send("polres.a", Progress{kNeed, AssignmentState::kInProgress});
      return;
    case 'o':
      c.send("polres.a", Transfer{kNeed, UnitId("polres.b"), Reason::kOutOfJurisdiction});
      return;
    case 'f': {
      Facts facts = c.record().facts;
      facts.incidents.push_back(AreaCode("11.02"));
      c.send("polres.a", NewFacts{facts});
      return;
    }
    case 't':
    case 'w':
      c.send("polres.b", TransferRequest{});
      if (state == 'w') c.miss_deadline(kNeed, Subject::kRequest);
      return;
    case 's':
      c.send("uptd", Assist{kNeed, UnitId("polres.b")});
      return;
    default:
      break;
  }
  finish_protection(c);
  if (state == 'x') {
    c.send("polres.a", Cancel{kNeed, UnitId("polres.a"), Reason::kDuplicate});
    return;
  }
  c.send("polres.a", Complete{kNeed});
  if (state == 'c') return;
  c.send("polres.a", Close{});
  if (state == 'e') c.send("polres.a", Erase{"uu-27-2022"});
}

struct KindInTest {
  const char* name;
  MessageBody body;  // of facts: see ask()
  // Role -> the states in which it may send this.
  std::map<std::string, std::string> permitted;
};

const std::string kAll(kStates);

std::vector<KindInTest> kinds() {
  const UnitId b("polres.b");
  const UnitId a("polres.a");
  const Reason reason = Reason::kOther;
  const std::map<std::string, std::string> everyone = {
      {"polres.a", kAll}, {"uptd", kAll}, {"kpai", kAll}, {"polres.b", kAll}, {"polda", "fw"}};
  return {
      {"accept", Accept{kNeed}, {{"polres.a", "qr"}, {"polres.b", "s"}}},
      {"accept offer", Accept{kNeed, Subject::kOffer}, {{"polres.b", "o"}, {"polda", "f"}}},
      {"decline", Decline{kNeed, reason}, {{"polres.a", "qr"}, {"polres.b", "s"}}},
      {"decline offer",
       Decline{kNeed, reason, Subject::kOffer},
       {{"polres.b", "o"}, {"polda", "f"}}},
      {"decline request",
       Decline{kNeed, reason, Subject::kRequest},
       {{"polres.a", "t"}, {"polda", "w"}}},
      {"received", Received{{LogIndex{1}}}, everyone},
      {"note", Note{}, everyone},
      {"unreadable", Unreadable{LogIndex{1}}, everyone},
      {"in progress", Progress{kNeed, AssignmentState::kInProgress}, {{"polres.a", "ahoftwsg"}}},
      {"on hold", Progress{kNeed, AssignmentState::kOnHold}, {{"polres.a", "apoftwsg"}}},
      {"complete", Complete{kNeed}, {{"polres.a", "aphoftwsg"}}},
      {"close", Close{}, {{"polres.a", "cx"}}},
      {"transfer", Transfer{kNeed, b, reason}, {{"polres.a", "aphtwsg"}, {"polda", "w"}}},
      {"transfer request", TransferRequest{}, {{"polres.b", "qraphofsg"}, {"polda", "f"}}},
      {"assist", Assist{kNeed, b}, {{"polres.a", "qraphcxoftwg"}, {"uptd", "qraphcxoftwg"}}},
      {"facts",
       NewFacts{},
       {{"polres.a", "qraphcxzeoftwsgkl"}, {"uptd", "qraphcxzeoftwsgkl"}, {"polres.b", "s"}}},
      {"cancel", Cancel{kNeed, a, reason}, {{"polres.a", "qraphoftwsg"}}},
      {"cancel offer", Cancel{kNeed, {}, reason, Subject::kOffer}, {{"polres.a", "o"}}},
      {"cancel request", Cancel{kNeed, {}, reason, Subject::kRequest}, {{"polres.b", "tw"}}},
      {"reopen", Reopen{}, {{"polres.a", "zekl"}, {"uptd", "zekl"}, {"kpai", "zekl"}}},
      {"erase", Erase{"uu-27-2022"}, {{"polres.a", "ze"}, {"uptd", "e"}, {"kpai", "e"}}},
  };
}

bool may(const KindInTest& kind, const std::string& role, char state) {
  const auto at = kind.permitted.find(role);
  return at != kind.permitted.end() && at->second.find(state) != std::string::npos;
}

}  // namespace

TEST_CASE("every cell of state by kind by role by version is decided as the table says") {
  int cells = 0;
  int accepted = 0;
  for (const char state : kStates) {
    CaseInTest c(facts_with_suspect());
    bring_to(c, state);
    for (KindInTest& kind : kinds()) {
      if (std::holds_alternative<NewFacts>(kind.body)) kind.body = NewFacts{more(c)};
      const bool compares = compares_version(static_cast<MessageKind>(kind.body.index() + 1));
      for (const char* role : kRoles) {
        for (const bool stale : {false, true}) {
          const std::uint32_t version = c.record().version + (stale ? 1 : 0);
          const Outcome outcome = c.ask(role, kind.body, version);
          INFO("state " << state << ", " << kind.name << " by " << role << (stale ? ", stale" : "")
                        << ": " << (outcome.refusal ? to_string(*outcome.refusal) : "accepted"));
          const bool expected = may(kind, role, state) && !(stale && compares);
          REQUIRE(outcome.refusal.has_value() != expected);
          ++cells;
          if (outcome.refusal) {
            REQUIRE(outcome.events.empty());
            continue;
          }
          ++accepted;
          // What is accepted keeps exactly one owner: apply checks the invariants.
          CaseRecord after = c.record();
          decide::apply(after, outcome, &c.last());
          REQUIRE(after.owner() == outcome.owner);
          REQUIRE_FALSE(decide::broken_invariant(after, c.table(), c.now()));
        }
      }
    }
  }
  REQUIRE(cells == 17 * 21 * 6 * 2);
  REQUIRE(accepted > 300);
}

TEST_CASE("every cell of state by order by legal basis is decided as the table says") {
  const std::map<OrderKind, std::string> with_the_proposed_basis = {
      {OrderKind::kHold, "qraphcxzeoftws"},
      {OrderKind::kLiftHold, "gkl"},
      {OrderKind::kConsentToErasure, "e"}};
  for (const char state : kStates) {
    CaseInTest c(facts_with_suspect());
    bring_to(c, state);
    for (const auto& [kind, states] : with_the_proposed_basis) {
      for (const char* basis : {"uu-27-2022", "uu-12-2022"}) {
        const Outcome outcome = c.ask_order(kind, basis);
        const bool consents = kind == OrderKind::kConsentToErasure;
        const bool expected = states.find(state) != std::string::npos &&
                              (!consents || std::string(basis) == "uu-27-2022");
        INFO("state " << state << ", " << name_of(kind) << " for " << basis);
        REQUIRE(outcome.refusal.has_value() != expected);
        if (outcome.refusal) continue;
        CaseRecord after = c.record();
        decide::apply(after, outcome, nullptr);
        REQUIRE(after.version == c.record().version + 1);
        REQUIRE(after.owner() == c.record().owner());
        REQUIRE_FALSE(decide::broken_invariant(after, c.table(), c.now()));
      }
    }
  }
}

TEST_CASE("the table in the code has a row for every kind and every subject of it") {
  for (const auto& named : code_names<MessageKind>()) {
    const MessageKind kind = named.value;
    INFO(named.name);
    const auto cells = decide::permitted_cells();
    const bool found = std::any_of(cells.begin(), cells.end(),
                                   [&](const decide::Cell& cell) { return cell.kind == kind; });
    REQUIRE(found == (kind != MessageKind::kReferral));
  }
}
