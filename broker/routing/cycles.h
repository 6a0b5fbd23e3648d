// Which items of a list of successors lie on a cycle.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace rujukan::routing {

// `next` gives the position that follows a position, or nullopt at an end. Takes time in
// proportion to `count`, however long the chains are.
template <typename Next>
std::vector<bool> in_cycles(std::size_t count, Next next) {
  std::vector<bool> cyclic(count, false);
  // 0: not seen; otherwise 1 + the start of the walk that saw it first.
  std::vector<std::size_t> walk(count, 0);
  for (std::size_t start = 0; start < count; ++start) {
    std::optional<std::size_t> at = start;
    while (at && walk[*at] == 0) {
      walk[*at] = start + 1;
      at = next(*at);
    }
    if (!at || walk[*at] != start + 1) continue;
    // This walk came back to itself: `at` is on a new cycle.
    for (std::size_t member = *at; !cyclic[member]; member = *next(member)) cyclic[member] = true;
  }
  return cyclic;
}

}  // namespace rujukan::routing
