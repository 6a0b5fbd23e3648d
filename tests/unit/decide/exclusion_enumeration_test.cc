// What every unit receives of a case, byte for byte, over all ways in which its facts may change
// who is kept out: facts of the opening x facts later x facts at last x who opened it x what the
// police did meanwhile x whose gateway was off. The mail is carried as broker/deliver does, by the
// words of schemas/wire.md section 7; who may be told is written here from the domain.
#include <map>
#include <set>

#include "broker/wire/entry_codec.h"
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr Need kNeed = Need::kInvestigation;

// The domain: police are kept out where an adult wants none, the commission where the victim is
// one.
bool is_out(const std::string& unit, const Facts& facts) {
  if (facts.victim_age != VictimAge::kAdult) return false;
  const bool police = unit.starts_with("pol") || unit == "bareskrim";
  return unit == "kpai" || (police && facts.consent == Consent::kWithheldPolice);
}

// What the police did before the facts changed.
enum class Story {
  kNothing,
  kAccepted,
  kCompleted,
  kDeclined,
  kOffered,
  kTransferred,
  kRequested,
  kInformed,
  kHelped,
};
constexpr int kStories = 9;

// Whose gateways are off until the end.
enum class Off { kNobody, kPolice, kCommission, kAll };
constexpr int kOffs = 4;

bool is_off(const std::string& unit, Off off) {
  switch (off) {
    case Off::kNobody:
      return false;
    case Off::kPolice:
      return unit.starts_with("pol") || unit == "bareskrim";
    case Off::kCommission:
      return unit == "kpai";
    case Off::kAll:
      return true;
  }
  return false;
}

Facts facts_of(int number) {
  Facts facts = adult_facts();
  facts.needs.push_back(Need::kRehabilitation);
  facts.victim_age = static_cast<VictimAge>(number / 4);
  facts.consent = static_cast<Consent>(number % 4);
  return facts;
}
constexpr int kFacts = 12;
// Refused: somebody has to find out first whether the victim is an adult.
bool is_unclear(const Facts& facts) {
  return facts.victim_age == VictimAge::kUnknown && facts.consent == Consent::kWithheldPolice;
}

// One case, its log, its mail, and what each unit holds of it.
class Told {
 public:
  Told(const routing::RoutingTable& table, const Message& opening, Off off)
      : table_(table), opening_(opening), off_(off) {}

  // False: it is refused.
  bool open() {
    const Outcome outcome = decide::decide(nullptr, {opening_}, table_, next_time());
    if (outcome.refusal) return false;
    record_ = decide::opened_record(opening_, outcome, now_, ReleaseVersion{1});
    log(MessageCause{}, outcome, opening_, nullptr);
    return true;
  }

  Outcome send(const char* sender, MessageBody body) {
    if (auto* more = std::get_if<NewFacts>(&body)) more->facts_version = record_.facts_version;
    const bool compares = compares_version(static_cast<MessageKind>(body.index() + 1));
    Message message = case_message(opening_, UnitId(sender), compares ? record_.version : 0,
                                   std::move(body), ++number_);
    Outcome outcome = decide::decide(&record_, {message}, table_, next_time());
    if (!outcome.recipients.empty()) {
      message.payload = opening_.payload;
      message.recipients = outcome.recipients;
      outcome = decide::decide(&record_, {message}, table_, now_);
    }
    if (outcome.refusal) return outcome;
    const CaseRecord before = record_;
    decide::apply(record_, outcome, &message);
    log(MessageCause{}, outcome, message, &before);
    return outcome;
  }

  // The facts as a centre states them, to which social affairs agrees where that is asked for.
  // False: they are refused.
  bool state(const Facts& facts) {
    Outcome outcome = send("uptd", NewFacts{facts});
    const bool proposed = has_event(outcome, EventType::kFactsProposed);
    if (proposed) outcome = send("social", NewFacts{facts});
    return !outcome.refusal;
  }

  // Everybody comes back; then what each unit holds is held against the domain.
  std::string first_fault() {
    off_ = Off::kNobody;
    deliver();
    if (fault_.empty()) check_what_is_held();
    return fault_;
  }
  const CaseRecord& record() const { return record_; }
  std::size_t deliveries() const { return deliveries_; }

 private:
  struct Logged {
    Entry entry;
    Bytes bytes;
    std::optional<Message> message;
  };

  TimeUs next_time() { return now_ = now_ + Seconds(1); }
  void fail(const std::string& unit, const std::string& why) {
    if (fault_.empty()) fault_ = unit + " " + why;
  }

