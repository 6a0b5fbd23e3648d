// Writes logs for second_verifier_test.py: one that is good, and copies in which something is wrong
// that only a reader of entries can find, because trees and signatures are made anew. The name of a
// folder says what is to be found: "<code>,<position>,<what>".
#include <cstdlib>

#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/merkle/tiles.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/reader.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/integration/log_mutations.h"
#include "tests/support/log_folder.h"
#include "tests/unit/sequencer/case_stories.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::chrono::hours kHour{1};
constexpr Need kNeed = Need::kInvestigation;

// Refusals, with and without a case; a second message of an id; a key that is not in force.
void be_refused(SequencerInTest& s, const Message& opening) {
  REQUIRE(s.say(opening, "sapa", Close{}).refusal);
  REQUIRE(s.submit(case_message(opening, UnitId("polres.b"), 1, Close{}, 1)).refusal);
  REQUIRE(s.submit(case_message(opening, UnitId("polres.a"), 90, Close{}, 2)).refusal);
  // Refusals that do not keep the message.
  Message named = referral_message(offline_facts(), 4);
  std::get<Referral>(named.body).evidence = {{{}, EvidenceKind::kText, UnitId("siti-aminah")}};
  REQUIRE(s.submit(named).refusal);
  Facts facts = offline_facts();
  facts.legal_bases = {"lp-3171234506780001"};
  REQUIRE(s.submit(referral_message(facts, 5)).refusal);
  Message other = opening;
  other.sent_at = opening.sent_at + kHour;
  REQUIRE(s.submit(other).refusal);
  auto job = SequencerInTest::job_of(StationId("police"),
                                     {case_message(opening, UnitId("polres.a"), 1, Close{}, 3)});
  std::get<verify::VerifiedSubmission>(job.work).messages[0].proof.key_id = "sign-9";
  REQUIRE(s.process(job));
}

void submit_many(SequencerInTest& s, std::uint8_t first, std::uint8_t last) {
  std::vector<Message> messages;
  for (std::uint8_t i = first; i <= last; ++i) {
    messages.push_back(referral_message(offline_facts(), i));
  }
  REQUIRE(s.process(SequencerInTest::job_of(StationId("kpai"), messages)));
}

void change_release(SequencerInTest& s) {
  Release release = release_of_two_agencies();
  release.version = ReleaseVersion{2};
  add_unit_like(release, "polres.a", "polres.n");
  end_unit(release, "polres.a", noon() - kHour, "polres.n");
  s.sequencer->offer_release(signed_small_release(release));
  REQUIRE(s.process());
}

// Of an adult who wants the police, then does not, does again, and does not once the case is
// closed.
void change_her_mind(SequencerInTest& s) {
  Facts facts = adult_facts();
  facts.needs.push_back(Need::kRehabilitation);
  Message opening = referral_message(facts, 5);
  opening.sender = UnitId("uptd");
  opening.release = ReleaseVersion{2};
  opening.recipients = {};
  for (const char* unit : {"polres.n", "polda", "bareskrim", "uptd", "sapa", "social"}) {
    opening.recipients.emplace_back(unit);
  }
  const auto opened = s.submit(opening);
  INFO((opened.refusal ? to_string(*opened.refusal) : ""));
  REQUIRE_FALSE(opened.refusal);
  s.does(opening, "polres.n", Accept{kNeed});
  facts.consent = Consent::kWithheldPolice;
  s.does(opening, "uptd", NewFacts{facts});
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kExcluded);
  s.does(opening, "polres.n", Received{{s.last_entry().index}});
  REQUIRE(s.say(opening, "polres.n", Note{}).refusal);
  facts.consent = Consent::kGiven;
  s.does(opening, "uptd", NewFacts{facts});
  s.does(opening, "social", NewFacts{facts});
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kReadmitted);
  for (const auto& [unit, need] :
       {std::pair("uptd", Need::kProtection), std::pair("social", Need::kRehabilitation),
        std::pair("polres.n", kNeed)}) {
    s.does(opening, unit, Accept{need});
    s.does(opening, unit, Complete{need});
  }
  s.does(opening, s.owner_of(opening).c_str(), Close{});
  facts.consent = Consent::kWithheldPolice;
  s.does(opening, "uptd", NewFacts{facts});
  REQUIRE(s.record_of(opening).status == CaseStatus::kOpen);
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kExcluded);
}

