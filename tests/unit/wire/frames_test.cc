#include "broker/wire/frames.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

std::vector<ByteView> views(const wire::Frames& frames) { return {frames.begin(), frames.end()}; }

Receipt receipt(std::uint64_t index, const std::string& checkpoint) {
  return {LogIndex{index},
          Bytes{1, 2, 3, static_cast<std::uint8_t>(index)},
          {Digest{4}, Digest{5}},
          checkpoint};
}

wire::Submission submission() {
  wire::Submission s;
  s.request_id = 77;
  s.unit = UnitId("kpai");
  s.key_id = "sign-1";
  s.signature = {1, 2};
  s.messages = {{Bytes{1}, Bytes{2, 3}}, {Bytes{4}, std::nullopt}};
  return s;
}

}  // namespace

TEST_CASE("frame 0 is four bytes that say protocol version and type") {
  REQUIRE(*wire::read_frame_type(Bytes{'R', 'J', 2, 3}) == wire::FrameType::kSubmission);
  REQUIRE(wire::read_frame_type(Bytes{'R', 'J', 2}).error().code == ErrorCode::kFrameMalformed);
  REQUIRE(wire::read_frame_type(Bytes{'X', 'J', 2, 3}).error().code == ErrorCode::kFrameMalformed);
  REQUIRE(wire::read_frame_type(Bytes{'R', 'J', 1, 3}).error().code == ErrorCode::kFrameVersion);
  REQUIRE(wire::read_frame_type(Bytes{'R', 'J', 3, 3}).error().code == ErrorCode::kFrameVersion);
  REQUIRE(wire::read_frame_type(Bytes{'R', 'J', 2, 0}).error().code ==
          ErrorCode::kFrameUnknownType);
  REQUIRE(wire::read_frame_type(Bytes{'R', 'J', 2, 10}).error().code ==
          ErrorCode::kFrameUnknownType);
}

TEST_CASE("hello and welcome are read back as they were written") {
  const auto hello =
      wire::decode_hello(views(wire::encode(wire::Hello{ReleaseVersion{4}, "note"})));
  REQUIRE(hello->release == ReleaseVersion{4});
  REQUIRE(hello->checkpoint == "note");
  const wire::Welcome sent{StationId("police"), ReleaseVersion{5}, "note", {Digest{1}}, noon()};
  const auto welcome = wire::decode_welcome(views(wire::encode(sent)));
  REQUIRE(welcome->station == sent.station);
  REQUIRE(welcome->consistency == sent.consistency);
  REQUIRE(welcome->now == noon());
}

TEST_CASE("a submission keeps messages and payloads apart and in order") {
  const auto decoded = wire::decode_submission(views(wire::encode(submission())));
  REQUIRE(decoded);
  REQUIRE(decoded->request_id == 77);
  REQUIRE(decoded->messages.size() == 2);
  REQUIRE(decoded->messages[0].payload == Bytes{2, 3});
  REQUIRE_FALSE(decoded->messages[1].payload);
}

TEST_CASE("a submission with more or fewer frames than announced is malformed") {
  wire::Frames frames = wire::encode(submission());
  frames.push_back({9});
  REQUIRE(wire::decode_submission(views(frames)).error().code == ErrorCode::kSubmissionMalformed);
  frames.resize(frames.size() - 2);
  REQUIRE(wire::decode_submission(views(frames)).error().code == ErrorCode::kSubmissionMalformed);
  wire::Submission none = submission();
  none.messages.clear();
  REQUIRE_FALSE(wire::decode_submission(views(wire::encode(none))));
  wire::Submission many = submission();
  many.messages.assign(limits::kSubmissionMessages + 1, {Bytes{1}, std::nullopt});
  REQUIRE(wire::decode_submission(views(wire::encode(many))).error().code ==
          ErrorCode::kSubmissionTooLarge);
}

TEST_CASE("frames are read at any byte of a larger message") {
  const wire::Frames frames = wire::encode(submission());
  const Bytes joined = wire::join(frames);
  for (std::size_t at = 0; at < 9; ++at) {
    Bytes message(at, 0xAA);
    message.insert(message.end(), joined.begin(), joined.end());
    const auto split = wire::split(ByteView(message).subspan(at));
    REQUIRE(split);
    CHECK(wire::request_id_in(*split) == submission().request_id);
    const auto decoded = wire::decode_submission(*split);
    REQUIRE(decoded);
    CHECK(decoded->messages.size() == submission().messages.size());
  }
}

TEST_CASE("an outcome refuses the whole or answers each message and never both") {
  wire::SubmissionOutcome outcome;
  outcome.refusal = Error{ErrorCode::kSubmissionSignature, "signature"};
  REQUIRE(wire::decode_outcome(views(wire::encode(outcome))));
  outcome.results.emplace_back();
  const auto decoded = wire::decode_outcome(views(wire::encode(outcome)));
  REQUIRE_FALSE(decoded);
  CHECK(decoded.error().code == ErrorCode::kFrameMalformed);
  CHECK(decoded.error().field == "results");
}

