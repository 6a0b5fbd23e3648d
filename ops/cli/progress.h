// How far a long command has come.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace rujukan::cli {

// "recovering: 4096 of 90000 entries" on one line of stderr that each call writes anew and the last
// one ends; nothing when stderr is no terminal.
void show_progress(const char* doing, std::uint64_t done, std::uint64_t all);

// The same with a bar, entries per second and the time left, a few times per second.
class ProgressBar {
 public:
  explicit ProgressBar(const char* doing);
  // Ends the line when it was begun.
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(std::uint64_t done, std::uint64_t all);

 private:
  using Time = std::chrono::steady_clock::time_point;
  struct Shown {
    Time at;
    std::uint64_t done;
  };

  const char* doing_;
  bool terminal_;
  std::optional<Shown> first_;  // an earlier run's part is not this one's rate
  Time shown_;
};

}  // namespace rujukan::cli
