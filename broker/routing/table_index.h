// What RoutingTable holds: the release, and everything looked up in it bound to positions.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/routing/coded_facts.h"
#include "broker/routing/directory.h"
#include "broker/routing/rule_index.h"
#include "broker/routing/table.h"

namespace rujukan::routing {

struct BoundInform {
  FunctionIx function{};
  Level level = Level::kNational;
  std::optional<Anchor> of;
  const Inform* entry = nullptr;
};

struct BoundRule {
  const Rule* rule = nullptr;
  FunctionIx function{};  // meaningless for a rule that withholds
  Level level = Level::kNational;
  bool withheld = false;
  FixedList<Anchor, 3> anchors;         // without repeats
  std::span<const BoundInform> inform;  // in TableIndex::informs
};

struct BoundImplied {
  BoundCondition when;
  NeedBits needs = 0;
  const ImpliedNeeds* rule = nullptr;
};

struct BoundCaseInform {
  const CaseInform* rule = nullptr;
  BoundCondition when;
  BoundInform inform;
};

struct BoundStation {
  const Station* station = nullptr;
  std::vector<std::string_view> units;  // sorted
};

// Everything but `release` points into it; neither copied nor moved.
struct TableIndex {
  explicit TableIndex(Release&& r) : release(std::move(r)), rule_index(release.rules) {}
  TableIndex(const TableIndex&) = delete;
  TableIndex& operator=(const TableIndex&) = delete;

  Result<void> bind();
  Result<void> bind_rules();
  Result<BoundRule> bind_rule(const Rule& rule);
  Result<void> bind_registry();
  Result<BoundInform> bind_inform(const Inform& inform) const;
  // Requires: bound.
  void find_changes(const TableIndex* before);
  // Errors: release.invalid: a case could inform more units than Lookup holds.
  Result<void> check_informed() const;
  // Of the heap, the release's lists and texts included.
  std::size_t memory_bytes() const;

  const Release release;
  const RuleIndex rule_index;
  std::optional<Directory> directory;  // set by bind()
  std::optional<TimeUs> first_end;     // of any unit
  std::optional<TimeUs> last_begin;    // of any unit
  std::vector<BoundInform> informs;    // of all rules; never grows after bind()
  std::vector<BoundRule> rules;        // in the order of the release
  std::vector<BoundImplied> implied;   // in the order of the release
  std::vector<BoundCaseInform> case_informs;
  std::unordered_map<std::string_view, const Permission*> permissions;
  std::unordered_map<std::string_view, BoundStation> stations;
  std::unordered_map<std::string_view, std::vector<const UnitKey*>> keys;  // by unit
  std::unordered_map<std::string_view, ReleaseVersion> changed_in;         // by unit
};

}  // namespace rujukan::routing
