#include "broker/wire/case_codec.h"

#include "broker/wire/exact.h"
#include "broker/wire/facts_codec.h"
#include "schemas/record_generated.h"

namespace rujukan::wire {
namespace {

constexpr const char* kIdentifier = "RJC1";
using Builder = flatbuffers::FlatBufferBuilder;
using Shift = std::chrono::microseconds;

flatbuffers::Offset<fb::StoredOffer> put_offer(Builder& builder, const Offer& offer, Shift shift) {
  const auto by = builder.CreateString(offer.by.str());
  const auto function = builder.CreateString(offer.function.str());
  const auto rule = builder.CreateString(offer.rule.str());
  const auto chain = put_strings(builder, offer.chain);
  return fb::CreateStoredOffer(builder, static_cast<std::uint8_t>(offer.basis), by, function, rule,
                               chain, offer.position, offer.answer_within_s,
                               to_us(offer.deadline - shift), us_or_zero(offer.asked_at));
}

flatbuffers::Offset<fb::StoredAssignment> put_assignment(Builder& builder, const Assignment& a,
                                                         Shift shift) {
  flatbuffers::Offset<fb::StoredOffer> offer;
  if (a.offer) offer = put_offer(builder, *a.offer, shift);
  const auto function = builder.CreateString(a.function.str());
  const auto rule = builder.CreateString(a.rule.str());
  const auto chain = put_strings(builder, a.chain);
  fb::StoredAssignmentBuilder out(builder);
  out.add_need(static_cast<std::uint8_t>(a.need));
  out.add_function(function);
  out.add_rule(rule);
  out.add_chain(chain);
  out.add_position(a.position);
  out.add_state(static_cast<std::uint8_t>(a.state));
  out.add_accept_within_s(a.accept_within_s);
  if (a.deadline) out.add_deadline_us(to_us(*a.deadline - shift));
  if (a.offer) out.add_offer(offer);
  out.add_asked_us(us_or_zero(a.asked_at));
  return out.Finish();
}

flatbuffers::Offset<flatbuffers::Vector<flatbuffers::Offset<fb::StoredAssignment>>> put_assignments(
    Builder& builder, const std::vector<Assignment>& list, Shift shift) {
  std::vector<flatbuffers::Offset<fb::StoredAssignment>> out;
  out.reserve(list.size());
  for (const Assignment& a : list) out.push_back(put_assignment(builder, a, shift));
  return builder.CreateVector(out);
}

Offer read_offer(FieldReader& fields, const fb::StoredOffer& table) {
  Offer offer;
  offer.basis = fields.code<OfferBasis>("offer.basis", table.basis());
  offer.by = UnitId(fields.optional_id("offer.by", table.by()));
  offer.function = FunctionId(fields.id("offer.function", table.function()));
  offer.rule = RuleId(fields.text("offer.rule", table.rule(), limits::kIdBytes));
  offer.chain = fields.unit_ids("offer.chain", table.chain(), limits::kRecipients);
  offer.position = table.position();
  offer.answer_within_s = table.answer_within_s();
  offer.deadline = fields.time("offer.deadline", table.deadline_us());
  offer.asked_at = fields.optional_time("offer.asked", table.asked_us());
  if (offer.position >= offer.chain.size()) fields.fail("offer.position", "outside the chain");
  return offer;
}

Assignment read_assignment(FieldReader& fields, const fb::StoredAssignment& table) {
  Assignment a;
  a.need = fields.code<Need>("assignment.need", table.need());
  a.function = FunctionId(fields.id("assignment.function", table.function()));
  a.rule = RuleId(fields.text("assignment.rule", table.rule(), limits::kIdBytes));
  a.chain = fields.unit_ids("assignment.chain", table.chain(), limits::kRecipients);
  a.position = table.position();
  a.state = fields.code<AssignmentState>("assignment.state", table.state());
  a.accept_within_s = table.accept_within_s();
  a.deadline = fields.optional_time("assignment.deadline", table.deadline_us());
  a.asked_at = fields.optional_time("assignment.asked", table.asked_us());
  if (a.position >= a.chain.size()) fields.fail("assignment.position", "outside the chain");
  if (table.offer() != nullptr) a.offer = read_offer(fields, *table.offer());
  return a;
}

std::vector<Assignment> read_assignments(
    FieldReader& fields,
    const flatbuffers::Vector<flatbuffers::Offset<fb::StoredAssignment>>* tables) {
  std::vector<Assignment> out;
  if (tables == nullptr) return out;
  for (const fb::StoredAssignment* a : *tables) out.push_back(read_assignment(fields, *a));
  return out;
}

PendingRequest read_request(FieldReader& fields, const fb::StoredRequest& table) {
  return {UnitId(fields.id("request.unit", table.unit())), table.position(),
          table.answer_within_s(), fields.time("request.deadline", table.deadline_us()),
          fields.optional_time("request.asked", table.asked_us())};
}

}  // namespace

Bytes encode_case(const CaseRecord& record) {
  Builder builder(1024);
  const auto list = put_assignments(builder, record.assignments, record.shift);
  const auto assists = put_assignments(builder, record.assists, record.shift);
  const auto case_id = put_bytes(builder, record.case_id.bytes);
  const auto opener = builder.CreateString(record.opener.str());
  const auto facts = put_facts(builder, record.facts);
  const auto withheld = put_codes(builder, record.withheld);
  const auto informed = put_strings(builder, record.informed);
  const auto related = put_case_ids(builder, record.related);
  const auto told = put_strings(builder, record.told);
  const auto holders = put_strings(builder, record.holders);
  const auto readers = put_strings(builder, record.readers);
  flatbuffers::Offset<fb::StoredRequest> request;
  if (record.request) {
    request = fb::CreateStoredRequest(builder, builder.CreateString(record.request->unit.str()),
                                      record.request->position, record.request->answer_within_s,
                                      to_us(record.request->deadline - record.shift),
                                      us_or_zero(record.request->asked_at));
  }
  flatbuffers::Offset<fb::StoredErasure> erasure;
  if (record.erasure) {
    const auto by = builder.CreateString(record.erasure->by.str());
    const auto basis = builder.CreateString(record.erasure->legal_basis);
    erasure = fb::CreateStoredErasure(builder, by, basis);
  }
  flatbuffers::Offset<fb::StoredHold> hold;
  if (record.hold) {
    const auto basis = builder.CreateString(record.hold->legal_basis);
    hold = fb::CreateStoredHold(builder, basis);
  }
  flatbuffers::Offset<fb::StoredProposal> proposed;
  if (record.proposed) {
    const auto by = builder.CreateString(record.proposed->by.str());
    const auto proposed_facts = put_facts(builder, record.proposed->facts);
    proposed = fb::CreateStoredProposal(builder, by, proposed_facts,
                                        record.proposed->facts.victim_protected);
  }
  // Absent when empty, so that records of the first edition keep their bytes.
  flatbuffers::Offset<FbStrings> excluded;
  if (!record.excluded.empty()) excluded = put_strings(builder, record.excluded);
  fb::StoredCaseBuilder out(builder);
  out.add_case_id(case_id);
  out.add_version(record.version);
  out.add_opened_at_us(to_us(record.opened_at));
  out.add_release_version(to_number(record.release));
  out.add_opener(opener);
  out.add_facts(facts);
  out.add_victim_protected(record.facts.victim_protected);
  out.add_status(static_cast<std::uint8_t>(record.status));
  out.add_lead(static_cast<std::uint8_t>(record.lead));
  out.add_assignments(list);
  out.add_withheld(withheld);
  out.add_informed(informed);
  out.add_assists(assists);
  out.add_related(related);
  if (record.request) out.add_request(request);
  if (record.erasure) out.add_erasure(erasure);
  out.add_erased(record.erased);
  out.add_told(told);
  out.add_holders(holders);
  out.add_readers(readers);
  if (record.hold) out.add_hold(hold);
  if (!record.excluded.empty()) out.add_excluded(excluded);
  if (record.proposed) out.add_proposed(proposed);
  out.add_facts_version(record.facts_version);
  return finish(builder, out.Finish(), kIdentifier);
}

Result<CaseRecord> decode_case(ByteView bytes, std::chrono::microseconds shift) {
  const auto* table = verified_root<fb::StoredCase>(bytes, kIdentifier, limits::kFlatBufferTables);
  if (table == nullptr) return Error{ErrorCode::kStoreCorrupt, "case"};
  FieldReader fields(ErrorCode::kStoreCorrupt);
  CaseRecord record;
  record.case_id.bytes = fields.fixed<16>("case_id", table->case_id());
  record.version = table->version();
  record.opened_at = fields.time("opened_at", table->opened_at_us());
  record.release = ReleaseVersion{table->release_version()};
  record.opener = UnitId(fields.id("opener", table->opener()));
  record.facts = read_facts(fields, table->facts());
  record.facts.victim_protected = table->victim_protected();
  record.status = fields.code<CaseStatus>("status", table->status());
  record.lead = fields.code<Need>("lead", table->lead());
  record.assignments = read_assignments(fields, table->assignments());
  record.assists = read_assignments(fields, table->assists());
  record.withheld = fields.codes<Need>("withheld", table->withheld());
  record.informed = fields.unit_ids("informed", table->informed(), limits::kPartiesEver);
  record.related = fields.case_ids("related", table->related(), limits::kPartiesEver);
  if (table->request() != nullptr) record.request = read_request(fields, *table->request());
  if (const fb::StoredErasure* erasure = table->erasure()) {
    record.erasure = ProposedErasure{UnitId(fields.id("erasure.by", erasure->by())),
                                     fields.id("erasure.legal_basis", erasure->legal_basis())};
  }
  if (const fb::StoredHold* hold = table->hold()) {
    record.hold = LegalHold{fields.id("hold.legal_basis", hold->legal_basis())};
  }
  record.erased = table->erased();
  record.told = fields.unit_ids("told", table->told(), limits::kPartiesEver);
  record.holders = fields.unit_ids("holders", table->holders(), limits::kPartiesEver);
  record.readers = fields.unit_ids("readers", table->readers(), limits::kPartiesEver);
  record.excluded = fields.unit_ids("excluded", table->excluded(), limits::kPartiesEver);
  if (const fb::StoredProposal* proposed = table->proposed()) {
    record.proposed = ProposedFacts{UnitId(fields.id("proposed.by", proposed->by())),
                                    read_facts(fields, proposed->facts())};
    record.proposed->facts.victim_protected = proposed->victim_protected();
  }
  record.facts_version = table->facts_version();
  if (record.assignment(record.lead) == nullptr) fields.fail("lead", "no such assignment");
  if (fields.failed()) return fields.error();
  const bool asked = record.request.has_value();
  if (asked && record.request->position >= record.lead_assignment().chain.size()) {
    return Error{ErrorCode::kStoreCorrupt, "request.position"};
  }
  record.follow(shift);
  return record;
}

Result<void> check_exact_case(ByteView bytes) {
  if (verified_root<fb::StoredCase>(bytes, kIdentifier, limits::kFlatBufferTables) == nullptr) {
    return Error{ErrorCode::kStoreCorrupt, "case"};
  }
  const auto extra =
      find_inexact(bytes, fb::StoredCaseTypeTable(), Texts::kAny, ErrorCode::kStoreCorrupt);
  return extra ? Result<void>(*extra) : Result<void>();
}

}  // namespace rujukan::wire
