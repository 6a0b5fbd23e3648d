#include "broker/merkle/tree.h"

#include <catch2/catch.hpp>
#include <vector>

#include "broker/merkle/proof.h"
#include "tests/unit/merkle/reference_tree.h"

using namespace rujukan;
using namespace rujukan::merkle;
using test::NodeMemory;
using test::ReferenceTree;

namespace {

void grow(Tree& tree, NodeMemory& memory, std::uint64_t size) {
  while (tree.size() < size) memory.store(tree.append(test::leaf(tree.size())));
}

// Inclusion of `index` in the tree that had `size` entries: as the reference says, and it verifies.
void require_inclusion(const Tree& tree, const ReferenceTree& reference, std::uint64_t index,
                       std::uint64_t size) {
  const auto path = tree.inclusion(index, size);
  REQUIRE(path.ok());
  REQUIRE(*path == reference.path(index, 0, size));
  REQUIRE(verify_inclusion(test::leaf(index), index, size, *path, reference.root(0, size)));
}

void require_consistency(const Tree& tree, const ReferenceTree& reference, std::uint64_t first,
                         std::uint64_t second) {
  const auto proof = tree.consistency(first, second);
  REQUIRE(proof.ok());
  REQUIRE(*proof == reference.subproof(first, 0, second, true));
  REQUIRE(verify_consistency(first, reference.root(0, first), second, reference.root(0, second),
                             *proof));
}

constexpr std::uint64_t kSmall = 600;
constexpr std::uint64_t kLarge = 2 * 65'536 + 700;

}  // namespace

TEST_CASE("every root and proof of every size up to 600 is that of the second implementation") {
  const ReferenceTree reference(kSmall);
  NodeMemory memory;
  Tree tree(memory);
  CHECK(tree.root() == empty_root());
  for (std::uint64_t size = 1; size <= kSmall; ++size) {
    grow(tree, memory, size);
    REQUIRE(tree.root() == reference.root(0, size));
  }
  for (std::uint64_t size = 1; size <= kSmall; ++size) {
    REQUIRE(*tree.root_at(size) == reference.root(0, size));
    for (std::uint64_t index = 0; index < size; ++index) {
      require_inclusion(tree, reference, index, size);
      require_consistency(tree, reference, index + 1, size);
    }
  }
  CHECK(*tree.root_at(0) == empty_root());
}

TEST_CASE("proofs are right while the tree grows and not only afterwards") {
  const ReferenceTree reference(kSmall);
  NodeMemory memory;
  Tree tree(memory);
  for (std::uint64_t size = 1; size <= kSmall; ++size) {
    grow(tree, memory, size);
    require_inclusion(tree, reference, size - 1, size);
    require_inclusion(tree, reference, size / 2, size);
    require_inclusion(tree, reference, size / 3, size - size / 3);
    require_consistency(tree, reference, size / 2 + 1, size);
  }
}

TEST_CASE("appending returns each tile node once and in order and right") {
  const ReferenceTree reference(kLarge);
  NodeMemory memory;
  Tree tree(memory);
  grow(tree, memory, kLarge);
  CHECK(memory.in_order);
  REQUIRE(memory.levels().size() == 3);
  for (const auto& [level, nodes] : memory.levels()) {
    const std::uint64_t width = 1ULL << (8 * level);
    REQUIRE(nodes.size() == kLarge / width);
    for (std::uint64_t n = 0; n < nodes.size(); ++n) {
      REQUIRE(nodes[n] == reference.root(n * width, (n + 1) * width));
    }
  }
}

