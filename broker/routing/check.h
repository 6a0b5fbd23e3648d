// The proof that a routing table is total, and what stands against it. By exhaustion over the
// classes of facts, the sets of needs, the areas and the dates; nothing is sampled.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/model/release.h"
#include "broker/routing/compile.h"

namespace rujukan::routing {

// What was walked over.
struct CheckCounts {
  std::uint64_t classes = 0;       // of facts, see FactSpace
  std::uint64_t decisions = 0;     // classes times needs: the rule that decides
  std::uint64_t need_sets = 0;     // classes times sets of needs: who may own
  std::uint64_t functions = 0;     // that rules assign to or inform
  std::uint64_t dates = 0;         // segments between changes of the directory, over all functions
  std::uint64_t area_lookups = 0;  // areas times levels times those
  std::uint64_t area_pairs = 0;    // pairs of areas times those
  std::uint64_t rules = 0;

  friend bool operator==(const CheckCounts&, const CheckCounts&) = default;
};

struct GuaranteeResult {
  RuleId id;
  bool holds = true;
  std::uint64_t combinations = 0;  // classes that it is about, times sets of needs
};

struct CheckReport {
  std::vector<Finding> findings;            // in the order of files and places
  std::vector<GuaranteeResult> guarantees;  // in the order of the release
  CheckCounts counts;

  std::size_t errors() const;
  std::size_t warnings() const;
};

// Of the overlaps of rules so many are listed; the last finding of them says how many there are.
inline constexpr std::size_t kMostOverlaps = 100;

// `places` are those of the compilation that made the release; without them findings stand at
// "release". Takes time in proportion to classes, rules and changes of the directory; the national
// release takes some milliseconds.
// `at`: when laws that the files cite should be in force; not set: whether they are is not asked.
// Dates are held against it, or else against the beginning of the release.
CheckReport check(const Release& release, const SourcePlaces& places = {},
                  std::optional<TimeUs> at = {});

}  // namespace rujukan::routing
