#include "tests/unit/store/log_in_test.h"

#include <catch2/catch.hpp>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::test {

LogInTest::LogInTest(std::string word) : word_(std::move(word)) {
  auto opened = store::Store::open(folder.path().string());
  REQUIRE(opened);
  store = *std::move(opened);
  tree.emplace(*store);
}
LogInTest::~LogInTest() = default;

Bytes LogInTest::entry(std::uint64_t index) const {
  return to_bytes(as_bytes(word_ + " " + std::to_string(index)));
}

void LogInTest::grow(std::uint64_t count) {
  REQUIRE(store->begin());
  for (std::uint64_t n = 0; n < count; ++n) append(entry(tree->size()));
  commit();
}

void LogInTest::add_release(const Bytes& signed_release, const Bytes& body,
                            ReleaseVersion version) {
  REQUIRE(store->begin());
  REQUIRE(store->put_release(version, signed_release));
  Entry entry;
  entry.index = LogIndex{tree->size()};
  entry.release = version;
  entry.cause = ReleaseCause{version, sha256(body)};
  append(*wire::encode_entry(entry));
  commit();
}

merkle::NoteKey LogInTest::log() const { return {kOrigin, key.public_key()}; }

std::string LogInTest::checkpoint() const {
  return merkle::sign_checkpoint({kOrigin, tree->size(), tree->root()}, key);
}

void LogInTest::append(const Bytes& bytes) {
  REQUIRE(store->append({LogIndex{tree->size()}, bytes}));
  REQUIRE(store->put_nodes(tree->append(merkle::leaf_hash(bytes))));
}

void LogInTest::commit() {
  REQUIRE(store->put_checkpoint({tree->size(), checkpoint()}));
  REQUIRE(store->commit());
}

}  // namespace rujukan::test