TEST_CASE("proofs are right around the boundaries of large tiles") {
  const ReferenceTree reference(kLarge);
  NodeMemory memory;
  Tree tree(memory);
  grow(tree, memory, kLarge);
  const std::vector<std::uint64_t> sizes = {255,     256,     257,     65'279,     65'280, 65'535,
                                            65'536,  65'537,  65'792,  65'793,     98'304, 131'071,
                                            131'072, 131'073, 131'328, kLarge - 1, kLarge};
  for (const std::uint64_t size : sizes) {
    REQUIRE(*tree.root_at(size) == reference.root(0, size));
    for (const std::uint64_t index :
         {std::uint64_t{0}, std::uint64_t{255}, std::uint64_t{256}, std::uint64_t{65'535},
          std::uint64_t{65'536}, std::uint64_t{131'071}, size / 3, size / 2, size - 1}) {
      if (index < size) require_inclusion(tree, reference, index, size);
    }
    for (const std::uint64_t first : sizes) {
      if (first <= size) require_consistency(tree, reference, first, size);
    }
  }
}

TEST_CASE("proofs of the last 256 entries read nothing") {
  for (const std::uint64_t size : {255U, 256U, 257U, 511U, 513U, 4095U, 65'535U, 65'536U, 65'793U,
                                   70'000U, 131'072U, 131'073U}) {
    const ReferenceTree reference(size);
    NodeMemory memory;
    Tree grown(memory);
    grow(grown, memory, size);
    REQUIRE(grown.root() == reference.root(0, size));
    const auto loaded = Tree::load(memory, size);
    REQUIRE(loaded.ok());
    for (const Tree* tree : std::initializer_list<const Tree*>{&grown, &*loaded}) {
      memory.reads = 0;
      for (const std::uint64_t at :
           {size, size - 1, size - std::min<std::uint64_t>(size / 2, 256)}) {
        for (std::uint64_t back = 1; back <= std::min<std::uint64_t>(at, 256); ++back) {
          require_inclusion(*tree, reference, at - back, at);
        }
      }
      REQUIRE(memory.reads == 0);
    }
  }
}

TEST_CASE("a proof of an old entry reads one tile per tile level") {
  NodeMemory memory;
  Tree tree(memory);
  grow(tree, memory, kLarge);
  memory.reads = 0;
  REQUIRE(tree.inclusion(1000, kLarge).ok());
  CHECK(memory.reads >= 1);
  CHECK(memory.reads <= 3);
}

TEST_CASE("a loaded tree is the grown tree at every size") {
  constexpr std::uint64_t kSize = 1300;
  const ReferenceTree reference(kSize + 2);
  NodeMemory memory;
  Tree tree(memory);
  for (std::uint64_t size = 0; size <= kSize; ++size) {
    auto loaded = Tree::load(memory, size);
    REQUIRE(loaded.ok());
    REQUIRE(loaded->size() == size);
    REQUIRE(loaded->root() == tree.root());
    if (size > 0) require_inclusion(*loaded, reference, size * 2 / 3, size);
    // The same leaf completes the same nodes in both, twice.
    const auto completed = tree.append(test::leaf(size));
    const auto completed_too = loaded->append(test::leaf(size));
    REQUIRE(completed_too.size() == completed.size());
    for (std::size_t i = 0; i < completed.size(); ++i) {
      REQUIRE(completed_too[i].tile_level == completed[i].tile_level);
      REQUIRE(completed_too[i].index == completed[i].index);
      REQUIRE(completed_too[i].hash == completed[i].hash);
    }
    REQUIRE(loaded->root() == tree.root());
    memory.store(completed);
    loaded->append(test::leaf(size + 1));
    REQUIRE(loaded->root() == reference.root(0, size + 2));
  }
}

TEST_CASE("a tree loaded at a tile boundary grows over the next one") {
  const ReferenceTree reference(66'400);
  for (const std::uint64_t size : {65'279U, 65'280U, 65'535U, 65'536U, 65'537U}) {
    NodeMemory memory;
    Tree tree(memory);
    grow(tree, memory, size);
    auto loaded = Tree::load(memory, size);
    REQUIRE(loaded.ok());
    grow(*loaded, memory, 66'400);
    CHECK(memory.in_order);
    CHECK(loaded->root() == reference.root(0, 66'400));
    CHECK(memory.levels().at(1).back() == reference.root(258 * 256, 259 * 256));
  }
}

TEST_CASE("a store that fails or lacks a node gives its error") {
  NodeMemory memory;
  Tree tree(memory);
  grow(tree, memory, 2000);
  memory.fails = true;
  CHECK(tree.inclusion(0, 2000).error().code == ErrorCode::kStoreFailed);
  CHECK(tree.consistency(3, 2000).error().code == ErrorCode::kStoreFailed);
  CHECK(tree.root_at(700).error().code == ErrorCode::kStoreFailed);
  CHECK(Tree::load(memory, 2000).error().code == ErrorCode::kStoreFailed);
  memory.fails = false;
  memory.drop_last(1);
  CHECK(Tree::load(memory, 2000).error().code == ErrorCode::kStoreCorrupt);
  memory.drop_last(0);
  CHECK(Tree::load(memory, 2000).error().code == ErrorCode::kStoreCorrupt);
}
