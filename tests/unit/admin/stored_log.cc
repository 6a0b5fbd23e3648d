#include "tests/unit/admin/stored_log.h"

#include <catch2/catch.hpp>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/witness.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::test {

StoredLog::StoredLog(const std::string& variant)
    : variant_(sha256(as_bytes(variant))),
      store_(std::move(store::Store::open(folder.path().string()).value())),
      tree_(*store_) {}
StoredLog::~StoredLog() = default;

void StoredLog::grow(std::uint64_t size) {
  REQUIRE(store_->begin());
  while (tree_.size() < size) {
    Entry entry;
    entry.index = LogIndex{tree_.size()};
    entry.time = TimeUs(std::chrono::seconds(tree_.size()));
    entry.cause = ReleaseCause{ReleaseVersion{1}, variant_};
    const Bytes bytes = wire::encode_entry(entry).value();
    REQUIRE(store_->append({.index = entry.index, .bytes = bytes}));
    REQUIRE(store_->put_nodes(tree_.append(merkle::leaf_hash(bytes))));
  }
  REQUIRE(store_->put_checkpoint({size, checkpoint(size)}));
  REQUIRE(store_->commit());
}

void StoredLog::keep_cosigned(const std::string& note) {
  const auto checkpoint = merkle::verify_checkpoint(note, key());
  REQUIRE(checkpoint);
  REQUIRE(store_->put_cosigned({checkpoint->size, note}));
}

std::string StoredLog::checkpoint(std::uint64_t size) const {
  return merkle::sign_checkpoint({kOrigin, size, *tree_.root_at(size)}, secret_);
}

std::string StoredLog::request(std::uint64_t old_size, std::uint64_t size) const {
  merkle::AddCheckpoint request{old_size, {}, checkpoint(size)};
  if (old_size > 0) request.proof = *tree_.consistency(old_size, size);
  return merkle::to_text(request);
}

merkle::NoteKey StoredLog::key() const { return {kOrigin, secret_.public_key()}; }

}  // namespace rujukan::test
