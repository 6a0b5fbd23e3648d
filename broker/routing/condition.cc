#include "broker/routing/condition.h"

#include "broker/base/invariant.h"

namespace rujukan::routing {
namespace {

// A list's values as bits; all of them when the list is empty.
template <typename E>
std::uint32_t bits_of_list(const std::vector<E>& allowed) {
  std::uint32_t bits = 0;
  for (const E value : allowed) bits |= std::uint32_t{1} << static_cast<unsigned>(value);
  return allowed.empty() ? (std::uint32_t{1} << code_names<E>().size()) - 1 : bits;
}

constexpr std::uint32_t range(unsigned from, unsigned to) { return (1U << to) - (1U << from); }

}  // namespace

std::string_view name_of(ConditionPart part) {
  switch (part) {
    case ConditionPart::kMode:
      return "mode";
    case ConditionPart::kVictimAge:
      return "victim_age";
    case ConditionPart::kConsent:
      return "consent";
    case ConditionPart::kUrgency:
      return "urgency";
    case ConditionPart::kAnyCategory:
      return "any_category";
    case ConditionPart::kSuspectAbroad:
      return "suspect_abroad";
  }
  INVARIANT(false);
}

BoundCondition::BoundCondition(const Condition& when)
    : allowed_(bits_of_list(when.mode) << kModeAt | bits_of_list(when.victim_age) << kVictimAgeAt |
               bits_of_list(when.consent) << kConsentAt | bits_of_list(when.urgency) << kUrgencyAt |
               (when.suspect_abroad ? bit(kAbroadAt, *when.suspect_abroad)
                                    : range(kAbroadAt, kAbroadAt + 2))) {
  if (!when.any_category.empty()) any_category_ = bits_of_list(when.any_category);
}

std::optional<ConditionPart> BoundCondition::first_failing(const CaseTraits& traits) const {
  const std::uint32_t failing = bits_of(traits) & ~allowed_;
  if ((failing & range(kModeAt, kVictimAgeAt)) != 0) return ConditionPart::kMode;
  if ((failing & range(kVictimAgeAt, kConsentAt)) != 0) return ConditionPart::kVictimAge;
  if ((failing & range(kConsentAt, kUrgencyAt)) != 0) return ConditionPart::kConsent;
  if ((failing & range(kUrgencyAt, kAbroadAt)) != 0) return ConditionPart::kUrgency;
  if (any_category_ != 0 && (any_category_ & traits.categories) == 0) {
    return ConditionPart::kAnyCategory;
  }
  if (failing != 0) return ConditionPart::kSuspectAbroad;
  return std::nullopt;
}

}  // namespace rujukan::routing
