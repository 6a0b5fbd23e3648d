#include <algorithm>

#include "adapters/gateway/mapping.h"

namespace rujukan::gateway {
namespace {

template <typename E>
bool is_code(std::string_view value) {
  return code_from_name<E>(value).has_value();
}

bool is_flag(std::string_view value) { return value == "true" || value == "false"; }

bool is_case_id(std::string_view value) { return uuid_from_string(value).has_value(); }

bool is_digest(std::string_view value) {
  const auto bytes = from_hex(value);
  return bytes && bytes->size() == Digest{}.size();
}

constexpr Target kTargets[] = {
    {"sender.unit", false, true, is_valid_id},
    {"facts.mode", false, true, is_code<Mode>},
    {"facts.categories", true, true, is_code<Category>},
    {"facts.victim_age", false, true, is_code<VictimAge>},
    {"facts.victims", true, true, is_valid_area_code},
    {"facts.suspects", true, true, is_valid_area_code},
    {"facts.incidents", true, true, is_valid_area_code},
    {"facts.urgency", false, true, is_code<Urgency>},
    {"facts.consent", false, true, is_code<Consent>},
    {"facts.needs", true, true, is_code<Need>},
    {"facts.legal_bases", true, false, is_valid_id},
    {"facts.victim_protected", false, false, is_flag},
    {"facts.related", true, false, is_case_id},
    {"evidence.digest", false, false, is_digest},
    {"evidence.kind", false, false, is_code<EvidenceKind>},
    {"evidence.custodian", false, false, is_valid_id},
};

}  // namespace

std::span<const Target> all_targets() { return kTargets; }

const Target& target_named(std::string_view name) {
  const auto* at = std::find_if(std::begin(kTargets), std::end(kTargets),
                                [name](const Target& target) { return target.name == name; });
  INVARIANT(at != std::end(kTargets));
  return *at;
}

}  // namespace rujukan::gateway
