#include "broker/audit/batch.h"

#include "broker/audit/target.h"
#include "broker/crypto/sha256.h"
#include "broker/decide/decide.h"
#include "broker/merkle/proof.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::audit {
namespace {

// Whether the tile of level 0 is the one that the tree commits to.
bool check_tile(Batch& batch) {
  if (batch.tile.empty()) return false;
  if (batch.bundle_id.width != merkle::kTileWidth) return batch.tile_vouched;
  if (!batch.committed) return false;
  if (merkle::root_of(batch.tile) == *batch.committed) return true;
  merkle::TileId tile = batch.bundle_id;
  tile.entries = false;
  batch.findings.push_back({batch.first(), {ErrorCode::kTileHash, merkle::tile_path(tile), {}}});
  return false;
}

// The leaf hashes of the bundle's entries; empty when it is missing or malformed.
std::vector<Digest> hash_entries(Batch& batch) {
  std::vector<Digest> leaves;
  if (!batch.bundle) return leaves;
  const auto views = merkle::parse_entry_bundle(*batch.bundle, batch.bundle_id.width);
  if (!views) {
    batch.findings.push_back(
        {batch.first(),
         {views.error().code, merkle::tile_path(batch.bundle_id), views.error().detail}});
    return leaves;
  }
  leaves.reserve(views->size());
  for (const ByteView bytes : *views) {
    leaves.push_back(merkle::leaf_hash(bytes));
    batch.entries.push_back({.bytes = bytes});
  }
  return leaves;
}

void find_entry(Batch& batch, std::size_t i, const char* detail) {
  batch.findings.push_back({batch.first() + i, {ErrorCode::kEntryHash, "entry", detail}});
}

// The tile holds, so every hash in it tells of its entry.
void compare_with_tile(Batch& batch, const std::vector<Digest>& leaves) {
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    batch.entries[i].intact = leaves[i] == batch.tile[i];
    if (!batch.entries[i].intact) find_entry(batch, i, "");
  }
  batch.hashes = batch.tile;
}

// Nothing tells of single entries but what the tree commits to as the root of them all.
void compare_with_root(Batch& batch, const std::vector<Digest>& leaves) {
  const bool intact = !batch.committed || merkle::root_of(leaves) == *batch.committed;
  bool located = false;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    const bool differs = !batch.tile.empty() && leaves[i] != batch.tile[i];
    batch.entries[i].intact = intact || (!differs && !batch.tile.empty());
    if (!differs) continue;
    located = true;
    if (!intact) find_entry(batch, i, "or its hash in the tile");
    if (!batch.committed) batch.disputed.push_back(batch.first() + i);
  }
  if (!intact && !located) find_entry(batch, 0, "or another one of its bundle");
  if (intact) batch.hashes = leaves;
}

void check_hashes(Batch& batch) {
  const bool tile_holds = check_tile(batch);
  const std::vector<Digest> leaves = hash_entries(batch);
  if (leaves.empty()) {
    if (tile_holds) batch.hashes = batch.tile;
  } else if (tile_holds) {
    compare_with_tile(batch, leaves);
  } else {
    compare_with_root(batch, leaves);
  }
  if (batch.bundle_id.width != merkle::kTileWidth) return;
  batch.root = batch.committed;
  if (!batch.root && !batch.hashes.empty()) batch.root = merkle::root_of(batch.hashes);
}

// The bytes of a message are kept exactly when they hold what the schema names.
std::optional<Error> inexact_message(const BatchEntry& entry) {
  const auto& cause = std::get<MessageCause>(entry.entry.cause);
  const bool withheld = decide::withholds_message(entry.entry.outcome, kNewestEdition);
  if (withheld != cause.leaf.has_value()) {
    return Error{ErrorCode::kEntryMalformed, "cause.leaf", "of a message that is kept, or none"};
  }
  if (withheld) return std::nullopt;
  if (!entry.message) return Error{ErrorCode::kEntryMalformed, "cause.message", "kept"};
  const auto exact = wire::check_exact_message(cause.message);
  if (exact) return std::nullopt;
  return Error{ErrorCode::kEntryMalformed, "cause.message", exact.error().detail};
}

void decode(BatchEntry& entry) {
  // The decoder reads numbers in place, which the bundle does not align.
  const Bytes aligned = to_bytes(entry.bytes);
  auto decoded = wire::decode_entry(aligned);
  if (!decoded) {
    entry.malformed = decoded.error();
    return;
  }
  entry.entry = *std::move(decoded);
  if (auto exact = wire::check_exact_entry(aligned); !exact) entry.inexact = exact.error();
  const auto* cause = std::get_if<MessageCause>(&entry.entry.cause);
  if (cause == nullptr) return;
  // A refused message may be one that does not decode.
  if (auto message = wire::decode_message(cause->message)) entry.message = *std::move(message);
  if (auto inexact = inexact_message(entry); inexact && !entry.inexact) {
    entry.inexact = *std::move(inexact);
  }
  const SenderProof& proof = cause->proof;
  entry.submission_root =
      merkle::root_of_path(merkle::leaf_of(*cause), proof.index, proof.count, proof.path);
}

Result<void> check_payload(BatchEntry& entry, const store::Reader& payloads) {
  if (!entry.message || entry.entry.outcome.refusal || !entry.message->payload) return {};
  const auto payload = payloads.payload(entry.entry.index);
  if (!payload) return payload.error();
  const PayloadRef& announced = *entry.message->payload;
  entry.payload_lost =
      !*payload || (*payload)->size() != announced.size || sha256(**payload) != announced.digest;
  return {};
}

}  // namespace

Result<void> examine(Batch& batch, const Examiner& examiner) {
  if (batch.unreadable) return {};
  check_hashes(batch);
  for (BatchEntry& entry : batch.entries) {
    if (!entry.intact) continue;
    decode(entry);
    if (entry.malformed || examiner.payloads == nullptr) continue;
    if (auto checked = check_payload(entry, *examiner.payloads); !checked) return checked;
  }
  for (BatchCheckpoint& checkpoint : batch.checkpoints) {
    checkpoint.verified = read_checkpoint(checkpoint.note, examiner.log_key);
  }
  return {};
}

}  // namespace rujukan::audit
