// Conditions of rules, and the values of a case that they can tell apart, as bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/model/facts.h"
#include "broker/model/release.h"

namespace rujukan::routing {

// The values that conditions can tell apart.
struct CaseTraits {
  Mode mode = Mode::kOnline;
  VictimAge victim_age = VictimAge::kUnknown;
  Consent consent = Consent::kPending;
  Urgency urgency = Urgency::kRoutine;
  bool suspect_abroad = false;
  std::uint32_t categories = 0;  // bit n: the category with number n
};

// The members of a Condition, in their order.
enum class ConditionPart : std::uint8_t {
  kMode,
  kVictimAge,
  kConsent,
  kUrgency,
  kAnyCategory,
  kSuspectAbroad,
};
// The key of routing.toml.
std::string_view name_of(ConditionPart part);

// A condition prepared for many cases; independent of the life of the one it was made from.
class BoundCondition {
 public:
  explicit BoundCondition(const Condition& when);

  // Whether every part that is set holds.
  bool holds(const CaseTraits& traits) const {
    return holds_but_category(traits) &&
           (any_category_ == 0 || (any_category_ & traits.categories) != 0);
  }
  // The same without regard to categories.
  bool holds_but_category(const CaseTraits& traits) const {
    return (bits_of(traits) & ~allowed_) == 0;
  }
  // nullopt when the condition holds.
  std::optional<ConditionPart> first_failing(const CaseTraits& traits) const;
  // Bit n: the category with number n; 0: any case.
  std::uint32_t any_category() const { return any_category_; }

 private:
  // One bit per value of each part but the categories, in the order of the parts.
  static constexpr unsigned kModeAt = 0;
  static constexpr unsigned kVictimAgeAt = 3;
  static constexpr unsigned kConsentAt = 6;
  static constexpr unsigned kUrgencyAt = 10;
  static constexpr unsigned kAbroadAt = 13;

  template <typename E>
  static constexpr std::uint32_t bit(unsigned at, E value) {
    return std::uint32_t{1} << (at + static_cast<unsigned>(value));
  }
  static constexpr std::uint32_t bits_of(const CaseTraits& traits) {
    return bit(kModeAt, traits.mode) | bit(kVictimAgeAt, traits.victim_age) |
           bit(kConsentAt, traits.consent) | bit(kUrgencyAt, traits.urgency) |
           bit(kAbroadAt, traits.suspect_abroad);
  }

  std::uint32_t allowed_;
  std::uint32_t any_category_ = 0;
};

// Whether every part that is set holds.
inline bool holds(const Condition& when, const CaseTraits& traits) {
  return BoundCondition(when).holds(traits);
}

}  // namespace rujukan::routing
