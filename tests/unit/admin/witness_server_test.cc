#include "broker/admin/witness_server.h"

#include <thread>

#include "broker/admin/http_client.h"
#include "broker/runtime/file.h"
#include "tests/support/raw_http.h"
#include "tests/support/written.h"
#include "tests/unit/admin/served_witness.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kName = "witness.example.org/w1";

struct WitnessInTest {
  WitnessInTest() { log.grow(9); }
  admin::HttpAnswer add(const std::string& body) { return add_to(served.server->url(), body); }
  static admin::HttpAnswer add_to(const std::string& url, const std::string& body) {
    const auto client = admin::HttpClient::open(url, {});
    REQUIRE(client);
    auto answer = (*client)->post("add-checkpoint", "text/plain", as_bytes(body), 1 << 16);
    if (!answer) FAIL(to_string(answer.error()));
    return *std::move(answer);
  }
  std::string get(const std::string& path) {
    return raw_http(served.server->url(), "GET " + path + " HTTP/1.0\r\n\r\n");
  }
  void require_cosigned(const admin::HttpAnswer& answer, std::uint64_t size) {
    REQUIRE(answer.status == 200);
    const auto note = merkle::add_signature_line(log.checkpoint(size), as_text(answer.body));
    REQUIRE(note);
    const auto time_s = merkle::cosigned_at(*note, witness_key(kName));
    REQUIRE(time_s);
    REQUIRE(*time_s == static_cast<std::uint64_t>(to_us(served.clock.now()) / 1'000'000));
  }

  StoredLog log;
  TemporaryFolder folder;
  ServedWitness served{folder / "witness.db", kName, log.key()};
};

}  // namespace

TEST_CASE("a witness cosigns a log that only grows") {
  WitnessInTest w;
  w.require_cosigned(w.add(w.log.request(0, 3)), 3);
  w.require_cosigned(w.add(w.log.request(3, 7)), 7);
  w.require_cosigned(w.add(w.log.request(7, 7)), 7);
  w.require_cosigned(w.add(w.log.request(7, 9)), 9);
}

TEST_CASE("a witness says which size it holds when it is asked for another") {
  WitnessInTest w;
  REQUIRE(w.add(w.log.request(0, 5)).status == 200);
  for (const std::uint64_t old : {0u, 3u, 6u}) {
    const auto answer = w.add(w.log.request(old, 8));
    CHECK(answer.status == 409);
    CHECK(answer.content_type == "text/x.tlog.size");
    CHECK(as_text(answer.body) == "5\n");
  }
}

TEST_CASE("a witness refuses what the protocol refuses") {
  WitnessInTest w;
  StoredLog fork("another history");
  fork.grow(9);
  REQUIRE(w.add(w.log.request(0, 5)).status == 200);
  CHECK(w.add("").status == 400);
  CHECK(w.add("old 05\n\n" + w.log.checkpoint(6)).status == 400);
  CHECK(w.add("old 6\n\n" + w.log.checkpoint(4)).status == 400);
  CHECK(w.add("old 0\n\nexample.org/other\n1\nAAAA\n\n").status == 404);
  std::string unsigned_note = w.log.request(5, 9);
  unsigned_note.replace(unsigned_note.rfind(' ') + 10, 4, "AAAA");
  CHECK(w.add(unsigned_note).status == 403);
  CHECK(w.add(fork.request(5, 9)).status == 422);
  CHECK(w.add(fork.request(5, 5)).status == 422);
  CHECK(w.add("old 5\n\n" + w.log.checkpoint(9)).status == 422);
  CHECK(w.add(std::string(limits::kWitnessRequestBytes + 1, 'x')).status == 413);
  // None of it changed what it holds.
  w.require_cosigned(w.add(w.log.request(5, 9)), 9);
}

TEST_CASE("what was cosigned is there to be looked at") {
  WitnessInTest w;
  const std::string path = "/" + merkle::origin_hash(kOrigin) + "/checkpoint";
  CHECK(w.get(path).substr(9, 3) == "404");
  // The request's signatures of others are not handed on.
  std::string request = w.log.request(0, 5);
  request += "\xe2\x80\x94 grease.invalid 29QMAAAA\n";
  const auto answer = w.add(request);
  REQUIRE(answer.status == 200);
  const std::string shown = w.get(path);
  CHECK(shown.ends_with("\r\n\r\n" + w.log.checkpoint(5) + std::string(as_text(answer.body))));
  CHECK(w.get("/" + merkle::origin_hash("example.org/other") + "/checkpoint").substr(9, 3) ==
        "404");
  CHECK(w.get("/").substr(9, 3) == "404");
  CHECK(w.get("/add-checkpoint").substr(9, 3) == "405");
}

TEST_CASE("a witness that starts again refuses a rollback") {
  WitnessInTest w;
  REQUIRE(w.add(w.log.request(0, 9)).status == 200);
  const ServedWitness again(w.folder / "witness.db", kName, w.log.key());
  StoredLog fork("another history");
  fork.grow(9);
  const auto& url = again.server->url();
  CHECK(as_text(w.add_to(url, fork.request(0, 5)).body) == "9\n");
  CHECK(w.add_to(url, fork.request(9, 9)).status == 422);
}

TEST_CASE("of two histories that ask at once only one is cosigned") {
  for (int round = 0; round < 10; ++round) {
    WitnessInTest w;
    StoredLog fork("another history");
    fork.grow(9);
    // Two processes on one state file would be two of these.
    const ServedWitness second(w.folder / "witness.db", kName, w.log.key());
    const std::string requests[] = {w.log.request(0, 9), fork.request(0, 9)};
    const std::string urls[] = {w.served.server->url(), second.server->url()};
    unsigned statuses[2] = {};
    std::vector<std::thread> threads;
    threads.reserve(2);
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        const auto client = admin::HttpClient::open(urls[i], {});
        const auto answer =
            (*client)->post("add-checkpoint", "text/plain", as_bytes(requests[i]), 1 << 16);
        if (answer) statuses[i] = answer->status;
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::sort(statuses, statuses + 2);
    REQUIRE(statuses[0] == 200);
    REQUIRE(statuses[1] == 409);
  }
}

TEST_CASE("a witness that cannot keep its state cosigns nothing and says so") {
  WitnessInTest w;
  REQUIRE(w.add(w.log.request(0, 5)).status == 200);
  {
    const auto other = store::Database::open((w.folder / "witness.db").string(),
                                             store::Database::Access::kReadWrite);
    REQUIRE(other);
    REQUIRE((*other)->execute("DROP TABLE witnessed"));
  }
  CHECK(w.add(w.log.request(5, 9)).status == 500);
  CHECK(w.served.failed);
}

TEST_CASE("a witness goes on from what one of an older version had cosigned") {
  const Written written(GENERATE(from_range(written_versions())));
  INFO(written.facts.version);
  const std::string newest = *read_file(written / "log/checkpoint", 10'000);
  const merkle::NoteKey key{kOrigin, Ed25519SecretKey::from_seed(seed_of("log")).public_key()};
  const auto checkpoint = merkle::verify_checkpoint(newest, key);
  REQUIRE(checkpoint);
  const ServedWitness served(written / "witness.db", kName, key);
  const std::string size = std::to_string(checkpoint->size);
  const auto older = WitnessInTest::add_to(served.server->url(), "old 0\n\n" + newest);
  CHECK(older.status == 409);
  CHECK(as_text(older.body) == size + "\n");
  CHECK(WitnessInTest::add_to(served.server->url(), "old " + size + "\n\n" + newest).status == 200);
}