LogBytes read_log(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened);
  const store::Reader& reader = (*opened)->reader();
  LogBytes log;
  REQUIRE(reader.entries(LogIndex{0}, *reader.size(), [&](LogIndex, ByteView bytes) {
    log.entries.push_back(to_bytes(bytes));
    return true;
  }));
  for (const std::uint32_t version : {1U, 2U}) {
    log.releases.push_back(**reader.release(ReleaseVersion{version}));
  }
  return log;
}

LogBytes good_log() {
  SequencerInTest s;
  live_through(s);
  submit_many(s, 10, 75);
  const Message opening = referral_message(offline_facts(), 2);
  REQUIRE_FALSE(s.submit(opening).refusal);
  Message related = referral_message(offline_facts(), 3);
  std::get<Referral>(related.body).related = {opening.case_id};
  REQUIRE_FALSE(s.submit(related).refusal);
  be_refused(s, opening);
  be_ordered(s);
  // Led to its end by a unit that ends before the case is closed.
  const Message led = referral_message(offline_facts(), 6);
  REQUIRE_FALSE(s.submit(led).refusal);
  s.does(led, "polres.a", Accept{kNeed});
  s.does(led, "polres.a", Complete{kNeed});
  change_release(s);
  REQUIRE(s.owner_of(led) == "polres.n");
  change_her_mind(s);
  s.pass(1000 * kHour);
  submit_many(s, 76, 110);
  return read_log(s);
}

// Damages written into folders below `root`.
class Damages {
 public:
  Damages(std::filesystem::path root, LogBytes log)
      : root_(std::move(root)), log_(std::move(log)) {}

  Entry entry(std::size_t at) const { return *wire::decode_entry(log_.entries[at]); }
  // The first entry that fits.
  template <typename Fits>
  std::size_t find(Fits fits) const {
    for (std::size_t at = 0; at < log_.entries.size(); ++at) {
      if (fits(entry(at))) return at;
    }
    FAIL("no such entry");
    return 0;
  }
  std::size_t with_event(EventType type) const {
    return find([type](const Entry& e) {
      return !e.outcome.events.empty() && e.outcome.events.front().type == type;
    });
  }
  std::size_t refused(ErrorCode code) const {
    return find(
        [code](const Entry& e) { return e.outcome.refusal && e.outcome.refusal->code == code; });
  }
  const LogBytes& log() const { return log_; }

  void write(const std::string& code, std::size_t at, const std::string& what,
             const LogBytes& log) const {
    write_log_folder(root_ / (code + "," + std::to_string(at) + "," + what), log);
  }
  void replace(const std::string& code, std::size_t at, const std::string& what,
               Bytes bytes) const {
    LogBytes damaged = log_;
    damaged.entries[at] = std::move(bytes);
    write(code, at, what, damaged);
  }
  template <typename Change>
  void change(const std::string& code, std::size_t at, const std::string& what,
              Change change) const {
    Entry changed = entry(at);
    change(changed);
    replace(code, at, what, *wire::encode_entry(changed));
  }

 private:
  std::filesystem::path root_;
  LogBytes log_;
};

// As a dishonest unit could: the signature is good.
void sign_anew(Entry& entry, const UnitId& sender, Bytes message) {
  const Bytes text = wire::submission_signing_bytes(kOrigin, sender, 1, merkle::leaf_hash(message));
  const SenderProof proof{sender, "sign-1", signing_key(sender).sign(text), 1, 0, {}};
  entry.cause = MessageCause{std::move(message), proof};
}

void damage_places(const Damages& d) {
  d.change("log.index", 7, "one too many", [](Entry& e) { e.index = LogIndex{8}; });
  d.change("log.time", 7, "that of the entry before", [&](Entry& e) { e.time = d.entry(6).time; });
  d.change("log.time", d.log().entries.size() - 3, "long ago",
           [](Entry& e) { e.time = noon() - kHour; });
  LogBytes twice = d.log();
  twice.entries.push_back(twice.entries[1]);
  Entry again = d.entry(1);
  again.index = LogIndex{twice.entries.size() - 1};
  again.time = d.entry(twice.entries.size() - 2).time + kHour;
  again.release = ReleaseVersion{2};
  twice.entries.back() = *wire::encode_entry(again);
  d.write("log.duplicate", twice.entries.size() - 1, "an opening again", twice);
  LogBytes swapped = d.log();
  std::swap(swapped.entries[30], swapped.entries[31]);
  d.write("log.index", 30, "two entries changed places", swapped);
  LogBytes shorter = d.log();
  shorter.entries.erase(shorter.entries.begin() + 40);
  d.write("log.index", 40, "an entry was taken out", shorter);
}

