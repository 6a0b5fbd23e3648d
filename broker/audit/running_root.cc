#include "broker/audit/running_root.h"

#include <bit>

#include "broker/base/invariant.h"
#include "broker/merkle/proof.h"

namespace rujukan::audit {

RunningRoot::RunningRoot(std::uint64_t size, std::vector<Digest> peaks)
    : size_(size), peaks_(std::move(peaks)) {
  INVARIANT(peaks_.size() == static_cast<std::size_t>(std::popcount(size_)));
}

void RunningRoot::add_subtree(unsigned height, const Digest& root) {
  INVARIANT(height < 64 && size_ % (std::uint64_t{1} << height) == 0);
  Digest hash = root;
  for (std::uint64_t bits = size_ >> height; (bits & 1) != 0; bits >>= 1) {
    hash = merkle::node_hash(peaks_.back(), hash);
    peaks_.pop_back();
  }
  peaks_.push_back(hash);
  size_ += std::uint64_t{1} << height;
}

Digest RunningRoot::root() const {
  if (peaks_.empty()) return merkle::empty_root();
  Digest hash = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) hash = merkle::node_hash(peaks_[i], hash);
  return hash;
}

std::vector<Digest> peaks_of(const std::vector<Digest>& hashes) {
  RunningRoot root;
  for (const Digest& hash : hashes) root.add(hash);
  return root.peaks();
}

}  // namespace rujukan::audit
