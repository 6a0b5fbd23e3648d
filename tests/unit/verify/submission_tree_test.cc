#include "broker/verify/submission_tree.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"

using namespace rujukan;

TEST_CASE("a submission tree of every size has the root and paths of RFC 6962") {
  std::vector<Digest> leaves;
  for (std::size_t n = 1; n <= limits::kSubmissionMessages; ++n) {
    leaves.push_back(sha256(as_bytes(std::to_string(n))));
    const verify::SubmissionTree tree(leaves);
    REQUIRE(tree.root() == merkle::root_of(leaves));
    // Every index of small trees; the edges and some between of large ones.
    for (std::size_t i = 0; i < n; i += n <= 40 || i + 3 >= n ? 1 : 17) {
      REQUIRE(tree.path(i) == merkle::path_of(leaves, i));
      REQUIRE(merkle::verify_inclusion(leaves[i], i, n, tree.path(i), tree.root()));
    }
  }
}
