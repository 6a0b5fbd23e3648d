#include "broker/admin/witness_feed.h"

#include "broker/admin/log_server.h"
#include "broker/merkle/note.h"
#include "broker/runtime/bounded_queue.h"
#include "tests/unit/admin/served_witness.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// A log, witnesses a and b, and what the feed offers.
struct FeedInTest {
  FeedInTest() { log.grow(5); }

  merkle::Policy policy(std::size_t threshold, const std::string& url_a, const std::string& url_b) {
    merkle::Policy out;
    out.logs = {{log.key(), ""}};
    out.witnesses = {{"a", witness_key("a"), url_a}, {"b", witness_key("b"), url_b}};
    out.groups = {{"both", threshold, {"a", "b"}}};
    out.quorum = "both";
    return out;
  }
  void start(const merkle::Policy& policy) {
    auto opened = admin::WitnessFeed::open(
        {log.folder.path().string(), log.key(), policy, std::chrono::milliseconds(20)}, clock,
        [this](std::string note) { offered.push(std::move(note), 1); });
    if (!opened) FAIL(to_string(opened.error()));
    feed = *std::move(opened);
    feed->start();
  }
  // The next note that is offered, and how many witnesses cosigned it.
  std::pair<std::uint64_t, std::size_t> next(const merkle::Policy& policy) {
    const auto note = offered.pop(std::chrono::seconds(10));
    REQUIRE(note);
    const auto trusted = merkle::verify_checkpoint(*note, policy);
    REQUIRE(trusted);
    return {trusted->checkpoint.size, trusted->cosigned.size()};
  }

  StoredLog log;
  TestClock clock;
  TemporaryFolder folder;
  BoundedQueue<std::string> offered{100, 100};
  ServedWitness a{folder / "a.db", "a", log.key()};
  ServedWitness b{folder / "b.db", "b", log.key()};
  std::unique_ptr<admin::WitnessFeed> feed;
};

using Cosigned = std::pair<std::uint64_t, std::size_t>;

}  // namespace

TEST_CASE("checkpoints are offered once the quorum has cosigned them") {
  FeedInTest t;
  const auto policy = t.policy(2, t.a.server->url(), t.b.server->url());
  t.start(policy);
  CHECK(t.next(policy) == Cosigned(5, 2));
  t.log.grow(300);
  CHECK(t.next(policy) == Cosigned(300, 2));
}

TEST_CASE("a quorum of one is offered and then the other's cosignature") {
  FeedInTest t;
  const auto policy = t.policy(1, t.a.server->url(), t.b.server->url());
  t.start(policy);
  CHECK(t.next(policy) == Cosigned(5, 1));
  CHECK(t.next(policy) == Cosigned(5, 2));
}

TEST_CASE("a witness that is down does not hold up the other") {
  FeedInTest t;
  const std::string url = t.b.server->url();
  t.b.server->stop();
  const auto policy = t.policy(1, t.a.server->url(), url);
  t.start(policy);
  CHECK(t.next(policy) == Cosigned(5, 1));
  t.log.grow(6);
  CHECK(t.next(policy) == Cosigned(6, 1));
}

TEST_CASE("a feed that starts again learns what each witness has seen") {
  FeedInTest t;
  const auto policy = t.policy(2, t.a.server->url(), t.b.server->url());
  t.start(policy);
  CHECK(t.next(policy) == Cosigned(5, 2));
  t.feed.reset();
  t.log.grow(9);
  t.start(policy);
  CHECK(t.next(policy) == Cosigned(9, 2));
}

TEST_CASE("what a witness answers counts only when it is its cosignature") {
  FeedInTest t;
  const auto text = [](unsigned status, const char* type, const std::string& body) {
    return admin::HttpReply{status, type, to_bytes(as_bytes(body)), {}};
  };
  const std::string note = t.log.checkpoint(5);
  const auto parts = [&](const std::string& signer) {
    return merkle::cosign(note.substr(0, note.find("\n\n") + 1), "a", witness_secret(signer), 1);
  };
  std::string flipped = parts("a");
  flipped[flipped.size() - 10] = flipped[flipped.size() - 10] == 'A' ? 'B' : 'A';
  const std::vector<admin::HttpReply> nonsense = {
      text(200, "text/plain", ""),          text(200, "text/plain", "yes"),
      text(200, "text/plain", parts("b")),  text(200, "text/plain", flipped),
      text(409, "text/plain", "3\n"),       text(409, "text/x.tlog.size", "03\n"),
      text(409, "text/x.tlog.size", "6\n"), text(500, "text/plain", parts("a")),
      text(302, "text/plain", parts("a")),
  };
  std::size_t asked = 0;
  auto liar = serve_witness([&](const admin::HttpRequest&) {
    return asked < nonsense.size() ? nonsense[asked++] : text(200, "text/plain", parts("a"));
  });
  auto link = admin::WitnessLink::open({"a", witness_key("a"), liar->url()});
  REQUIRE(link);
  const store::StoredCheckpoint checkpoint{5, note};
  while (asked < nonsense.size()) {
    INFO(asked);
    REQUIRE_FALSE(link->cosign(checkpoint, t.log.reader()));
  }
  REQUIRE(link->cosign(checkpoint, t.log.reader()));
}

TEST_CASE("a witness that has seen a larger log is an error of its own") {
  FeedInTest t;
  auto link = admin::WitnessLink::open({"a", witness_key("a"), t.a.server->url()});
  REQUIRE(link);
  REQUIRE(link->cosign({5, t.log.checkpoint(5)}, t.log.reader()));
  auto again = admin::WitnessLink::open({"a", witness_key("a"), t.a.server->url()});
  REQUIRE(again);
  const auto behind = again->cosign({4, t.log.checkpoint(4)}, t.log.reader());
  REQUIRE_FALSE(behind);
  CHECK(behind.error().code == ErrorCode::kCheckpointBehind);
}

TEST_CASE("a policy that cannot be followed is refused") {
  FeedInTest t;
  const auto open = [&](const merkle::Policy& policy) {
    return admin::WitnessFeed::open(
        {t.log.folder.path().string(), t.log.key(), policy, std::chrono::milliseconds(20)}, t.clock,
        [](const std::string&) {});
  };
  CHECK(open(t.policy(1, "http://127.0.0.1:1", "")));
  CHECK(open(t.policy(1, "", "")).error().code == ErrorCode::kPolicyInvalid);
  CHECK(open(t.policy(1, "ftp://x", "")).error().code == ErrorCode::kConfigValue);
  auto policy = t.policy(1, "http://127.0.0.1:1", "");
  policy.logs[0].key.name = "example.org/other";
  CHECK(open(policy).error().code == ErrorCode::kPolicyInvalid);
}

TEST_CASE("the lag counts from the oldest entry that no quorum covers") {
  FeedInTest t;
  const TimeUs now(std::chrono::seconds(100));
  const auto status = [&](bool witnessed) {
    return admin::log_status(t.log.reader(), witnessed, now).value();
  };
  CHECK(status(false).size == 5);
  CHECK(status(false).time == TimeUs(std::chrono::seconds(4)));
  CHECK_FALSE(status(false).witnessed);
  CHECK(status(true).witnessed->size == 0);
  CHECK(status(true).witnessed->lag == std::chrono::seconds(100));
  t.log.keep_cosigned(t.log.checkpoint(3));
  CHECK(status(true).witnessed->size == 3);
  CHECK(status(true).witnessed->lag == std::chrono::seconds(97));
  t.log.keep_cosigned(t.log.checkpoint(5));
  CHECK(status(true).witnessed->lag == std::chrono::seconds(0));
}
