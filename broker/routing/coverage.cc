#include "broker/routing/coverage.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace rujukan::routing {
namespace {

constexpr std::size_t kNational = static_cast<std::size_t>(Level::kNational);
constexpr std::size_t kProvince = static_cast<std::size_t>(Level::kProvince);
constexpr std::size_t kRegency = static_cast<std::size_t>(Level::kRegency);

bool never(const Validity& v) { return v.from && v.until && *v.from >= *v.until; }
bool starts_before(const Unit& a, const Unit& b) {
  return a.validity.from < b.validity.from;  // one that is not set is before every other
}
bool ends_after_start(const Unit& a, const Unit& b) {
  return !a.validity.until || !b.validity.from || *a.validity.until > *b.validity.from;
}
bool ends_later(const Unit& a, const Unit& b) {
  return b.validity.until && (!a.validity.until || *a.validity.until > *b.validity.until);
}

// The units of a function and those that may stand in for them.
std::vector<const Unit*> concerned(const Release& release, const Directory& directory,
                                   FunctionIx function) {
  std::vector<bool> taken(release.units.size(), false);
  std::vector<const Unit*> units;
  for (const Unit& unit : release.units) {
    const UnitNode* node = directory.unit(unit.id.view());
    if (node->function != function) continue;
    for (; node != nullptr; node = node->successor) {
      const auto position = static_cast<std::size_t>(node->unit - release.units.data());
      if (taken[position]) break;
      taken[position] = true;
      units.push_back(node->unit);
    }
  }
  return units;
}

// Where an area leads at one time.
struct Answer {
  const UnitNode* province;
  const UnitNode* regency;
  const AreaCode* area;
};

class Survey {
 public:
  Survey(const Release& release, const Directory& directory, FunctionIx function)
      : release_(release), directory_(directory), seen_(release.units.size()) {
    out_.function = function;
    for (const Area& area : release.areas) {
      const AreaNode* node = directory.area(area.code.view());
      codes_.push_back({node, &area.code});
    }
    // Examples name codes in force where they can.
    std::stable_partition(codes_.begin(), codes_.end(),
                          [](const auto& entry) { return entry.first->successor == nullptr; });
  }

  void visit(const DateSegment& segment) {
    const std::uint64_t areas = codes_.size();
    out_.dates += 1;
    out_.lookups += areas * 3;
    out_.pairs += areas * (areas + 1) / 2;
    visit_nation(segment);
    visit_areas(segment);
  }

  FunctionCoverage take() {
    for (const Level level : {Level::kNational, Level::kProvince, Level::kRegency}) {
      for (const auto& seen : seen_) {
        if (seen && seen->unit->unit->level == level) out_.units.push_back(*seen);
      }
    }
    return std::move(out_);
  }

 private:
  void visit_nation(const DateSegment& segment) {
    // Facts without areas, with the nation or with abroad; and the end of every other chain.
    const UnitNode* terminal =
        directory_.covering(out_.function, Level::kNational, directory_.nation(), segment.at);
    if (terminal == nullptr) {
      auto& gaps = out_.unterminated;
      const bool goes_on = !gaps.empty() && gaps.back().validity.until &&
                           gaps.back().validity.until == segment.validity.from;
      if (goes_on) {
        gaps.back().validity.until = segment.validity.until;
      } else {
        gaps.push_back(segment);
      }
      return;
    }
    see(terminal, {{}, segment.at});
    for (auto& of_rule : out_.heads) lead(of_rule[kNational], {{}, segment.at});
  }

  void visit_areas(const DateSegment& segment) {
    std::vector<Answer> answers;
    answers.reserve(codes_.size());
    for (const auto& [named, code] : codes_) {
      const AreaNode* node = &named->in_force(segment.at);
      if (node->kind != AreaNode::Kind::kDomestic) continue;
      const auto* province =
          directory_.covering(out_.function, Level::kProvince, *node, segment.at);
      const auto* regency = directory_.covering(out_.function, Level::kRegency, *node, segment.at);
      for (const UnitNode* unit : {province, regency}) {
        if (unit != nullptr) see(unit, {{*code}, segment.at});
      }
      answers.push_back({province, regency, code});
    }
    lead_one(answers, segment.at);
    lead_pairs(std::move(answers), segment.at);
  }

