// What units, signing with their own keys, make the broker log: messages of every kind about every
// fact, damaged before or after they are signed, among plain noise, passing time and restarts.
// After each the broker stands, every open case has an owner that the guarantees allow, nobody is
// sent what they may not know, and at the end the log verifies and replays.
#include "broker/crypto/sha256.h"
#include "broker/decide/parties.h"
#include "broker/seal/payload.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/fuzz/drawn_bytes.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/fuzzed_broker.h"
#include "tests/support/small_release.h"

namespace {

using namespace rujukan;
using fuzz::require;

constexpr const char* kUnits[] = {"polres.a", "polres.b", "polda",  "bareskrim",
                                  "uptd",     "sapa",     "social", "kpai"};
constexpr const char* kStations[] = {"police", "centre", "kpai"};
constexpr std::size_t kSteps = 40;  // of one input
constexpr std::size_t kCases = 4;

class Drawing {
 public:
  explicit Drawing(ByteView input) : bytes_(input), broker_(test::release_of_two_agencies()) {}

  void run() {
    for (const char* station : kStations) broker_.take(station, wire::encode(wire::Hello{}));
    for (std::size_t i = 0; i < kSteps && !bytes_.spent(); ++i) {
      step();
      check();
    }
    broker_.audit();
  }

 private:
  void step() {
    switch (bytes_.below(16)) {
      case 0:
        return broker_.pass(std::chrono::minutes(10) * bytes_.byte());
      case 1:
        broker_.restart();
        return broker_.take(bytes_.one_of(kStations), wire::encode(wire::Hello{}));
      case 2:
        return noise();
      case 3:
        return order();
      case 4:
      case 5:
        return open_case();
      default:
        return speak();
    }
  }

  // Frames of some type, whatever is in them.
  void noise() {
    const auto& station = bytes_.one_of(kStations);
    wire::Frames frames = {
        {'R', 'J', wire::kProtocolVersion, static_cast<std::uint8_t>(bytes_.below(12))}};
    for (std::size_t more = bytes_.below(4); more > 0; --more) {
      frames.push_back(to_bytes(bytes_.take(bytes_.byte())));
    }
    broker_.take(station, frames);
  }

  void order() {
    if (openings_.empty()) return;
    Order order =
        test::order_about(bytes_.one_of(openings_), static_cast<OrderKind>(1 + bytes_.below(3)),
                          "uu-27-2022", bytes_.byte());
    Bytes envelope = test::signed_order(
        order, bytes_.below(2) == 0 ? std::vector<std::string>{"admin-1"}
                                    : std::vector<std::string>{"admin-1", "admin-2"});
    damage(envelope);
    broker_.offer_order(std::move(envelope));
  }

  void open_case() {
    if (openings_.size() == kCases) return speak();
    Message opening = test::referral_message(facts({}), 0);
    opening.message_id = next_id();
    opening.case_id = case_id_of(opening.message_id);
    opening.sender = UnitId(bytes_.below(2) == 0 ? "kpai" : bytes_.one_of(kUnits));
    auto& referral = std::get<Referral>(opening.body);
    opening.victim_protected = referral.facts.victim_protected;
    if (bytes_.below(4) == 0) {
      referral.evidence.push_back({Digest{7}, EvidenceKind::kText, unit()});
    }
    if (!openings_.empty() && bytes_.below(2) == 0) {
      referral.related.push_back(bytes_.one_of(openings_).case_id);
    }
    add_payload(opening, std::vector<UnitId>(opening.recipients));
    say(std::move(opening));
  }

  void speak() {
    if (openings_.empty()) return open_case();
    const Message opening = bytes_.one_of(openings_);
    const auto record = broker_.find_case(opening.case_id);
    require(record.has_value());
    // Mostly who may.
    const std::size_t who = bytes_.below(12);
    const UnitId sender = who < std::size(kUnits) ? UnitId(kUnits[who]) : record->owner();
    Message message = test::case_message(opening, sender, 0, body(*record), 0);
    message.message_id = next_id();
    if (compares_version(kind_of(message))) {
      message.expected_version = record->version - (bytes_.below(8) == 0 ? 1 : 0);
    }
    if (kind_of(message) == MessageKind::kNote) {
      add_payload(message, {UnitId("polda"), UnitId("sapa")});
    }
    say(std::move(message));
  }

  // Sends it, and once more for whoever the broker says has to be able to read it.
  void say(Message message) {
    const auto recipients = send(message);
    if (recipients.empty()) return;
    const bool opens = kind_of(message) == MessageKind::kReferral;
    message.message_id = next_id();
    if (opens) message.case_id = case_id_of(message.message_id);
    add_payload(message, recipients);
    send(message);
  }

  std::vector<UnitId> send(const Message& message) {
    Bytes encoded = wire::encode_message(message);
    const std::uint8_t choice = bytes_.byte();
    if (choice % 16 == 1) damage(encoded);
    auto submission = test::signed_submission(
        message.sender, {{encoded, message.payload ? std::optional(payload_) : std::nullopt}});
    wire::Frames frames = wire::encode(submission);
    if (choice % 16 == 2) damage(frames[bytes_.below(frames.size())]);
    const std::string station = choice % 16 == 3 ? bytes_.one_of(kStations) : station_of(message);
    broker_.take(station, frames);
    return outcome_of(message);
  }

  // Who should have been a recipient.
  std::vector<UnitId> outcome_of(const Message& message) {
    std::vector<UnitId> recipients;
    for (const fuzz::Sent& sent : take_sent()) {
      const auto outcome = wire::decode_outcome(sent.views());
      if (!outcome) continue;
      require(outcome->results.size() <= 1);
      for (const wire::MessageResult& result : outcome->results) {
        recipients = result.recipients;
        if (!result.refusal && kind_of(message) == MessageKind::kReferral &&
            broker_.find_case(message.case_id)) {
          openings_.push_back(message);
        }
      }
    }
    return recipients;
  }