TEST_CASE("an outcome carries receipts and refusals and each checkpoint once") {
  wire::SubmissionOutcome outcome;
  outcome.request_id = 9;
  for (std::uint8_t i = 0; i < 200; ++i) {
    wire::MessageResult result;
    result.message_id = MessageId{{i}};
    result.case_version = i;
    if (i % 3 == 0) result.refusal = Error{ErrorCode::kCaseStale, "expected_version", "current 4"};
    if (i % 3 == 1) result.recipients = {UnitId("polda")};
    if (i % 4 != 0) result.receipt = receipt(i, i < 100 ? "first" : "second");
    outcome.results.push_back(result);
  }
  const auto frames = wire::encode(outcome);
  REQUIRE(frames.size() == 2 + 150);
  const auto decoded = wire::decode_outcome(views(frames));
  REQUIRE(decoded);
  REQUIRE(decoded->results.size() == 200);
  for (std::size_t i = 0; i < 200; ++i) {
    REQUIRE(decoded->results[i].message_id == outcome.results[i].message_id);
    REQUIRE(decoded->results[i].refusal == outcome.results[i].refusal);
    REQUIRE(decoded->results[i].receipt == outcome.results[i].receipt);
    REQUIRE(decoded->results[i].recipients == outcome.results[i].recipients);
  }
}

TEST_CASE("a delivery and a release come as they were sent") {
  const wire::Delivery sent{UnitId("polda"), receipt(3, "note"), Bytes{7, 7}};
  const auto delivery = wire::decode_delivery(views(wire::encode(sent)));
  REQUIRE(delivery->unit == sent.unit);
  REQUIRE(delivery->receipt == sent.receipt);
  REQUIRE(delivery->payload == sent.payload);
  const auto reply = wire::decode_release_reply(
      views(wire::encode(wire::ReleaseReply{ReleaseVersion{2}, std::nullopt, Bytes{1, 2}})));
  REQUIRE(reply->signed_release == Bytes{1, 2});
  const auto refused = wire::decode_release_reply(views(
      wire::encode(wire::ReleaseReply{ReleaseVersion{2}, Error{ErrorCode::kReleaseUnknown}, {}})));
  REQUIRE(refused->refusal->code == ErrorCode::kReleaseUnknown);
  REQUIRE(
      wire::decode_get_release(views(wire::encode(wire::GetRelease{ReleaseVersion{3}})))->version ==
      ReleaseVersion{3});
}

TEST_CASE("a question for consistency and its answers come as they were sent") {
  const wire::GetConsistency asked{"first", "second"};
  REQUIRE(*wire::decode_get_consistency(views(wire::encode(asked))) == asked);
  const auto proof = wire::decode_consistency(
      views(wire::encode(wire::Consistency{asked, std::nullopt, {Digest{1}, Digest{2}}, {}})));
  REQUIRE(proof->asked == asked);
  REQUIRE_FALSE(proof->refusal);
  REQUIRE(proof->path == std::vector<Digest>{Digest{1}, Digest{2}});
  const auto refused = wire::decode_consistency(views(wire::encode(
      wire::Consistency{asked, Error{ErrorCode::kCheckpointFork, "", "why"}, {}, {}})));
  REQUIRE(refused->refusal->code == ErrorCode::kCheckpointFork);
  REQUIRE(refused->refusal->detail == "why");
}

TEST_CASE("a header of one type is not read as another") {
  const auto frames = wire::encode(wire::GetRelease{ReleaseVersion{3}});
  REQUIRE_FALSE(wire::decode_hello(views(frames)));
  wire::Frames mixed = frames;
  mixed[0][3] = static_cast<std::uint8_t>(wire::FrameType::kHello);
  REQUIRE_FALSE(wire::decode_hello(views(mixed)));
}

TEST_CASE("a flipped byte in any header is an error or a value but never a crash") {
  const wire::Frames good = wire::encode(submission());
  for (std::size_t at = 0; at < good[1].size(); ++at) {
    wire::Frames bad = good;
    bad[1][at] ^= 0xff;
    const auto decoded = wire::decode_submission(views(bad));
    if (!decoded) REQUIRE(fate_of(decoded.error().code) == Fate::kRefuse);
  }
}

TEST_CASE("the signed tuple binds log and unit and count and root") {
  const Digest root{1};
  const Bytes base = wire::submission_signing_bytes("log", UnitId("a"), 2, root);
  REQUIRE(base != wire::submission_signing_bytes("log2", UnitId("a"), 2, root));
  REQUIRE(base != wire::submission_signing_bytes("log", UnitId("b"), 2, root));
  REQUIRE(base != wire::submission_signing_bytes("log", UnitId("a"), 3, root));
  REQUIRE(base != wire::submission_signing_bytes("log", UnitId("a"), 2, Digest{2}));
}
