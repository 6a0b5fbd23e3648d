// What a release changes: entry by entry, and for which facts somebody else is named.
#pragma once

#include <string>
#include <vector>

#include "broker/routing/people_changes.h"
#include "broker/routing/weakened.h"

namespace rujukan::routing {

// The parts of a release, in the order of a diff.
enum class Section {
  kRelease,  // threshold, origin, validity
  kAdministrators,
  kAreas,
  kUnits,
  kImplied,
  kRules,
  kInforms,
  kGuarantees,
  kPermissions,
  kDeadlines,
  kLegalBases,
  kStations,
  kKeys,
};
std::string_view name_of(Section section);

// Values as text; empty: not set. Public keys are named as other keys, never printed.
struct FieldChange {
  std::string name;
  std::string before;
  std::string after;
  friend bool operator==(const FieldChange&, const FieldChange&) = default;
};

struct EntryChange {
  enum class What { kAdded, kRemoved, kMoved, kChanged };

  Section section = Section::kRelease;
  What what = What::kChanged;
  std::string id;
  // Of an entry that came or went, all that are set. Of a rule that moved: before which rule it
  // stood and stands; empty at the end.
  std::vector<FieldChange> fields;
  friend bool operator==(const EntryChange&, const EntryChange&) = default;
};
std::string_view name_of(EntryChange::What what);

// In the order of sections, in each by id; rules in the order of the release after.
std::vector<EntryChange> entry_changes(const Release& before, const Release& after);

struct ReleaseDiff {
  std::vector<Weakened> weakened;
  std::vector<PeopleChange> people;
  std::vector<EntryChange> entries;
  RouteChanges routes;
};

// Pure. Routes are compared at every date at which `after` is valid. Errors: release.invalid.
Result<ReleaseDiff> diff(const Release& before, const Release& after);

}  // namespace rujukan::routing
