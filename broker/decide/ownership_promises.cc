// What the guarantees of a release promise, held against a case of an OwnershipCheck. Written from
// config/README.md, not from routing/.
#include <algorithm>

#include "broker/base/packed.h"
#include "broker/decide/ownership.h"

namespace rujukan::decide {
namespace {

template <typename T>
bool holds(const std::vector<T>& list, const T& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}
// An empty list is no condition.
template <typename T>
bool meets(const std::vector<T>& list, const T& value) {
  return list.empty() || holds(list, value);
}

}  // namespace

void OwnershipCheck::follow(std::shared_ptr<const Release> release) {
  release_ = std::move(release);
  agencies_.clear();
  agency_of_.clear();
  if (release_ == nullptr) return;
  for (const Unit& unit : release_->units) agencies_.emplace(unit.id, &unit.agency);
}

OwnershipCheck::Traits OwnershipCheck::traits_of(const Facts& facts) {
  Traits traits{true, facts.mode, facts.victim_age, facts.consent, facts.urgency, 0, false};
  for (const Category category : facts.categories) {
    traits.categories |= 1U << static_cast<unsigned>(category);
  }
  traits.suspect_abroad = holds(facts.suspects, AreaCode("XX"));
  return traits;
}

Bytes OwnershipCheck::bytes_of(const Facts& facts) {
  Packer out;
  const auto put = [&out](auto code) { out.number(static_cast<std::uint8_t>(code)); };
  const auto put_codes = [&](const auto& codes) {
    out.number(codes.size());
    for (const auto code : codes) put(code);
  };
  const auto put_areas = [&](const std::vector<AreaCode>& areas) {
    out.number(areas.size());
    for (const AreaCode& area : areas) out.text(area.view());
  };
  put(facts.mode);
  put_codes(facts.categories);
  put(facts.victim_age);
  put_areas(facts.victims);
  put_areas(facts.suspects);
  put_areas(facts.incidents);
  put(facts.urgency);
  put(facts.consent);
  put_codes(facts.needs);
  out.number(facts.legal_bases.size());
  for (const std::string& basis : facts.legal_bases) out.text(basis);
  out.number(facts.victim_protected);
  return out.packed();
}

const AgencyId* OwnershipCheck::agency_of(UnitNumber unit) {
  if (unit >= agency_of_.size()) {
    const std::size_t known = agency_of_.size();
    agency_of_.resize(units_.size());
    for (std::size_t i = known; i < units_.size(); ++i) {
      const auto at = agencies_.find(units_[i]);
      agency_of_[i] = at == agencies_.end() ? nullptr : at->second;
    }
  }
  return agency_of_[unit];
}

bool OwnershipCheck::is_of(UnitNumber unit, const std::vector<AgencyId>& agencies) {
  if (agencies.empty()) return false;
  const AgencyId* agency = agency_of(unit);
  return agency != nullptr && holds(agencies, *agency);
}

bool OwnershipCheck::is_kept_out(UnitNumber unit, const Case& state) {
  return std::any_of(
      release_->guarantees.begin(), release_->guarantees.end(), [&](const Guarantee& guarantee) {
        return is_of(unit, guarantee.excluded_agency) && concerns(guarantee.when, state.traits);
      });
}

bool OwnershipCheck::concerns(const Condition& when, const Traits& traits) {
  const bool any_category =
      when.any_category.empty() ||
      std::any_of(when.any_category.begin(), when.any_category.end(), [&](Category category) {
        return (traits.categories & (1U << static_cast<unsigned>(category))) != 0;
      });
  return meets(when.mode, traits.mode) && meets(when.victim_age, traits.victim_age) &&
         meets(when.consent, traits.consent) && meets(when.urgency, traits.urgency) &&
         any_category &&
         when.suspect_abroad.value_or(traits.suspect_abroad) == traits.suspect_abroad;
}

OwnershipCheck::Fault OwnershipCheck::check_promises(const Case& state) {
  if (!on_present_facts() || state.closed || !state.traits.known) return std::nullopt;
  for (const Guarantee& guarantee : release_->guarantees) {
    if (!concerns(guarantee.when, state.traits)) continue;
    if (auto fault = check_promise(guarantee, state)) return fault;
  }
  return std::nullopt;
}

OwnershipCheck::Fault OwnershipCheck::check_promise(const Guarantee& guarantee, const Case& state) {
  const auto breaks = [&](UnitNumber unit, const char* as) {
    return "guarantee " + guarantee.id.str() + ": " + units_[unit].str() + " is " + as;
  };
  const auto may_not_act = [&](UnitNumber unit) {
    return is_of(unit, guarantee.excluded_agency) || is_of(unit, guarantee.unassigned_agency);
  };
  const auto may_not_own = [&](UnitNumber unit) {
    return !guarantee.owner_agency.empty() && !is_of(unit, guarantee.owner_agency);
  };
  for (const Part& part : state.parts) {
    const bool leads = part.assist == 0 && part.need == state.lead;
    const auto& chain = chains_[part.held.chain];
    // Of what is done only the lead's unit counts, which owns the case.
    const std::size_t end = !part.done ? chain.size() : leads ? part.held.position + 1U : 0;
    for (std::size_t i = part.held.position; i < end; ++i) {
      if (may_not_act(chain[i])) return breaks(chain[i], "in a chain");
      if (leads && may_not_own(chain[i])) return breaks(chain[i], "in the owner's chain");
    }
    if (!part.offered.present) continue;
    const auto& offered = chains_[part.offered.step.chain];
    for (std::size_t i = part.offered.step.position; i < offered.size(); ++i) {
      if (may_not_act(offered[i])) return breaks(offered[i], "offered an assignment");
      if (leads && may_not_own(offered[i])) return breaks(offered[i], "offered the case");
    }
  }
  for (const UnitNumber unit : state.informed) {
    if (is_of(unit, guarantee.excluded_agency)) return breaks(unit, "informed");
  }
  if (state.requester != 0 && (may_not_act(state.requester) || may_not_own(state.requester))) {
    return breaks(state.requester, "asking for a transfer");
  }
  return std::nullopt;
}

}  // namespace rujukan::decide
