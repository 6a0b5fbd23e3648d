// One bundle of entries on its way through the verification: what was read of it, and what can be
// said about it without knowing the entries before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/audit/finding.h"
#include "broker/base/result.h"
#include "broker/merkle/note.h"
#include "broker/merkle/tiles.h"
#include "broker/model/entry.h"
#include "broker/store/reader.h"

namespace rujukan::audit {

struct BatchEntry {
  ByteView bytes;                              // into the bundle
  bool intact = false;                         // its hash is the tree's; else the rest is not set
  std::optional<Error> malformed = {};         // why it does not decode
  Entry entry = {};                            // unless malformed
  std::optional<Message> message = {};         // of its cause, if that decodes
  std::optional<Error> inexact = {};           // why it may not stand so from edition 2 on
  std::optional<Digest> submission_root = {};  // nullopt: the path has not the length for its place
  bool payload_lost = false;                   // it should lie in the data directory
};

struct BatchCheckpoint {
  std::uint64_t size = 0;  // under which it is stored
  std::string note = {};
  Result<merkle::Checkpoint> verified = Error{ErrorCode::kNoteMalformed};
};

struct Batch {
  // Set by the reader.
  Findings findings;
  merkle::TileId bundle_id;
  std::optional<Bytes> bundle;               // nullopt: missing
  std::vector<Digest> tile;                  // of level 0; empty: missing or malformed
  bool tile_vouched = false;                 // a partial tile whose tree has the root
  std::optional<Digest> committed;           // root of a full bundle, from the tiles above
  std::vector<BatchCheckpoint> checkpoints;  // of sizes within or at the end of the bundle
  std::optional<Error> unreadable;           // the source failed; nothing else is set

  // Set by examine(), which adds to the findings.
  std::vector<BatchEntry> entries;      // empty: the bundle is missing or malformed
  std::vector<Digest> hashes;           // the tree's, as far as can be told; else empty
  std::optional<Digest> root;           // of a full bundle, as far as can be told
  std::vector<std::uint64_t> disputed;  // entries that differ from a tile that nothing vouches for

  std::uint64_t first() const { return bundle_id.index * merkle::kTileWidth; }
  std::uint64_t end() const { return first() + bundle_id.width; }
};

// Against what a batch is examined; the same for all.
struct Examiner {
  std::optional<merkle::NoteKey> log_key;   // nullopt: checkpoints are taken as they are
  const store::Reader* payloads = nullptr;  // nullptr: the source has none
};

// Any thread, with a reader of its own. Errors: store.* of the payloads.
Result<void> examine(Batch& batch, const Examiner& examiner);

}  // namespace rujukan::audit
