// The program itself, over real sockets: start-up errors, service, bad input, ends.
#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/runtime/file.h"
#include "broker/store/store.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/support/child_process.h"
#include "tests/support/curve_dealer.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;

namespace {

const std::string kProgram = RUJUKAN_BIN_DIR "/rujukand";

void write_text(const std::filesystem::path& path, std::string_view text) {
  REQUIRE(write_file_durably(path, as_bytes(text)));
}

// A folder from which a broker can start.
struct Installation {
  Installation() {
    const BrokerKeys keys{test::kOrigin, log_seed, server.secret};
    REQUIRE(write_key_file(folder / "broker.key", keys));
    REQUIRE(write_file_durably(folder / "1.release", test::signed_small_release()));
    configure();
  }
  void configure(const std::string& listen = "tcp://127.0.0.1:*", const std::string& more = {}) {
    write_text(folder / "broker.toml",
               "data_dir = \"data\"\nkey_file = \"broker.key\"\nrelease_file = \"1.release\"\n"
               "ready_file = \"ready\"\ntrace_level = \"warning\"\nlisten = \"" +
                   listen + "\"\n" + more);
  }
  std::vector<std::string> command() const {
    return {kProgram, "--config", (folder / "broker.toml").string()};
  }

  test::TemporaryFolder folder;
  Seed log_seed = test::seed_of("log");
  test::CurveKeys server;
};

class Running {
 public:
  explicit Running(Installation& installation)
      : installation_(installation),
        process_(installation.command(), installation.folder / "errors") {
    const bool ready = process_.wait_for_file(installation.folder / "ready");
    INFO(process_.errors());
    REQUIRE(ready);
    endpoint_ = read_file(installation.folder / "ready", 200).value();
    endpoint_.pop_back();
  }
  test::CurveDealer station(const char* name) const {
    test::CurveKeys keys;
    keys.secret = test::seed_of(std::string("station ") + name);
    keys.key = x25519_public_key(keys.secret);
    return test::CurveDealer(endpoint_, installation_.server.key, keys);
  }
  test::CurveDealer stranger() const {
    return test::CurveDealer(endpoint_, installation_.server.key, test::CurveKeys());
  }
  const std::string& endpoint() const { return endpoint_; }
  test::ChildProcess& process() { return process_; }

 private:
  Installation& installation_;
  test::ChildProcess process_;
  std::string endpoint_;
};

// What a start that fails says and how it ends.
struct Failure {
  explicit Failure(const Installation& installation)
      : Failure(installation.command(), installation.folder / "errors") {}
  Failure(const std::vector<std::string>& command, const std::filesystem::path& errors) {
    test::ChildProcess process(command, errors);
    code = process.wait();
    text = process.errors();
  }
  bool says(std::string_view words) const { return text.find(words) != std::string::npos; }

  int code = -1;
  std::string text;
};

wire::Submission submission_of(const Message& message, const UnitId& unit = UnitId("kpai")) {
  wire::Submission out;
  out.request_id = 5;
  out.unit = unit;
  out.key_id = "sign-1";
  out.messages = {{wire::encode_message(message), test::referral_payload()}};
  out.signature = test::signing_key(unit).sign(wire::submission_signing_bytes(
      test::kOrigin, unit, 1, merkle::leaf_hash(out.messages[0].message)));
  return out;
}

wire::SubmissionOutcome outcome_of(test::CurveDealer& station) {
  const auto frames = station.receive();
  REQUIRE(frames);
  const std::vector<ByteView> views(frames->begin(), frames->end());
  const auto outcome = wire::decode_outcome(views);
  REQUIRE(outcome);
  return *outcome;
}

wire::SubmissionOutcome submit(test::CurveDealer& station, const wire::Frames& frames) {
  station.send(frames);
  return outcome_of(station);
}

Receipt receipt_of(const wire::SubmissionOutcome& outcome) {
  REQUIRE_FALSE(outcome.refusal);
  REQUIRE(outcome.results.size() == 1);
  REQUIRE(outcome.results[0].receipt);
  return *outcome.results[0].receipt;
}

ErrorCode refusal_of(const wire::SubmissionOutcome& outcome) {
  if (outcome.refusal) return outcome.refusal->code;
  REQUIRE(outcome.results.at(0).refusal);
  return outcome.results[0].refusal->code;
}

}  // namespace

