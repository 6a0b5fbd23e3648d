#include "broker/wire/facts_codec.h"

namespace rujukan::wire {

flatbuffers::Offset<fb::Facts> put_facts(flatbuffers::FlatBufferBuilder& builder,
                                         const Facts& facts) {
  const auto categories = put_codes(builder, facts.categories);
  const auto victims = put_strings(builder, facts.victims);
  const auto suspects = put_strings(builder, facts.suspects);
  const auto incidents = put_strings(builder, facts.incidents);
  const auto needs = put_codes(builder, facts.needs);
  const auto legal_bases = builder.CreateVectorOfStrings(facts.legal_bases);
  fb::FactsBuilder out(builder);
  out.add_mode(static_cast<std::uint8_t>(facts.mode));
  out.add_categories(categories);
  out.add_victim_age(static_cast<std::uint8_t>(facts.victim_age));
  out.add_victims(victims);
  out.add_suspects(suspects);
  out.add_incidents(incidents);
  out.add_urgency(static_cast<std::uint8_t>(facts.urgency));
  out.add_consent(static_cast<std::uint8_t>(facts.consent));
  out.add_needs(needs);
  out.add_legal_bases(legal_bases);
  return out.Finish();
}

Facts read_facts(FieldReader& fields, const fb::Facts* table) {
  Facts facts;
  if (table == nullptr) {
    fields.fail("facts", "missing");
    return facts;
  }
  facts.mode = fields.code<Mode>("facts.mode", table->mode());
  facts.categories = fields.codes<Category>("facts.categories", table->categories());
  facts.victim_age = fields.code<VictimAge>("facts.victim_age", table->victim_age());
  facts.victims = fields.areas("facts.victims", table->victims());
  facts.suspects = fields.areas("facts.suspects", table->suspects());
  facts.incidents = fields.areas("facts.incidents", table->incidents());
  facts.urgency = fields.code<Urgency>("facts.urgency", table->urgency());
  facts.consent = fields.code<Consent>("facts.consent", table->consent());
  facts.needs = fields.codes<Need>("facts.needs", table->needs());
  if (table->legal_bases() != nullptr) {
    if (table->legal_bases()->size() > limits::kLegalBases) {
      fields.fail("facts.legal_bases", "too many");
      return facts;
    }
    for (const flatbuffers::String* code : *table->legal_bases()) {
      facts.legal_bases.push_back(fields.id("facts.legal_bases", code));
    }
  }
  return facts;
}

}  // namespace rujukan::wire