void damage_senders(const Damages& d) {
  const auto cause = [](Entry& e) -> MessageCause& { return std::get<MessageCause>(e.cause); };
  d.change("log.sender", 3, "a bit of the signature",
           [&](Entry& e) { cause(e).proof.signature[5] ^= 1; });
  d.change("log.sender", 3, "an unknown key", [&](Entry& e) { cause(e).proof.key_id = "sign-2"; });
  d.change("log.sender", 3, "a key for sealing",
           [&](Entry& e) { cause(e).proof.key_id = "seal-1"; });
  d.change("log.sender", 3, "another unit",
           [&](Entry& e) { cause(e).proof.unit = UnitId("polda"); });
  d.change("log.sender", 3, "another count", [&](Entry& e) { cause(e).proof.count = 2; });
  const std::size_t refusal = d.refused(ErrorCode::kCaseStale);
  d.change("log.sender", refusal, "of a refused message",
           [&](Entry& e) { cause(e).proof.signature[5] ^= 1; });
  d.change("log.sender", 50, "a shorter path", [&](Entry& e) { cause(e).proof.path.pop_back(); });
  d.change("log.sender", 50, "another place in the submission",
           [&](Entry& e) { cause(e).proof.index ^= 1; });
  d.change("log.sender", 50, "another message",
           [&](Entry& e) { cause(e).message = std::get<MessageCause>(d.entry(51).cause).message; });
}

void damage_releases(const Damages& d) {
  const std::size_t second = d.find([](const Entry& e) {
    return e.index != LogIndex{0} && std::holds_alternative<ReleaseCause>(e.cause);
  });
  const auto release = [](Entry& e) -> ReleaseCause& { return std::get<ReleaseCause>(e.cause); };
  d.change("log.release", second, "another digest", [&](Entry& e) { release(e).digest[0] ^= 1; });
  d.change("log.release", second, "another version",
           [&](Entry& e) { release(e).version = ReleaseVersion{3}; });
  d.change("log.release", 5, "not the one in force",
           [](Entry& e) { e.release = ReleaseVersion{2}; });
  d.change("log.release", 0, "a case before any release", [&](Entry& e) {
    e.cause = d.entry(1).cause;
    e.outcome = d.entry(1).outcome;
  });
  LogBytes missing = d.log();
  missing.releases.pop_back();
  d.write("log.release", second, "missing", missing);
  LogBytes unsigned_one = d.log();
  auto parts = *wire::decode_signed_release(unsigned_one.releases[1]);
  parts.signatures.pop_back();
  unsigned_one.releases[1] = wire::encode_signed_release(parts);
  d.write("log.release", second, "too few signatures", unsigned_one);
  parts.signatures.push_back(parts.signatures.front());
  unsigned_one.releases[1] = wire::encode_signed_release(parts);
  d.write("log.release", second, "one administrator twice", unsigned_one);
  parts.signatures.back().key = administrator_key("stranger").public_key();
  unsigned_one.releases[1] = wire::encode_signed_release(parts);
  d.write("log.release", second, "a stranger's signature", unsigned_one);
}

