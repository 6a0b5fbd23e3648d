// A real store with a log of invented entries, grown commit by commit.
#pragma once

#include <catch2/catch.hpp>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/tree.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

class LogInTest {
 public:
  // Logs with different words fork at their first entry.
  explicit LogInTest(std::string word = "entry") : word_(std::move(word)) {
    auto opened = store::Store::open(folder.path().string());
    REQUIRE(opened);
    store = *std::move(opened);
    tree.emplace(*store);
  }

  Bytes entry(std::uint64_t index) const {
    return to_bytes(as_bytes(word_ + " " + std::to_string(index)));
  }
  // One commit of `count` entries and a checkpoint.
  void grow(std::uint64_t count) {
    REQUIRE(store->begin());
    for (std::uint64_t n = 0; n < count; ++n) append(entry(tree->size()));
    commit();
  }
  // One commit of an entry that puts the signed release in force.
  void add_release(const Bytes& signed_release, const Bytes& body, ReleaseVersion version) {
    REQUIRE(store->begin());
    REQUIRE(store->put_release(version, signed_release));
    Entry entry;
    entry.index = LogIndex{tree->size()};
    entry.release = version;
    entry.cause = ReleaseCause{version, sha256(body)};
    append(*wire::encode_entry(entry));
    commit();
  }

  merkle::NoteKey log() const { return {kOrigin, key.public_key()}; }
  std::string checkpoint() const {
    return merkle::sign_checkpoint({kOrigin, tree->size(), tree->root()}, key);
  }

  TemporaryFolder folder;
  Ed25519SecretKey key = Ed25519SecretKey::from_seed(seed_of("log"));
  std::unique_ptr<store::Store> store;
  std::optional<merkle::Tree> tree;

 private:
  void append(const Bytes& bytes) {
    REQUIRE(store->append({LogIndex{tree->size()}, bytes}));
    REQUIRE(store->put_nodes(tree->append(merkle::leaf_hash(bytes))));
  }
  void commit() {
    REQUIRE(store->put_checkpoint({tree->size(), checkpoint()}));
    REQUIRE(store->commit());
  }

  std::string word_;
};

}  // namespace rujukan::test