TEST_CASE("a referral gets a receipt that verifies and a repeated one gets the same") {
  Installation installation;
  Running broker(installation);
  auto kpai = broker.station("kpai");
  const wire::Frames frames = wire::encode(submission_of(test::referral_message()));
  const wire::SubmissionOutcome outcome = submit(kpai, frames);
  CHECK(outcome.request_id == 5);
  const Receipt receipt = receipt_of(outcome);
  CHECK_FALSE(outcome.results[0].refusal);
  const merkle::NoteKey log{test::kOrigin,
                            Ed25519SecretKey::from_seed(installation.log_seed).public_key()};
  CHECK(merkle::verify_receipt(receipt, log));
  CHECK(receipt_of(submit(kpai, frames)) == receipt);

  Message other = test::referral_message();
  other.sent_at += std::chrono::seconds(1);
  CHECK(refusal_of(submit(kpai, wire::encode(submission_of(other)))) ==
        ErrorCode::kMessageConflict);
}

TEST_CASE("a delivery reaches the owner's station") {
  Installation installation;
  Running broker(installation);
  auto police = broker.station("police");
  police.send(wire::encode(wire::Hello{}));
  const auto welcome = police.receive();
  REQUIRE(welcome);
  CHECK(wire::read_frame_type(welcome->front()).value() == wire::FrameType::kWelcome);
  auto kpai = broker.station("kpai");
  const Receipt receipt =
      receipt_of(submit(kpai, wire::encode(submission_of(test::referral_message()))));
  const auto frames = police.receive();
  REQUIRE(frames);
  const std::vector<ByteView> views(frames->begin(), frames->end());
  const auto delivery = wire::decode_delivery(views);
  REQUIRE(delivery);
  CHECK(delivery->unit == UnitId("polres.a"));
  CHECK(delivery->receipt.entry == receipt.entry);
  CHECK(delivery->payload == test::referral_payload());
}

TEST_CASE("SIGTERM ends the broker with 0 and a restart gives the same receipts") {
  Installation installation;
  const wire::Frames frames = wire::encode(submission_of(test::referral_message()));
  std::optional<Receipt> first;
  {
    Running broker(installation);
    auto kpai = broker.station("kpai");
    first = receipt_of(submit(kpai, frames));
    broker.process().signal(SIGTERM);
    CHECK(broker.process().wait() == 0);
    CHECK_FALSE(std::filesystem::exists(installation.folder / "ready"));
  }
  Running again(installation);
  auto kpai = again.station("kpai");
  CHECK(receipt_of(submit(kpai, frames)) == *first);
}

TEST_CASE("SIGKILL loses nothing that had a receipt") {
  Installation installation;
  std::vector<std::pair<wire::Frames, Receipt>> sent;
  {
    Running broker(installation);
    auto kpai = broker.station("kpai");
    for (std::uint8_t i = 1; i <= 20; ++i) {
      const auto frames =
          wire::encode(submission_of(test::referral_message(test::offline_facts(), i)));
      sent.emplace_back(frames, receipt_of(submit(kpai, frames)));
    }
    broker.process().signal(SIGKILL);
    CHECK(broker.process().wait() == 128 + SIGKILL);
  }
  REQUIRE(std::filesystem::remove(installation.folder / "ready"));
  Running again(installation);
  auto kpai = again.station("kpai");
  for (const auto& [frames, receipt] : sent) {
    REQUIRE(receipt_of(submit(kpai, frames)) == receipt);
  }
}

