// A mutex whose locking clang's thread-safety analysis can check (libstdc++'s std::mutex carries no
// annotations); g++ ignores the attributes.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define RUJUKAN_THREAD_ATTRIBUTE(x) __attribute__((x))
#else
#define RUJUKAN_THREAD_ATTRIBUTE(x)
#endif
#define GUARDED_BY(mutex) RUJUKAN_THREAD_ATTRIBUTE(guarded_by(mutex))
#define REQUIRES_LOCK(mutex) RUJUKAN_THREAD_ATTRIBUTE(requires_capability(mutex))

namespace rujukan {

class RUJUKAN_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
 public:
  void lock() RUJUKAN_THREAD_ATTRIBUTE(acquire_capability()) { mutex_.lock(); }
  void unlock() RUJUKAN_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }

 private:
  std::mutex mutex_;
};

class RUJUKAN_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) RUJUKAN_THREAD_ATTRIBUTE(acquire_capability(mutex))
      : mutex_(mutex) {
    mutex_.lock();
  }
  ~MutexLock() RUJUKAN_THREAD_ATTRIBUTE(release_capability()) { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

// Waits while holding a Mutex.
class ConditionVariable {
 public:
  void notify_one() { condition_.notify_one(); }
  void notify_all() { condition_.notify_all(); }
  void wait(Mutex& mutex) RUJUKAN_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    condition_.wait(mutex);
  }
  // False when the time is over.
  bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until)
      RUJUKAN_THREAD_ATTRIBUTE(no_thread_safety_analysis) {
    return condition_.wait_until(mutex, until) == std::cv_status::no_timeout;
  }

 private:
  std::condition_variable_any condition_;
};

}  // namespace rujukan
