#include "broker/wire/entry_codec.h"

#include "broker/wire/buffers.h"
#include "broker/wire/case_codec.h"
#include "broker/wire/exact.h"
#include "broker/wire/order_codec.h"
#include "schemas/entry_generated.h"

namespace rujukan::wire {
namespace {

constexpr const char* kIdentifier = "RJE1";
// A submission has at most 256 messages, so a path has at most 8 hashes.
constexpr std::size_t kSubmissionPath = 8;
using Builder = flatbuffers::FlatBufferBuilder;

flatbuffers::Offset<void> put_message_cause(Builder& builder, const MessageCause& cause) {
  const SenderProof& proof = cause.proof;
  const auto path = put_digests(builder, proof.path);
  const auto signature = put_bytes(builder, proof.signature);
  const auto key_id = builder.CreateString(proof.key_id);
  const auto unit = builder.CreateString(proof.unit.str());
  const auto sender =
      fb::CreateSenderProof(builder, unit, key_id, signature, proof.count, proof.index, path);
  flatbuffers::Offset<FbBytes> message;
  flatbuffers::Offset<FbBytes> leaf;
  if (cause.leaf) {
    leaf = put_bytes(builder, *cause.leaf);
  } else {
    message = put_bytes(builder, cause.message);
  }
  return fb::CreateMessageCause(builder, message, sender, leaf).Union();
}

std::uint64_t us_of(std::chrono::microseconds span) {
  return static_cast<std::uint64_t>(span.count());
}

flatbuffers::Offset<void> put_cause(Builder& builder, const Cause& cause) {
  if (const auto* message = std::get_if<MessageCause>(&cause)) {
    return put_message_cause(builder, *message);
  }
  if (const auto* deadline = std::get_if<DeadlineCause>(&cause)) {
    const auto case_id = put_bytes(builder, deadline->case_id.bytes);
    return fb::CreateDeadlineCause(builder, case_id, static_cast<std::uint8_t>(deadline->need),
                                   deadline->assist, static_cast<std::uint8_t>(deadline->subject))
        .Union();
  }
  if (const auto* succession = std::get_if<SuccessionCause>(&cause)) {
    return fb::CreateSuccessionCause(builder, put_bytes(builder, succession->case_id.bytes))
        .Union();
  }
  if (const auto* link = std::get_if<LinkCause>(&cause)) {
    const auto case_id = put_bytes(builder, link->case_id.bytes);
    return fb::CreateLinkCause(builder, case_id, put_bytes(builder, link->related.bytes)).Union();
  }
  if (const auto* state = std::get_if<StateCause>(&cause)) {
    const auto digest = put_bytes(builder, state->digest);
    return fb::CreateStateCause(builder, state->format, state->cases, digest).Union();
  }
  if (const auto* order = std::get_if<OrderCause>(&cause)) {
    const auto case_id = put_bytes(builder, order->case_id.bytes);
    return fb::CreateOrderCause(builder, case_id, put_bytes(builder, order->order)).Union();
  }
  if (const auto* genesis = std::get_if<GenesisCause>(&cause)) {
    const auto previous = builder.CreateString(genesis->previous);
    const auto digest = put_bytes(builder, genesis->digest);
    return fb::CreateGenesisCause(builder, previous, to_number(genesis->version), digest,
                                  us_of(genesis->shift))
        .Union();
  }
  if (const auto* carry = std::get_if<CarryCause>(&cause)) {
    const auto case_id = put_bytes(builder, carry->case_id.bytes);
    return fb::CreateCarryCause(builder, case_id, put_bytes(builder, carry->record)).Union();
  }
  if (const auto* exclusion = std::get_if<ExclusionCause>(&cause)) {
    return fb::CreateExclusionCause(builder, put_bytes(builder, exclusion->case_id.bytes)).Union();
  }
  if (const auto* time = std::get_if<TimeCause>(&cause)) {
    return fb::CreateTimeCause(builder, us_of(time->shift)).Union();
  }
  const auto& release = std::get<ReleaseCause>(cause);
  const auto digest = put_bytes(builder, release.digest);
  return fb::CreateReleaseCause(builder, to_number(release.version), digest).Union();
}

flatbuffers::Offset<fb::Event> put_event(Builder& builder, const Event& event) {
  const auto unit = builder.CreateString(event.unit.str());
  const auto function = builder.CreateString(event.function.str());
  const auto rule = builder.CreateString(event.rule.str());
  const auto units = put_strings(builder, event.units);
  flatbuffers::Offset<FbBytes> case_id;
  const bool names_case = event.type == EventType::kLinked;
  if (names_case) case_id = put_bytes(builder, event.case_id.bytes);
  flatbuffers::Offset<flatbuffers::String> legal_basis;
  if (!event.legal_basis.empty()) legal_basis = builder.CreateString(event.legal_basis);
  fb::EventBuilder out(builder);
  out.add_type(static_cast<std::uint8_t>(event.type));
  out.add_need(static_cast<std::uint8_t>(event.need));
  out.add_unit(unit);
  out.add_function(function);
  out.add_rule(rule);
  out.add_units(units);
  out.add_position(event.position);
  out.add_accept_within_s(event.accept_within_s);
  out.add_deadline_us(us_or_zero(event.deadline));
  out.add_reason(static_cast<std::uint8_t>(event.reason));
  out.add_state(static_cast<std::uint8_t>(event.state));
  out.add_assist(event.assist);
  out.add_subject(static_cast<std::uint8_t>(event.subject));
  out.add_basis(static_cast<std::uint8_t>(event.basis));
  if (names_case) out.add_case_id(case_id);
  if (!event.legal_basis.empty()) out.add_legal_basis(legal_basis);
  return out.Finish();
}

flatbuffers::Offset<fb::Outcome> put_outcome(Builder& builder, const Outcome& outcome) {
  std::vector<flatbuffers::Offset<fb::Event>> events;
  for (const Event& event : outcome.events) events.push_back(put_event(builder, event));
  const auto list = builder.CreateVector(events);
  const auto owner = builder.CreateString(outcome.owner.str());
  flatbuffers::Offset<fb::Refusal> refusal;
  if (outcome.refusal) {
    const auto field = builder.CreateString(outcome.refusal->field);
    const auto detail = builder.CreateString(outcome.refusal->detail);
    refusal = fb::CreateRefusal(builder, static_cast<std::uint16_t>(outcome.refusal->code), field,
                                detail);
  }
  const auto recipients = put_strings(builder, outcome.recipients);
  fb::OutcomeBuilder out(builder);
  out.add_events(list);
  out.add_case_version(outcome.case_version);
  out.add_owner(owner);
  if (outcome.refusal) out.add_refusal(refusal);
  out.add_recipients(recipients);
  return out.Finish();
}

MessageCause read_message_cause(FieldReader& fields, const fb::MessageCause& table) {
  MessageCause cause;
  if ((table.message() == nullptr) == (table.leaf() == nullptr) || table.proof() == nullptr) {
    fields.fail("cause", "a message cause without message or proof");
    return cause;
  }
  const fb::SenderProof& proof = *table.proof();
  if (table.leaf() != nullptr) {
    cause.leaf = fields.fixed<32>("cause.leaf", table.leaf());
  } else {
    cause.message.assign(table.message()->begin(), table.message()->end());
  }
  cause.proof.unit = UnitId(fields.id("cause.proof.unit", proof.unit()));
  cause.proof.key_id = fields.id("cause.proof.key_id", proof.key_id());
  cause.proof.signature = fields.fixed<64>("cause.proof.signature", proof.signature());
  cause.proof.count = proof.count();
  cause.proof.index = proof.index();
  cause.proof.path = fields.digests("cause.proof.path", proof.path(), kSubmissionPath);
  if (proof.count() > limits::kSubmissionMessages || proof.index() >= proof.count()) {
    fields.fail("cause.proof.index", "outside the submission");
  }
  return cause;
}

Bytes read_blob(FieldReader& fields, const char* name, const FbBytes* blob) {
  if (blob == nullptr || blob->size() == 0) {
    fields.fail(name, "missing");
    return {};
  }
  return Bytes(blob->begin(), blob->end());
}

// A log of which more than a century is lost holds nothing that anybody waits for.
std::chrono::microseconds read_shift(FieldReader& fields, std::uint64_t us) {
  constexpr std::chrono::microseconds kMost = std::chrono::years(100);
  if (us > us_of(kMost)) {
    fields.fail("cause.shift_us", "over a century");
    return {};
  }
  return std::chrono::microseconds(us);
}

Cause read_cause(FieldReader& fields, const fb::Entry& entry) {
  if (const auto* message = entry.cause_as_MessageCause()) {
    return read_message_cause(fields, *message);
  }
  if (const auto* deadline = entry.cause_as_DeadlineCause()) {
    return DeadlineCause{CaseId{fields.fixed<16>("cause.case_id", deadline->case_id())},
                         fields.code<Need>("cause.need", deadline->need()), deadline->assist(),
                         fields.code<Subject>("cause.subject", deadline->subject())};
  }
  if (const auto* succession = entry.cause_as_SuccessionCause()) {
    return SuccessionCause{CaseId{fields.fixed<16>("cause.case_id", succession->case_id())}};
  }
  if (const auto* link = entry.cause_as_LinkCause()) {
    return LinkCause{CaseId{fields.fixed<16>("cause.case_id", link->case_id())},
                     CaseId{fields.fixed<16>("cause.related", link->related())}};
  }
  if (const auto* release = entry.cause_as_ReleaseCause()) {
    return ReleaseCause{ReleaseVersion{release->version()},
                        fields.fixed<32>("cause.digest", release->digest())};
  }
  if (const auto* state = entry.cause_as_StateCause()) {
    return StateCause{state->format(), state->cases(),
                      fields.fixed<32>("cause.digest", state->digest())};
  }
  if (const auto* order = entry.cause_as_OrderCause()) {
    return OrderCause{CaseId{fields.fixed<16>("cause.case_id", order->case_id())},
                      read_blob(fields, "cause.order", order->order())};
  }
  if (const auto* genesis = entry.cause_as_GenesisCause()) {
    return GenesisCause{fields.text("cause.previous", genesis->previous(), limits::kEntryBytes),
                        ReleaseVersion{genesis->version()},
                        fields.fixed<32>("cause.digest", genesis->digest()),
                        read_shift(fields, genesis->shift_us())};
  }
  if (const auto* carry = entry.cause_as_CarryCause()) {
    return CarryCause{CaseId{fields.fixed<16>("cause.case_id", carry->case_id())},
                      read_blob(fields, "cause.record", carry->record())};
  }
  if (const auto* exclusion = entry.cause_as_ExclusionCause()) {
    return ExclusionCause{CaseId{fields.fixed<16>("cause.case_id", exclusion->case_id())}};
  }
  if (const auto* time = entry.cause_as_TimeCause()) {
    if (time->shift_us() == 0) fields.fail("cause.shift_us", "must not be 0");
    return TimeCause{read_shift(fields, time->shift_us())};
  }
  fields.fail("cause", "missing or of an unknown type");
  return ReleaseCause{};
}

Event read_event(FieldReader& fields, const fb::Event& table) {
  Event event;
  event.type = fields.code<EventType>("event.type", table.type());
  event.need = fields.code<Need>("event.need", table.need());
  event.unit = UnitId(fields.optional_id("event.unit", table.unit()));
  event.function = FunctionId(fields.optional_id("event.function", table.function()));
  event.rule = RuleId(fields.text("event.rule", table.rule(), limits::kIdBytes));
  event.units = fields.unit_ids("event.units", table.units(), limits::kPartiesEver);
  event.position = table.position();
  event.accept_within_s = table.accept_within_s();
  event.deadline = fields.optional_time("event.deadline_us", table.deadline_us());
  event.reason = fields.code<Reason>("event.reason", table.reason());
  event.state = fields.code<AssignmentState>("event.state", table.state());
  event.assist = table.assist();
  event.subject = fields.code<Subject>("event.subject", table.subject());
  event.basis = fields.code<OfferBasis>("event.basis", table.basis());
  if (event.type == EventType::kLinked) {
    event.case_id.bytes = fields.fixed<16>("event.case_id", table.case_id());
  }
  event.legal_basis = fields.optional_id("event.legal_basis", table.legal_basis());
  return event;
}

Outcome read_outcome(FieldReader& fields, const fb::Outcome* table) {
  Outcome outcome;
  if (table == nullptr) {
    fields.fail("outcome", "missing");
    return outcome;
  }
  if (table->events() != nullptr) {
    for (const fb::Event* event : *table->events()) {
      outcome.events.push_back(read_event(fields, *event));
    }
  }
  outcome.case_version = table->case_version();
  outcome.owner = UnitId(fields.optional_id("outcome.owner", table->owner()));
  if (const fb::Refusal* refusal = table->refusal()) {
    const auto code = error_code_from_number(refusal->code());
    if (!code) fields.fail("outcome.refusal.code", "unknown");
    outcome.refusal = Error{code.value_or(ErrorCode::kEntryMalformed),
                            fields.text("outcome.refusal.field", refusal->field(), 1024),
                            fields.text("outcome.refusal.detail", refusal->detail(), 1024)};
  }
  outcome.recipients =
      fields.unit_ids("outcome.recipients", table->recipients(), limits::kRecipients);
  if (outcome.refusal.has_value() == !outcome.events.empty()) {
    fields.fail("outcome", "must have either events or a refusal");
  }
  return outcome;
}

}  // namespace

Result<Bytes> encode_entry(const Entry& entry) {
  Builder builder(4096);
  const auto cause = put_cause(builder, entry.cause);
  const auto outcome = put_outcome(builder, entry.outcome);
  fb::EntryBuilder out(builder);
  out.add_index(to_number(entry.index));
  out.add_time_us(to_us(entry.time));
  out.add_release_version(to_number(entry.release));
  out.add_cause_type(static_cast<fb::Cause>(entry.cause.index() + 1));
  out.add_cause(cause);
  out.add_outcome(outcome);
  Bytes bytes = finish(builder, out.Finish(), kIdentifier);
  if (bytes.size() > limits::kEntryBytes) {
    return Error{ErrorCode::kEntryTooLarge, "entry", std::to_string(bytes.size()) + " bytes"};
  }
  return bytes;
}

Result<Entry> decode_entry(ByteView bytes) {
  const auto* table = bytes.size() > limits::kEntryBytes
                          ? nullptr
                          : verified_root<fb::Entry>(bytes, kIdentifier, limits::kFlatBufferTables);
  if (table == nullptr) return Error{ErrorCode::kEntryMalformed};
  FieldReader fields(ErrorCode::kEntryMalformed);
  Entry entry;
  entry.index = LogIndex{table->index()};
  entry.time = fields.time("time_us", table->time_us());
  entry.release = ReleaseVersion{table->release_version()};
  entry.cause = read_cause(fields, *table);
  if (concerns_case(entry.cause)) {
    entry.outcome = read_outcome(fields, table->outcome());
  } else if (table->outcome() != nullptr && table->outcome()->events() != nullptr &&
             table->outcome()->events()->size() != 0) {
    fields.fail("outcome", "an entry without a case has no events");
  }
  if (fields.failed()) return fields.error();
  return entry;
}

Result<void> check_exact_entry(ByteView bytes) {
  const auto wrong = [](const char* field, std::string detail) {
    return Error{ErrorCode::kEntryMalformed, field, std::move(detail)};
  };
  if (auto extra =
          find_inexact(bytes, fb::EntryTypeTable(), Texts::kAny, ErrorCode::kEntryMalformed)) {
    return *std::move(extra);
  }
  const auto& entry = *flatbuffers::GetSizePrefixedRoot<fb::Entry>(bytes.data());
  if (const auto* order = entry.cause_as_OrderCause()) {
    const Bytes signed_order(order->order()->begin(), order->order()->end());
    if (auto exact = check_exact_order(signed_order); !exact) {
      return wrong("cause.order", exact.error().detail);
    }
  }
  if (const auto* carry = entry.cause_as_CarryCause()) {
    const Bytes record(carry->record()->begin(), carry->record()->end());
    if (auto exact = check_exact_case(record); !exact) {
      return wrong("cause.record", exact.error().detail);
    }
  }
  const fb::Outcome* outcome = entry.outcome();
  if (outcome == nullptr) return {};
  const auto type = entry.cause_type();
  const bool of_case = type != fb::Cause::ReleaseCause && type != fb::Cause::StateCause &&
                       type != fb::Cause::GenesisCause && type != fb::Cause::TimeCause;
  const bool empty = outcome->case_version() == 0 && outcome->refusal() == nullptr &&
                     (outcome->owner() == nullptr || outcome->owner()->size() == 0) &&
                     (outcome->recipients() == nullptr || outcome->recipients()->size() == 0);
  if (!of_case && !empty) return wrong("outcome", "an entry without a case has none");
  if (outcome->events() == nullptr) return {};
  for (const fb::Event* event : *outcome->events()) {
    const bool linked = event->type() == static_cast<std::uint8_t>(EventType::kLinked);
    if (!linked && event->case_id() != nullptr) return wrong("event.case_id", "of another event");
  }
  return {};
}

}  // namespace rujukan::wire
