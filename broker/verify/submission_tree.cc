#include "broker/verify/submission_tree.h"

#include "broker/base/invariant.h"
#include "broker/merkle/proof.h"

namespace rujukan::verify {

SubmissionTree::SubmissionTree(std::vector<Digest> leaves) {
  INVARIANT(!leaves.empty());
  levels_.push_back(std::move(leaves));
  while (levels_.back().size() > 1) {
    const std::vector<Digest>& below = levels_.back();
    std::vector<Digest> level;
    level.reserve((below.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) {
      level.push_back(merkle::node_hash(below[i], below[i + 1]));
    }
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
}

std::vector<Digest> SubmissionTree::path(std::size_t index) const {
  INVARIANT(index < levels_.front().size());
  std::vector<Digest> out;
  for (const std::vector<Digest>& level : levels_) {
    if (const std::size_t sibling = index ^ 1; sibling < level.size()) {
      out.push_back(level[sibling]);
    }
    index /= 2;
  }
  return out;
}

}  // namespace rujukan::verify
