#include "broker/wire/case_codec.h"

#include "broker/wire/facts_codec.h"
#include "schemas/record_generated.h"

namespace rujukan::wire {
namespace {

constexpr const char* kIdentifier = "RJC1";
using Builder = flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<fb::StoredAssignment> put_assignment(Builder& builder, const Assignment& a) {
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
  out.add_deadline_us(us_or_zero(a.deadline));
  return out.Finish();
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
  if (a.position >= a.chain.size()) fields.fail("assignment.position", "outside the chain");
  return a;
}

}  // namespace

Bytes encode_case(const CaseRecord& record) {
  Builder builder(1024);
  std::vector<flatbuffers::Offset<fb::StoredAssignment>> assignments;
  for (const Assignment& a : record.assignments) assignments.push_back(put_assignment(builder, a));
  const auto list = builder.CreateVector(assignments);
  const auto case_id = put_bytes(builder, record.case_id.bytes);
  const auto opener = builder.CreateString(record.opener.str());
  const auto facts = put_facts(builder, record.facts);
  const auto withheld = put_codes(builder, record.withheld);
  const auto informed = put_strings(builder, record.informed);
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
  return finish(builder, out.Finish(), kIdentifier);
}

Result<CaseRecord> decode_case(ByteView bytes) {
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
  if (table->assignments() != nullptr) {
    for (const fb::StoredAssignment* a : *table->assignments()) {
      record.assignments.push_back(read_assignment(fields, *a));
    }
  }
  record.withheld = fields.codes<Need>("withheld", table->withheld());
  record.informed = fields.unit_ids("informed", table->informed(), 4 * limits::kAreasPerList);
  if (record.assignment(record.lead) == nullptr) fields.fail("lead", "no such assignment");
  if (fields.failed()) return fields.error();
  return record;
}

}  // namespace rujukan::wire
