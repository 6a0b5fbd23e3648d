#include "adapters/sdk/seen_log.h"

#include <catch2/catch.hpp>

#include "broker/merkle/proof.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

struct Log {
  Ed25519SecretKey key = Ed25519SecretKey::from_seed(seed_of("log"));
  merkle::NoteKey note_key{kOrigin, key.public_key()};

  std::string checkpoint(std::uint64_t size, const Digest& root) const {
    return merkle::sign_checkpoint({kOrigin, size, root}, key);
  }
  // Of a log with this one entry.
  Receipt receipt(const char* entry) const {
    Receipt out;
    out.entry = to_bytes(as_bytes(entry));
    out.checkpoint = checkpoint(1, merkle::leaf_hash(out.entry));
    return out;
  }
};

Digest leaf(char c) { return merkle::leaf_hash(as_bytes(std::string_view(&c, 1))); }

wire::Welcome welcome(std::string checkpoint, std::vector<Digest> proof = {}) {
  wire::Welcome out;
  out.checkpoint = std::move(checkpoint);
  out.consistency = std::move(proof);
  return out;
}

struct Seen {
  TemporaryFolder folder;
  std::unique_ptr<sdk::Database> database =
      *sdk::open_station_database((folder / "station.db").string());
  Log log;
  sdk::SeenLog seen{*database, log.note_key};

  // The answer to a hello that named the latest checkpoint.
  Result<void> welcomed(const wire::Welcome& answer) {
    return seen.welcome(answer, *seen.latest());
  }
};

}  // namespace

TEST_CASE("a log that grows is followed by its consistency proofs") {
  Seen s;
  const Digest two = merkle::node_hash(leaf('a'), leaf('b'));
  REQUIRE(s.welcomed(welcome("")).ok());
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(1, leaf('a')))).ok());
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(2, two), {leaf('b')})).ok());
  REQUIRE(*s.seen.latest() == s.log.checkpoint(2, two));
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(2, two))).ok());
}

TEST_CASE("a receipt that comes between hello and welcome does not spoil the proof") {
  Seen s;
  const Digest two = merkle::node_hash(leaf('a'), leaf('b'));
  const std::string first = s.log.checkpoint(1, leaf('a'));
  REQUIRE(s.welcomed(welcome(first)).ok());
  // Of size 2, after the hello that named size 1; the welcome proves 1 to 3.
  Receipt receipt;
  receipt.index = LogIndex{1};
  receipt.entry = to_bytes(as_bytes("b"));
  receipt.path = {leaf('a')};
  receipt.checkpoint = s.log.checkpoint(2, two);
  REQUIRE(s.seen.receipt(receipt).ok());
  const Digest three = merkle::node_hash(two, leaf('c'));
  const wire::Welcome answer = welcome(s.log.checkpoint(3, three), {leaf('b'), leaf('c')});
  REQUIRE(s.seen.welcome(answer, first).ok());
  REQUIRE(*s.seen.latest() == answer.checkpoint);
}

TEST_CASE("a welcome behind what was seen is fatal") {
  Seen s;
  const Digest two = merkle::node_hash(leaf('a'), leaf('b'));
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(2, two))).ok());
  const auto behind = s.welcomed(welcome(s.log.checkpoint(1, leaf('a'))));
  REQUIRE(behind.error().code == ErrorCode::kCheckpointBehind);
  REQUIRE(fate_of(behind.error().code) == Fate::kFatal);
  REQUIRE(*s.seen.latest() == s.log.checkpoint(2, two));
}

TEST_CASE("a welcome without a proof from what was seen is not believed") {
  Seen s;
  const Digest two = merkle::node_hash(leaf('a'), leaf('b'));
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(1, leaf('a')))).ok());
  for (const auto& proof : {std::vector<Digest>{}, std::vector<Digest>{leaf('c')}}) {
    REQUIRE(s.welcomed(welcome(s.log.checkpoint(2, two), proof)).error().code ==
            ErrorCode::kProofInvalid);
  }
  REQUIRE(s.welcomed(welcome("")).error().code != ErrorCode::kCheckpointFork);
  REQUIRE(*s.seen.latest() == s.log.checkpoint(1, leaf('a')));
}

TEST_CASE("two roots of one size are a fork and both notes are kept for ever") {
  Seen s;
  REQUIRE(s.seen.receipt(s.log.receipt("one")).ok());
  REQUIRE_FALSE(*s.seen.fork());
  const auto other = s.seen.receipt(s.log.receipt("two"));
  REQUIRE(other.error().code == ErrorCode::kCheckpointFork);
  const auto fork = *s.seen.fork();
  REQUIRE(fork->first == s.log.receipt("one").checkpoint);
  REQUIRE(fork->second == s.log.receipt("two").checkpoint);
  // Another SeenLog over the same database still knows.
  REQUIRE(*sdk::SeenLog(*s.database, s.log.note_key).fork());
}

TEST_CASE("a fork shows in a welcome as well") {
  Seen s;
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(1, leaf('a')))).ok());
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(1, leaf('b')))).error().code ==
          ErrorCode::kCheckpointFork);
}

TEST_CASE("a receipt under another key or for another entry is not remembered") {
  Seen s;
  Receipt receipt = s.log.receipt("one");
  receipt.entry.push_back('x');
  REQUIRE(s.seen.receipt(receipt).error().code == ErrorCode::kProofInvalid);
  Log stranger{Ed25519SecretKey::from_seed(seed_of("stranger"))};
  REQUIRE_FALSE(s.seen.receipt(stranger.receipt("one")));
  REQUIRE(s.seen.latest()->empty());
}

TEST_CASE("no more than a thousand checkpoints are kept and the latest is among them") {
  Seen s;
  REQUIRE(s.database->execute("BEGIN").ok());
  for (std::uint64_t size = 2; size <= 1001; ++size) {
    REQUIRE(s.database->prepare("INSERT INTO checkpoint(size, note) VALUES(?, 'x')")
                .bind(size)
                .run()
                .ok());
  }
  REQUIRE(s.database->execute("COMMIT").ok());
  REQUIRE(s.seen.receipt(s.log.receipt("one")).ok());
  sdk::Statement row = s.database->prepare("SELECT count(*), max(size) FROM checkpoint");
  REQUIRE(*row.step());
  REQUIRE(row.number(0) == 1000);
  REQUIRE(row.number(1) == 1001);
}
