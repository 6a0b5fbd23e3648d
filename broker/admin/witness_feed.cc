#include "broker/admin/witness_feed.h"

#include "broker/admin/log_server.h"
#include "broker/base/limits.h"
#include "broker/merkle/note_parts.h"
#include "broker/merkle/text.h"
#include "broker/merkle/witness.h"
#include "broker/runtime/trace.h"

namespace rujukan::admin {
namespace {

constexpr const char* kPath = "add-checkpoint";
constexpr std::chrono::milliseconds kPatience{5000};
// A witness that answers after its round is over still counts for that checkpoint.
constexpr std::size_t kRoundsGathered = 16;

// The answer to an old size that is not the witness's.
std::optional<std::uint64_t> size_in(const HttpAnswer& answer) {
  if (answer.status != 409 || answer.content_type != "text/x.tlog.size") return std::nullopt;
  std::string_view text = as_text(answer.body);
  const auto line = merkle::take_line(text);
  return line && text.empty() ? merkle::parse_decimal(*line) : std::nullopt;
}

}  // namespace

Result<WitnessLink> WitnessLink::open(const merkle::Policy::Witness& witness) {
  HttpAccess access;
  access.timeout = kPatience;
  auto client = HttpClient::open(witness.url, access);
  if (!client) return client.error();
  return WitnessLink(witness, *std::move(client));
}

Result<std::string> WitnessLink::cosign(const store::StoredCheckpoint& checkpoint,
                                        const merkle::NodeReader& nodes) {
  // Every shard is a log of its own to a witness.
  if (std::string origin = merkle::origin_line(checkpoint.note); origin != origin_) {
    origin_ = std::move(origin);
    seen_ = 0;
  }
  auto answer = add_checkpoint(checkpoint, nodes);
  if (!answer) return answer.error();
  if (const auto seen = size_in(*answer)) {
    if (*seen > checkpoint.size) {
      return Error{ErrorCode::kCheckpointBehind, witness_.name,
                   "has seen size " + std::to_string(*seen) + ", this log has " +
                       std::to_string(checkpoint.size)};
    }
    seen_ = *seen;
    answer = add_checkpoint(checkpoint, nodes);
    if (!answer) return answer.error();
  }
  if (answer->status != 200) return client_->unexpected(kPath, *answer);
  auto line = verified_line(checkpoint, *answer);
  if (line) seen_ = checkpoint.size;
  return line;
}

Result<HttpAnswer> WitnessLink::add_checkpoint(const store::StoredCheckpoint& checkpoint,
                                               const merkle::NodeReader& nodes) {
  merkle::AddCheckpoint request;
  request.old_size = seen_;
  request.checkpoint = checkpoint.note;
  if (seen_ > 0) {
    const auto tree = merkle::Tree::load(nodes, checkpoint.size);
    if (!tree) return tree.error();
    auto proof = tree->consistency(seen_, checkpoint.size);
    if (!proof) return proof.error();
    request.proof = *std::move(proof);
  }
  return client_->post(kPath, "text/plain; charset=utf-8", as_bytes(merkle::to_text(request)),
                       limits::kNoteBytes);
}

// A witness may sign with further keys; only the policy's counts.
Result<std::string> WitnessLink::verified_line(const store::StoredCheckpoint& checkpoint,
                                               const HttpAnswer& answer) const {
  const auto lines = merkle::parse_signature_lines(as_text(answer.body));
  if (!lines) return lines.error();
  for (const merkle::SignatureLine& line : *lines) {
    if (line.name != witness_.key.name || line.key_id != witness_.key.id()) continue;
    const auto note = merkle::add_signature_line(checkpoint.note, line.line);
    if (!note) return note.error();
    const auto time_s = merkle::cosigned_at(*note, witness_.key);
    if (!time_s) return time_s.error();
    return std::string(line.line);
  }
  return Error{ErrorCode::kSignatureInvalid, witness_.name, "no signature of the policy's key"};
}

Result<std::unique_ptr<WitnessFeed>> WitnessFeed::open(Config config, Clock& clock,
                                                       std::function<void(std::string)> offer) {
  const auto* log = config.policy.log(config.log.name);
  if (log == nullptr || log->key.key != config.log.key) {
    return Error{ErrorCode::kPolicyInvalid, "log", "does not name the key of this log"};
  }
  std::unique_ptr<WitnessFeed> feed(new WitnessFeed(std::move(config), clock, std::move(offer)));
  for (const merkle::Policy::Witness& witness : feed->config_.policy.witnesses) {
    if (witness.url.empty()) continue;
    auto link = WitnessLink::open(witness);
    if (!link) return link.error();
    feed->links_.push_back(*std::move(link));
  }
  if (feed->links_.empty()) {
    return Error{ErrorCode::kPolicyInvalid, "witness", "none has a URL"};
  }
  for (std::size_t i = 0; i <= feed->links_.size(); ++i) {
    auto store = store::ReadOnlyStore::open(feed->config_.data_dir);
    if (!store) return store.error();
    feed->stores_.push_back(*std::move(store));
  }
  return feed;
}

WitnessFeed::~WitnessFeed() { stop(); }

void WitnessFeed::start() {
  for (std::size_t i = 0; i < links_.size(); ++i) {
    threads_.emplace_back([this, i] { run_witness(links_[i], *stores_[i]); });
  }
  threads_.emplace_back([this] { run_rounds(*stores_.back()); });
}

void WitnessFeed::stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void WitnessFeed::run_rounds(store::ReadOnlyStore& store) {
  SteadyTime next = steady_now();
  for (;;) {
    if (const auto begun = begin_round(store.reader()); !begun) {
      trace::error("witness.round", begun.error());
    }
    next += config_.every;
    const MutexLock lock(mutex_);
    while (!stopping_ && changed_.wait_until(mutex_, next)) {
    }
    if (stopping_) return;
  }
}

Result<void> WitnessFeed::begin_round(const store::Reader& reader) {
  const auto newest = reader.latest_checkpoint();
  if (!newest) return newest.error();
  if (!*newest) return {};
  const auto status = log_status(reader, true, clock_.now());
  if (!status) return status.error();
  if (status->witnessed->lag > 2 * config_.every) {
    trace::warning("witness.lag", {{"seconds", status->witnessed->lag.count()},
                                   {"size", status->size},
                                   {"witnessed", status->witnessed->size}});
  }
  const MutexLock lock(mutex_);
  round_ = {round_.number + 1, **newest};
  gathered_.emplace(round_.checkpoint.size, round_.checkpoint.note);
  while (gathered_.size() > kRoundsGathered) gathered_.erase(gathered_.begin());
  changed_.notify_all();
  return {};
}

// A checkpoint is stored under the entries of all shards; a witness is shown its own shard's.
Result<std::string> WitnessFeed::cosign(WitnessLink& link, const store::Reader& reader,
                                        const store::StoredCheckpoint& checkpoint) {
  const auto shards = reader.shards();
  if (!shards) return shards.error();
  std::uint64_t first = 0;
  for (const store::Shard& shard : *shards) {
    if (shard.first < checkpoint.size) first = shard.first;
  }
  return link.cosign({checkpoint.size - first, checkpoint.note}, store::ShardNodes(reader, first));
}

void WitnessFeed::run_witness(WitnessLink& link, store::ReadOnlyStore& store) {
  std::uint64_t asked = 0;     // the number of the round
  std::uint64_t cosigned = 0;  // the size
  for (;;) {
    store::StoredCheckpoint checkpoint;
    {
      const MutexLock lock(mutex_);
      while (!stopping_ && round_.number == asked) changed_.wait(mutex_);
      if (stopping_) return;
      asked = round_.number;
      checkpoint = round_.checkpoint;
    }
    if (checkpoint.size == cosigned) continue;
    const auto line = cosign(link, store.reader(), checkpoint);
    if (line) {
      cosigned = checkpoint.size;
      add(checkpoint, *line);
    } else {
      trace::error("witness.failed", line.error(), {{"witness", link.name()}});
    }
  }
}

void WitnessFeed::add(const store::StoredCheckpoint& checkpoint, const std::string& line) {
  const MutexLock lock(mutex_);
  const auto at = gathered_.find(checkpoint.size);
  if (at == gathered_.end()) return;
  auto note = merkle::add_signature_line(at->second, line);
  INVARIANT(note.ok());
  at->second = *std::move(note);
  // The sequencer keeps the latest offer only.
  if (checkpoint.size < offered_ || !merkle::verify_checkpoint(at->second, config_.policy)) return;
  offered_ = checkpoint.size;
  offer_(at->second);
}

}  // namespace rujukan::admin
