#include "ops/cli/progress.h"

#include <unistd.h>

#include <cstdio>
#include <string>

namespace rujukan::cli {
namespace {

constexpr std::chrono::milliseconds kEvery{200};
constexpr std::uint64_t kBarWidth = 30;

// "1:02:03", "2:03"
std::string duration_text(std::uint64_t seconds) {
  char text[32];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%llu:%02llu:%02llu",
                  static_cast<unsigned long long>(seconds / 3600),
                  static_cast<unsigned long long>(seconds / 60 % 60),
                  static_cast<unsigned long long>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%llu:%02llu", static_cast<unsigned long long>(seconds / 60),
                  static_cast<unsigned long long>(seconds % 60));
  }
  return text;
}

}  // namespace

void show_progress(const char* doing, std::uint64_t done, std::uint64_t all) {
  if (::isatty(STDERR_FILENO) == 0) return;
  std::fprintf(stderr, "\r%s: %llu of %llu entries%s", doing, static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(all), done == all ? "\n" : "");
}

ProgressBar::ProgressBar(const char* doing)
    : doing_(doing), terminal_(::isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() {
  if (first_) std::fputc('\n', stderr);
}

void ProgressBar::show(std::uint64_t done, std::uint64_t all) {
  const Time now = std::chrono::steady_clock::now();
  if (!terminal_ || all == 0 || (first_ && done != all && now - shown_ < kEvery)) return;
  if (!first_) first_ = {now, done};
  shown_ = now;
  const auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(now - first_->at);
  const auto ms = static_cast<std::uint64_t>(passed.count());
  const std::uint64_t rate = ms == 0 ? 0 : (done - first_->done) * 1000 / ms;
  std::string bar(static_cast<std::size_t>(kBarWidth * done / all), '#');
  bar.resize(kBarWidth, '.');
  std::fprintf(stderr, "\r%s [%s] %llu of %llu entries, %llu/s, %s left   ", doing_, bar.c_str(),
               static_cast<unsigned long long>(done), static_cast<unsigned long long>(all),
               static_cast<unsigned long long>(rate),
               rate == 0 ? "?" : duration_text((all - done) / rate).c_str());
}

}  // namespace rujukan::cli
