// A stage whose work is done by many threads and whose results leave in the order of arrival.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "broker/base/invariant.h"
#include "broker/runtime/clock.h"
#include "broker/runtime/mutex.h"

namespace rujukan {

// Thread: one producer, any number of workers, one consumer. Bounded by jobs and bytes from push to
// pop, so that a slow consumer holds back the producer.
template <typename Job>
class OrderedPipeline {
 public:
  // A job in the hands of one worker, which may change it until finish().
  struct Ticket {
    std::uint64_t sequence;
    Job* job;
  };

  OrderedPipeline(std::size_t max_jobs, std::size_t max_bytes)
      : max_jobs_(max_jobs), max_bytes_(max_bytes) {}

  // Moves from `job` only when it returns true. A job over the byte limit passes alone. False: full
  // or closed.
  bool push(Job&& job, std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (closed_ || !has_room(bytes)) return false;
    add(std::move(job), bytes);
    return true;
  }

  // Waits for room. False: closed.
  bool push_when_room(Job&& job, std::size_t bytes) {
    const MutexLock lock(mutex_);
    while (!closed_ && !has_room(bytes)) room_.wait(mutex_);
    if (closed_) return false;
    add(std::move(job), bytes);
    return true;
  }

  // Waits for a job. Errors: nullopt when the pipeline is closed and every job was taken.
  std::optional<Ticket> take() {
    const MutexLock lock(mutex_);
    while (next_ == first_ + slots_.size()) {
      if (closed_) return std::nullopt;
      waiting_.wait(mutex_);
    }
    // A deque keeps its elements in place while others are added and removed at its ends.
    const Ticket ticket{next_, &slots_[next_ - first_].job};
    ++next_;
    return ticket;
  }

  void finish(const Ticket& ticket) {
    const MutexLock lock(mutex_);
    INVARIANT(ticket.sequence >= first_ && ticket.sequence < next_);
    Slot& slot = slots_[ticket.sequence - first_];
    INVARIANT(!slot.finished);
    slot.finished = true;
    if (ticket.sequence == first_) ready_.notify_one();
  }

  // The longest run of finished jobs from the oldest on, at most `max`; waits for the first one.
  // Empty at the timeout, or at once when drained().
  std::vector<Job> pop_ready(std::size_t max, std::chrono::milliseconds timeout) {
    const SteadyTime until = steady_now() + timeout;
    const MutexLock lock(mutex_);
    while (!front_finished() && !(closed_ && slots_.empty())) {
      if (!ready_.wait_until(mutex_, until)) break;
    }
    std::vector<Job> out;
    while (out.size() < max && front_finished()) {
      out.push_back(std::move(slots_.front().job));
      bytes_ -= slots_.front().bytes;
      slots_.pop_front();
      ++first_;
    }
    if (!out.empty()) room_.notify_one();
    return out;
  }

  // No further push succeeds; what was pushed is still worked on and popped.
  void close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    waiting_.notify_all();
    ready_.notify_all();
    room_.notify_all();
  }

  // Closed, and everything was popped.
  bool drained() const {
    const MutexLock lock(mutex_);
    return closed_ && slots_.empty();
  }

 private:
  struct Slot {
    Job job;
    std::size_t bytes;
    bool finished;
  };
  bool has_room(std::size_t bytes) const REQUIRES_LOCK(mutex_) {
    return slots_.empty() || (slots_.size() < max_jobs_ && bytes_ + bytes <= max_bytes_);
  }
  void add(Job&& job, std::size_t bytes) REQUIRES_LOCK(mutex_) {
    slots_.push_back(Slot{std::move(job), bytes, false});
    bytes_ += bytes;
    waiting_.notify_one();
  }
  bool front_finished() const REQUIRES_LOCK(mutex_) {
    return !slots_.empty() && slots_.front().finished;
  }

  const std::size_t max_jobs_;
  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  ConditionVariable waiting_;  // for a job to take
  ConditionVariable ready_;    // for the oldest job to be finished
  ConditionVariable room_;     // for a job to be popped
  std::deque<Slot> slots_ GUARDED_BY(mutex_);
  std::uint64_t first_ GUARDED_BY(mutex_) = 0;  // sequence of slots_.front()
  std::uint64_t next_ GUARDED_BY(mutex_) = 0;   // sequence of the next job to take
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace rujukan
