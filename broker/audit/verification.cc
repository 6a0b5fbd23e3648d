#include "broker/audit/verification.h"

#include <algorithm>
#include <bit>

#include "broker/audit/bundle_reader.h"
#include "broker/audit/crew.h"
#include "broker/audit/entry_check.h"
#include "broker/runtime/mutex.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::audit {
namespace {

constexpr unsigned kBundleHeight = 8;
constexpr const char* kFork = "not a continuation of the tree seen before";
constexpr std::chrono::milliseconds kPatience{1000};
// What a killed run has to do again.
constexpr std::uint64_t kSaveEvery = 65'536;

// Releases are read while bundles are read ahead.
class SharedFiles final : public store::LogFiles {
 public:
  explicit SharedFiles(const store::LogFiles& files) : files_(files) {}
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    const MutexLock lock(mutex_);
    return files_.read(path);
  }

 private:
  const store::LogFiles& files_;
  mutable Mutex mutex_;
};

using Stored = std::unique_ptr<store::ReadOnlyStore>;

// A connection of one thread; nullptr when the source is no data directory.
Result<Stored> open_stored(const std::string& directory) {
  if (directory.empty()) return Stored();
  return store::ReadOnlyStore::open(directory);
}
const store::Reader* reader_of(const Stored& stored) {
  return stored ? &stored->reader() : nullptr;
}

// By position, then by code: in this order whatever came to light first.
void put_in_order(Findings& findings) {
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return std::pair(a.position, a.error.code) < std::pair(b.position, b.error.code);
  });
  findings.erase(std::unique(findings.begin(), findings.end()), findings.end());
  if (findings.size() > kMostFindings) {
    findings.erase(findings.begin() + kMostFindings, findings.end());
  }
}

class Verification {
 public:
  Verification(const store::LogFiles& files, const VerifyOptions& options)
      : files_(files), options_(options) {}

  Result<Verified> run() {
    auto opened = open_stored(options_.data_directory);
    if (!opened) return opened.error();
    stored_ = *std::move(opened);
    auto target = find_target(files_, options_.policy, reader_of(stored_), findings_);
    if (!target) return target.error();
    if (!*target) return verified();
    target_ = **std::move(target);
    if (auto begun = begin(); !begun) return begun.error();
    if (!continues_) return verified();
    if (auto read = read_entries(); !read) return read.error();
    if (auto ended = end(); !ended) return ended.error();
    return verified();
  }

 private:
  Result<void> begin() {
    auto state = State::open(options_.state);
    if (!state) return state.error();
    state_ = *std::move(state);
    auto kept = state_->load();
    if (!kept) return kept.error();
    tiles_.emplace(files_, target_.size, target_.root);
    if (auto read = tiles_->read_edge(findings_); !read) return read;
    if (*kept) {
      progress_ = **std::move(kept);
      seen_ = progress_.seen;
      resumed_at_ = progress_.root.size();
      if (auto resumed = resume(); !resumed) return resumed;
    }
    progress_.origin = target_.origin;
    root_ = progress_.root;
    releases_.emplace(files_, target_.origin, options_.administrators);
    if (auto restored = releases_->restore(progress_.releases, findings_); !restored) {
      return restored;
    }
    check_.emplace(progress_, *state_, *releases_, options_.consumers, target_.log_key);
    return {};
  }

  // The tree must be one that the earlier run's grew into.
  Result<void> resume() {
    if (progress_.origin != target_.origin) {
      return Error{ErrorCode::kStateInvalid, options_.state, "of the log " + progress_.origin};
    }
    findings_.insert(findings_.end(), progress_.findings.begin(), progress_.findings.end());
    const std::uint64_t seen = progress_.seen.size;
    if (target_.size < seen) {
      find_fork(target_.size, std::to_string(seen) + " entries were there before");
      return {};
    }
    std::uint64_t first = 0;
    for (const Digest& peak : progress_.root.peaks()) {
      const std::uint64_t leaves = std::bit_floor(progress_.root.size() - first);
      const auto now = tiles_->subtree(static_cast<unsigned>(std::countr_zero(leaves)),
                                       first / leaves, findings_);
      if (!now) return now.error();
      if (*now && **now != peak) {
        find_fork(seen, kFork);
        return {};
      }
      first += leaves;
    }
    return {};
  }

  void find_fork(std::uint64_t size, std::string detail) {
    continues_ = false;
    find(size == 0 ? 0 : size - 1, ErrorCode::kLogRoot, "state", std::move(detail));
  }

