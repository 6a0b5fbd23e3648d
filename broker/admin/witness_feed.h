// Shows the log's checkpoints to its witnesses and gathers what they cosign.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "broker/admin/http_client.h"
#include "broker/merkle/policy.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/mutex.h"
#include "broker/store/reader.h"

namespace rujukan::admin {

// One witness at work: its connection, and what it is known to have seen. One thread.
class WitnessLink {
 public:
  // Errors: config.value (its URL).
  static Result<WitnessLink> open(const merkle::Policy::Witness& witness);

  const std::string& name() const { return witness_.name; }
  // The witness's signature line on the checkpoint of a tree of `size` entries, verified. Nodes up
  // to its size are read for the proof. Errors: http.failed, note.malformed, signature.invalid,
  // store.*; checkpoint.behind when the witness has seen a larger tree.
  Result<std::string> cosign(const store::StoredCheckpoint& checkpoint,
                             const merkle::NodeReader& nodes);

 private:
  WitnessLink(const merkle::Policy::Witness& witness, std::unique_ptr<HttpClient> client)
      : witness_(witness), client_(std::move(client)) {}
  Result<HttpAnswer> add_checkpoint(const store::StoredCheckpoint& checkpoint,
                                    const merkle::NodeReader& nodes);
  Result<std::string> verified_line(const store::StoredCheckpoint& checkpoint,
                                    const HttpAnswer& answer) const;

  merkle::Policy::Witness witness_;
  std::unique_ptr<HttpClient> client_;
  std::string origin_;      // of the shard that it was shown last
  std::uint64_t seen_ = 0;  // the size of it that it cosigned last, as far as is known
};

// A thread that names the checkpoint of each round, and one for each witness with a URL, so that
// none waits for another.
class WitnessFeed {
 public:
  struct Config {
    std::string data_dir;
    merkle::NoteKey log;
    merkle::Policy policy;
    std::chrono::milliseconds every{10'000};
  };
  // `offer` gets notes that meet the policy's quorum: larger ones, or with one more cosignature. It
  // is called from any of the threads. `clock` outlives the feed. Errors: policy.invalid (it does
  // not name this log, or no witness with a URL), config.value, file.unreadable.
  static Result<std::unique_ptr<WitnessFeed>> open(Config config, Clock& clock,
                                                   std::function<void(std::string)> offer);
  ~WitnessFeed();

  void start();
  // Waits for requests on their way, 10 s at most. Idempotent.
  void stop();

 private:
  struct Round {
    std::uint64_t number = 0;
    store::StoredCheckpoint checkpoint;
  };

  WitnessFeed(Config config, Clock& clock, std::function<void(std::string)> offer)
      : config_(std::move(config)), clock_(clock), offer_(std::move(offer)) {}
  void run_rounds(store::ReadOnlyStore& store);
  void run_witness(WitnessLink& link, store::ReadOnlyStore& store);
  static Result<std::string> cosign(WitnessLink& link, const store::Reader& reader,
                                    const store::StoredCheckpoint& checkpoint);
  Result<void> begin_round(const store::Reader& reader);
  void add(const store::StoredCheckpoint& checkpoint, const std::string& line);

  const Config config_;
  Clock& clock_;
  const std::function<void(std::string)> offer_;
  std::vector<WitnessLink> links_;
  std::vector<std::unique_ptr<store::ReadOnlyStore>> stores_;  // one per thread
  std::vector<std::thread> threads_;

  Mutex mutex_;
  ConditionVariable changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  Round round_ GUARDED_BY(mutex_);
  // Checkpoints of the latest rounds with what was cosigned so far, by size.
  std::map<std::uint64_t, std::string> gathered_ GUARDED_BY(mutex_);
  std::uint64_t offered_ GUARDED_BY(mutex_) = 0;  // the largest size
};

}  // namespace rujukan::admin