  void lead_one(const std::vector<Answer>& answers, TimeUs at) {
    for (const Answer& answer : answers) {
      if (answer.province != nullptr) lead(out_.heads[kProvince][kProvince], {{*answer.area}, at});
      if (answer.regency != nullptr) {
        lead(out_.heads[kRegency][kRegency], {{*answer.area}, at});
      } else if (answer.province != nullptr) {
        lead(out_.heads[kRegency][kProvince], {{*answer.area}, at});
      }
    }
  }

  // Areas of one unit at the province and of two at the regency: neighbours once sorted.
  void lead_pairs(std::vector<Answer> answers, TimeUs at) {
    if (out_.heads[kRegency][kProvince]) return;
    std::erase_if(answers, [](const Answer& a) { return a.province == nullptr; });
    std::sort(answers.begin(), answers.end(), [](const Answer& a, const Answer& b) {
      return std::tie(a.province, a.regency, *a.area) < std::tie(b.province, b.regency, *b.area);
    });
    std::size_t first = 0;  // with the same units as the one before i
    for (std::size_t i = 1; i < answers.size(); ++i) {
      const Answer& one = answers[first];
      const Answer& other = answers[i];
      if (one.regency == other.regency && one.province == other.province) continue;
      first = i;
      if (one.province != other.province) continue;
      lead(out_.heads[kRegency][kProvince], {{*one.area, *other.area}, at});
      return;
    }
  }

  void see(const UnitNode* unit, Witness witness) {
    auto& seen = seen_[static_cast<std::size_t>(unit->unit - release_.units.data())];
    if (!seen) seen = {unit, std::move(witness)};
  }
  static void lead(std::optional<Witness>& head, Witness witness) {
    if (!head || witness.areas.size() < head->areas.size()) head = std::move(witness);
  }

  const Release& release_;
  const Directory& directory_;
  FunctionCoverage out_;
  std::vector<std::optional<FunctionCoverage::Seen>> seen_;  // by the unit's position
  std::vector<std::pair<const AreaNode*, const AreaCode*>> codes_;
};

}  // namespace

std::vector<DoubleCoverage> double_coverage(const std::vector<Unit>& units) {
  std::map<std::tuple<std::string_view, Level, std::string_view>, std::vector<std::size_t>> places;
  for (std::size_t i = 0; i < units.size(); ++i) {
    if (units[i].function.empty() || never(units[i].validity)) continue;
    for (const AreaCode& code : units[i].areas) {
      places[{units[i].function.view(), units[i].level, code.view()}].push_back(i);
    }
  }
  std::vector<DoubleCoverage> found;
  for (auto& [place, listed] : places) {
    std::stable_sort(listed.begin(), listed.end(), [&units](std::size_t a, std::size_t b) {
      return starts_before(units[a], units[b]);
    });
    // Of those that began before, the one that ends last overlaps if any does.
    std::size_t last = listed.front();
    for (std::size_t i = 1; i < listed.size(); ++i) {
      const std::size_t next = listed[i];
      if (ends_after_start(units[last], units[next])) {
        found.push_back({std::max(last, next), std::min(last, next), AreaCode(std::get<2>(place))});
      }
      if (ends_later(units[next], units[last])) last = next;
    }
  }
  return found;
}

FunctionCoverage cover(const Release& release, const Directory& directory,
                       const FunctionId& function) {
  const auto known = directory.function(function.view());
  INVARIANT(known.has_value());
  Survey survey(release, directory, *known);
  std::vector<const Area*> areas;
  for (const Area& area : release.areas) areas.push_back(&area);
  const auto segments =
      date_segments(concerned(release, directory, *known), areas, release.validity);
  for (const DateSegment& segment : segments) survey.visit(segment);
  return survey.take();
}

}  // namespace rujukan::routing
