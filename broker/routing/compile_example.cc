// Examples for what is wrong in the files. No table need be built for them.
#include <algorithm>

#include "broker/routing/compile_parts.h"
#include "broker/routing/decision_table.h"

namespace rujukan::routing {
namespace {

// Of a folder that is wrong in every line the first few say enough.
constexpr std::size_t kMostExamples = 1000;
constexpr std::string_view kUrgencySuffix = "_accept_within_s";

class Examples {
 public:
  explicit Examples(const Draft& draft)
      : draft_(draft), space_(draft.release), decisions_(draft.release, space_) {}

  std::optional<FactsFile> of(const Finding& finding) const {
    if (finding.file == "units.csv") return at_row(draft_.unit_lines, finding, &Examples::of_unit);
    if (finding.file == "areas.csv") return at_row(draft_.area_lines, finding, &Examples::of_area);
    if (finding.file == "routing.toml") return of_table(finding.line);
    if (finding.file == "deadlines.toml") return of_deadline(finding.error.field);
    return std::nullopt;
  }

 private:
  std::optional<FactsFile> at_row(const std::vector<std::size_t>& lines, const Finding& finding,
                                  std::optional<FactsFile> (Examples::*example)(std::size_t)
                                      const) const {
    const auto line = std::find(lines.begin(), lines.end(), finding.line);
    if (line == lines.end()) return std::nullopt;
    return (this->*example)(static_cast<std::size_t>(line - lines.begin()));
  }

  // What brings a case to the unit: a need of its function in its area.
  std::optional<FactsFile> of_unit(std::size_t position) const {
    const Unit& unit = draft_.release.units[position];
    Witness where{{}, instant_of(unit.validity)};
    if (unit.level != Level::kNational && !unit.areas.empty()) where.areas = {unit.areas.front()};
    return by_rule(where, [&unit](const Rule& rule) {
      return rule.function == unit.function && rule.level >= unit.level;
    });
  }

  std::optional<FactsFile> of_area(std::size_t position) const {
    const Area& area = draft_.release.areas[position];
    if (area.code.empty()) return std::nullopt;
    const Validity since{area.validity.until, std::nullopt};
    return by_rule({{area.code}, instant_of(since)},
                   [](const Rule& rule) { return !rule.anchors.empty(); });
  }

  // The first rule that decides for some facts and is wanted; with the areas in the list that it
  // reads first.
  template <typename Wanted>
  std::optional<FactsFile> by_rule(const Witness& where, Wanted wanted) const {
    const auto& rules = draft_.release.rules;
    for (std::uint32_t i = 0; i < rules.size(); ++i) {
      const auto& situation = decisions_.reached(i, true);
      if (rules[i].withheld || !situation || !wanted(rules[i])) continue;
      const Anchor anchor = rules[i].anchors.empty() ? Anchor::kVictims : rules[i].anchors.front();
      return facts_of(draft_.release, *situation, where, anchor);
    }
    return std::nullopt;
  }

  // The smallest class for which the condition of the table holds, with the table's need.
  std::optional<FactsFile> of_table(std::size_t line) const {
    const auto after = std::find_if(draft_.tables.begin(), draft_.tables.end(),
                                    [line](const PolicyTable& t) { return t.line > line; });
    if (after == draft_.tables.begin()) return std::nullopt;
    const PolicyTable& table = *std::prev(after);
    const Need need = table.needs.empty() ? Need::kInvestigation : table.needs.front();
    for (std::size_t i = 0; i < space_.size(); ++i) {
      if (!holds(table.when, space_[i])) continue;
      return facts_of(draft_.release, {space_[i], need}, {{}, instant_of({})});
    }
    return std::nullopt;
  }

  std::optional<FactsFile> of_deadline(std::string_view key) const {
    if (!key.ends_with(kUrgencySuffix)) return std::nullopt;
    key.remove_suffix(kUrgencySuffix.size());
    const auto urgency = code_from_name<Urgency>(key);
    if (!urgency) return std::nullopt;
    auto file = by_rule({{}, instant_of({})}, [](const Rule&) { return true; });
    if (file) file->facts.urgency = *urgency;
    return file;
  }

  const Draft& draft_;
  FactSpace space_;
  DecisionTable decisions_;
};

// What is not text of the form, or not known at all, is nothing to a case.
bool shown_by_facts(const Finding& finding) {
  constexpr ErrorCode kShown[] = {ErrorCode::kConfigReference, ErrorCode::kConfigDuplicate,
                                  ErrorCode::kConfigMissing, ErrorCode::kConfigValue};
  return finding.line != 0 &&
         std::find(std::begin(kShown), std::end(kShown), finding.error.code) != std::end(kShown);
}

}  // namespace

void add_examples(const Draft& draft, std::vector<Finding>& findings) {
  const Examples examples(draft);
  for (std::size_t i = 0; i < std::min(findings.size(), kMostExamples); ++i) {
    if (shown_by_facts(findings[i])) findings[i].example = examples.of(findings[i]);
  }
}

}  // namespace rujukan::routing
