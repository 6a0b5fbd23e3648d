// A first-in first-out queue between threads, bounded by items and by bytes.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "broker/runtime/clock.h"
#include "broker/runtime/mutex.h"

namespace rujukan {

// Thread: any number of producers and consumers. After close() nothing is taken in; what is in it
// can still be popped.
template <typename T>
class BoundedQueue {
 public:
  BoundedQueue(std::size_t max_items, std::size_t max_bytes)
      : max_items_(max_items), max_bytes_(max_bytes) {}

  // Moves from `item` only when it returns true. An item over the byte limit passes alone, so that
  // nothing waits for ever. False: full or closed.
  bool try_push(T&& item, std::size_t bytes) {
    const MutexLock lock(mutex_);
    if (closed_ || !has_room(bytes)) return false;
    put(std::move(item), bytes);
    return true;
  }

  // Waits for room. False, with `item` untouched: closed.
  bool push(T&& item, std::size_t bytes) {
    const MutexLock lock(mutex_);
    while (!closed_ && !has_room(bytes)) room_.wait(mutex_);
    if (closed_) return false;
    put(std::move(item), bytes);
    return true;
  }

  // Waits for an item. Errors: nullopt at the timeout, or at once when closed and empty.
  std::optional<T> pop(std::chrono::milliseconds timeout) {
    const SteadyTime until = steady_now() + timeout;
    const MutexLock lock(mutex_);
    while (items_.empty() && !closed_) {
      if (!filled_.wait_until(mutex_, until)) break;
    }
    return take_first();
  }

  // Without waiting. Errors: nullopt when empty.
  std::optional<T> try_pop() {
    const MutexLock lock(mutex_);
    return take_first();
  }

  void close() {
    const MutexLock lock(mutex_);
    closed_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

  std::size_t size() const {
    const MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  bool has_room(std::size_t bytes) const REQUIRES_LOCK(mutex_) {
    return items_.empty() || (items_.size() < max_items_ && bytes_ + bytes <= max_bytes_);
  }
  void put(T&& item, std::size_t bytes) REQUIRES_LOCK(mutex_) {
    items_.emplace_back(std::move(item), bytes);
    bytes_ += bytes;
    filled_.notify_one();
  }

  std::optional<T> take_first() REQUIRES_LOCK(mutex_) {
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front().first));
    bytes_ -= items_.front().second;
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  const std::size_t max_items_;
  const std::size_t max_bytes_;
  mutable Mutex mutex_;
  ConditionVariable filled_;
  ConditionVariable room_;
  std::deque<std::pair<T, std::size_t>> items_ GUARDED_BY(mutex_);
  std::size_t bytes_ GUARDED_BY(mutex_) = 0;
  bool closed_ GUARDED_BY(mutex_) = false;
};

}  // namespace rujukan
