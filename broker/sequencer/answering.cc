#include "broker/sequencer/answering.h"

#include <algorithm>

namespace rujukan::sequencer {
namespace {

constexpr std::chrono::seconds kLeast{1};
// What a station needs to connect, at least.
constexpr std::chrono::seconds kConnect{5};

}  // namespace

void Answering::stops(TimeUs since) { since_ = since_ ? std::min(*since_, since) : since; }

std::optional<std::chrono::microseconds> Answering::goes_on(TimeUs now, SteadyTime steady) {
  if (!since_) return std::nullopt;
  const std::chrono::microseconds lost = now - *since_;
  since_.reset();
  if (lost < kLeast) return std::nullopt;
  settled_at_ = steady + std::min<std::chrono::microseconds>(settle_, 2 * lost + kConnect);
  return lost;
}

}  // namespace rujukan::sequencer