  void log(Cause cause, const Outcome& outcome, const std::optional<Message>& message,
           const CaseRecord* before) {
    append(std::move(cause), outcome, message, before);
    // In the same commit.
    while (decide::needs_exclusion(record_, table_)) {
      const Outcome excluded = decide::decide_exclusion(record_, table_);
      const CaseRecord told = record_;
      decide::apply(record_, excluded, nullptr);
      append(ExclusionCause{record_.case_id}, excluded, std::nullopt, &told);
    }
    deliver();
  }

  void append(Cause cause, const Outcome& outcome, const std::optional<Message>& message,
              const CaseRecord* before) {
    Entry entry;
    entry.index = LogIndex{log_.size()};
    entry.time = next_time();
    entry.release = ReleaseVersion{1};
    entry.cause = std::move(cause);
    if (message) {
      MessageCause& of_message = std::get<MessageCause>(entry.cause);
      of_message.message = {1, 2, 3};  // its form is another test's matter
      of_message.proof.unit = message->sender;
      of_message.proof.key_id = "sign-1";
    }
    entry.outcome = outcome;
    log_.push_back({entry, *wire::encode_entry(entry), message});
    const decide::Telling telling =
        decide::telling_of(entry, before, record_, message ? &*message : nullptr, nullptr, table_);
    for (const UnitId& unit : telling.take_back) mail_[unit.str()].clear();
    for (const UnitId& unit : telling.take_notices) {
      std::erase_if(mail_[unit.str()], [this](std::size_t at) { return is_notice(at); });
    }
    for (const UnitId& unit : telling.tell) mail_[unit.str()].insert(log_.size() - 1);
    for (const UnitId& unit : telling.tell_history) {
      for (std::size_t at = 0; at < log_.size(); ++at) {
        if (decide::may_be_told(log_[at].entry.cause, nullptr, unit, table_)) {
          mail_[unit.str()].insert(at);
        }
      }
    }
  }

  bool is_notice(std::size_t at) const {
    return std::holds_alternative<ExclusionCause>(log_[at].entry.cause);
  }

  void deliver() {
    for (auto& [unit, mail] : mail_) {
      if (is_off(unit, off_)) continue;
      for (const std::size_t at : mail) take(unit, at);
      mail.clear();
    }
  }

  // As a gateway takes it.
  void take(const std::string& unit, std::size_t at) {
    const Logged& logged = log_[at];
    ++deliveries_;
    const bool out = is_out(unit, record_.facts);
    if (out != is_notice(at)) {
      return fail(unit, out ? "is kept out and is sent entry " + std::to_string(at)
                            : "has a part and is told that it has none");
    }
    if (out) {
      if (logged.bytes != notice_for(unit, logged.entry)) fail(unit, "is told more than that");
      held_[unit].clear();
      ++notices_[unit];
      return;
    }
    const bool payload =
        logged.message && logged.message->payload &&
        decide::may_read_payload(record_, *logged.message, UnitId(unit), table_, now_);
    if (payload && !names(logged.message->recipients).empty()) payloads_.insert(unit);
    held_[unit].insert(at);
  }

  // Written out: case, index, time, release, its own name, and nothing else.
  Bytes notice_for(const std::string& unit, const Entry& logged) const {
    Entry entry;
    entry.index = logged.index;
    entry.time = logged.time;
    entry.release = ReleaseVersion{1};
    entry.cause = ExclusionCause{record_.case_id};
    Event event{.type = EventType::kExcluded};
    event.unit = UnitId(unit);
    entry.outcome.events = {event};
    return *wire::encode_entry(entry);
  }

  void check_what_is_held() {
    for (const UnitId& id : record_.told) {
      const std::string& unit = id.str();
      const bool out = is_out(unit, record_.facts);
      if (out && !held_[unit].empty()) fail(unit, "is kept out and holds something");
      if (out && notices_[unit] == 0) fail(unit, "is kept out and was not told so");
      if (out && payloads_.contains(unit) && is_off_until_now(unit)) fail(unit, "read a narrative");
    }
    for (const UnitId& id : decide::parties(record_, table_)) {
      const std::string& unit = id.str();
      if (is_out(unit, record_.facts)) return fail(unit, "is kept out and has a part");
      for (std::size_t at = 0; at < log_.size(); ++at) {
        const auto& message = log_[at].message;
        const bool own = message && message->sender == id;
        if (!own && !is_notice(at) && !held_[unit].contains(at)) {
          fail(unit, "has a part and lacks entry " + std::to_string(at));
        }
      }
    }
    for (const auto& [unit, entries] : held_) {
      const auto& told = record_.told;
      const bool ever = std::find(told.begin(), told.end(), UnitId(unit)) != told.end();
      if (!ever && !entries.empty()) fail(unit, "has no part and holds something");
    }
  }
  // Whether it could not have read before it was kept out.
  bool is_off_until_now(const std::string& unit) const { return was_off_.contains(unit); }