  Result<void> read_entries() {
    const unsigned cores = std::max(std::thread::hardware_concurrency(), 1U);
    const unsigned threads = options_.threads != 0 ? options_.threads : cores;
    std::vector<Stored> connections;
    std::vector<Examiner> examiners;
    for (unsigned i = 0; i < threads; ++i) {
      auto connection = open_stored(options_.data_directory);
      if (!connection) return connection.error();
      examiners.push_back({target_.log_key, reader_of(*connection)});
      connections.push_back(*std::move(connection));
    }
    BundleReader reader(files_, target_, *tiles_, reader_of(stored_));
    Crew crew(threads);
    crew_ = &crew;
    crew.start(examiners, root_.size(), target_.size,
               [&reader](std::uint64_t first) { return reader.read(first); });
    return fold();
  }

  Result<void> fold() {
    for (position_ = root_.size(); position_ < target_.size && !full();) {
      for (Batch& batch : crew_->batches.pop_ready(1, kPatience)) {
        if (batch.unreadable) return *batch.unreadable;
        if (auto taken = take(batch); !taken) return taken;
      }
    }
    return settle();
  }

  Result<void> take(Batch& batch) {
    // Of the last bundle there may be more tomorrow.
    if (batch.bundle_id.width != merkle::kTileWidth) {
      if (auto saved = save(); !saved) return saved;
    }
    findings_.insert(findings_.end(), batch.findings.begin(), batch.findings.end());
    const std::size_t room = kMostFindings - std::min(kMostFindings, disputed_.size());
    const std::size_t more = std::min(room, batch.disputed.size());
    disputed_.insert(disputed_.end(), batch.disputed.begin(),
                     batch.disputed.begin() + static_cast<std::ptrdiff_t>(more));
    add_hashes(batch);
    SignatureBatch signatures;
    if (auto taken = check_->take(batch, signatures, findings_); !taken) return taken;
    position_ = batch.end();
    hand_on(std::move(signatures));
    if (options_.progress) options_.progress(position_, target_.size);
    return position_ % kSaveEvery == 0 ? save() : Result<void>();
  }

  // Adds the batch to the tree, and holds the checkpoints on the way against it.
  void add_hashes(const Batch& batch) {
    const bool seen_here = seen_.size > batch.first() && seen_.size <= batch.end();
    const bool one_by_one = !batch.root || seen_here ||
                            std::any_of(batch.checkpoints.begin(), batch.checkpoints.end(),
                                        [&](const auto& c) { return c.size != batch.end(); });
    rootless_ = rootless_ || (batch.hashes.empty() && !batch.root);
    if (rootless_) return;
    auto next = batch.checkpoints.begin();
    if (batch.hashes.empty() || !one_by_one) {
      root_.add_subtree(kBundleHeight, *batch.root);
      check_tree(next, batch.checkpoints.end());
      return;
    }
    for (const Digest& hash : batch.hashes) {
      root_.add(hash);
      check_tree(next, batch.checkpoints.end());
    }
  }

  // As it is now, against what was signed of it.
  using Checkpoint = std::vector<BatchCheckpoint>::const_iterator;
  void check_tree(Checkpoint& next, Checkpoint end) {
    for (; next != end && next->size <= root_.size(); ++next) {
      // Within a bundle whose entries are missing there is no telling.
      if (next->size == root_.size()) check_checkpoint(*next);
    }
    if (root_.size() == seen_.size && root_.root() != seen_.root) {
      find(seen_.size - 1, ErrorCode::kLogRoot, "state", kFork);
    }
  }

  void check_checkpoint(const BatchCheckpoint& stored) {
    const std::string name = "checkpoint of size " + std::to_string(stored.size);
    const std::uint64_t last = stored.size - 1;
    const auto& verified = stored.verified;
    if (!verified) {
      find(last, verified.error().code, name, verified.error().detail);
    } else if (verified->size != stored.size) {
      find(last, ErrorCode::kCheckpointInvalid, name,
           "it says size " + std::to_string(verified->size));
    } else if (verified->root != root_.root()) {
      find(last, ErrorCode::kLogRoot, name);
    } else {
      ++progress_.checkpoints;
    }
  }

  void hand_on(SignatureBatch&& signatures) {
    // NOLINTNEXTLINE(bugprone-use-after-move): only what was taken is moved from
    while (!crew_->signatures.push(std::move(signatures), 0)) take_signatures();
    ++pending_;
  }

  void take_signatures() {
    for (const SignatureBatch& batch : crew_->signatures.pop_ready(pending_, kPatience)) {
      batch.add_findings(findings_);
      --pending_;
    }
  }

