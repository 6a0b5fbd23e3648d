#include "broker/verify/verify.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/wire/message_codec.h"
#include "tests/support/raw_station.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::verify;

namespace {

const StationId kStation("kpai");
const UnitId kUnit("kpai");

PublicKey station_key(const StationId& id) { return test::small_table()->station(id)->curve_key; }

wire::SubmittedMessage submitted(const Message& message) {
  return {wire::encode_message(message), test::referral_payload()};
}

wire::Submission signed_submission(std::vector<wire::SubmittedMessage> messages,
                                   const UnitId& unit = kUnit) {
  return test::signed_submission(unit, std::move(messages), 77);
}

using Verified = std::variant<VerifiedSubmission, Refused>;

Verified verify_at(const wire::Submission& submission, TimeUs now,
                   const StationId& station = kStation) {
  const auto table = test::small_table();
  return verify_submission(wire::encode(submission), station, station_key(kStation),
                           {*table, test::kOrigin, now});
}
Verified verified(const wire::Submission& submission) {
  return verify_at(submission, test::noon());
}

ErrorCode refusal(const Verified& either) {
  REQUIRE(std::holds_alternative<Refused>(either));
  CHECK(std::get<Refused>(either).request_id == 77);
  return std::get<Refused>(either).error.code;
}

// The refusal of the only message of a submission whose signature is good.
ErrorCode message_refusal(const wire::SubmittedMessage& message) {
  const Verified either = verified(signed_submission({message}));
  REQUIRE(std::holds_alternative<VerifiedSubmission>(either));
  const VerifiedMessage& only = std::get<VerifiedSubmission>(either).messages.at(0);
  REQUIRE_FALSE(only.message);
  CHECK(only.raw == message.message);
  CHECK_FALSE(only.payload);
  return only.message.error().code;
}

}  // namespace

TEST_CASE("a good submission gives every message with a proof that verifies alone") {
  std::vector<wire::SubmittedMessage> messages;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    messages.push_back(submitted(test::referral_message(test::offline_facts(), i)));
  }
  const wire::Submission submission = signed_submission(messages);
  const Verified either = verified(submission);
  REQUIRE(std::holds_alternative<VerifiedSubmission>(either));
  const auto& good = std::get<VerifiedSubmission>(either);
  CHECK(good.request_id == 77);
  CHECK(good.unit == kUnit);
  REQUIRE(good.messages.size() == 5);
  std::vector<Digest> leaves;
  for (const auto& message : messages) leaves.push_back(merkle::leaf_hash(message.message));
  for (std::uint32_t i = 0; i < 5; ++i) {
    const VerifiedMessage& one = good.messages[i];
    CHECK(one.raw == messages[i].message);
    REQUIRE(one.message);
    CHECK(*one.message == wire::decode_message(messages[i].message).value());
    CHECK(one.message_id == one.message->message_id);
    CHECK(one.payload == test::referral_payload());
    CHECK(one.proof.unit == kUnit);
    CHECK(one.proof.key_id == "sign-1");
    CHECK(one.proof.signature == submission.signature);
    CHECK(one.proof.count == 5);
    CHECK(one.proof.index == i);
    CHECK(merkle::verify_inclusion(leaves[i], i, 5, one.proof.path, merkle::root_of(leaves)));
  }
}

TEST_CASE("a single message has an empty path") {
  const Verified either = verified(signed_submission({submitted(test::referral_message())}));
  CHECK(std::get<VerifiedSubmission>(either).messages.at(0).proof.path.empty());
}

TEST_CASE("a station that the table does not know or knows with another key is refused") {
  const wire::Submission submission = signed_submission({submitted(test::referral_message())});
  const auto table = test::small_table();
  const Ground ground{*table, test::kOrigin, test::noon()};
  const auto frames = wire::encode(submission);
  CHECK(refusal(verify_submission(frames, StationId("nobody"), station_key(kStation), ground)) ==
        ErrorCode::kStationUnknown);
  CHECK(refusal(verify_submission(frames, kStation, station_key(StationId("police")), ground)) ==
        ErrorCode::kStationUnknown);
}

TEST_CASE("a station that speaks for a unit it does not serve is refused") {
  const wire::Submission submission =
      signed_submission({submitted(test::referral_message())}, UnitId("polda"));
  CHECK(refusal(verified(submission)) == ErrorCode::kStationUnitNotServed);
}

TEST_CASE("an unknown key and a sealing key are refused as unknown") {
  wire::Submission submission = signed_submission({submitted(test::referral_message())});
  for (const char* key_id : {"sign-2", "seal-1"}) {
    submission.key_id = key_id;
    CHECK(refusal(verified(submission)) == ErrorCode::kSubmissionKeyUnknown);
  }
}

