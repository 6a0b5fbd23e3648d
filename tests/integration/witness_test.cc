// A real broker, a real witness, and what an auditor sees of both.
#include <signal.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/admin/http_client.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/policy.h"
#include "broker/merkle/proof.h"
#include "tests/integration/conversation.h"
#include "tests/support/witness_process.h"
#include "tests/unit/admin/stored_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kToken = "a-token-of-an-auditor";

admin::HttpAnswer fetch(const std::string& url, const std::string& path, const std::string& token) {
  admin::HttpAccess access;
  access.token = token;
  const auto client = admin::HttpClient::open(url, access);
  REQUIRE(client);
  auto answer = (*client)->get(path, 1 << 20);
  if (!answer) FAIL(to_string(answer.error()));
  return *std::move(answer);
}

admin::HttpAnswer add_checkpoint(const std::string& url, const std::string& request) {
  const auto client = admin::HttpClient::open(url, {});
  REQUIRE(client);
  auto answer = (*client)->post("add-checkpoint", "text/plain", as_bytes(request), 1 << 16);
  if (!answer) FAIL(to_string(answer.error()));
  return *std::move(answer);
}

// A broker whose log one witness has to cosign.
struct WitnessedBroker {
  explicit WitnessedBroker(int stop_after_lag_s) {
    REQUIRE(witness.start());
    policy.logs = {{log_key(), ""}};
    policy.witnesses = {{"w1", WitnessProcess::key(), witness.url()}};
    policy.quorum = "w1";
    std::ofstream(broker.folder() / "policy.txt") << merkle::to_text(policy);
    broker.add_settings("[log]\nlisten = \"127.0.0.1:0\"\ntoken_sha256 = [\"" +
                        to_hex(sha256(as_bytes(kToken))) +
                        "\"]\n[witness]\npolicy = \"policy.txt\"\nevery_s = 1\n"
                        "stop_after_lag_s = " +
                        std::to_string(stop_after_lag_s) + "\n");
    if (!broker.start()) FAIL(broker.trace());
  }
  merkle::NoteKey log_key() const { return {kOrigin, broker.log_key()}; }
  merkle::Trusted published() const {
    const auto answer = fetch(broker.log_url(), "checkpoint", "");
    REQUIRE(answer.status == 200);
    const auto trusted = merkle::verify_checkpoint(as_text(answer.body), policy);
    if (!trusted) return {};
    return *trusted;
  }
  // Waits between looks, at the pace of a station that listens.
  bool await_witnessed(RawStation& station, std::uint64_t size) const {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (published().checkpoint.size < size) {
      if (std::chrono::steady_clock::now() > until) return false;
      station.receive(50ms);
    }
    return true;
  }
  // Submits until the answer is of that kind; the last one's number is taken.
  bool await_refusal(RawStation& station, std::uint8_t& number, bool refused) const {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (std::chrono::steady_clock::now() < until) {
      station.send(referral_frames(referral_message(offline_facts(), ++number)));
      const auto outcome = outcome_of(station);
      if (outcome.refusal) REQUIRE(outcome.refusal->code == ErrorCode::kWitnessLag);
      if (outcome.refusal.has_value() == refused) return true;
      if (outcome.refusal) --number;
      station.receive(50ms);
    }
    return false;
  }

  BrokerProcess broker;
  WitnessProcess witness{log_key()};
  merkle::Policy policy;
};

}  // namespace

TEST_CASE("a broker publishes what its witness has cosigned") {
  WitnessedBroker w(0);
  RawStation kpai = w.broker.connect("kpai");
  require_served(kpai, 1);
  INFO(w.broker.trace() << w.witness.trace());
  REQUIRE(w.await_witnessed(kpai, 2));
  REQUIRE(w.published().cosigned.size() == 1);

  const std::string url = w.broker.log_url();
  CHECK(fetch(url, "status", "").status == 401);
  const auto status = nlohmann::json::parse(as_text(fetch(url, "status", kToken).body));
  CHECK(status["size"] == 2);
  CHECK(status["witnessed_size"] == 2);
  CHECK(status["lag_s"] == 0);
  const auto tile = fetch(url, "tile/0/000.p/2", kToken);
  REQUIRE(tile.status == 200);
  CHECK(merkle::node_hash(*to_array<32>(ByteView(tile.body).first(32)),
                          *to_array<32>(ByteView(tile.body).subspan(32))) ==
        w.published().checkpoint.root);
  CHECK(fetch(url, "tile/0/000.p/1", kToken).status == 200);
  CHECK(fetch(url, "tile/0/000.p/3", kToken).status == 404);
  CHECK(fetch(url, "tile/entries/000.p/2", "").status == 401);
  CHECK(w.witness.stop() == 0);
  CHECK(w.broker.stop() == 0);
}

TEST_CASE("without its witness a broker stops taking and goes on when it is back") {
  WitnessedBroker w(1);
  RawStation kpai = w.broker.connect("kpai");
  std::uint8_t number = 0;
  REQUIRE(w.await_refusal(kpai, number, false));
  REQUIRE(w.await_witnessed(kpai, 2));
  w.witness.kill();
  REQUIRE(w.await_refusal(kpai, number, true));
  const std::uint64_t size = w.published().checkpoint.size;
  REQUIRE(w.witness.start());
  REQUIRE(w.await_refusal(kpai, number, false));
  REQUIRE(w.await_witnessed(kpai, size + 1));
  // Older than the state that the broker loads at its start.
  REQUIRE(w.broker.stop() == 0);
  REQUIRE(w.broker.start());
  REQUIRE(w.published().checkpoint.size > size);
}

TEST_CASE("a witness that was killed after its answer refuses a rollback") {
  StoredLog log;
  log.grow(9);
  StoredLog fork("another history");
  fork.grow(9);
  WitnessProcess witness(log.key());
  REQUIRE(witness.start());
  REQUIRE(add_checkpoint(witness.url(), log.request(0, 5)).status == 200);
  witness.kill();
  REQUIRE(witness.start());
  const auto held = add_checkpoint(witness.url(), fork.request(0, 3));
  CHECK(held.status == 409);
  CHECK(as_text(held.body) == "5\n");
  CHECK(add_checkpoint(witness.url(), fork.request(5, 9)).status == 422);
  CHECK(add_checkpoint(witness.url(), fork.request(5, 5)).status == 422);
  CHECK(add_checkpoint(witness.url(), log.request(5, 9)).status == 200);
  CHECK(witness.stop() == 0);
}

TEST_CASE("a policy that does not name the log stops the start") {
  BrokerProcess broker;
  merkle::Policy policy;
  policy.logs = {{{"example.org/other", broker.log_key()}, ""}};
  std::ofstream(broker.folder() / "policy.txt") << merkle::to_text(policy);
  broker.add_settings("[witness]\npolicy = \"policy.txt\"\n");
  REQUIRE_FALSE(broker.start());
  CHECK(broker.wait_for_end() == 2);
  CHECK(broker.trace().find("policy.invalid") != std::string::npos);
}
