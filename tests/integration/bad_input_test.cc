// Each kind of bad input of the protocol, over real sockets, against a real rujukand.
#include <random>
#include <thread>

#include "broker/base/limits.h"
#include "broker/merkle/receipt.h"
#include "broker/wire/message_codec.h"
#include "tests/integration/conversation.h"
#include "tests/support/sanitizer.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

struct Running {
  explicit Running(const Release& release = small_release()) : broker(release) {
    REQUIRE(broker.start());
  }
  BrokerProcess broker;
};

}  // namespace

TEST_CASE("a station with an unknown key gets no answer and the others are served") {
  Running r;
  RawStation stranger(r.broker.endpoint(), r.broker.curve_key(), seed_of("station unknown"));
  stranger.send(wire::encode(wire::Hello{}));
  REQUIRE_FALSE(stranger.receive(1500ms));
  RawStation kpai = r.broker.connect("kpai");
  require_served(kpai, 1);
}

TEST_CASE("a station that speaks for a unit it does not serve is refused") {
  Running r;
  RawStation police = r.broker.connect("police");
  require_refused(police, referral_frames(referral_message()), ErrorCode::kStationUnitNotServed);
  RawStation kpai = r.broker.connect("kpai");
  require_served(kpai, 1);
}

TEST_CASE("one flipped bit in the message or the signature is refused") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  const wire::Frames good = referral_frames(referral_message());
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    wire::Frames bad = good;
    Bytes& message = bad[2];
    message[random() % message.size()] ^= static_cast<std::uint8_t>(1U << (random() % 8));
    require_refused(kpai, bad, ErrorCode::kSubmissionSignature);
  }
  wire::Submission unsigned_one = signed_submission(
      UnitId("kpai"), {{wire::encode_message(referral_message()), referral_payload()}});
  for (std::size_t at = 0; at < 64; ++at) {
    wire::Submission bad = unsigned_one;
    bad.signature[at] ^= 0x01;
    require_refused(kpai, wire::encode(bad), ErrorCode::kSubmissionSignature);
  }
  require_served(kpai, 1);
}

TEST_CASE("one flipped bit in the payload is refused in the log and the whole one is taken after") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  wire::Frames bad = referral_frames(referral_message());
  bad[3][0] ^= 0x04;
  kpai.send(bad);
  const auto outcome = outcome_of(kpai);
  REQUIRE(outcome.results.at(0).refusal->code == ErrorCode::kPayloadDigest);
  REQUIRE(outcome.results.at(0).receipt);
  require_served(kpai, 1);
}

TEST_CASE("a station that says hello again and again does not fill the trace") {
  BrokerProcess broker;
  REQUIRE(broker.start());
  auto kpai = broker.connect("kpai");
  auto police = broker.connect("police");
  constexpr int kTimes = 300;
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < kTimes; ++i) kpai.greet();
  police.greet();
  const auto took = std::chrono::steady_clock::now() - start;
  const std::string trace = broker.trace();
  const auto lines = [&trace](const std::string& what) {
    std::int64_t count = 0;
    for (auto at = trace.find(what); at != std::string::npos; at = trace.find(what, at + 1)) {
      ++count;
    }
    return count;
  };
  CHECK(lines("station.connected station=kpai") <=
        2 + std::chrono::duration_cast<std::chrono::seconds>(took).count());
  CHECK(lines("station.connected station=kpai") >= 1);
  CHECK(lines("station.connected station=police") == 1);
}

TEST_CASE("a header with any byte flipped is answered or dropped and the broker goes on") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  const wire::Frames good = referral_frames(referral_message());
  for (std::size_t at = 0; at < good[1].size(); ++at) {
    wire::Frames bad = good;
    bad[1][at] ^= 0xff;
    kpai.send(bad);
    REQUIRE(kpai.receive(10s));
  }
  require_served(kpai, 2);
}

TEST_CASE("truncated frames and missing frames are refused") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  const wire::Frames good = referral_frames(referral_message());
  wire::Frames bad = good;
  bad[1].resize(bad[1].size() / 2);
  require_refused(kpai, bad, ErrorCode::kFrameMalformed);
  bad = good;
  bad.pop_back();
  require_refused(kpai, bad, ErrorCode::kSubmissionMalformed);
  bad = good;
  bad.push_back({1});
  require_refused(kpai, bad, ErrorCode::kSubmissionMalformed);
  require_refused(kpai, {good[0]}, ErrorCode::kFrameMalformed);
  require_refused(kpai, {{'R'}}, ErrorCode::kFrameMalformed);
  bad = good;
  bad[2].pop_back();
  require_refused(kpai, bad, ErrorCode::kSubmissionSignature);
  require_served(kpai, 1);
}

