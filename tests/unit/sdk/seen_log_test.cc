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
    return seen.welcome(answer, {*seen.latest()});
  }
  std::optional<sdk::Contradiction> found() const { return *sdk::find_contradiction(*database); }

  // A log that grows by leaves of one letter, and its receipts and proofs.
  std::vector<Digest> leaves;
  std::span<const Digest> first(std::uint64_t size) const { return std::span(leaves).first(size); }
  std::string checkpoint_at(std::uint64_t size) const {
    return log.checkpoint(size, merkle::root_of(first(size)));
  }
  Receipt receipt_at(std::uint64_t index, std::string_view entry, std::uint64_t size) const {
    return {LogIndex{index}, to_bytes(as_bytes(entry)), merkle::path_of(first(size), index),
            checkpoint_at(size)};
  }
  void grow(char c) {
    leaves.push_back(leaf(c));
    const std::string entry(1, c);
    REQUIRE(seen.receipt(receipt_at(leaves.size() - 1, entry, leaves.size())).ok());
  }
  wire::Consistency proof_for(const wire::GetConsistency& asked) const {
    const auto from = merkle::verify_checkpoint(asked.first, log.note_key)->size;
    const auto to = merkle::verify_checkpoint(asked.second, log.note_key)->size;
    return {asked, std::nullopt, proof(from, first(to), true), {}};
  }
  // SUBPROOF. Source: RFC 6962 section 2.1.2.
  static std::vector<Digest> proof(std::uint64_t m, std::span<const Digest> d, bool complete) {
    if (m == d.size()) return complete ? std::vector<Digest>() : std::vector{merkle::root_of(d)};
    std::uint64_t k = 1;
    while (k * 2 < d.size()) k *= 2;
    const bool left = m <= k;
    auto out = left ? proof(m, d.first(k), complete) : proof(m - k, d.subspan(k), false);
    out.push_back(merkle::root_of(left ? d.subspan(k) : d.first(k)));
    return out;
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
  REQUIRE(s.seen.welcome(answer, {first}).ok());
  REQUIRE(*s.seen.latest() == answer.checkpoint);
}

TEST_CASE("a welcome behind what was seen is a rollback and both notes are kept") {
  Seen s;
  const Digest two = merkle::node_hash(leaf('a'), leaf('b'));
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(2, two))).ok());
  const auto behind = s.welcomed(welcome(s.log.checkpoint(1, leaf('a'))));
  REQUIRE(behind.error().code == ErrorCode::kCheckpointBehind);
  REQUIRE(fate_of(behind.error().code) == Fate::kFatal);
  REQUIRE(*s.seen.latest() == s.log.checkpoint(2, two));
  const auto found = s.found();
  REQUIRE(found->code == ErrorCode::kCheckpointBehind);
  REQUIRE(found->first == s.log.checkpoint(2, two));
  REQUIRE(found->second == s.log.checkpoint(1, leaf('a')));
}

TEST_CASE("a welcome without a proof from what was seen is a fork") {
  for (const auto& proof : {std::vector<Digest>{}, std::vector<Digest>{leaf('c')}}) {
    Seen s;
    const Digest two = merkle::node_hash(leaf('a'), leaf('b'));
    REQUIRE(s.welcomed(welcome(s.log.checkpoint(1, leaf('a')))).ok());
    REQUIRE(s.welcomed(welcome(s.log.checkpoint(2, two), proof)).error().code ==
            ErrorCode::kCheckpointFork);
    REQUIRE(s.found()->second == s.log.checkpoint(2, two));
    REQUIRE(*s.seen.latest() == s.log.checkpoint(1, leaf('a')));
  }
}

TEST_CASE("a welcome that is no checkpoint of the log is not believed and no fork") {
  Seen s;
  REQUIRE(s.welcomed(welcome(s.log.checkpoint(1, leaf('a')))).ok());
  Log stranger{Ed25519SecretKey::from_seed(seed_of("stranger"))};
  for (const std::string& note : {std::string(), stranger.checkpoint(2, leaf('b'))}) {
    const auto answer = s.welcomed(welcome(note));
    REQUIRE_FALSE(answer);
    REQUIRE(fate_of(answer.error().code) == Fate::kRefuse);
  }
  REQUIRE_FALSE(s.found());
}

TEST_CASE("every new checkpoint of a receipt is asked for once and proven by its answer") {
  Seen s;
  s.grow('a');
  REQUIRE(s.seen.questions()->empty());
  const std::string first = *s.seen.latest();
  s.grow('b');
  s.grow('c');
  const auto asked = *s.seen.questions();
  REQUIRE(asked.size() == 2);
  for (const auto& question : asked) REQUIRE(question.first == first);
  REQUIRE(s.seen.questions()->empty());
  for (const auto& question : asked) REQUIRE(s.seen.answer(s.proof_for(question)).ok());
  // Proven for a later life as well.
  REQUIRE(sdk::SeenLog(*s.database, s.log.note_key).questions()->empty());
  s.grow('d');
  REQUIRE(s.seen.questions()->at(0).first == asked[1].second);
}