TEST_CASE("what a station may not do is refused with its code") {
  Installation installation;
  Running broker(installation);
  auto kpai = broker.station("kpai");
  const wire::Submission good = submission_of(test::referral_message());

  CHECK(refusal_of(
            submit(kpai, wire::encode(submission_of(test::referral_message(), UnitId("polda"))))) ==
        ErrorCode::kStationUnitNotServed);
  wire::Submission flipped = good;
  flipped.messages[0].message[40] ^= 1;
  CHECK(refusal_of(submit(kpai, wire::encode(flipped))) == ErrorCode::kSubmissionSignature);
  flipped = good;
  flipped.signature[3] ^= 1;
  CHECK(refusal_of(submit(kpai, wire::encode(flipped))) == ErrorCode::kSubmissionSignature);
  flipped = good;
  (*flipped.messages[0].payload)[0] ^= 1;
  const auto payload_refused = submit(kpai, wire::encode(flipped));
  CHECK(refusal_of(payload_refused) == ErrorCode::kPayloadDigest);
  CHECK(payload_refused.results.at(0).receipt);

  wire::Frames trailing = wire::encode(good);
  trailing[1].push_back(0);
  CHECK(refusal_of(submit(kpai, trailing)) == ErrorCode::kFrameMalformed);
  wire::Frames truncated = wire::encode(good);
  truncated.pop_back();
  CHECK(refusal_of(submit(kpai, truncated)) == ErrorCode::kSubmissionMalformed);
  wire::Frames unknown = wire::encode(good);
  unknown[0][3] = 77;
  CHECK(refusal_of(submit(kpai, unknown)) == ErrorCode::kFrameUnknownType);

  auto stranger = broker.stranger();
  CHECK(stranger.wait_for_event(ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED) ==
        ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
  CHECK(receipt_of(submit(kpai, wire::encode(good))).checkpoint != "");
}

TEST_CASE("ten thousand random messages are answered and leave the memory as it was") {
  Installation installation;
  Running broker(installation);
  auto attacker = broker.station("police");
  auto kpai = broker.station("kpai");
  const auto send_random = [&](int count) {
    for (int i = 0; i < count; ++i) {
      const auto shape = random_bytes<2>();
      wire::Frames frames(1 + shape[0] % 4u);
      for (Bytes& frame : frames) {
        frame.resize(shape[1] * 16u);
        fill_random(frame);
      }
      // Half of them look like the protocol.
      if (shape[0] % 2 == 0) frames[0] = {'R', 'J', wire::kProtocolVersion, shape[1]};
      attacker.send(frames);
      REQUIRE(outcome_of(attacker).refusal);
    }
  };
  send_random(500);
  const std::size_t before = broker.process().resident_bytes();
  send_random(10'000);
  CHECK(broker.process().resident_bytes() < before + 4 * 1024 * 1024);
  const auto outcome = submit(kpai, wire::encode(submission_of(test::referral_message())));
  CHECK(receipt_of(outcome).checkpoint != "");
}

TEST_CASE("a broker that cannot start says why and how bad it is") {
  Installation installation;

  SECTION("without a configuration") {
    CHECK(Failure({kProgram}, installation.folder / "errors").code == 2);
    const Failure none({kProgram, "--config", "/does/not/exist.toml"},
                       installation.folder / "errors");
    CHECK(none.code == 2);
    CHECK(none.says("file.unreadable: /does/not/exist.toml"));
    CHECK(none.says("No such file or directory"));
  }
  SECTION("with a key that is not known") {
    installation.configure("tcp://127.0.0.1:*", "verify_thread = 2\n");
    const Failure failure(installation);
    CHECK(failure.code == 2);
    CHECK(failure.says("config.unknown_key"));
    CHECK(failure.says("verify_thread"));
  }
  SECTION("because others may read the key file") {
    REQUIRE(::chmod((installation.folder / "broker.key").c_str(), 0644) == 0);
    const Failure failure(installation);
    CHECK(failure.code == 2);
    CHECK(failure.says("broker.key"));
    CHECK(failure.says("0600"));
  }
  SECTION("because the release has one signature of two") {
    auto release = wire::decode_signed_release(test::signed_small_release()).value();
    release.signatures.pop_back();
    REQUIRE(write_file_durably(installation.folder / "1.release",
                               wire::encode_signed_release(release)));
    const Failure failure(installation);
    CHECK(failure.code == 2);
    CHECK(failure.says("release.signature"));
  }
  SECTION("because the data directory is marked as failed") {
    std::filesystem::create_directory(installation.folder / "data");
    write_text(installation.folder / "data" / store::kFailedMark, "");
    const Failure failure(installation);
    CHECK(failure.code == 1);
    CHECK(failure.says("store.marked"));
    CHECK(failure.says("rujukan recover"));
  }
  SECTION("because another broker has the port or the data directory") {
    Running broker(installation);
    const Failure locked(installation);
    CHECK(locked.code == 1);
    CHECK(locked.says("store.locked"));
    Installation second;
    second.configure(broker.endpoint());
    const Failure taken(second);
    CHECK(taken.code == 1);
    CHECK(taken.says("transport.failed: " + broker.endpoint()));
    CHECK(taken.says("Address already in use"));
  }
}