TEST_CASE("a frame type or version that is not known is refused") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  wire::Frames frames = referral_frames(referral_message());
  frames[0][3] = 99;
  require_refused(kpai, frames, ErrorCode::kFrameUnknownType);
  frames[0][3] = 3;
  frames[0][2] = 9;
  require_refused(kpai, frames, ErrorCode::kFrameVersion);
  require_served(kpai, 1);
}

TEST_CASE("trailing bytes after a signed message are refused and logged") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  Bytes raw = wire::encode_message(referral_message());
  raw.push_back(0);
  kpai.send(wire::encode(signed_submission(UnitId("kpai"), {{raw, referral_payload()}})));
  const auto outcome = outcome_of(kpai);
  REQUIRE(outcome.results.at(0).refusal->code == ErrorCode::kMessageMalformed);
  REQUIRE(outcome.results.at(0).receipt);
  require_served(kpai, 1);
}

TEST_CASE("a payload over the limit is refused and one frame beyond it cuts the connection only") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  wire::Frames frames = referral_frames(referral_message());
  frames[3].assign(limits::kPayloadBytes + 1, 0);
  kpai.send(frames);
  REQUIRE(outcome_of(kpai).results.at(0).refusal->code == ErrorCode::kPayloadTooLarge);
  frames[3].assign(static_cast<std::size_t>(limits::kBrokerReadBytes) + 1, 0);
  kpai.send(frames);
  RawStation again = r.broker.connect("kpai");
  require_served(again, 1);
}

TEST_CASE("a submission over the limit of bytes or frames is refused whole") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  wire::Frames frames = referral_frames(referral_message());
  const wire::Frames head(frames.begin(), frames.begin() + 2);
  frames = head;
  for (std::size_t i = 0; i < limits::kFrames; ++i) frames.push_back({1});
  require_refused(kpai, frames, ErrorCode::kFrameTooLarge);
  frames = head;
  for (int i = 0; i < 7; ++i) frames.push_back(Bytes(1024 * 1024, 1));
  require_refused(kpai, frames, ErrorCode::kFrameTooLarge);
  require_served(kpai, 1);
}

TEST_CASE("an expired release opens no case") {
  Release release = small_release();
  const auto soon =
      std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now() + 4s);
  release.validity.until = TimeUs(soon);
  Running r(release);
  std::this_thread::sleep_until(soon + 100ms);
  RawStation kpai = r.broker.connect("kpai");
  const auto result = submit(kpai, referral_message());
  REQUIRE(result.refusal->code == ErrorCode::kReleaseExpired);
  REQUIRE(result.receipt);
}

TEST_CASE("the same id with the same bytes gets the same receipt and with others a conflict") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  const auto first = submit(kpai, referral_message());
  require_served(kpai, 2);
  const auto again = submit(kpai, referral_message());
  REQUIRE(again.receipt == first.receipt);
  REQUIRE(merkle::verify_receipt(*again.receipt, {kOrigin, r.broker.log_key()}));
  Message other = referral_message();
  other.sent_at += Seconds(1);
  REQUIRE(submit(kpai, other).refusal->code == ErrorCode::kMessageConflict);
}

TEST_CASE("ten thousand random messages change nothing and memory does not grow") {
  Running r;
  RawStation kpai = r.broker.connect("kpai");
  std::mt19937 random(42);
  const auto noise = [&](std::size_t size) {
    Bytes out(size);
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
    return out;
  };
  const auto send_random = [&](int count) {
    for (int i = 0; i < count; ++i) {
      wire::Frames frames;
      // Half of them begin like the protocol, to get past the first check.
      if (random() % 2 == 0) {
        frames.push_back({'R', 'J', 1, static_cast<std::uint8_t>(random() % 9)});
      }
      const std::size_t parts = 1 + random() % 4;
      for (std::size_t k = 0; k < parts; ++k) frames.push_back(noise(random() % 2000));
      kpai.send(frames);
      REQUIRE(kpai.receive(10s));
    }
  };
  send_random(1000);
  const std::uint64_t before = r.broker.resident_bytes();
  send_random(9000);
  const std::uint64_t after = r.broker.resident_bytes();
  INFO("resident " << before << " -> " << after);
  REQUIRE(after < before + 8 * 1024 * 1024 + kSanitizerBytes);
  require_served(kpai, 1);
}