void damage_orders(const Damages& d) {
  const auto cause = [](Entry& e) -> OrderCause& { return std::get<OrderCause>(e.cause); };
  const auto sign = [&](Entry& e, auto change) {
    auto parts = *wire::decode_signed_order(cause(e).order);
    change(parts);
    cause(e).order = wire::encode_signed_order(parts);
  };
  const std::size_t held = d.with_event(EventType::kHeld);
  const std::size_t lifted = d.with_event(EventType::kHoldLifted);
  const std::size_t refused = held + 1;
  d.change("log.sender", held, "a bit of an order's signature", [&](Entry& e) {
    sign(e, [](wire::SignedOrder& order) { order.signatures[1].signature[0] ^= 1; });
  });
  d.change("log.sender", held, "a bit of an order",
           [&](Entry& e) { sign(e, [](wire::SignedOrder& order) { order.body.back() ^= 1; }); });
  d.change("log.sender", held, "an order that nobody signed",
           [&](Entry& e) { sign(e, [](wire::SignedOrder& order) { order.signatures.clear(); }); });
  d.change("log.sender", lifted, "lifted by one administrator", [&](Entry& e) {
    sign(e, [](wire::SignedOrder& order) { order.signatures.pop_back(); });
  });
  d.change("log.sender", held, "an order about another case",
           [&](Entry& e) { cause(e).case_id = referral_message(offline_facts(), 2).case_id; });
  d.change("entry.malformed", held, "no order",
           [&](Entry& e) { cause(e).order = Bytes(20, 0xAA); });
  d.change("log.duplicate", lifted, "an order again",
           [&](Entry& e) { e.cause = d.entry(held).cause; });
  d.change("log.ownership", held, "another event than was ordered",
           [](Entry& e) { e.outcome.events[0].type = EventType::kErased; });
  d.change("log.ownership", refused, "erased while it is held", [&](Entry& e) {
    e.outcome = d.entry(lifted + 1).outcome;
    e.outcome.case_version = d.entry(held).outcome.case_version + 1;
  });
}

void damage_acknowledgements(const Damages& d) {
  const std::size_t received = d.with_event(EventType::kReceived);
  const auto acknowledge = [&](const char* what, const char* unit, std::vector<LogIndex> entries) {
    d.change("log.ownership", received, what, [&](Entry& e) {
      Message message = *wire::decode_message(std::get<MessageCause>(e.cause).message);
      message.sender = UnitId(unit);
      message.body = Received{entries};
      e.outcome.events.front().unit = message.sender;
      e.outcome.events.front().type = EventType::kDelivered;
      e.outcome.case_version = d.entry(received - 1).outcome.case_version;
      sign_anew(e, message.sender, wire::encode_message(message));
    });
  };
  acknowledge("received of the release", "polres.a", {LogIndex{0}});
  acknowledge("received of itself", "polres.a", {LogIndex{received}});
  acknowledge("received of what is to come", "polres.a", {LogIndex{1}, LogIndex{1'000'000}});
  acknowledge("received by a unit that was not told", "bareskrim", {LogIndex{1}});
}

void damage_outcomes(const Damages& d) {
  const auto first = [](Entry& e) -> Event& { return e.outcome.events.front(); };
  d.change("log.ownership", 3, "another owner",
           [](Entry& e) { e.outcome.owner = UnitId("polda"); });
  d.change("log.ownership", 3, "no owner", [](Entry& e) { e.outcome.owner = UnitId(); });
  d.change("log.ownership", 3, "another version", [](Entry& e) { ++e.outcome.case_version; });
  d.change("log.ownership", 1, "opened by another unit",
           [&](Entry& e) { first(e).unit = UnitId("uptd"); });
  d.change("log.ownership", 1, "an assignment less",
           [](Entry& e) { e.outcome.events.erase(e.outcome.events.begin() + 1); });
  d.change("log.ownership", 1, "an assignment twice",
           [](Entry& e) { e.outcome.events.push_back(e.outcome.events[1]); });
  d.change("log.ownership", 3, "accepted by another unit",
           [&](Entry& e) { first(e).unit = UnitId("polda"); });
  d.change("log.ownership", 3, "closed by an accept",
           [&](Entry& e) { first(e).type = EventType::kClosed; });
  d.change("log.ownership", 3, "led by an accept of no need", [&](Entry& e) {
    e.outcome.events.push_back(
        {.type = EventType::kLed, .need = Need::kMedical, .unit = UnitId("sapa")});
  });
  const std::size_t offered = d.with_event(EventType::kOffered);
  d.change("log.ownership", offered, "offered to another than the chain says",
           [&](Entry& e) { first(e).unit = UnitId("sapa"); });
  const std::size_t moved = d.with_event(EventType::kTransferred);
  d.change("log.ownership", moved, "another chain than offered",
           [&](Entry& e) { first(e).units.pop_back(); });
  d.change("log.ownership", moved, "a position beyond the chain",
           [&](Entry& e) { first(e).position = 9; });
  d.change("log.ownership", moved, "accepted but not moved",
           [&](Entry& e) { first(e).type = EventType::kAccepted; });
  d.change("log.ownership", moved, "accepted by a unit that it was not offered to", [&](Entry& e) {
    Message message = *wire::decode_message(std::get<MessageCause>(e.cause).message);
    message.sender = UnitId("polda");
    sign_anew(e, message.sender, wire::encode_message(message));
  });
  d.change("entry.malformed", moved, "by a message that is none",
           [&](Entry& e) { sign_anew(e, UnitId("polres.b"), Bytes(20, 0xAA)); });
  const std::size_t closed = d.with_event(EventType::kClosed);
  d.change("log.ownership", closed, "closed by another",
           [&](Entry& e) { first(e).unit = UnitId("polda"); });
  const std::size_t reopened = d.with_event(EventType::kReopened);
  d.change("log.ownership", reopened, "moved in a closed case",
           [&](Entry& e) { first(e).type = EventType::kMoved; });
  const std::size_t escalated = d.with_event(EventType::kEscalated);
  d.change("log.ownership", escalated, "escalated two steps",
           [&](Entry& e) { ++first(e).position; });
  d.change("log.ownership", escalated, "a deadline of no case",
           [](Entry& e) { std::get<DeadlineCause>(e.cause).case_id.bytes[15] ^= 1; });
  d.change("log.ownership", escalated, "a deadline of no assignment",
           [](Entry& e) { std::get<DeadlineCause>(e.cause).need = Need::kTakedown; });
  const std::size_t refusal = d.refused(ErrorCode::kCaseStale);
  d.change("log.ownership", refusal, "a refusal with another owner",
           [](Entry& e) { e.outcome.owner = UnitId("sapa"); });
  d.change("log.ownership", refusal, "a refusal with another version",
           [](Entry& e) { ++e.outcome.case_version; });
}