  void check() {
    take_sent();
    for (const Message& opening : openings_) {
      const auto record = broker_.find_case(opening.case_id);
      require(record.has_value());
      require(!decide::broken_promise(*record, broker_.table()));
    }
  }

  // Looks at what was sent: nobody is told what the guarantees keep from them.
  std::vector<fuzz::Sent> take_sent() {
    auto all = broker_.sent();
    for (const fuzz::Sent& sent : all) {
      const auto type = wire::read_frame_type(sent.frames.at(0));
      require(type.ok());
      if (*type != wire::FrameType::kDelivery) continue;
      const auto delivery = wire::decode_delivery(sent.views());
      require(delivery.ok());
      const auto entry = wire::decode_entry(delivery->receipt.entry);
      require(entry.ok());
      if (names_nobody(*entry)) {
        require(!delivery->payload);
        continue;
      }
      const auto* cause = std::get_if<MessageCause>(&entry->cause);
      const auto message = cause == nullptr ? Result<Message>(Error{ErrorCode::kMessageMalformed})
                                            : wire::decode_message(cause->message);
      const CaseId* id = message ? &message->case_id : case_of(entry->cause);
      require(id != nullptr);
      const auto record = broker_.find_case(*id);
      require(record && decide::may_know(record->facts, delivery->unit, broker_.table()));
      require(!delivery->payload ||
              std::find(message->recipients.begin(), message->recipients.end(), delivery->unit) !=
                  message->recipients.end());
    }
    return all;
  }

  MessageBody body(const CaseRecord& record) {
    const auto subject = static_cast<Subject>(bytes_.below(3));
    switch (bytes_.below(16)) {
      case 0:
      case 1:
        return Accept{need(), subject};
      case 2:
        return Decline{need(), static_cast<Reason>(bytes_.below(7)), subject};
      case 3:
        return Received{{LogIndex{bytes_.byte()}}};
      case 4:
        return Note{};
      case 5:
        return Progress{need(), AssignmentState::kInProgress};
      case 6:
        return Complete{need()};
      case 7:
        return Close{};
      case 8:
        return Transfer{need(), unit(), Reason::kOutOfJurisdiction};
      case 9:
        return TransferRequest{};
      case 10:
        return Assist{need(), unit()};
      case 11:
      case 12:
        return NewFacts{facts(record.facts),
                        record.facts_version - (bytes_.below(8) == 0 ? 1U : 0U)};
      case 13:
        return Cancel{need(), subject == Subject::kAssignment ? unit() : UnitId(), Reason::kOther,
                      subject};
      case 14:
        return bytes_.below(2) == 0 ? MessageBody(Reopen{}) : MessageBody(Erase{"uu-27-2022"});
      default:
        return Unreadable{LogIndex{bytes_.byte()}};
    }
  }

  // Of a new case when nothing is known, else what is added to what is known.
  Facts facts(Facts known) {
    const bool fresh = known.categories.empty();
    Facts out = fresh ? test::offline_facts() : std::move(known);
    const std::uint8_t which = bytes_.byte();
    if (fresh || which % 2 == 1) out.mode = static_cast<Mode>(bytes_.below(3));
    if (fresh || which / 2 % 2 == 1) out.victim_age = static_cast<VictimAge>(bytes_.below(3));
    if (fresh || which / 4 % 2 == 1) out.consent = static_cast<Consent>(bytes_.below(4));
    if (which / 8 % 2 == 1) out.urgency = static_cast<Urgency>(bytes_.below(3));
    if (which / 16 % 2 == 1) out.suspects.push_back(area());
    if (which / 32 % 2 == 1) out.incidents.push_back(area());
    if (which / 64 % 2 == 1) out.needs.push_back(need());
    if (which / 128 % 2 == 1) out.victim_protected = true;
    return out;
  }

  Need need() { return static_cast<Need>(bytes_.below(10)); }
  UnitId unit() { return UnitId(bytes_.one_of(kUnits)); }
  AreaCode area() {
    static constexpr const char* kAreas[] = {"11.01", "11.02", "11", "00", "XX"};
    return AreaCode(bytes_.one_of(kAreas));
  }

  void add_payload(Message& message, const std::vector<UnitId>& recipients) {
    message.recipients = recipients;
    payload_ = test::payload_form(recipients);
    message.payload = PayloadRef{sha256(payload_), static_cast<std::uint32_t>(payload_.size()), {}};
  }

  void damage(Bytes& bytes) {
    if (bytes.empty()) return;
    const std::size_t at = (bytes_.byte() << 8 | bytes_.byte()) % bytes.size();
    bytes[at] ^= static_cast<std::uint8_t>(1U << bytes_.below(8));
  }

  MessageId next_id() {
    ++number_;
    const auto low = static_cast<std::uint8_t>(number_);
    const auto high = static_cast<std::uint8_t>(number_ >> 8);
    return MessageId{make_uuid7(1'780'000'000'002, {0, 0, 0, high, low})};
  }

  std::string station_of(const Message& message) const {
    for (const Station& station : broker_.table().release().stations) {
      if (decide::contains(station.units, message.sender)) return station.id.str();
    }
    std::abort();
  }

  fuzz::DrawnBytes bytes_;
  fuzz::FuzzedBroker broker_;
  std::vector<Message> openings_;  // of accepted cases
  Bytes payload_;                  // of the message that was drawn last
  std::uint32_t number_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Drawing({data, size}).run();
  return 0;
}
