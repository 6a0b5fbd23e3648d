// What the log's witnesses have cosigned, and how long the log has gone on without them.
#pragma once

#include <optional>
#include <string>

#include "broker/merkle/note.h"
#include "broker/runtime/mutex.h"
#include "broker/sequencer/log_writer.h"
#include "broker/store/store.h"

namespace rujukan::sequencer {

// Owned by the sequencer; one thread, but for offer().
class WitnessLag {
 public:
  // Continues from the newest cosigned checkpoint of the store. What is there of witnesses that are
  // not configured any more is forgotten. Errors: store.*
  Result<void> load(store::Store& store, bool witnessed);
  // To be kept, unless a newer one is kept already. Any thread; the latest counts.
  void offer(std::string note);
  // A note that is not of the newest shard is traced and dropped. Errors: store.*
  Result<void> keep_offered(store::Store& store, const LogShard& shard);
  // Since when the oldest entry that no kept note covers is older than `most`; nullopt: it is not;
  // 0: never.
  Result<std::optional<TimeUs>> above_since(std::chrono::seconds most, const store::Store& store,
                                            TimeUs now, std::uint64_t log_size);

 private:
  std::uint64_t witnessed_ = 0;  // entries
  std::optional<TimeUs> since_;  // of entry `witnessed_`; read when it is needed
  Mutex mutex_;
  std::optional<std::string> offered_ GUARDED_BY(mutex_);
};

}  // namespace rujukan::sequencer
