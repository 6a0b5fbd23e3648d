#include "tests/bench/drawn_facts.h"

#include <algorithm>
#include <random>

#include "broker/base/invariant.h"

namespace rujukan::bench {
namespace {

std::vector<AreaCode> regencies_of(const Release& release) {
  std::vector<AreaCode> codes;
  for (const Area& area : release.areas) {
    if (area.level == Level::kRegency) codes.push_back(area.code);
  }
  INVARIANT(!codes.empty());
  return codes;
}

class Drawing {
 public:
  explicit Drawing(const Release& release) : regencies_(regencies_of(release)) {}

  Facts next() {
    const std::size_t kind = random_() % 20;
    Facts facts;
    facts.victim_age = VictimAge::kChild;
    facts.consent = Consent::kNotRequired;
    facts.urgency = draw<Urgency>();
    facts.categories = {draw<Category>()};
    if (kind < 8) {
      facts.victims = {area()};
      facts.suspects = {area()};
    } else if (kind < 13) {
      facts.mode = Mode::kOffline;
      facts.victims = {area()};
      facts.incidents = facts.victims;
    } else if (kind < 16) {
      facts.victims = {area(), area()};
      facts.suspects = {area()};
    } else if (kind < 18) {
      facts.mode = Mode::kOffline;
      facts.victim_age = VictimAge::kAdult;
      facts.consent = random_() % 2 == 0 ? Consent::kGiven : Consent::kWithheldPolice;
      facts.victims = {area()};
      facts.needs = {Need::kMedical, Need::kPsychological};
    } else if (kind == 18) {
      facts.victims = {area()};
      facts.suspects = {AreaCode("XX")};
      facts.needs = {Need::kTakedown};
    }
    return facts;
  }

 private:
  AreaCode area() { return regencies_[random_() % regencies_.size()]; }
  template <typename E>
  E draw() {
    const auto names = code_names<E>();
    return names[random_() % names.size()].value;
  }

  std::vector<AreaCode> regencies_;
  std::mt19937_64 random_{20260301};
};

std::string key(const char* name, std::string_view value) {
  return std::string(name) + " = [\"" + std::string(value) + "\"]";
}

std::string target_of(Need need, Mode mode) {
  switch (need) {
    case Need::kInvestigation:
      return mode == Mode::kOffline
                 ? "function = \"investigation.ppa\"\nlevel = \"regency\"\n"
                   "anchors = [\"incidents\", \"victims\"]\n"
                 : "function = \"investigation.cyber\"\nlevel = \"province\"\n"
                   "anchors = [\"victims\", \"suspects\"]\n"
                   "inform = [{ function = \"investigation.ppa\", level = \"regency\", of = "
                   "\"victims\" }]\n";
    case Need::kProtection:
    case Need::kPsychological:
    case Need::kShelter:
    case Need::kLegalAid:
      return "function = \"protection\"\nlevel = \"regency\"\nanchors = [\"victims\"]\n";
    case Need::kRehabilitation:
      return "function = \"social_rehabilitation\"\nlevel = \"province\"\n"
             "anchors = [\"victims\"]\n";
    case Need::kMedical:
      return "function = \"medical\"\nlevel = \"province\"\nanchors = [\"victims\"]\n";
    case Need::kTakedown:
      return "function = \"takedown\"\nlevel = \"national\"\n";
    case Need::kProsecution:
      return "function = \"prosecution\"\nlevel = \"province\"\nanchors = [\"suspects\"]\n";
    case Need::kWitnessProtection:
      return "function = \"witness_protection\"\nlevel = \"national\"\n";
  }
  INVARIANT(false);
}

// One for each combination, without numbers. An adult who withholds the police is left to the rules
// that follow.
std::vector<std::string> all_rules() {
  std::vector<std::string> rules;
  const auto add = [&rules](const std::string& traits, Need need, Mode mode) {
    for (const auto& [category, name] : code_names<Category>()) {
      rules.push_back(key("needs", name_of(need)) + "\nwhen = { " + traits + ", " +
                      key("any_category", name) + " }\n" + target_of(need, mode));
    }
  };
  for (const auto& need : code_names<Need>()) {
    for (const auto& mode : code_names<Mode>()) {
      for (const auto& age : code_names<VictimAge>()) {
        for (const auto& consent : code_names<Consent>()) {
          if (age.value == VictimAge::kAdult && consent.value == Consent::kWithheldPolice) continue;
          for (const auto& urgency : code_names<Urgency>()) {
            add(key("mode", mode.name) + ", " + key("victim_age", age.name) + ", " +
                    key("consent", consent.name) + ", " + key("urgency", urgency.name),
                need.value, mode.value);
          }
        }
      }
    }
  }
  return rules;
}

}  // namespace

std::vector<Facts> drawn_facts(const Release& release, std::size_t count) {
  Drawing drawing(release);
  std::vector<Facts> all;
  for (std::size_t i = 0; i < count; ++i) all.push_back(drawing.next());
  return all;
}

std::string drawn_rules(std::size_t count) {
  std::vector<std::string> rules = all_rules();
  INVARIANT(count <= rules.size());
  std::mt19937_64 random(20260302);
  std::shuffle(rules.begin(), rules.end(), random);
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += "[[rule]]\nid = \"D" + std::to_string(i) + "\"\n" + rules[i];
  }
  return text;
}

}  // namespace rujukan::bench
