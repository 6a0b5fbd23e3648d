// The root over leaves as they come, in memory that does not grow with them.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/base/bytes.h"

namespace rujukan::audit {

// The roots of complete subtrees from the left, largest first, as in a binary counter. Deliberately
// not merkle::Tree, with which the broker wrote the log.
class RunningRoot {
 public:
  RunningRoot() = default;
  // Requires: as many peaks as `size` has bits set.
  RunningRoot(std::uint64_t size, std::vector<Digest> peaks);

  void add(const Digest& leaf) { add_subtree(0, leaf); }
  // The root of 2^height leaves. Requires: size() is a multiple of as many.
  void add_subtree(unsigned height, const Digest& root);

  std::uint64_t size() const { return size_; }
  Digest root() const;
  const std::vector<Digest>& peaks() const { return peaks_; }

 private:
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

// The peaks of a tree that consists of these leaves, or of these roots of subtrees of one size.
std::vector<Digest> peaks_of(const std::vector<Digest>& hashes);

}  // namespace rujukan::audit