void damage_promises(const Damages& d) {
  const auto first = [](Entry& e) -> Event& { return e.outcome.events.front(); };
  const std::size_t excluded = d.with_event(EventType::kExcluded);
  d.change("log.ownership", excluded, "an exclusion that names the owner",
           [](Entry& e) { e.outcome.owner = UnitId("uptd"); });
  d.change("log.ownership", excluded, "an exclusion that names the version",
           [](Entry& e) { e.outcome.case_version = 3; });
  d.change("log.ownership", excluded, "a unit is kept out that no guarantee keeps out",
           [&](Entry& e) { first(e).unit = UnitId("uptd"); });
  d.change("log.ownership", excluded, "a unit is let in that was not kept out",
           [&](Entry& e) { first(e).type = EventType::kReadmitted; });
  d.change("log.ownership", excluded, "an exclusion by a succession",
           [&](Entry& e) { e.cause = SuccessionCause{*case_of(e.cause)}; });
  d.change("log.ownership", excluded + 1, "an acknowledgement that names the owner",
           [](Entry& e) { e.outcome.owner = UnitId("uptd"); });
  // The entry before withdraws: the investigation ends, and nobody of the police is told.
  d.change("log.ownership", excluded - 1, "the police are told of who wants none", [](Entry& e) {
    e.outcome.events.push_back({.type = EventType::kInformed, .units = {UnitId("polda")}});
  });
  d.change("log.ownership", excluded - 1, "the police go on", [](Entry& e) {
    std::erase_if(e.outcome.events,
                  [](const Event& event) { return event.type == EventType::kWithheld; });
  });
  const std::size_t proposed = d.with_event(EventType::kFactsProposed);
  d.change("log.ownership", proposed, "one unit lifts a withdrawal alone",
           [&](Entry& e) { first(e).type = EventType::kFactsAdded; });
  const std::size_t agreed = proposed + 1;
  d.change("log.ownership", agreed, "agreed by the unit that proposed it", [](Entry& e) {
    Message message = *wire::decode_message(std::get<MessageCause>(e.cause).message);
    message.sender = UnitId("sapa");
    sign_anew(e, message.sender, wire::encode_message(message));
  });
  d.change("log.ownership", agreed, "agreed to something else", [](Entry& e) {
    Message message = *wire::decode_message(std::get<MessageCause>(e.cause).message);
    std::get<NewFacts>(message.body).facts.urgency = Urgency::kImmediate;
    sign_anew(e, message.sender, wire::encode_message(message));
  });
}

