#include <algorithm>

#include "ops/cli/explain.h"

namespace rujukan::cli {
namespace {

using routing::ConditionPart;
using routing::Explanation;
using routing::InformResult;

constexpr std::size_t kLabelWidth = 13;

// Lines with a label in front; a label that is repeated is left out.
class Lines {
 public:
  void head(const std::string& text) {
    text_ += (text_.empty() ? "" : "\n") + text + "\n";
    label_.clear();
  }
  void add(std::string label, const std::string& text) {
    std::string shown = label == label_ ? "" : label;
    shown.resize(std::max(kLabelWidth, shown.size() + 1), ' ');
    text_ += "  " + shown + text + "\n";
    label_ = std::move(label);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::string label_;
};

// "a", "a or b", "a, b or c".
std::string joined(const std::vector<std::string_view>& names, std::string_view last) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " " + std::string(last) + " " : ", ";
    out += names[i];
  }
  return out;
}

template <typename E>
std::string one_of(const std::vector<E>& codes) {
  std::vector<std::string_view> names;
  names.reserve(codes.size());
  for (const E code : codes) names.push_back(name_of(code));
  return joined(names, "or");
}

template <typename E>
std::string all_of(const std::vector<E>& codes) {
  std::vector<std::string_view> names;
  names.reserve(codes.size());
  for (const E code : codes) names.push_back(name_of(code));
  return joined(names, "and");
}

std::string is_but_wants(std::string_view part, std::string_view is, const std::string& wants) {
  return std::string(part) + " is " + std::string(is) + ", the rule wants " + wants;
}

std::string why_not(const Condition& when, ConditionPart failed, const Facts& facts) {
  const std::string_view part = routing::name_of(failed);
  switch (failed) {
    case ConditionPart::kMode:
      return is_but_wants(part, name_of(facts.mode), one_of(when.mode));
    case ConditionPart::kVictimAge:
      return is_but_wants(part, name_of(facts.victim_age), one_of(when.victim_age));
    case ConditionPart::kConsent:
      return is_but_wants(part, name_of(facts.consent), one_of(when.consent));
    case ConditionPart::kUrgency:
      return is_but_wants(part, name_of(facts.urgency), one_of(when.urgency));
    case ConditionPart::kAnyCategory:
      return "none of the categories is " + one_of(when.any_category);
    case ConditionPart::kSuspectAbroad:
      return *when.suspect_abroad ? "no suspect is abroad" : "a suspect is abroad";
  }
  INVARIANT(false);
}

std::string text_of(const Explanation::Place& place) {
  if (place.given == place.routed) return place.given.str();
  return place.given.str() + " (now " + place.routed.str() + ")";
}

std::string text_of(const Explanation::Inactive& inactive) {
  const Unit& unit = *inactive.unit;
  if (!inactive.ended) return unit.id.str() + " begins " + to_rfc3339(*unit.validity.from);
  return unit.id.str() + " ended " + to_rfc3339(*unit.validity.until);
}

// Why there is none, or how it was found.
std::string text_of(const Explanation::Sought& sought, const FunctionId& function, Level level) {
  std::string out = text_of(sought.place) + ": ";
  if (sought.unit != nullptr) {
    out += sought.unit->id.str();
    if (sought.stands_for != nullptr) {
      out += ", successor of " + sought.stands_for->id.str() + ", which ended " +
             to_rfc3339(*sought.stands_for->validity.until);
    }
    if (sought.listed->code != sought.place.routed) out += ", by " + sought.listed->code.str();
  } else if (sought.inactive.empty()) {
    return out + "no " + std::string(name_of(level)) + " unit of " + function.str() + " lists it";
  } else {
    out += "none";
  }
  for (const auto& inactive : sought.inactive) {
    out += "; " + text_of(inactive);
    const bool heir_fails = sought.unit == nullptr && inactive.ended;
    if (!heir_fails || inactive.unit->successor.empty()) continue;
    out += " and its successor " + inactive.unit->successor.str() + " cannot stand for it";
  }
  return out;
}

std::string outcome_of(const Explanation::LevelTried& tried) {
  if (tried.taken != nullptr) return "=> " + tried.taken->id.str();
  const Unit* first = nullptr;
  for (const auto& sought : tried.sought) {
    if (sought.unit == nullptr) return "=> nobody: " + text_of(sought.place) + " has none";
    if (first == nullptr) first = sought.unit;
    if (sought.unit != first) {
      return "=> nobody: the areas differ, " + first->id.str() + " and " + sought.unit->id.str();
    }
  }
  return "=> nobody";
}

std::string anchors_of(const Explanation::NeedDecided& need) {
  if (!need.list) {
    return need.rule->anchors.empty() ? "the nation, as the rule says"
                                      : "the nation: no " + one_of(need.rule->anchors) + " known";
  }
  std::string out = std::string(name_of(*need.list)) + ":";
  for (const auto& place : need.places) out += " " + text_of(place);
  if (need.at_nation) out += "; so the nation";
  return out;
}

void add_assignment(Lines& lines, const Explanation::NeedDecided& need) {
  const Rule& rule = *need.rule;
  lines.add("rule", rule.id.str() + ": " + rule.function.str() + ", from " +
                        std::string(name_of(rule.level)) + " up");
  lines.add("areas", anchors_of(need));
  std::string chain;
  for (const auto& tried : need.levels) {
    const std::string level(name_of(tried.level));
    for (const auto& sought : tried.sought) {
      lines.add(level, text_of(sought, rule.function, tried.level));
    }
    lines.add(level, outcome_of(tried));
    if (tried.taken != nullptr) chain += (chain.empty() ? "" : ", ") + tried.taken->id.str();
  }
  lines.add("chain", chain.empty() ? "none" : chain);
}

void add_need(Lines& lines, const Explanation::NeedDecided& need, const Facts& facts) {
  lines.head("Need " + std::string(name_of(need.need)));
  for (const auto& passed : need.passed_over) {
    lines.add("passed over",
              passed.rule->id.str() + ": " + why_not(passed.rule->when, passed.failed, facts));
  }
  if (need.rule == nullptr) {
    lines.add("rule", "none holds");
  } else if (need.rule->withheld) {
    lines.add("rule", need.rule->id.str() + ": withheld, nobody is assigned");
  } else {
    add_assignment(lines, need);
  }
}

std::string text_of(const Explanation::InformSought& sought, const Inform& inform) {
  const std::string area = text_of(sought.place) + ": ";
  switch (sought.result) {
    case InformResult::kInformed:
      return area + sought.unit->id.str();
    case InformResult::kAlready:
      return area + sought.unit->id.str() + ", informed already";
    case InformResult::kHolds:
      return area + "not " + sought.unit->id.str() + ", which holds an assignment";
    case InformResult::kNobody:
      return area + "no unit of " + inform.function.str() + " at this level";
    case InformResult::kNotDomestic:
      return area + "not an area of this country's units";
  }
  INVARIANT(false);
}

void add_informs(Lines& lines, const Explanation& explanation) {
  if (explanation.informs.empty()) return;
  lines.head("Informed");
  for (const auto& entry : explanation.informs) {
    std::string what =
        entry.inform->function.str() + " at " + std::string(name_of(entry.inform->level));
    if (entry.inform->of) what += " of " + std::string(name_of(*entry.inform->of));
    lines.add(entry.rule->str(), what);
    if (entry.sought.empty()) lines.add(entry.rule->str(), "  no area known");
    for (const auto& sought : entry.sought) {
      lines.add(entry.rule->str(), "  " + text_of(sought, *entry.inform));
    }
  }
}

void add_result(Lines& lines, const Explanation& explanation) {
  if (explanation.error) {
    lines.head("Not routed");
    lines.add("why", to_string(*explanation.error));
    return;
  }
  lines.head("Owner " + explanation.result.owner().id.str());
  lines.add("lead", std::string(name_of(explanation.result.lead)));
  lines.add("accept in", std::to_string(explanation.result.accept_within_s) + " s");
}

}  // namespace

std::string to_text(const routing::Explanation& explanation, const Facts& facts) {
  Lines lines;
  add_result(lines, explanation);
  lines.head("Needs");
  lines.add("named", facts.needs.empty() ? "none" : all_of(facts.needs));
  for (const auto& entry : explanation.implied) {
    lines.add("implied", "entry " + std::to_string(entry.position + 1) + " of [[implied]]: " +
                             (entry.added.empty() ? "nothing more" : all_of(entry.added)));
  }
  for (const auto& need : explanation.needs) add_need(lines, need, facts);
  add_informs(lines, explanation);
  return lines.text();
}

}  // namespace rujukan::cli
