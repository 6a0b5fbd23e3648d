#include "broker/routing/coded_facts.h"

namespace rujukan::routing {
namespace {

Error invalid(std::string_view field, std::string detail) {
  return Error{ErrorCode::kFactsInvalid, std::string(field), std::move(detail)};
}

Result<void> read_places(const Directory& directory, const std::vector<AreaCode>& codes,
                         Anchor anchor, TimeUs at, PlaceList& out) {
  if (codes.size() > limits::kAreasPerList) {
    return invalid(name_of(anchor),
                   "more than " + std::to_string(limits::kAreasPerList) + " areas");
  }
  for (const AreaCode& code : codes) {
    const AreaNode* node = directory.area(code.view());
    if (node == nullptr) {
      // Only what has the form of a code is repeated: an error must not carry free text.
      return invalid(name_of(anchor),
                     is_valid_area_code(code.view())
                         ? "unknown area " + code.str()
                         : "not an area code at position " + std::to_string(out.areas.size()));
    }
    const AreaNode& area = node->in_force(at);
    out.areas.push_back(&area);
    out.domestic = out.domestic && area.kind == AreaNode::Kind::kDomestic;
  }
  return {};
}

CaseTraits traits_of(const Facts& facts, const PlaceList& suspects) {
  CaseTraits traits{facts.mode, facts.victim_age, facts.consent, facts.urgency, false, 0};
  for (const Category category : facts.categories) {
    traits.categories |= 1U << static_cast<unsigned>(category);
  }
  for (const AreaNode* suspect : suspects.areas) {
    if (suspect->kind == AreaNode::Kind::kAbroad) traits.suspect_abroad = true;
  }
  return traits;
}

}  // namespace

NeedBits bits_of(const std::vector<Need>& needs) {
  NeedBits bits = 0;
  for (const Need need : needs) bits |= NeedBits{1} << static_cast<unsigned>(need);
  return bits;
}

const std::vector<AreaCode>& codes_of(const Facts& facts, Anchor anchor) {
  switch (anchor) {
    case Anchor::kVictims:
      return facts.victims;
    case Anchor::kSuspects:
      return facts.suspects;
    case Anchor::kIncidents:
      return facts.incidents;
  }
  INVARIANT(false);
}

Result<void> read_facts(const Directory& directory, const Facts& facts, TimeUs at,
                        CodedFacts& out) {
  for (const Anchor anchor : {Anchor::kVictims, Anchor::kSuspects, Anchor::kIncidents}) {
    PlaceList& places = out.places[static_cast<std::size_t>(anchor)];
    auto read = read_places(directory, codes_of(facts, anchor), anchor, at, places);
    if (!read) return read;
  }
  if (facts.legal_bases.size() > limits::kLegalBases) {
    return invalid("legal_bases", "more than " + std::to_string(limits::kLegalBases));
  }
  for (const std::string& code : facts.legal_bases) {
    if (!is_valid_id(code)) return invalid("legal_bases", "not a code");
  }
  out.traits = traits_of(facts, out.of(Anchor::kSuspects));
  out.needs = bits_of(facts.needs);
  return {};
}

}  // namespace rujukan::routing
