#include "tests/unit/sequencer/drawn_messages.h"

#include <random>

#include "broker/store/reader.h"
#include "broker/store/store.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {

namespace {

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
        NewFacts facts{record.facts, record.facts_version};
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

void submit_drawn(SequencerInTest& s, std::uint32_t seed, int steps) {
  Drawing drawing(seed);
  std::vector<Message> openings;
  for (std::uint8_t i = 1; i <= 12; ++i) {
    openings.push_back(referral_message(offline_facts(), i));
    REQUIRE_FALSE(s.submit(openings.back()).refusal);
  }
  for (int step = 0; step < steps; ++step) {
    const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
    REQUIRE(opened.ok());
    const auto& chosen = openings[drawing.below(12)];
    const auto record = (*opened)->reader().find_case(chosen.case_id);
    REQUIRE((record.ok() && record->has_value()));
    s.submit(drawing.next(openings, **record));
    if (drawing.below(12) == 0) s.clock.advance(Seconds(9 * 3600));
  }
}

}  // namespace rujukan::test
