// rujukan log verify: recomputes the tree of a data directory, and who owned each case, from its
// entries.
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "broker/decide/ownership.h"
#include "broker/merkle/proof.h"
#include "broker/store/reader.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/log_key.h"
#include "ops/cli/unverified_checkpoint.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Reads every entry of a broker's data directory, also while the broker runs, and checks
  - that indices follow each other from 0 and times advance strictly,
  - that each entry is a valid one and says its own index,
  - that the Merkle tree over the exact stored bytes has the root of every stored checkpoint,
  - with a log key, that each checkpoint is signed by it; without one, only roots are checked,
  - that the last entry is covered by a checkpoint,
  - that every case had exactly one owner at every entry: by the events alone, whatever the broker's
    own bookkeeping says, the owner that the entry names is the one unit responsible for the lead
    need; versions follow each other; nothing happens to a case that is not open, to an assignment
    that there is not, or beyond the end of a chain. Of each case the first fault is found.
Each finding is a line "INDEX: REASON" on stdout; after 100 the command stops.

Examples:
  rujukan log verify /var/lib/rujukan --anchor anchor.toml
  rujukan log verify --json data --log-key example.org/log+1a2b3c4d+AQ...

Exit codes: 0 the log verifies; 1 it does not; 2 there is no data directory, or bad usage.)";

constexpr std::size_t kMostFindings = 100;
constexpr std::uint64_t kProgressEvery = 50'000;

struct Options {
  std::string directory;
  LogKeyChoice log_key;
  bool json = false;
};

// The root over a growing list of leaves: the roots of complete subtrees from the left, largest
// first, as in a binary counter. Deliberately not merkle::Tree, which the broker used to write.
class RunningRoot {
 public:
  void add(const Digest& leaf) {
    Digest hash = leaf;
    for (std::uint64_t bit = size_; (bit & 1) != 0; bit >>= 1) {
      hash = merkle::node_hash(peaks_.back(), hash);
      peaks_.pop_back();
    }
    peaks_.push_back(hash);
    ++size_;
  }
  std::uint64_t size() const { return size_; }
  Digest root() const {
    if (peaks_.empty()) return merkle::empty_root();
    Digest hash = peaks_.back();
    for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = merkle::node_hash(peaks_[i], hash);
    return hash;
  }

 private:
  std::vector<Digest> peaks_;
  std::uint64_t size_ = 0;
};

class Verification {
 public:
  explicit Verification(std::optional<merkle::NoteKey> key) : key_(std::move(key)) {}

  // Errors: store.*.
  Result<void> run(const store::Reader& reader) {
    // Read first: a broker that runs appends entries and their checkpoint together, and what comes
    // later is covered by what is read later.
    const auto size = reader.size();
    if (!size) return size.error();
    Error failed{ErrorCode::kStoreFailed};
    bool ok = true;
    const auto read = reader.checkpoints([&](const store::StoredCheckpoint& checkpoint) {
      const auto entries = read_entries(reader, checkpoint.size);
      if (!entries) {
        failed = entries.error();
        ok = false;
        return false;
      }
      check_checkpoint(checkpoint);
      return findings_.size() < kMostFindings;
    });
    if (!read) return read;
    if (!ok) return failed;
    if (findings_.size() >= kMostFindings) return {};
    const std::uint64_t covered = root_.size();
    if (const auto rest = read_entries(reader, *size); !rest) return rest;
    if (root_.size() != covered) find(covered, "no checkpoint covers this entry");
    return {};
  }

  struct Finding {
    std::uint64_t index;
    std::string reason;
  };
  const std::vector<Finding>& findings() const { return findings_; }
  std::uint64_t entries() const { return root_.size(); }
  std::uint64_t checkpoints() const { return checkpoints_; }
  Digest root() const { return root_.root(); }
  const decide::OwnershipCheck::Summary& cases() const { return ownership_.summary(); }

 private:
  void find(std::uint64_t index, std::string reason) {
    if (findings_.size() < kMostFindings) findings_.push_back({index, std::move(reason)});
  }

  // Adds the entries up to the size of a checkpoint.
  Result<void> read_entries(const store::Reader& reader, std::uint64_t size) {
    if (size <= root_.size()) return {};
    return reader.entries(LogIndex{root_.size()}, size - root_.size(),
                          [this](LogIndex index, ByteView bytes) {
                            check_entry(index, bytes);
                            return findings_.size() < kMostFindings;
                          });
  }

  void check_entry(LogIndex stored_at, ByteView bytes) {
    const std::uint64_t index = root_.size();
    if (to_number(stored_at) != index) {
      find(index, "missing; the next entry is " + std::to_string(to_number(stored_at)));
    }
    const auto entry = wire::decode_entry(bytes);
    if (!entry) {
      find(index, to_string(entry.error()));
    } else {
      if (entry->index != stored_at) {
        find(index, "says that its index is " + std::to_string(to_number(entry->index)));
      }
      if (last_time_ && entry->time <= *last_time_) {
        find(index, "time " + to_rfc3339(entry->time) + " is not after the entry before");
      }
      last_time_ = entry->time;
      check_ownership(index, *entry);
    }
    root_.add(merkle::leaf_hash(bytes));
    show_progress();
  }

