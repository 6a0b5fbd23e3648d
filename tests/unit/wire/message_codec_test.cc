#include "broker/wire/message_codec.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// One message of every kind.
std::vector<Message> samples() {
  Facts facts = offline_facts();
  facts.categories = {Category::kGrooming, Category::kCsam};
  facts.suspects = {AreaCode("XX"), AreaCode("00")};
  facts.needs = {Need::kTakedown};
  facts.legal_bases = {"uu-35-2014", "uu-12-2022"};
  facts.victim_protected = true;
  Message opening = referral_message(facts);
  std::get<Referral>(opening.body).evidence = {
      {Digest{1, 2, 3}, EvidenceKind::kReference, UnitId("komdigi.aduan")}};
  const UnitId unit("polres.a");
  std::vector<Message> out = {opening};
  std::uint8_t number = 1;
  for (const MessageBody& body :
       {MessageBody(Accept{Need::kProtection}),
        MessageBody(Decline{Need::kMedical, Reason::kDuplicate}),
        MessageBody(Received{{LogIndex{3}, LogIndex{4}}}), MessageBody(Note{}),
        MessageBody(Progress{Need::kShelter, AssignmentState::kOnHold}),
        MessageBody(Complete{Need::kInvestigation}), MessageBody(Close{}),
        MessageBody(Unreadable{LogIndex{5}})}) {
    const bool compares = compares_version(static_cast<MessageKind>(body.index() + 1));
    out.push_back(case_message(opening, unit, compares ? 7 : 0, body, ++number));
  }
  return out;
}

std::string field_of(const Message& message) {
  const auto decoded = wire::decode_message(wire::encode_message(message));
  REQUIRE_FALSE(decoded);
  REQUIRE(decoded.error().code == ErrorCode::kMessageInvalid);
  return decoded.error().field;
}

}  // namespace

TEST_CASE("every kind of message is read back as it was written") {
  for (const Message& message : samples()) {
    INFO(name_of(kind_of(message)));
    const auto decoded = wire::decode_message(wire::encode_message(message));
    REQUIRE(decoded);
    REQUIRE(*decoded == message);
  }
}

TEST_CASE("the encoding of a message is the same each time") {
  REQUIRE(wire::encode_message(samples()[0]) == wire::encode_message(samples()[0]));
}

TEST_CASE("trailing bytes and truncation are refused at every length") {
  Bytes bytes = wire::encode_message(samples()[0]);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto cut = wire::decode_message(ByteView(bytes).first(length));
    REQUIRE_FALSE(cut);
    REQUIRE(cut.error().code == ErrorCode::kMessageMalformed);
  }
  bytes.push_back(0);
  REQUIRE_FALSE(wire::decode_message(bytes));
}

TEST_CASE("a flipped byte anywhere gives a message or an error but never a crash") {
  for (const Message& message : samples()) {
    const Bytes good = wire::encode_message(message);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const int flip : {0x01, 0x80, 0xff}) {
        Bytes bad = good;
        bad[at] = static_cast<std::uint8_t>(bad[at] ^ flip);
        const auto decoded = wire::decode_message(bad);
        if (!decoded) REQUIRE(fate_of(decoded.error().code) == Fate::kRefuse);
      }
    }
  }
}

TEST_CASE("a message over the limit is refused before it is parsed") {
  const auto decoded = wire::decode_message(Bytes(limits::kMessageBytes + 1));
  REQUIRE(decoded.error().code == ErrorCode::kMessageTooLarge);
}

TEST_CASE("what no message may say is refused and the field named") {
  const Message good = samples()[0];
  Message m = good;
  m.message_id.bytes[6] = 0x40;
  m.case_id.bytes = m.message_id.bytes;
  REQUIRE(field_of(m) == "message_id");
  m = good;
  m.case_id.bytes[15] ^= 1;
  REQUIRE(field_of(m) == "case_id");
  m = good;
  m.sender = UnitId("Not An Id");
  REQUIRE(field_of(m) == "sender");
  m = good;
  m.recipients.clear();
  REQUIRE(field_of(m) == "recipients");
  m = good;
  m.recipients.push_back(m.recipients.front());
  REQUIRE(field_of(m) == "recipients");
  m = good;
  m.expected_version = 1;
  REQUIRE(field_of(m) == "expected_version");
  m = good;
  m.payload->size = limits::kPayloadBytes + 1;
  REQUIRE(field_of(m) == "payload.size");
  m = good;
  std::get<Referral>(m.body).facts.mode = static_cast<Mode>(3);
  REQUIRE(field_of(m) == "facts.mode");
  m = good;
  std::get<Referral>(m.body).facts.needs = {Need::kShelter, Need::kShelter};
  REQUIRE(field_of(m) == "facts.needs");
  m = good;
  std::get<Referral>(m.body).facts.victims.assign(limits::kAreasPerList + 1, AreaCode("11"));
  REQUIRE(field_of(m) == "facts.victims");
  m = samples()[1];
  m.expected_version = 0;
  REQUIRE(field_of(m) == "expected_version");
  m = samples()[3];
  m.body = Received{{LogIndex{4}, LogIndex{4}}};
  REQUIRE(field_of(m) == "entries");
  m = samples()[5];
  m.body = Progress{Need::kShelter, AssignmentState::kCompleted};
  REQUIRE(field_of(m) == "state");
}
