// RoutingTable: an immutable, indexed release. Answers who owns, who else acts and who is informed.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/facts.h"
#include "broker/model/release.h"
#include "broker/routing/lookup.h"

namespace rujukan::routing {

struct Explanation;  // explain.h
struct TableIndex;   // table_index.h

struct RoutedAssignment {
  Need need;
  FunctionId function;
  RuleId rule;
  std::vector<UnitId> chain;  // first: the unit; last: the terminal unit; never empty
};

struct Route {
  std::vector<RoutedAssignment> assignments;  // in the order of Need
  std::vector<Need> withheld;                 // in the order of Need
  std::vector<RuleId> withheld_rules;         // beside `withheld`
  std::vector<UnitId> informed;               // in the order of the rules, without repeats
  Need lead = Need::kInvestigation;           // of the first assignment
  std::uint32_t accept_within_s = 0;          // follows from the urgency

  const UnitId& owner() const { return assignments.front().chain.front(); }
  // Every unit of every chain, in order of first mention, without repeats: for whom an opening
  // referral is sealed.
  std::vector<UnitId> recipients() const;
};

// Immutable; shared by any number of threads.
class RoutingTable {
 public:
  // Indexes a release. `before`: the table of the release that was in force before it in the same
  // shard of the log; nullptr: none, or nobody will ask changed_in(). Errors: release.invalid.
  static Result<std::shared_ptr<const RoutingTable>> build(Release release,
                                                           const RoutingTable* before = nullptr);
  ~RoutingTable();

  const Release& release() const;

  // Pure. Errors: facts.invalid (field named), routing.no_rule, routing.no_unit.
  Result<Route> route(const Facts& facts, TimeUs at) const;
  // The same as pointers into this table, without allocation unless it fails; `out` is then
  // meaningless. Any thread, each with its own `out`.
  Result<void> lookup(const Facts& facts, TimeUs at, Lookup& out) const;
  // The same evaluation, telling what it did.
  Explanation explain(const Facts& facts, TimeUs at) const;

  // Of the release and everything that was made from it; allocator overhead is not counted.
  std::size_t memory_bytes() const;

  // Whether `agency` may open a case with these facts. Errors: permission.denied (field named).
  Result<void> may_open(const AgencyId& agency, const Facts& facts) const;

  // nullptr when the release does not hold it.
  const Unit* unit(const UnitId& id) const;
  const Area* area(const AreaCode& code) const;
  const Station* station(const StationId& id) const;
  bool station_serves(const StationId& station, const UnitId& unit) const;
  // nullptr unless the key is of the unit, of the purpose, in force at the time and not
  // compromised.
  const UnitKey* key(const UnitId& unit, std::string_view key_id, KeyPurpose purpose,
                     TimeUs at) const;
  // The key to seal for a unit: the one in force that became valid last; nullptr when none.
  const UnitKey* sealing_key(const UnitId& unit, TimeUs at) const;

  // The release, as far as the log's shard tells, in which the unit or a key to seal for it last
  // changed: what was sealed for it under an older one may open for nobody, or for whoever stole a
  // key. A unit that the release does not hold has changed in this one.
  ReleaseVersion changed_in(const UnitId& unit) const;

  // The unit itself while it is active, else the first active one of its successors with the same
  // function; nullptr when there is none.
  const Unit* stand_in(const UnitId& unit, TimeUs at) const;
  // The national unit of a function; nullptr when none is active.
  const Unit* terminal(const FunctionId& function, TimeUs at) const;
  // The unit and the wider ones of its function that cover all its areas, up to the nation's.
  // Empty unless the unit is active and the nation has one.
  std::vector<UnitId> chain_from(const UnitId& unit, TimeUs at) const;
  // Whether the table could name the unit for a place of these facts, or the unit is wider than one
  // that it could name. Requires: facts that route.
  bool competent(const Unit& unit, const Facts& facts, TimeUs at) const;
  // Whether some rule assigns units of the function for the need.
  bool assigns(const FunctionId& function, Need need) const;
  // Whether a unit may be in a chain of a case with these facts, and be its owner: its agency may
  // own, and no guarantee forbids it.
  enum class Part { kInformed, kAssigned, kOwner };
  bool permits(const Unit& unit, Part part, const Facts& facts) const;
  // Whether some unit of the release is not active then.
  bool any_inactive(TimeUs at) const;
  // The next time after `after` at which some unit begins or ends.
  std::optional<TimeUs> next_change(TimeUs after) const;

  // Active units of a function at a level: the most specific that covers the area.
  const Unit* covering_unit(const FunctionId& function, Level level, const AreaCode& area,
                            TimeUs at) const;

 private:
  explicit RoutingTable(std::unique_ptr<const TableIndex> index);
  std::unique_ptr<const TableIndex> index_;
};

}  // namespace rujukan::routing
