#include "broker/merkle/witness.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "broker/base/limits.h"
#include "broker/merkle/proof.h"
#include "tests/unit/merkle/reference_tree.h"

using namespace rujukan;
using namespace rujukan::merkle;
using test::ReferenceTree;

namespace {

const std::string kOrigin = "log.example/main";
Ed25519SecretKey secret(std::uint8_t n) { return Ed25519SecretKey::from_seed(Seed{n}); }
NoteKey log_key() { return {kOrigin, secret(1).public_key()}; }

const ReferenceTree& tree() {
  static const ReferenceTree reference(40);
  return reference;
}

std::string note_of(std::uint64_t size, const Digest& root) {
  return sign_note(kOrigin + "\n" + std::to_string(size) + "\n" + to_base64(root) + "\n", kOrigin,
                   secret(1));
}

// What an honest log sends a witness that holds `old_size`.
AddCheckpoint request_of(std::uint64_t old_size, std::uint64_t size) {
  AddCheckpoint request{old_size, {}, note_of(size, tree().root(0, size))};
  if (old_size != 0 && old_size <= size) request.proof = tree().subproof(old_size, 0, size, true);
  return request;
}

std::optional<Witnessed> held_at(std::uint64_t size) {
  return Witnessed{size, tree().root(0, size)};
}

unsigned status(const AddCheckpoint& request, const std::optional<Witnessed>& held) {
  const WitnessVerdict verdict = judge(request, log_key(), held);
  CHECK(verdict.text.empty() == (verdict.status != 200));
  CHECK(verdict.reason.empty() == (verdict.status == 200));
  return verdict.status;
}

}  // namespace

TEST_CASE("every growth of a log is cosigned and becomes the new state") {
  for (std::uint64_t size = 0; size <= 40; ++size) {
    for (std::uint64_t old_size = 0; old_size <= size; ++old_size) {
      const auto request = request_of(old_size, size);
      const WitnessVerdict verdict = judge(request, log_key(), held_at(old_size));
      INFO(old_size << " to " << size << ": " << verdict.reason);
      REQUIRE(verdict.status == 200);
      CHECK(verdict.state == *held_at(size));
      CHECK(verdict.text + "\n" == request.checkpoint.substr(0, verdict.text.size() + 1));
    }
  }
}

TEST_CASE("the first checkpoint of a log needs old size 0 and no proof") {
  CHECK(status(request_of(0, 5), std::nullopt) == 200);
  CHECK(status(request_of(0, 0), std::nullopt) == 200);
  auto with_proof = request_of(0, 5);
  with_proof.proof.push_back(tree().root(0, 1));
  CHECK(status(with_proof, std::nullopt) == 422);
  const WitnessVerdict verdict = judge(request_of(3, 5), log_key(), std::nullopt);
  CHECK(verdict.status == 409);
  CHECK(verdict.state.size == 0);
}

TEST_CASE("another old size than the one held is answered with the one held") {
  for (const std::uint64_t old_size : {0, 3, 4, 6, 9}) {
    const WitnessVerdict verdict = judge(request_of(old_size, 9), log_key(), held_at(5));
    CHECK(verdict.status == 409);
    CHECK(verdict.state == *held_at(5));
  }
  // Smaller than the held one: no rollback, whatever the request says.
  CHECK(status(request_of(3, 4), held_at(5)) == 409);
  CHECK(status(request_of(5, 4), held_at(5)) == 400);
}

TEST_CASE("an old size above the checkpoint's is a bad request before all else") {
  CHECK(status(request_of(10, 9), held_at(5)) == 400);
  CHECK(status(request_of(10, 9), held_at(10)) == 400);
  CHECK(status(request_of(1, 0), std::nullopt) == 400);
}

TEST_CASE("the same size is cosigned again with the same root and no other") {
  CHECK(status(request_of(5, 5), held_at(5)) == 200);
  CHECK(status(request_of(0, 0), held_at(0)) == 200);
  const AddCheckpoint fork{5, {}, note_of(5, test::leaf(99))};
  CHECK(status(fork, held_at(5)) == 422);
  auto with_proof = request_of(5, 5);
  with_proof.proof.push_back(tree().root(0, 5));
  CHECK(status(with_proof, held_at(5)) == 422);
}

TEST_CASE("size 0 has the root of the empty tree") {
  const AddCheckpoint wrong{0, {}, note_of(0, test::leaf(0))};
  CHECK(status(wrong, std::nullopt) == 422);
  CHECK(status(wrong, held_at(0)) == 422);
  CHECK(status(wrong, held_at(5)) == 409);
  const AddCheckpoint zeros{0, {}, note_of(0, Digest{})};
  CHECK(status(zeros, std::nullopt) == 422);
}

