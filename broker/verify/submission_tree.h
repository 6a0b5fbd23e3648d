// The Merkle tree of one submission: every path at the cost of building it once.
#pragma once

#include <vector>

#include "broker/base/bytes.h"

namespace rujukan::verify {

// RFC 6962 over at most limits::kSubmissionMessages leaves: the same root and paths as
// merkle::root_of and merkle::path_of, which compute each from the leaves again.
class SubmissionTree {
 public:
  // Requires: at least one leaf.
  explicit SubmissionTree(std::vector<Digest> leaves);

  const Digest& root() const { return levels_.back().front(); }
  // Leaf-sibling first. Requires: index < leaves.
  std::vector<Digest> path(std::size_t index) const;

 private:
  // From the leaves to the root. A node without a sibling moves up unchanged.
  std::vector<std::vector<Digest>> levels_;
};

}  // namespace rujukan::verify
