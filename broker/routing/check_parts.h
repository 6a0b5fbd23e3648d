// The parts of check(). Each adds its findings and what it walked over.
#pragma once

#include <map>

#include "broker/routing/check.h"
#include "broker/routing/coverage.h"
#include "broker/routing/decision_table.h"

namespace rujukan::routing {

// Built once per check; the parts read it.
struct CheckedTable {
  const Release& release;
  const Directory& directory;
  const FactSpace& space;
  const DecisionTable& decisions;
  // Of every function that a rule assigns to or informs.
  std::map<FunctionIx, FunctionCoverage> coverage;

  const FunctionCoverage& covered(const FunctionId& function) const {
    return coverage.at(*directory.function(function.view()));
  }
};

// Adds findings at the places of what they are about.
class CheckFindings {
 public:
  CheckFindings(const SourcePlaces& places, CheckReport& report)
      : places_(places), report_(report) {}

  // A finding's text and what facts show it.
  struct Fault {
    ErrorCode code;
    std::string detail;
    std::optional<FactsFile> example = std::nullopt;
    Severity severity = Severity::kError;
  };
  void at_rule(const RuleId& id, Fault fault) { add("routing.toml", "rule", id, std::move(fault)); }
  void at_guarantee(const RuleId& id, Fault fault) {
    add("routing.toml", "guarantee", id, std::move(fault));
  }
  void at_unit(const UnitId& id, Fault fault);
  void at_area(const AreaCode& code, Fault fault);
  void at_file(const char* file, std::string field, Fault fault);

 private:
  void add(const char* file, const char* kind, const RuleId& id, Fault fault);
  void push(const char* file, const Place* place, std::string field, Fault fault);

  const SourcePlaces& places_;
  CheckReport& report_;
};

// One that no facts show.
CheckFindings::Fault warning(ErrorCode code, std::string detail);

// Whether facts of the class can give the rule a list of areas inside the nation. Its first list
// can be chosen freely unless the class puts abroad into it.
bool reads_areas(const Rule& rule, const CaseTraits& traits);
// The list that a rule reads first.
Anchor first_anchor(const Rule& rule);
// A smallest situation in which the rule decides and reads areas if it must.
const std::optional<Situation>& reached(const CheckedTable& table, std::uint32_t rule, bool areas);

// "a, b and 3 more".
std::string listed(const std::vector<std::string>& names, std::size_t total);
std::string shown(const Validity& validity);

void check_deadlines(const Release& release, CheckFindings& findings);
void check_double_coverage(const CheckedTable& table, CheckFindings& findings);
void check_permissions(const Release& release, CheckFindings& findings);
// Of a release that was built for a log: from edition 3 on whoever may be given a case can be
// reached and can answer, all its life.
void check_registry(const Release& release, std::optional<TimeUs> at, CheckFindings& findings);
void check_successors(const CheckedTable& table, CheckFindings& findings);
// What typing errors do to functions, areas and successors. Warnings.
void check_slips(const CheckedTable& table, CheckFindings& findings);
// Dates far from `now` and from the others of their file; not set: no date is far. Warnings.
void check_dates(const Release& release, std::optional<TimeUs> now, CheckFindings& findings);
// What nobody sees in names and titles. Warnings.
void check_names(const Release& release, CheckFindings& findings);
void check_terminals(const CheckedTable& table, CheckFindings& findings);
void check_owners(const CheckedTable& table, CheckFindings& findings);
void check_reach(const CheckedTable& table, CheckFindings& findings);
void check_overlaps(const CheckedTable& table, CheckFindings& findings);
// For each class of facts and need: is there a rule; for each class and set of needs: is there an
// owner, and do the guarantees hold. One walk.
void check_classes(const CheckedTable& table, CheckFindings& findings, CheckReport& report);

}  // namespace rujukan::routing