void damage_forms(const Damages& d) {
  const auto bytes = [&](std::size_t at, auto change) {
    Bytes entry = d.log().entries[at];
    change(entry);
    return entry;
  };
  d.replace("entry.malformed", 9, "empty", {});
  d.replace("entry.malformed", 9, "a byte more", bytes(9, [](Bytes& b) { b.push_back(0); }));
  d.replace("entry.malformed", 9, "a byte less", bytes(9, [](Bytes& b) { b.pop_back(); }));
  d.replace("entry.malformed", 9, "another identifier", bytes(9, [](Bytes& b) { b[8] = 'X'; }));
  d.replace("entry.malformed", 9, "a root far away", bytes(9, [](Bytes& b) { b[6] = 0xFF; }));
  d.change("entry.malformed", 9, "a short path",
           [](Entry& e) { std::get<MessageCause>(e.cause).proof.count = 300; });
  d.change("entry.malformed", 9, "an owner that is no id",
           [](Entry& e) { e.outcome.owner = UnitId("Polda"); });
  d.change("entry.malformed", 9, "events and a refusal",
           [](Entry& e) { e.outcome.refusal = Error{ErrorCode::kCaseClosed}; });
  d.change("entry.malformed", 9, "neither events nor a refusal",
           [](Entry& e) { e.outcome.events.clear(); });
  d.change("entry.malformed", 0, "events of a release",
           [&](Entry& e) { e.outcome = d.entry(1).outcome; });
  d.change("entry.malformed", 9, "an unknown event",
           [](Entry& e) { e.outcome.events.front().type = static_cast<EventType>(200); });
  const auto of = [](Entry& e) -> MessageCause& { return std::get<MessageCause>(e.cause); };
  d.change("entry.malformed", 9, "an accepted message by its hash", [&](Entry& e) {
    of(e).leaf = merkle::leaf_hash(of(e).message);
    of(e).message.clear();
  });
  const std::size_t withheld = d.refused(ErrorCode::kCustodianUnknown);
  d.change("entry.malformed", withheld, "of a refusal that keeps the message",
           [](Entry& e) { e.outcome.refusal->code = ErrorCode::kPermissionDenied; });
  d.change("log.sender", withheld, "another hash", [&](Entry& e) { of(e).leaf->front() ^= 1; });
  d.change("entry.malformed", d.refused(ErrorCode::kCaseStale), "a name kept",
           [](Entry& e) { e.outcome.refusal->code = ErrorCode::kNameUnknown; });
  d.change("entry.malformed", 9, "a message with more than its schema", [&](Entry& e) {
    Bytes message = of(e).message;
    message.insert(message.end(), {'s', 'i', 't', 'i'});
    message[0] = static_cast<std::uint8_t>(message[0] + 4);
    REQUIRE(wire::decode_message(message));
    sign_anew(e, of(e).proof.unit, message);
  });
  Bytes longer = d.log().entries[9];
  longer.insert(longer.end(), {'s', 'i', 't', 'i'});
  longer[0] = static_cast<std::uint8_t>(longer[0] + 4);
  d.replace("entry.malformed", 9, "an entry with more than its schema", longer);
  d.change("entry.malformed", 9, "an unknown need",
           [](Entry& e) { e.outcome.events.front().need = static_cast<Need>(200); });
  d.change("entry.malformed", 9, "a unit twice", [](Entry& e) {
    e.outcome.events.front().units = {UnitId("sapa"), UnitId("sapa")};
  });
}

}  // namespace

TEST_CASE("write logs for the second verifier", "[.]") {
  const char* root = std::getenv("RUJUKAN_AUDITED_LOGS");
  REQUIRE(root != nullptr);
  const std::filesystem::path folder(root);
  const LogBytes log = good_log();
  REQUIRE(log.entries.size() > merkle::kTileWidth);
  write_log_folder(folder / "good", log);
  write_file(folder / "policy", as_bytes(policy_in_test()));
  write_file(folder / "receipt", as_bytes(receipt_in(log, 42)));
  write_file(folder / "mutations", mutations(log));
  std::filesystem::create_directories(folder / "damaged");
  const Damages damages(folder / "damaged", log);
  damage_places(damages);
  damage_senders(damages);
  damage_releases(damages);
  damage_orders(damages);
  damage_outcomes(damages);
  damage_acknowledgements(damages);
  damage_promises(damages);
  damage_forms(damages);
}