TEST_CASE("a signature for another log or by another unit is refused") {
  wire::Submission submission = signed_submission({submitted(test::referral_message())});
  const auto table = test::small_table();
  CHECK(refusal(verify_submission(wire::encode(submission), kStation, station_key(kStation),
                                  {*table, "log.example/other", test::noon()})) ==
        ErrorCode::kSubmissionSignature);
  submission.signature = signed_submission(submission.messages, UnitId("polda")).signature;
  CHECK(refusal(verified(submission)) == ErrorCode::kSubmissionSignature);
}

TEST_CASE("one flipped bit anywhere in a message breaks the signature") {
  const wire::Submission submission = signed_submission({submitted(test::referral_message())});
  const auto table = test::small_table();
  const Ground ground{*table, test::kOrigin, test::noon()};
  const PublicKey key = station_key(kStation);
  wire::Frames frames = wire::encode(submission);
  Bytes& message = frames.at(2);
  for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
    message[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const auto either = verify_submission(frames, kStation, key, ground);
    REQUIRE(std::holds_alternative<Refused>(either));
    REQUIRE(std::get<Refused>(either).error.code == ErrorCode::kSubmissionSignature);
    message[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
  }
}

TEST_CASE("one flipped bit anywhere in the signature is refused") {
  wire::Submission submission = signed_submission({submitted(test::referral_message())});
  for (std::size_t bit = 0; bit < 512; ++bit) {
    submission.signature[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const Verified either = verified(submission);
    REQUIRE(std::holds_alternative<Refused>(either));
    REQUIRE(std::get<Refused>(either).error.code == ErrorCode::kSubmissionSignature);
    submission.signature[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
  }
}

TEST_CASE("one flipped bit anywhere in a payload refuses its message and no other") {
  const Bytes payload = test::referral_payload();
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
    auto first = submitted(test::referral_message(test::offline_facts(), 1));
    auto second = submitted(test::referral_message(test::offline_facts(), 2));
    (*first.payload)[bit / 8] ^= static_cast<std::uint8_t>(1u << (bit % 8));
    const Verified either = verified(signed_submission({first, second}));
    const auto& messages = std::get<VerifiedSubmission>(either).messages;
    REQUIRE_FALSE(messages.at(0).message);
    REQUIRE(messages.at(0).message.error().code == ErrorCode::kPayloadDigest);
    REQUIRE(messages.at(0).message_id);
    REQUIRE(messages.at(1).message);
  }
}

TEST_CASE("moving a message to another place of its submission breaks the signature") {
  wire::Submission submission =
      signed_submission({submitted(test::referral_message(test::offline_facts(), 1)),
                         submitted(test::referral_message(test::offline_facts(), 2))});
  std::swap(submission.messages[0], submission.messages[1]);
  CHECK(refusal(verified(submission)) == ErrorCode::kSubmissionSignature);
  submission.messages.pop_back();
  CHECK(refusal(verified(submission)) == ErrorCode::kSubmissionSignature);
}

TEST_CASE("a bad signature is reported before a bad buffer") {
  wire::Submission submission = signed_submission({{Bytes(100, 0xEE), std::nullopt}});
  submission.signature[0] ^= 1;
  CHECK(refusal(verified(submission)) == ErrorCode::kSubmissionSignature);
}

TEST_CASE("a signed buffer that is no message is refused as that message") {
  CHECK(message_refusal({Bytes(100, 0xEE), std::nullopt}) == ErrorCode::kMessageMalformed);
  auto trailing = submitted(test::referral_message());
  trailing.message.push_back(0);
  CHECK(message_refusal(trailing) == ErrorCode::kMessageMalformed);
  CHECK(message_refusal({Bytes(), std::nullopt}) == ErrorCode::kMessageMalformed);
}

TEST_CASE("a message of another sender than its submission is refused") {
  Message message = test::referral_message();
  message.sender = UnitId("polda");
  CHECK(message_refusal(submitted(message)) == ErrorCode::kMessageSender);
}

TEST_CASE("payloads must be the announced ones") {
  const Message message = test::referral_message();
  auto missing = submitted(message);
  missing.payload.reset();
  CHECK(message_refusal(missing) == ErrorCode::kPayloadMissing);

  const Message unannounced = test::case_message(message, kUnit, 1, Close{}, 2);
  REQUIRE_FALSE(unannounced.payload);
  CHECK(message_refusal(submitted(unannounced)) == ErrorCode::kPayloadUnexpected);

  auto shorter = submitted(message);
  shorter.payload->pop_back();
  CHECK(message_refusal(shorter) == ErrorCode::kPayloadDigest);

  auto larger = submitted(message);
  larger.payload->resize(limits::kPayloadBytes + 1);
  CHECK(message_refusal(larger) == ErrorCode::kPayloadTooLarge);
}

TEST_CASE("a payload of exactly the limit passes") {
  const Bytes payload(limits::kPayloadBytes, 3);
  Message message = test::referral_message();
  message.payload->digest = sha256(payload);
  message.payload->size = static_cast<std::uint32_t>(payload.size());
  Release release = test::small_release();
  release.edition = Edition::kFirst;
  const auto table = *routing::RoutingTable::build(release);
  const auto either =
      verify_submission(wire::encode(signed_submission({{wire::encode_message(message), payload}})),
                        kStation, station_key(kStation), {*table, test::kOrigin, test::noon()});
  CHECK(std::get<VerifiedSubmission>(either).messages.at(0).payload == payload);
}

namespace {

// A referral that announces this payload rightly.
wire::SubmittedMessage with_payload(Bytes payload) {
  Message message = test::referral_message();
  message.payload =
      PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), Digest{}};
  return {wire::encode_message(message), std::move(payload)};
}

}  // namespace

