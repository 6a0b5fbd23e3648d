// A real store with a log of invented entries, grown commit by commit.
#pragma once

#include <catch2/catch.hpp>

#include "broker/merkle/note.h"
#include "broker/merkle/tree.h"
#include "broker/store/store.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

class LogInTest {
 public:
  // Logs with different words fork at their first entry.
  explicit LogInTest(std::string word = "entry");
  ~LogInTest();

  Bytes entry(std::uint64_t index) const;
  // One commit of `count` entries and a checkpoint.
  void grow(std::uint64_t count);
  // One commit of an entry that puts the signed release in force.
  void add_release(const Bytes& signed_release, const Bytes& body, ReleaseVersion version);

  merkle::NoteKey log() const;
  std::string checkpoint() const;

  TemporaryFolder folder;
  Ed25519SecretKey key = Ed25519SecretKey::from_seed(seed_of("log"));
  std::unique_ptr<store::Store> store;
  std::optional<merkle::Tree> tree;

 private:
  void append(const Bytes& bytes);
  void commit();

  std::string word_;
};

}  // namespace rujukan::test