 public:
  // For units that are off from the beginning.
  void remember_off(const routing::RoutingTable& table) {
    for (const Unit& unit : table.release().units) {
      if (is_off(unit.id.str(), off_)) was_off_.insert(unit.id.str());
    }
  }

 private:
  const routing::RoutingTable& table_;
  const Message& opening_;
  Off off_;
  TimeUs now_ = noon();
  CaseRecord record_;
  std::vector<Logged> log_;
  std::map<std::string, std::set<std::size_t>> mail_;
  std::map<std::string, std::set<std::size_t>> held_;
  std::map<std::string, int> notices_;
  std::set<std::string> payloads_;
  std::set<std::string> was_off_;
  std::size_t deliveries_ = 0;
  std::string fault_;
  std::uint8_t number_ = 10;
};

void tell_story(Told& told, Story story) {
  const Assignment* investigation = told.record().assignment(kNeed);
  if (investigation == nullptr || story == Story::kNothing) return;
  if (story == Story::kDeclined) {
    told.send("polres.a", Decline{kNeed, Reason::kNoCapacity});
    return;
  }
  told.send("polres.a", Accept{kNeed});
  switch (story) {
    case Story::kCompleted:
      told.send("polres.a", Complete{kNeed});
      return;
    case Story::kOffered:
    case Story::kTransferred:
      told.send("polres.a", Transfer{kNeed, UnitId("polda"), Reason::kOther});
      if (story == Story::kTransferred) told.send("polda", Accept{kNeed, Subject::kOffer});
      return;
    case Story::kRequested:
      told.send("polres.b", TransferRequest{});
      return;
    case Story::kHelped:
      told.send("uptd", Assist{kNeed, UnitId("polda")});
      return;
    case Story::kNothing:
    case Story::kAccepted:
    case Story::kDeclined:
    case Story::kInformed:
      return;
  }
}

struct Enumerated {
  std::size_t combinations = 0;
  std::size_t refused = 0;
  std::size_t deliveries = 0;
  std::size_t exclusions = 0;
};

void enumerate(const char* opener, Enumerated& out) {
  const auto table = *routing::RoutingTable::build(release_of_two_agencies());
  for (int first = 0; first < kFacts; ++first) {
    for (int story = 0; story < kStories; ++story) {
      Facts facts = facts_of(first);
      // The police of a suspect's place are informed.
      const bool informs = static_cast<Story>(story) >= Story::kRequested;
      if (informs) facts.suspects = {AreaCode("11.02")};
      Message opening = referral_message(facts);
      opening.sender = UnitId(opener);
      opening.recipients = table->route(facts, noon())->recipients();
      for (int then = 0; then < kFacts; ++then) {
        for (int last = 0; last < kFacts; ++last) {
          for (int off = 0; off < kOffs; ++off) {
            ++out.combinations;
            Told told(*table, opening, static_cast<Off>(off));
            told.remember_off(*table);
            if (!told.open()) {
              ++out.refused;
              if (!is_unclear(facts)) FAIL("a clear opening was refused");
              continue;
            }
            tell_story(told, static_cast<Story>(story));
            for (const int number : {then, last}) {
              Facts next = facts_of(number);
              next.suspects = facts.suspects;
              const bool unclear_or_same = is_unclear(next) || next == told.record().facts;
              if (told.state(next) == unclear_or_same) {
                FAIL(opener << ": facts " << number << " after " << first);
              }
            }
            out.exclusions += told.record().excluded.size();
            const std::string fault = told.first_fault();
            out.deliveries += told.deliveries();
            if (!fault.empty()) {
              FAIL(fault << ": opened by " << opener << ", facts " << first << " " << then << " "
                         << last << ", story " << story << ", off " << off);
            }
          }
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("whoever is kept out receives nothing but that, in every order of facts and silences") {
  Enumerated all;
  for (const char* opener : {"kpai", "uptd", "polda"}) enumerate(opener, all);
  CAPTURE(all.combinations, all.refused, all.deliveries, all.exclusions);
  REQUIRE(all.combinations == 3 * 12 * 9 * 12 * 12 * 4);
  REQUIRE(all.combinations - all.refused > 100'000);
  REQUIRE(all.exclusions > 10'000);
  REQUIRE(all.deliveries > 1'000'000);
}
