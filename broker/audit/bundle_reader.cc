#include "broker/audit/bundle_reader.h"

#include <algorithm>

namespace rujukan::audit {

Batch BundleReader::read(std::uint64_t first) {
  Batch batch;
  batch.bundle_id = {.entries = true, .index = first / merkle::kTileWidth};
  batch.bundle_id.width = merkle::width_in_tree(batch.bundle_id, target_.size);
  if (const auto done = read_into(batch); !done) batch.unreadable = done.error();
  return batch;
}

Result<void> BundleReader::read_into(Batch& batch) {
  auto bundle = read_or_find(files_, batch.bundle_id, batch.findings);
  if (!bundle) return bundle.error();
  batch.bundle = *std::move(bundle);
  if (batch.bundle_id.width == merkle::kTileWidth) {
    merkle::TileId id = batch.bundle_id;
    id.entries = false;
    auto hashes = read_hashes(files_, id, batch.findings);
    if (!hashes) return hashes.error();
    batch.tile = *std::move(hashes);
    auto root = tiles_.committed(0, id.index, batch.findings);
    if (!root) return root.error();
    batch.committed = *root;
  } else if (const auto* edge = tiles_.edge(0)) {
    batch.tile = *edge;
    batch.tile_vouched = tiles_.edge_holds();
  }
  return read_checkpoints(batch);
}

Result<void> BundleReader::read_checkpoints(Batch& batch) const {
  const std::string& published = target_.published;
  const std::uint64_t size = target_.published_size;
  if (!published.empty() && size > batch.first() && size <= batch.end()) {
    batch.checkpoints.push_back({size, published});
  }
  if (stored_ == nullptr) return {};
  for (std::uint64_t after = batch.first(); after < batch.end();) {
    auto checkpoint = stored_->checkpoint_covering(LogIndex{target_.shard_first + after});
    if (!checkpoint) return checkpoint.error();
    after = checkpoint->size - target_.shard_first;
    if (after > batch.end()) break;
    if (checkpoint->note != published || after != size) {
      batch.checkpoints.push_back({after, std::move(checkpoint->note)});
    }
  }
  std::stable_sort(batch.checkpoints.begin(), batch.checkpoints.end(),
                   [](const auto& a, const auto& b) { return a.size < b.size; });
  return {};
}

}  // namespace rujukan::audit
