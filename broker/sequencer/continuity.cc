#include "broker/sequencer/continuity.h"

namespace rujukan::sequencer {
namespace {

// Where a checkpoint stands that this log has.
struct Place {
  std::size_t shard = 0;
  std::uint64_t size = 0;
};

// The number of the shard that a note names; the newest one for a name that is none.
std::size_t named_shard(const LogWriter& log, const std::string& note) {
  const std::string name = merkle::origin_line(note);
  for (std::size_t i = 0; i < log.shards().size(); ++i) {
    if (log.shards()[i]->key.name == name) return i;
  }
  return log.shards().size() - 1;
}

Result<Place> find_place(const LogWriter& log, const std::string& checkpoint) {
  const std::size_t number = named_shard(log, checkpoint);
  const LogShard& shard = *log.shards()[number];
  const auto seen = merkle::verify_checkpoint(checkpoint, shard.key);
  if (!seen) return seen.error();
  // The log never signs an empty tree.
  if (seen->size == 0) return Error{ErrorCode::kCheckpointInvalid, "size", "0"};
  if (seen->size > shard.tree.size()) {
    return Error{ErrorCode::kCheckpointBehind, "checkpoint",
                 "a station has seen size " + std::to_string(seen->size) + ", this log has " +
                     std::to_string(shard.tree.size())};
  }
  const auto root = shard.tree.root_at(seen->size);
  if (!root) return root.error();
  if (*root != seen->root) {
    return Error{ErrorCode::kCheckpointFork, "checkpoint",
                 "another root at size " + std::to_string(seen->size)};
  }
  return Place{number, seen->size};
}

Result<std::vector<Digest>> prove(const LogShard& shard, std::uint64_t first,
                                  std::uint64_t second) {
  return shard.tree.consistency(first, second);
}

Result<wire::Genesis> prove_genesis(const store::Reader& store, const LogShard& shard,
                                    std::uint64_t size) {
  auto entry = store.entry(LogIndex{shard.first});
  if (!entry) return entry.error();
  auto path = shard.tree.inclusion(0, size);
  if (!path) return path.error();
  return wire::Genesis{*std::move(entry), *std::move(path)};
}

}  // namespace

Result<std::vector<Digest>> prove_from(const LogWriter& log, const std::string& checkpoint) {
  if (checkpoint.empty()) return std::vector<Digest>();
  const auto place = find_place(log, checkpoint);
  if (!place) return place.error();
  if (place->shard + 1 != log.shards().size()) return std::vector<Digest>();
  return prove(log.shard(), place->size, log.shard().tree.size());
}

Result<wire::Consistency> prove_between(const store::Reader& store, const LogWriter& log,
                                        const wire::GetConsistency& asked) {
  const auto first = find_place(log, asked.first);
  if (!first) return first.error();
  const auto second = find_place(log, asked.second);
  if (!second) return second.error();
  const bool one_shard = first->shard == second->shard;
  if (first->shard > second->shard || (one_shard && first->size > second->size)) {
    return Error{ErrorCode::kCheckpointInvalid, "first", "comes after the second"};
  }
  wire::Consistency proven{asked, std::nullopt, {}, {}};
  const LogShard& from = *log.shards()[first->shard];
  auto path = prove(from, first->size, one_shard ? second->size : from.tree.size());
  if (!path) return path.error();
  proven.path = *std::move(path);
  for (std::size_t i = first->shard + 1; i <= second->shard; ++i) {
    const LogShard& shard = *log.shards()[i];
    auto genesis =
        prove_genesis(store, shard, i == second->shard ? second->size : shard.tree.size());
    if (!genesis) return genesis.error();
    proven.genesis.push_back(*std::move(genesis));
  }
  return proven;
}

}  // namespace rujukan::sequencer