TEST_CASE("the plain part of a payload must be of its form and for the recipients in their order") {
  const auto recipients = test::referral_message().recipients;
  CHECK(message_refusal(with_payload(Bytes(1024, 0x42))) == ErrorCode::kSealMalformed);
  CHECK(message_refusal(with_payload(to_bytes(as_bytes("sealed")))) == ErrorCode::kSealMalformed);
  const Bytes good = test::payload_form(recipients);
  REQUIRE(std::holds_alternative<VerifiedSubmission>(
      verified(signed_submission({with_payload(good)}))));
  auto others = recipients;
  std::swap(others[0], others[1]);
  CHECK(message_refusal(with_payload(test::payload_form(others))) == ErrorCode::kSealRecipients);
  others = recipients;
  others.pop_back();
  CHECK(message_refusal(with_payload(test::payload_form(others))) == ErrorCode::kSealRecipients);
  others = recipients;
  others.emplace_back("kpai");
  CHECK(message_refusal(with_payload(test::payload_form(others))) == ErrorCode::kSealRecipients);
  Bytes longer = good;
  longer.insert(longer.end(), {'n', 'a', 'm', 'e'});
  longer[0] = static_cast<std::uint8_t>(longer[0] + 4);
  CHECK(message_refusal(with_payload(longer)) == ErrorCode::kSealMalformed);
}

TEST_CASE("a message over its limit refuses the whole before its signature is looked at") {
  wire::Submission submission =
      signed_submission({{Bytes(limits::kMessageBytes + 1, 1), std::nullopt}});
  submission.signature[0] ^= 1;
  CHECK(refusal(verified(submission)) == ErrorCode::kMessageTooLarge);
  submission = signed_submission({{Bytes(limits::kMessageBytes, 1), std::nullopt}});
  submission.signature[0] ^= 1;
  CHECK(refusal(verified(submission)) == ErrorCode::kSubmissionSignature);
}

TEST_CASE("a submission over its bytes is refused as a whole") {
  std::vector<wire::SubmittedMessage> messages;
  for (std::uint8_t i = 1; i <= 5; ++i) {
    messages.push_back({wire::encode_message(test::referral_message(test::offline_facts(), i)),
                        Bytes(limits::kPayloadBytes)});
  }
  CHECK(refusal(verified(signed_submission(messages))) == ErrorCode::kSubmissionTooLarge);
}

TEST_CASE("a key is judged at the time of the broker's clock") {
  Release release = test::small_release();
  for (UnitKey& key : release.keys) {
    if (key.unit == kUnit && key.purpose == KeyPurpose::kSign) {
      key.validity = {test::noon(), test::noon() + std::chrono::hours(1)};
    }
  }
  const auto table = routing::RoutingTable::build(release).value();
  const auto frames = wire::encode(signed_submission({submitted(test::referral_message())}));
  const auto at = [&](std::chrono::seconds offset) {
    return verify_submission(frames, kStation, station_key(kStation),
                             {*table, test::kOrigin, test::noon() + offset});
  };
  CHECK(std::holds_alternative<VerifiedSubmission>(at(std::chrono::seconds(0))));
  CHECK(refusal(at(std::chrono::seconds(-1))) == ErrorCode::kSubmissionKeyUnknown);
  CHECK(refusal(at(std::chrono::seconds(3600))) == ErrorCode::kSubmissionKeyUnknown);
}

TEST_CASE("a key is unknown from the time it was compromised") {
  Release release = test::small_release();
  for (UnitKey& key : release.keys) {
    if (key.unit == kUnit) key.compromised_since = test::noon();
  }
  const auto table = routing::RoutingTable::build(release).value();
  const auto frames = wire::encode(signed_submission({submitted(test::referral_message())}));
  CHECK(refusal(verify_submission(frames, kStation, station_key(kStation),
                                  {*table, test::kOrigin, test::noon()})) ==
        ErrorCode::kSubmissionKeyUnknown);
}