  // Nothing is left in the hands of a thread or in memory.
  Result<void> settle() {
    while (pending_ > 0) take_signatures();
    return check_->flush(findings_);
  }

  Result<void> save() {
    if (auto settled = settle(); !settled) return settled;
    // Nothing vouches for what was read otherwise.
    const bool vouched = tiles_->edge_holds() && !rootless_;
    if (options_.state.empty() || !vouched || full()) return {};
    progress_.root = root_;
    progress_.seen = {target_.origin, target_.size, *target_.root};
    progress_.findings = findings_;
    put_in_order(progress_.findings);
    return state_->save(progress_);
  }

  Result<void> end() {
    if (full()) return {};
    if (target_.size % merkle::kTileWidth == 0) {
      if (auto saved = save(); !saved) return saved;
    }
    end_tree();
    if (auto done = end_payloads(); !done) return done;
    for (Consumer* consumer : options_.consumers) {
      if (auto done = consumer->finish(target_.size, findings_); !done) return done;
    }
    return {};
  }

  // When the entries give the root, what differs from them are the tiles.
  void end_tree() {
    if (tiles_->edge_holds() || rootless_ || !target_.root) return;
    const bool entries_hold = root_.root() == *target_.root;
    if (entries_hold) tiles_->compare_edge(root_, findings_);
    for (const std::uint64_t position : disputed_) {
      merkle::TileId tile{.index = position / merkle::kTileWidth};
      tile.width = merkle::width_in_tree(tile, target_.size);
      if (entries_hold) {
        find(first_entry(tile), ErrorCode::kTileHash, merkle::tile_path(tile));
      } else {
        find(position, ErrorCode::kEntryHash, "entry", "or its hash in the tile");
      }
    }
  }

  Result<void> end_payloads() {
    const auto missing = state_->missing();
    if (!missing) return missing.error();
    for (const State::Missing& one : *missing) {
      const auto erased = erased_since(one.case_id);
      if (!erased) return erased.error();
      if (!*erased) find(one.position, ErrorCode::kPayloadLost, "payload", to_string(one.case_id));
    }
    return {};
  }

  // A broker that runs may have erased a payload after the tree that is verified.
  Result<bool> erased_since(const CaseId& id) const {
    if (!stored_) return false;
    const auto entries = stored_->reader().entries_of(id, false);
    if (!entries) return entries.error();
    for (const LogIndex index : *entries) {
      if (to_number(index) < progress_.index + target_.size) continue;
      const auto bytes = stored_->reader().entry(index);
      if (!bytes) return bytes.error();
      const auto entry = wire::decode_entry(*bytes);
      if (!entry) continue;
      const auto& events = entry->outcome.events;
      const auto erases = [](const Event& event) { return event.type == EventType::kErased; };
      if (std::any_of(events.begin(), events.end(), erases)) return true;
    }
    return false;
  }

  void find(std::uint64_t position, ErrorCode code, std::string field, std::string detail = {}) {
    findings_.push_back({position, {code, std::move(field), std::move(detail)}});
  }
  bool full() const { return findings_.size() >= kMostFindings; }

  Verified verified() {
    put_in_order(findings_);
    Verified out;
    out.findings = std::move(findings_);
    out.origin = target_.origin;
    out.size = target_.size;
    out.entries = position_;
    out.resumed_at = resumed_at_;
    out.checkpoints = progress_.checkpoints;
    out.signed_checkpoints = target_.log_key.has_value();
    if (!rootless_) out.root = root_.root();
    out.cosigned = target_.cosigned;
    out.cases = progress_.cases;
    out.entries_lost = progress_.entries_lost;
    out.senders_unchecked = progress_.senders_unchecked;
    return out;
  }

  SharedFiles files_;
  const VerifyOptions& options_;
  Stored stored_;  // this thread's, until the reading one has it
  Target target_;
  std::optional<TileTree> tiles_;
  std::unique_ptr<State> state_;
  Progress progress_;
  merkle::Checkpoint seen_;  // by the run before
  bool continues_ = true;    // what that run saw
  std::uint64_t resumed_at_ = 0;
  std::optional<ReleaseChain> releases_;
  std::optional<EntryCheck> check_;

  RunningRoot root_;
  bool rootless_ = false;  // for lack of tiles and entries
  std::uint64_t position_ = 0;
  std::size_t pending_ = 0;  // batches of signatures
  std::vector<std::uint64_t> disputed_;
  Findings findings_;
  Crew* crew_ = nullptr;  // while entries are read
};

}  // namespace

Result<Verified> verify_log(const store::LogFiles& files, const VerifyOptions& options) {
  return Verification(files, options).run();
}

}  // namespace rujukan::audit
