// A log in a data directory, of invented entries, with its signed checkpoints.
#pragma once

#include <catch2/catch.hpp>

#include "broker/merkle/note.h"
#include "broker/merkle/tree.h"
#include "broker/store/store.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

class StoredLog {
 public:
  // Logs of different variants contradict each other.
  explicit StoredLog(const std::string& variant = "");
  ~StoredLog();

  // Up to `size` entries, in one commit; entry n is logged n seconds after 1970.
  void grow(std::uint64_t size);
  void keep_cosigned(const std::string& note);
  std::string checkpoint(std::uint64_t size) const;
  std::string request(std::uint64_t old_size, std::uint64_t size) const;
  merkle::NoteKey key() const;
  const store::Store& reader() const { return *store_; }

  TemporaryFolder folder;

 private:
  const Digest variant_;
  const Ed25519SecretKey secret_ = Ed25519SecretKey::from_seed(seed_of("log"));
  std::unique_ptr<store::Store> store_;
  merkle::Tree tree_;
};

}  // namespace rujukan::test
