#include "broker/sequencer/witness_lag.h"

#include <utility>

#include "broker/runtime/trace.h"

namespace rujukan::sequencer {

Result<void> WitnessLag::load(store::Store& store, bool witnessed) {
  if (!witnessed) return store.forget_cosigned();
  const auto latest = store.latest_cosigned();
  if (!latest) return latest.error();
  if (*latest) witnessed_ = (*latest)->size;
  return {};
}

void WitnessLag::offer(std::string note) {
  const MutexLock lock(mutex_);
  offered_ = std::move(note);
}

Result<void> WitnessLag::keep_offered(store::Store& store, const LogShard& shard) {
  std::optional<std::string> offered;
  {
    const MutexLock lock(mutex_);
    offered = std::exchange(offered_, std::nullopt);
  }
  if (!offered) return {};
  const auto checkpoint = merkle::verify_checkpoint(*offered, shard.key);
  if (!checkpoint) {
    trace::error("witness.refused", checkpoint.error());
    return {};
  }
  const std::uint64_t size = shard.first + checkpoint->size;
  if (size < witnessed_) return {};
  if (auto put = store.put_cosigned({size, *offered}); !put) return put;
  trace::debug("witness.cosigned", {{"size", size}});
  if (size > witnessed_) since_.reset();
  witnessed_ = size;
  return {};
}

Result<std::optional<TimeUs>> WitnessLag::above_since(std::chrono::seconds most,
                                                      const store::Store& store, TimeUs now,
                                                      std::uint64_t log_size) {
  if (most == std::chrono::seconds(0) || witnessed_ >= log_size) return std::optional<TimeUs>();
  if (!since_) {
    const auto time = store.entry_time(LogIndex{witnessed_});
    if (!time) return time.error();
    since_ = *time;
  }
  return now - *since_ > most ? std::optional(*since_ + most) : std::nullopt;
}

}  // namespace rujukan::sequencer
