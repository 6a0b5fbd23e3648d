// The auditors' check on logs that the sequencer wrote.
#include "broker/decide/ownership.h"

#include <random>
#include <set>

#include "broker/store/reader.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

struct Audit {
  std::vector<std::string> findings;
  std::set<EventType> events;
  std::uint64_t accepted = 0;
  decide::OwnershipCheck::Summary summary;
};

Audit audit(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened.ok());
  Audit out;
  decide::OwnershipCheck check;
  const store::Reader& reader = (*opened)->reader();
  const auto read = reader.entries(LogIndex{0}, *reader.size(), [&](LogIndex, ByteView bytes) {
    const Entry entry = wire::decode_entry(bytes).value();
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry.cause)) {
      auto decoded = wire::decode_message(cause->message);
      INFO((decoded.ok() ? std::string() : to_string(decoded.error())));
      REQUIRE(decoded.ok());
      message = *std::move(decoded);
    }
    for (const Event& event : entry.outcome.events) out.events.insert(event.type);
    out.accepted += entry.outcome.refusal ? 0 : 1;
    if (auto finding = check.add(entry, message ? &*message : nullptr)) {
      out.findings.push_back(std::to_string(to_number(entry.index)) + ": " + *finding);
    }
    return true;
  });
  REQUIRE(read.ok());
  out.summary = check.summary();
  return out;
}

// Draws messages of a few cases from whoever might send them.
class Drawing {
 public:
  explicit Drawing(std::uint32_t seed) : random_(seed) {}

  std::uint32_t below(std::uint32_t count) { return static_cast<std::uint32_t>(random_() % count); }

  Message next(const std::vector<Message>& openings, const CaseRecord& record) {
    static constexpr const char* kUnits[] = {"polres.a", "polres.b", "polda", "bareskrim",
                                             "uptd",     "sapa",     "kpai"};
    const auto& opening =
        *std::find_if(openings.begin(), openings.end(),
                      [&](const Message& message) { return message.case_id == record.case_id; });
    UnitId sender = below(3) == 0 ? record.owner() : UnitId(kUnits[below(7)]);
    MessageBody said = body(record, UnitId(kUnits[below(6)]));
    // Often enough what is waited for, so that cases get somewhere.
    const Assignment& lead = record.lead_assignment();
    if (lead.offer && below(3) == 0) {
      sender = lead.offer->unit();
      said = Accept{lead.need, Subject::kOffer};
    } else if (is_pending(lead.state) && below(4) == 0) {
      sender = lead.unit();
      said = Accept{lead.need};
    }
    Message message = case_message(opening, sender, 0, std::move(said), 0);
    const auto low = static_cast<std::uint8_t>(number_);
    const auto high = static_cast<std::uint8_t>(number_ >> 8);
    message.message_id = MessageId{make_uuid7(1'780'000'000'002, {0, 0, 0, high, low})};
    ++number_;
    if (compares_version(kind_of(message))) message.expected_version = record.version;
    const bool sealed = kind_of(message) == MessageKind::kNote ||
                        kind_of(message) == MessageKind::kTransfer ||
                        kind_of(message) == MessageKind::kAssist;
    if (sealed) {
      message.payload = opening.payload;
      for (const char* unit : {"polres.b", "polda", "bareskrim"}) {
        message.recipients.push_back(UnitId(unit));
      }
    }
    return message;
  }

 private:
  MessageBody body(const CaseRecord& record, const UnitId& unit) {
    const Need need = below(3) == 0 ? Need::kProtection : Need::kInvestigation;
    const auto subject = static_cast<Subject>(below(3));
    switch (below(14)) {
      case 0:
      case 1:
        return Accept{need, below(2) == 0 ? Subject::kAssignment : Subject::kOffer};
      case 2:
        return Decline{need, Reason::kNoCapacity, subject};
      case 3:
        return Note{};
      case 4:
        return Progress{need, AssignmentState::kInProgress};
      case 5:
        return Complete{need};
      case 6:
        return Close{};
      case 7:
      case 8:
        return Transfer{need, unit, Reason::kOutOfJurisdiction};
      case 9:
        return TransferRequest{};
      case 10:
        return Assist{need, unit};
      case 11: {
        NewFacts facts{record.facts};
        facts.facts.incidents.push_back(AreaCode(below(2) == 0 ? "11.02" : "11"));
        return facts;
      }
      case 12:
        return Cancel{need, subject == Subject::kAssignment ? record.owner() : UnitId(),
                      Reason::kOther, subject};
      default:
        return Reopen{};
    }
  }

  std::minstd_rand random_;
  std::uint32_t number_ = 0;
};

}  // namespace

TEST_CASE("a log as the sequencer writes it has one owner at every entry") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  SequencerInTest s;
  Drawing drawing(seed);
  std::vector<Message> openings;
  for (std::uint8_t i = 1; i <= 12; ++i) {
    openings.push_back(referral_message(offline_facts(), i));
    REQUIRE_FALSE(s.submit(openings.back()).refusal);
  }
  for (int step = 0; step < 400; ++step) {
    const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
    REQUIRE(opened.ok());
    const auto& chosen = openings[drawing.below(12)];
    const auto record = (*opened)->reader().find_case(chosen.case_id);
    REQUIRE((record.ok() && record->has_value()));
    s.submit(drawing.next(openings, **record));
    if (drawing.below(12) == 0) s.clock.advance(Seconds(9 * 3600));
  }
  const Audit audited = audit(s);
  CHECK(audited.findings == std::vector<std::string>{});
  CHECK(audited.summary.cases == 12);
  CHECK(audited.summary.sound == 12);
  CHECK(audited.summary.open + audited.summary.closed == 12);
  // The draw reaches what moves a case.
  for (const EventType type : {EventType::kEscalated, EventType::kOffered, EventType::kTransferred,
                               EventType::kAssigned}) {
    INFO(name_of(type));
    CHECK(audited.events.contains(type));
  }
  CHECK(audited.accepted > 60);
}

TEST_CASE("a unit that ends leaves one owner at every entry") {
  SequencerInTest s;
  REQUIRE_FALSE(s.submit(referral_message()).refusal);
  Release next = small_release();
  next.version = ReleaseVersion{2};
  for (Unit& unit : next.units) {
    if (unit.id.str() != "polres.a") continue;
    unit.validity.until = s.clock.now() + Seconds(60);
    unit.successor = UnitId("polres.b");
  }
  REQUIRE(s.start(signed_small_release(next)));
  s.clock.advance(Seconds(120));
  REQUIRE(s.process({}));
  const Audit audited = audit(s);
  CHECK(audited.findings == std::vector<std::string>{});
  CHECK(audited.summary.sound == 1);
  CHECK(audited.events.contains(EventType::kMoved));
}
