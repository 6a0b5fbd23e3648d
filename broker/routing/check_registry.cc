// Whether whoever may be given a case can be sealed for, can answer, and is connected.
#include <algorithm>
#include <map>
#include <set>

#include "broker/routing/check_parts.h"
#include "broker/routing/expiry.h"

namespace rujukan::routing {
namespace {

// Of a unit: [from, until) of its keys of one purpose, compromised ones cut off.
using Spans = std::vector<std::pair<TimeUs, TimeUs>>;

// What the registry holds, by unit.
struct Registry {
  explicit Registry(const Release& release) {
    for (const UnitKey& key : release.keys) {
      TimeUs until = key.validity.until.value_or(TimeUs::max());
      if (key.compromised_since) until = std::min(until, *key.compromised_since);
      spans_of[{key.unit.view(), key.purpose}].emplace_back(
          key.validity.from.value_or(TimeUs::min()), until);
      keyed.insert(key.unit.view());
    }
    for (auto& [of, spans] : spans_of) std::ranges::sort(spans);
    for (const Station& station : release.stations) {
      for (const UnitId& unit : station.units) served.insert(unit.view());
    }
  }

  std::map<std::pair<std::string_view, KeyPurpose>, Spans> spans_of;
  std::set<std::string_view> keyed;
  std::set<std::string_view> served;  // by some station
};

// The first part of [from, until) that no span covers.
std::optional<Validity> gap_in(const Spans& spans, TimeUs from, TimeUs until) {
  TimeUs covered = from;
  for (const auto& [begin, end] : spans) {
    if (begin > covered) return Validity{covered, std::min(begin, until)};
    covered = std::max(covered, end);
    if (covered >= until) return std::nullopt;
  }
  return Validity{covered, until};
}

class RegistryCheck {
 public:
  RegistryCheck(const Release& release, Validity life, CheckFindings& findings)
      : release_(release), registry_(release), life_(std::move(life)), findings_(findings) {
    for (const Rule& rule : release.rules) {
      if (!rule.withheld) assigned_.insert(rule.function.view());
    }
  }

  void run() {
    const bool empty = release_.keys.empty() || release_.stations.empty();
    if (empty) {
      const bool keys = release_.keys.empty();
      findings_.at_file(keys ? "keys.csv" : "stations.csv", keys ? "keys" : "stations",
                        {ErrorCode::kConfigMissing, "nobody could send or take a case"});
      return;
    }
    for (const auto& [agency, units] : units_by_agency()) {
      const bool joined = std::ranges::any_of(units, [this](const Unit* unit) {
        return registry_.keyed.contains(unit->id.view()) ||
               registry_.served.contains(unit->id.view());
      });
      if (!joined) {
        findings_.at_file("keys.csv", "agency " + std::string(agency),
                          {.code = ErrorCode::kTableNotJoined,
                           .detail = std::to_string(units.size()) + " units",
                           .severity = Severity::kWarning});
        continue;
      }
      for (const Unit* unit : units) look_at(*unit);
    }
  }

 private:
  // Those that some rule may give a case to while the release is in force.
  std::map<std::string_view, std::vector<const Unit*>> units_by_agency() const {
    std::map<std::string_view, std::vector<const Unit*>> out;
    for (const Unit& unit : release_.units) {
      const auto [from, until] = life_of(unit);
      if (from < until && assigned_.contains(unit.function.view())) {
        out[unit.agency.view()].push_back(&unit);
      }
    }
    return out;
  }

  std::pair<TimeUs, TimeUs> life_of(const Unit& unit) const {
    return {std::max(*life_.from, unit.validity.from.value_or(TimeUs::min())),
            std::min(*life_.until, unit.validity.until.value_or(TimeUs::max()))};
  }

  void look_at(const Unit& unit) {
    if (!registry_.served.contains(unit.id.view())) {
      findings_.at_file("stations.csv", "unit " + unit.id.str(), {ErrorCode::kTableNoStation, ""});
    }
    const auto [from, until] = life_of(unit);
    for (const auto& purpose : code_names<KeyPurpose>()) {
      const auto at = registry_.spans_of.find({unit.id.view(), purpose.value});
      const auto gap = gap_in(at == registry_.spans_of.end() ? Spans() : at->second, from, until);
      if (!gap) continue;
      findings_.at_file("keys.csv", "unit " + unit.id.str(),
                        {ErrorCode::kTableNoKey, std::string(purpose.name) + ", " + shown(*gap)});
    }
  }

  const Release& release_;
  const Registry registry_;
  const Validity life_;  // both ends set
  CheckFindings& findings_;
  std::set<std::string_view> assigned_;  // functions
};

// One finding for each step, however many keys end.
void warn_of_ends(const Release& release, TimeUs at, CheckFindings& findings) {
  std::map<std::pair<bool, int>, std::vector<Expiry>> steps;
  for (Expiry& one : expiring(release, at)) {
    steps[{one.unit.empty(), one.within_days}].push_back(std::move(one));
  }
  for (const auto& [step, ends] : steps) {
    const Expiry& first = ends.front();
    std::string text =
        first.what + " ends " + time_left(first.at, at) + ", " + to_rfc3339(first.at);
    if (ends.size() > 1) text += "; and " + std::to_string(ends.size() - 1) + " more keys";
    findings.at_file(step.first ? "release" : "keys.csv",
                     "within " + std::to_string(step.second) + " days",
                     {.code = ErrorCode::kTableExpires,
                      .detail = std::move(text),
                      .severity = Severity::kWarning});
  }
}

}  // namespace

void check_registry(const Release& release, std::optional<TimeUs> at, CheckFindings& findings) {
  const bool built = !release.log_origin.empty();
  if (release.edition < Edition::kFairWaits) return;
  if (!built && release.keys.empty() && release.stations.empty()) return;
  // A folder has no dates yet: what it holds is looked at as it is now.
  const TimeUs from = release.validity.from.value_or(at.value_or(TimeUs()));
  const TimeUs until = release.validity.until.value_or(from + std::chrono::microseconds(1));
  RegistryCheck(release, {from, until}, findings).run();
  if (at) warn_of_ends(release, *at, findings);
}

}  // namespace rujukan::routing
