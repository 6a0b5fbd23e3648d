#include "adapters/sdk/shard_link.h"

#include "broker/merkle/proof.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::sdk {
namespace {

Result<merkle::Checkpoint> verify_any(const std::string& note, const Ed25519PublicKey& log) {
  return merkle::verify_checkpoint(note, {merkle::origin_line(note), log});
}

Error broken(const char* what) { return {ErrorCode::kLogGenesis, "consistency.genesis", what}; }

bool holds(const merkle::Checkpoint& shard, const wire::Genesis& genesis) {
  return merkle::verify_inclusion(merkle::leaf_hash(genesis.entry), 0, shard.size, genesis.path,
                                  shard.root);
}

}  // namespace

Result<std::vector<LinkedShard>> verify_link(const wire::Consistency& answer,
                                             const Ed25519PublicKey& log) {
  if (answer.genesis.empty()) return broken("there is none");
  const auto first = verify_any(answer.asked.first, log);
  if (!first) return first.error();
  const auto second = verify_any(answer.asked.second, log);
  if (!second) return second.error();
  std::vector<LinkedShard> shards;
  std::string origin = first->origin;
  for (std::size_t i = 0; i < answer.genesis.size(); ++i) {
    const auto entry = wire::decode_entry(answer.genesis[i].entry);
    if (!entry) return entry.error();
    const auto* cause = std::get_if<GenesisCause>(&entry->cause);
    if (cause == nullptr) return broken("an entry of another kind");
    const auto last = verify_any(cause->previous, log);
    if (!last) return last.error();
    const bool continues = i == 0
                               ? last->origin == origin &&
                                     merkle::verify_consistency(first->size, first->root,
                                                                last->size, last->root, answer.path)
                               : holds(*last, answer.genesis[i - 1]);
    const std::uint64_t index = to_number(entry->index);
    if (!continues || index < last->size) return broken("it does not continue the shard before");
    const std::uint64_t before = index - last->size;
    if (i > 0 && before != shards.back().first) return broken("entries are not numbered on");
    if (i > 0) shards.back().origin = last->origin;
    shards.push_back({second->origin, index, cause->previous, before});
  }
  if (!holds(*second, answer.genesis.back())) return broken("it is not in its shard");
  return shards;
}

}  // namespace rujukan::sdk
