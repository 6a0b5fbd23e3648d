// What RoutingTable holds: the release, and everything looked up in it bound to positions.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/routing/directory.h"
#include "broker/routing/rule_index.h"
#include "broker/routing/table.h"

namespace rujukan::routing {

struct BoundInform {
  FunctionIx function{};
  Level level = Level::kNational;
  std::optional<Anchor> of;
};

struct BoundRule {
  const Rule* rule = nullptr;
  FunctionIx function{};  // meaningless for a rule that withholds
  std::vector<BoundInform> inform;
};

struct BoundCaseInform {
  const CaseInform* rule = nullptr;
  BoundInform inform;
};

struct BoundStation {
  const Station* station = nullptr;
  std::vector<std::string_view> units;  // sorted
};

// Everything but `release` points into it; neither copied nor moved.
struct RoutingTable::Index {
  explicit Index(Release&& r) : release(std::move(r)), rule_index(release.rules) {}
  Index(const Index&) = delete;
  Index& operator=(const Index&) = delete;

  Result<void> bind();
  Result<void> bind_rules();
  Result<void> bind_registry();
  Result<BoundInform> bind_inform(const Inform& inform) const;

  const Release release;
  const RuleIndex rule_index;
  std::optional<Directory> directory;  // set by bind()
  std::optional<TimeUs> first_end;     // of any unit
  std::optional<TimeUs> last_begin;    // of any unit
  std::vector<BoundRule> rules;        // in the order of the release
  std::vector<BoundCaseInform> case_informs;
  std::unordered_map<std::string_view, const Permission*> permissions;
  std::unordered_map<std::string_view, BoundStation> stations;
  std::unordered_map<std::string_view, std::vector<const UnitKey*>> keys;  // by unit
};

}  // namespace rujukan::routing