TEST_CASE("an older size that was not seen is proven towards the latest") {
  Seen s;
  for (const char c : {'a', 'b', 'c'}) s.leaves.push_back(leaf(c));
  REQUIRE(s.welcomed(welcome(s.checkpoint_at(3))).ok());
  REQUIRE(s.seen.receipt(s.receipt_at(1, "b", 2)).ok());
  const auto asked = *s.seen.questions();
  REQUIRE(asked.size() == 1);
  REQUIRE(asked[0].first == s.checkpoint_at(2));
  REQUIRE(asked[0].second == s.checkpoint_at(3));
  REQUIRE(s.seen.answer(s.proof_for(asked[0])).ok());
}

TEST_CASE("few questions are on their way and a lost connection asks them again") {
  Seen s;
  for (char c = 'a'; c <= 'z'; ++c) s.grow(c);
  const auto asked = *s.seen.questions();
  REQUIRE(asked.size() == 8);
  REQUIRE(s.seen.answer(s.proof_for(asked[0])).ok());
  REQUIRE(s.seen.questions()->size() == 1);
  s.seen.disconnected();
  REQUIRE(s.seen.questions()->size() == 8);
  // An answer to a question of before is not asked for.
  REQUIRE(s.seen.answer(s.proof_for(asked[0])).error().code == ErrorCode::kFrameMalformed);
}

TEST_CASE("a bad proof or a denied checkpoint is a fork") {
  for (const bool denied : {false, true}) {
    Seen s;
    s.grow('a');
    s.grow('b');
    auto answer = s.proof_for(s.seen.questions()->at(0));
    if (denied) {
      answer.refusal = Error{ErrorCode::kCheckpointFork, "checkpoint"};
    } else {
      answer.path.at(0)[0] ^= 1;
    }
    REQUIRE(s.seen.answer(answer).error().code == ErrorCode::kCheckpointFork);
    REQUIRE(s.found()->first == s.checkpoint_at(1));
    REQUIRE(s.found()->second == s.checkpoint_at(2));
  }
}

TEST_CASE("when a person accepts the log its next checkpoint is trusted like the first") {
  Seen s;
  REQUIRE(s.seen.receipt(s.log.receipt("one")).ok());
  REQUIRE_FALSE(s.seen.receipt(s.log.receipt("two")));
  REQUIRE(sdk::accept_log(*s.database).ok());
  REQUIRE_FALSE(s.found());
  REQUIRE(s.seen.receipt(s.log.receipt("two")).ok());
  REQUIRE(s.seen.questions()->empty());
}

TEST_CASE("a fork that an earlier version kept is still one") {
  TemporaryFolder folder;
  const std::string path = (folder / "station.db").string();
  {
    const auto database = *sdk::Database::open(path, sdk::Database::Access::kReadWrite);
    REQUIRE(database
                ->execute("CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, note TEXT NOT NULL);"
                          "CREATE TABLE fork(first TEXT NOT NULL, second TEXT NOT NULL);"
                          "INSERT INTO fork VALUES('a', 'b')")
                .ok());
  }
  const auto database = *sdk::open_station_database(path);
  const auto found = *sdk::find_contradiction(*database);
  REQUIRE(found->code == ErrorCode::kCheckpointFork);
  REQUIRE(found->first == "a");
}

TEST_CASE("two roots of one size are a fork and both notes are kept for ever") {
  Seen s;
  REQUIRE(s.seen.receipt(s.log.receipt("one")).ok());
  REQUIRE_FALSE(s.found());
  const auto other = s.seen.receipt(s.log.receipt("two"));
  REQUIRE(other.error().code == ErrorCode::kCheckpointFork);
  REQUIRE(s.found()->first == s.log.receipt("one").checkpoint);
  REQUIRE(s.found()->second == s.log.receipt("two").checkpoint);
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

TEST_CASE("no more than a thousand proven checkpoints are kept and the latest is among them") {
  Seen s;
  REQUIRE(s.database->execute("BEGIN").ok());
  for (std::uint64_t size = 2; size <= 1002; ++size) {
    REQUIRE(s.database->prepare("INSERT INTO seen VALUES(0, ?, 'x', 1)").bind(size).run().ok());
  }
  REQUIRE(s.database->execute("COMMIT").ok());
  REQUIRE(s.seen.receipt(s.log.receipt("one")).ok());
  sdk::Statement row = s.database->prepare("SELECT count(*), max(size) FROM seen WHERE proven = 1");
  REQUIRE(*row.step());
  REQUIRE(row.number(0) == 1000);
  REQUIRE(row.number(1) == 1002);
}
