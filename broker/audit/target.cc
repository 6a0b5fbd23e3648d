#include "broker/audit/target.h"

#include "broker/audit/entry_reader.h"
#include "broker/merkle/note_parts.h"

namespace rujukan::audit {
namespace {

// The note at "checkpoint"; empty when there is none.
Result<std::string> read_published(const store::LogFiles& files) {
  const auto bytes = files.read("checkpoint");
  if (bytes) return *bytes ? std::string(as_text(**bytes)) : std::string();
  if (!is_of_file(bytes.error())) return bytes.error();
  return Error{ErrorCode::kNoteMalformed, "checkpoint", bytes.error().detail};
}

// The key of the log that the note says it is of; without a note, or for another log, the first.
std::optional<merkle::NoteKey> key_for(const std::optional<merkle::Policy>& policy,
                                       std::string_view note) {
  if (!policy || policy->logs.empty()) return std::nullopt;
  const auto* log = policy->log(note.substr(0, note.find('\n')));
  return log != nullptr ? log->key : policy->logs.front().key;
}

// The newest stored checkpoint tells the size, whether or not it verifies.
Result<void> add_stored(const store::Reader& stored, Target& target, Findings& findings) {
  const auto shards = stored.shards();
  if (!shards) return shards.error();
  if (shards->empty()) return {};
  const store::Shard& shard = shards->back();
  target.shard_first = shard.first;
  const auto newest = stored.latest_checkpoint();
  if (!newest) return newest.error();
  target.size = *newest ? (*newest)->size - shard.first : 0;
  if (shard.size() > target.size) {
    findings.push_back(
        {target.size,
         {ErrorCode::kCheckpointInvalid, "checkpoint", "no checkpoint covers this entry"}});
  }
  if (!*newest) return {};
  const auto checkpoint = read_checkpoint((*newest)->note, target.log_key);
  if (checkpoint && checkpoint->size == target.size) {
    target.root = checkpoint->root;
    target.origin = checkpoint->origin;
  }
  return {};
}

}  // namespace

Result<merkle::Checkpoint> read_checkpoint(std::string_view note,
                                           const std::optional<merkle::NoteKey>& key) {
  if (key) return merkle::verify_checkpoint(note, *key);
  const auto parts = merkle::split_note(note);
  if (!parts) return parts.error();
  return merkle::parse_checkpoint_text(parts->text);
}

Result<std::optional<Target>> find_target(const store::LogFiles& files,
                                          const std::optional<merkle::Policy>& policy,
                                          const store::Reader* stored, Findings& findings) {
  const auto note = read_published(files);
  if (!note && note.error().code != ErrorCode::kNoteMalformed) return note.error();
  if (note && note->empty() && stored == nullptr) {
    return Error{ErrorCode::kLogNotFound, "checkpoint"};
  }
  Target target;
  target.published = note ? *note : std::string();
  target.log_key = key_for(policy, target.published);
  if (target.log_key) target.origin = target.log_key->name;
  const auto checkpoint = note ? read_checkpoint(*note, target.log_key) : note.error();
  if (checkpoint) {
    target.origin = checkpoint->origin;
    target.size = target.published_size = checkpoint->size;
    target.root = checkpoint->root;
  }
  if (stored != nullptr) {
    if (auto added = add_stored(*stored, target, findings); !added) return added.error();
  }
  const std::uint64_t at = stored != nullptr && target.size > 0 ? target.size - 1 : 0;
  if (!checkpoint) {
    // Of a data directory it is among the stored ones, all of which are looked at.
    target.published.clear();
    if (stored != nullptr) return std::optional(std::move(target));
    findings.push_back({at, checkpoint.error()});
    return std::optional<Target>();
  }
  if (!policy) return std::optional(std::move(target));
  auto trusted = merkle::verify_checkpoint(*note, *policy);
  if (trusted) target.cosigned = std::move(trusted->cosigned);
  if (!trusted) findings.push_back({at, trusted.error()});
  return std::optional(std::move(target));
}

}  // namespace rujukan::audit