TEST_CASE("a proof that is damaged or short or long or of a fork is refused") {
  const auto good = request_of(6, 13);
  REQUIRE(status(good, held_at(6)) == 200);
  for (std::size_t i = 0; i < good.proof.size(); ++i) {
    auto bad = good;
    bad.proof[i][i] ^= 1;
    CHECK(status(bad, held_at(6)) == 422);
    auto fewer = good;
    fewer.proof.erase(fewer.proof.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(status(fewer, held_at(6)) == 422);
  }
  auto longer = good;
  longer.proof.push_back(Digest{});
  CHECK(status(longer, held_at(6)) == 422);
  CHECK(status(good, Witnessed{6, test::leaf(1)}) == 422);
  const AddCheckpoint fork{6, good.proof, note_of(13, test::leaf(1))};
  CHECK(status(fork, held_at(6)) == 422);
}

TEST_CASE("a checkpoint without a good signature of the log is forbidden") {
  const std::string text = checkpoint_text({kOrigin, 5, tree().root(0, 5)});
  const auto by = [&](const std::string& name, std::uint8_t n) {
    return AddCheckpoint{0, {}, sign_note(text, name, secret(n))};
  };
  CHECK(status(by(kOrigin, 1), std::nullopt) == 200);
  CHECK(status(by(kOrigin, 2), std::nullopt) == 403);
  CHECK(status(by("log.example/other", 1), std::nullopt) == 403);
  auto bad = by(kOrigin, 1);
  bad.checkpoint[bad.checkpoint.size() - 10] ^= 3;
  CHECK(status(bad, std::nullopt) == 403);
  const auto foreign = checkpoint_text({"log.example/other", 5, tree().root(0, 5)});
  CHECK(status({0, {}, sign_note(foreign, kOrigin, secret(1))}, std::nullopt) == 403);
  // Whatever the sizes say.
  auto greater = by(kOrigin, 2);
  greater.old_size = 100;
  CHECK(status(greater, held_at(3)) == 403);
}

TEST_CASE("signatures of unknown keys beside the log's are ignored") {
  auto request = request_of(2, 5);
  request.checkpoint += "\xE2\x80\x94 grease.invalid 29QMAQID\n";
  CHECK(status(request, held_at(2)) == 200);
  const WitnessVerdict verdict = judge(request, log_key(), held_at(2));
  CHECK(verdict.text == checkpoint_text({kOrigin, 5, tree().root(0, 5)}));
}

TEST_CASE("what is no note or no checkpoint is a bad request") {
  const auto signed_text = [](const std::string& text) {
    return AddCheckpoint{0, {}, sign_note(text, kOrigin, secret(1))};
  };
  const std::string root = to_base64(tree().root(0, 5)) + "\n";
  for (const std::string& text :
       {std::string("text\n"), kOrigin + "\n05\n" + root, kOrigin + "\n+5\n" + root,
        kOrigin + "\n-0\n" + root, kOrigin + "\n9223372036854775808\n" + root,
        kOrigin + "\n5\n" + root + "extension\n", kOrigin + "\n5\n" + root.substr(4)}) {
    INFO(text);
    CHECK(status(signed_text(text), std::nullopt) == 400);
  }
  auto request = request_of(0, 5);
  request.checkpoint.pop_back();
  CHECK(status(request, std::nullopt) == 400);
  CHECK(status({0, {}, ""}, std::nullopt) == 400);
}

TEST_CASE("a request is the old size and the proof and an empty line and the checkpoint") {
  const auto request = request_of(3, 9);
  std::string expected = "old 3\n";
  for (const Digest& hash : request.proof) expected += to_base64(hash) + "\n";
  expected += "\n" + request.checkpoint;
  CHECK(to_text(request) == expected);
  for (const auto& one : {request, request_of(0, 0), request_of(5, 5)}) {
    const auto read = parse_add_checkpoint(to_text(one));
    REQUIRE(read.ok());
    CHECK(read->old_size == one.old_size);
    CHECK(read->proof == one.proof);
    CHECK(read->checkpoint == one.checkpoint);
  }
}

TEST_CASE("malformed requests are refused") {
  const std::string note = request_of(0, 5).checkpoint;
  const std::string hash = to_base64(tree().root(0, 5)) + "\n";
  std::string many;
  for (int i = 0; i < 63; ++i) many += hash;
  REQUIRE(parse_add_checkpoint("old 1\n" + many + "\n" + note).ok());
  for (const std::string& body : {std::string(),
                                  std::string("old 0\n"),
                                  std::string("old 0\n\n"),
                                  "old 0" + note,
                                  "old 0\n" + note,
                                  "old\n\n" + note,
                                  "old \n\n" + note,
                                  "old  0\n\n" + note,
                                  "old 00\n\n" + note,
                                  "old 007\n\n" + note,
                                  "old +5\n\n" + note,
                                  "old -0\n\n" + note,
                                  "old 9223372036854775808\n\n" + note,
                                  "old 0 \n\n" + note,
                                  "Old 0\n\n" + note,
                                  "old 0\r\n\r\n" + note,
                                  "new 0\n\n" + note,
                                  "old 1\n" + hash + many + "\n" + note,
                                  "old 1\n" + hash.substr(4) + "\n" + note,
                                  "old 1\nAAAA\n\n" + note,
                                  "old 1\n" + hash.substr(0, hash.size() - 2) + "\n\n" + note,
                                  "old 0\n\n" + std::string(limits::kWitnessRequestBytes, 'x')}) {
    INFO(body.substr(0, 100));
    const auto read = parse_add_checkpoint(body);
    REQUIRE_FALSE(read.ok());
    CHECK(read.error().code == ErrorCode::kNoteMalformed);
  }
}

TEST_CASE("the path of a log at a witness is the hash of its origin") {
  CHECK(origin_hash("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(origin_hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