  void check_ownership(std::uint64_t index, const Entry& entry) {
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry.cause)) {
      // A refused message may be one that does not decode.
      if (auto decoded = wire::decode_message(cause->message)) message = std::move(*decoded);
    }
    if (auto fault = ownership_.add(entry, message ? &*message : nullptr)) {
      find(index, *std::move(fault));
    }
  }

  void check_checkpoint(const store::StoredCheckpoint& stored) {
    ++checkpoints_;
    const std::string name = "checkpoint of size " + std::to_string(stored.size) + ": ";
    const std::uint64_t last = stored.size == 0 ? 0 : stored.size - 1;
    if (root_.size() != stored.size) {
      find(last, name + "the log has only " + std::to_string(root_.size()) + " entries");
      return;
    }
    const auto checkpoint = read_checkpoint(stored.note);
    if (!checkpoint) {
      find(last, name + to_string(checkpoint.error()));
    } else if (checkpoint->size != stored.size) {
      find(last, name + "it says size " + std::to_string(checkpoint->size));
    } else if (checkpoint->root != root_.root()) {
      find(last, name + "its root is not that of the entries");
    }
  }

  Result<merkle::Checkpoint> read_checkpoint(const std::string& note) const {
    if (key_) return merkle::verify_checkpoint(note, *key_);
    const auto unverified = read_unverified_checkpoint(note);
    if (!unverified) return unverified.error();
    return unverified->checkpoint;
  }

  void show_progress() const {
    if (root_.size() % kProgressEvery != 0 || ::isatty(STDERR_FILENO) == 0) return;
    std::fprintf(stderr, "\r%llu entries", static_cast<unsigned long long>(root_.size()));
  }

  std::optional<merkle::NoteKey> key_;
  RunningRoot root_;
  std::optional<TimeUs> last_time_;
  decide::OwnershipCheck ownership_;
  std::uint64_t checkpoints_ = 0;
  std::vector<Finding> findings_;
};

void report(const Verification& verification, bool signatures, bool as_json) {
  const auto& cases = verification.cases();
  Json findings = Json::array();
  for (const auto& finding : verification.findings()) {
    findings.push_back({{"index", finding.index}, {"reason", finding.reason}});
  }
  if (as_json) {
    print({{"entries", verification.entries()},
           {"checkpoints", verification.checkpoints()},
           {"signatures_checked", signatures},
           {"root", to_hex(verification.root())},
           {"cases", cases.cases},
           {"cases_with_one_owner_at_every_entry", cases.sound},
           {"open", cases.open},
           {"closed", cases.closed},
           {"verifies", findings.empty()},
           {"findings", findings}},
          true);
    return;
  }
  for (const auto& finding : verification.findings()) {
    std::printf("%llu: %s\n", static_cast<unsigned long long>(finding.index),
                finding.reason.c_str());
  }
  std::printf("log %s: %llu entries, %llu checkpoints (%s), root %s\n",
              findings.empty() ? "verifies" : "DOES NOT VERIFY",
              static_cast<unsigned long long>(verification.entries()),
              static_cast<unsigned long long>(verification.checkpoints()),
              signatures ? "signatures and roots" : "roots only, no log key given",
              to_hex(verification.root()).c_str());
  std::printf(
      "cases: %llu of %llu had exactly one owner at every entry; %llu open, %llu closed\n",
      static_cast<unsigned long long>(cases.sound), static_cast<unsigned long long>(cases.cases),
      static_cast<unsigned long long>(cases.open), static_cast<unsigned long long>(cases.closed));
}

int run(const Options& options) {
  auto key = chosen_log_key(options.log_key);
  if (!key) return fail(key.error());
  const bool signatures = key->has_value();
  const auto opened = store::ReadOnlyStore::open(options.directory);
  if (!opened) return fail(opened.error());
  Verification verification(std::move(*key));
  if (const auto ran = verification.run((*opened)->reader()); !ran) {
    fail(options.directory, ran.error());
    return kNegative;
  }
  report(verification, signatures, options.json);
  return verification.findings().empty() ? kOk : kNegative;
}

}  // namespace

void add_log_verify(CLI::App& log, int& exit_code) {
  auto* command =
      log.add_subcommand("verify", "Check the tree, every checkpoint and who owned each case");
  const auto options = std::make_shared<Options>();
  command->add_option("DIR", options->directory, "Data directory")->type_name("")->required();
  add_log_key_options(*command, options->log_key);
  command->add_flag("--json", options->json, "As JSON");
  command->footer(kManual);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
