#include "broker/wire/message_codec.h"

#include <cstring>

#include "broker/wire/buffers.h"
#include "broker/wire/exact.h"
#include "broker/wire/facts_codec.h"
#include "schemas/message_generated.h"

namespace rujukan::wire {
namespace {

constexpr const char* kIdentifier = "RJM1";
using Builder = flatbuffers::FlatBufferBuilder;
using BodyOffset = flatbuffers::Offset<void>;

BodyOffset put_referral(Builder& builder, const Referral& referral) {
  std::vector<flatbuffers::Offset<fb::Evidence>> evidence;
  for (const Evidence& item : referral.evidence) {
    const auto digest = put_bytes(builder, item.digest);
    const auto custodian = builder.CreateString(item.custodian.str());
    evidence.push_back(
        fb::CreateEvidence(builder, digest, static_cast<std::uint8_t>(item.kind), custodian));
  }
  const auto facts = put_facts(builder, referral.facts);
  const auto list = builder.CreateVector(evidence);
  flatbuffers::Offset<FbBytes> related;
  if (!referral.related.empty()) related = put_case_ids(builder, referral.related);
  return fb::CreateReferral(builder, facts, list, related).Union();
}

std::uint8_t number(auto code) { return static_cast<std::uint8_t>(code); }

struct BodyWriter {
  Builder& builder;

  BodyOffset operator()(const Referral& body) const { return put_referral(builder, body); }
  BodyOffset operator()(const Accept& body) const {
    return fb::CreateAccept(builder, number(body.need), number(body.subject)).Union();
  }
  BodyOffset operator()(const Decline& body) const {
    return fb::CreateDecline(builder, number(body.need), number(body.reason), number(body.subject))
        .Union();
  }
  BodyOffset operator()(const Received& body) const {
    std::vector<std::uint64_t> entries;
    for (const LogIndex index : body.entries) entries.push_back(to_number(index));
    return fb::CreateReceived(builder, builder.CreateVector(entries)).Union();
  }
  BodyOffset operator()(const Note&) const { return fb::CreateNote(builder).Union(); }
  BodyOffset operator()(const Progress& body) const {
    return fb::CreateProgress(builder, number(body.need), number(body.state)).Union();
  }
  BodyOffset operator()(const Complete& body) const {
    return fb::CreateComplete(builder, number(body.need)).Union();
  }
  BodyOffset operator()(const Close&) const { return fb::CreateClose(builder).Union(); }
  BodyOffset operator()(const Transfer& body) const {
    const auto to = builder.CreateString(body.to.str());
    return fb::CreateTransfer(builder, number(body.need), to, number(body.reason)).Union();
  }
  BodyOffset operator()(const TransferRequest&) const {
    return fb::CreateTransferRequest(builder).Union();
  }
  BodyOffset operator()(const Assist& body) const {
    const auto to = builder.CreateString(body.to.str());
    return fb::CreateAssist(builder, number(body.need), to).Union();
  }
  BodyOffset operator()(const NewFacts& body) const {
    const std::uint32_t seen = body.facts_version ? *body.facts_version + 1 : 0;
    return fb::CreateNewFacts(builder, put_facts(builder, body.facts), seen).Union();
  }
  BodyOffset operator()(const Cancel& body) const {
    const auto unit = builder.CreateString(body.unit.str());
    return fb::CreateCancel(builder, number(body.need), unit, number(body.reason),
                            number(body.subject))
        .Union();
  }
  BodyOffset operator()(const Reopen&) const { return fb::CreateReopen(builder).Union(); }
  BodyOffset operator()(const Erase& body) const {
    return fb::CreateErase(builder, builder.CreateString(body.legal_basis)).Union();
  }
  BodyOffset operator()(const Unreadable& body) const {
    return fb::CreateUnreadable(builder, to_number(body.entry)).Union();
  }
};

Referral read_referral(FieldReader& fields, const fb::Referral& table) {
  Referral referral;
  referral.facts = read_facts(fields, table.facts());
  referral.related = fields.case_ids("related", table.related(), limits::kRelated);
  if (table.evidence() == nullptr) return referral;
  if (table.evidence()->size() > limits::kEvidence) {
    fields.fail("evidence", "more than " + std::to_string(limits::kEvidence) + " items");
    return referral;
  }
  for (const fb::Evidence* item : *table.evidence()) {
    referral.evidence.push_back({fields.fixed<32>("evidence.digest", item->digest()),
                                 fields.code<EvidenceKind>("evidence.kind", item->kind()),
                                 UnitId(fields.id("evidence.custodian", item->custodian()))});
  }
  return referral;
}

Received read_received(FieldReader& fields, const fb::Received& table) {
  Received received;
  if (table.entries() == nullptr || table.entries()->size() == 0 ||
      table.entries()->size() > limits::kDeliveryWindow) {
    fields.fail("entries",
                "must name 1 to " + std::to_string(limits::kDeliveryWindow) + " entries");
    return received;
  }
  for (flatbuffers::uoffset_t i = 0; i < table.entries()->size(); ++i) {
    // A buffer verifies when its vectors lie in it, aligned or not.
    std::uint64_t index = 0;
    std::memcpy(&index, table.entries()->Data() + i * sizeof index, sizeof index);
    index = flatbuffers::EndianScalar(index);
    if (!received.entries.empty() && to_number(received.entries.back()) >= index) {
      fields.fail("entries", "must ascend");
    }
    received.entries.push_back(LogIndex{index});
  }
  return received;
}

Progress read_progress(FieldReader& fields, const fb::Progress& table) {
  const Progress progress{fields.code<Need>("need", table.need()),
                          fields.code<AssignmentState>("state", table.state())};
  if (progress.state != AssignmentState::kInProgress &&
      progress.state != AssignmentState::kOnHold) {
    fields.fail("state", "must be in-progress or on-hold");
  }
  return progress;
}

Accept read_accept(FieldReader& fields, const fb::Accept& table) {
  const Accept accept{fields.code<Need>("need", table.need()),
                      fields.code<Subject>("subject", table.subject())};
  if (accept.subject == Subject::kRequest) {
    fields.fail("subject", "a request is answered by a transfer");
  }
  return accept;
}

NewFacts read_new_facts(FieldReader& fields, const fb::NewFacts& table) {
  NewFacts more{read_facts(fields, table.facts())};
  if (table.facts_seen() != 0) more.facts_version = table.facts_seen() - 1;
  return more;
}

Cancel read_cancel(FieldReader& fields, const fb::Cancel& table) {
  Cancel cancel{fields.code<Need>("need", table.need()),
                UnitId(fields.optional_id("unit", table.unit())),
                fields.code<Reason>("reason", table.reason()),
                fields.code<Subject>("subject", table.subject())};
  if (cancel.unit.empty() == (cancel.subject == Subject::kAssignment)) {
    fields.fail("unit", "names who is responsible for an assignment, and nothing else");
  }
  return cancel;
}

MessageBody read_body(FieldReader& fields, const fb::Message& message) {
  if (message.body() == nullptr) {
    fields.fail("body", "missing");
    return Close{};
  }
  switch (message.body_type()) {
    case fb::Body::Referral:
      return read_referral(fields, *message.body_as_Referral());
    case fb::Body::Accept:
      return read_accept(fields, *message.body_as_Accept());
    case fb::Body::Decline:
      return Decline{fields.code<Need>("need", message.body_as_Decline()->need()),
                     fields.code<Reason>("reason", message.body_as_Decline()->reason()),
                     fields.code<Subject>("subject", message.body_as_Decline()->subject())};
    case fb::Body::Received:
      return read_received(fields, *message.body_as_Received());
    case fb::Body::Note:
      return Note{};
    case fb::Body::Progress:
      return read_progress(fields, *message.body_as_Progress());
    case fb::Body::Complete:
      return Complete{fields.code<Need>("need", message.body_as_Complete()->need())};
    case fb::Body::Close:
      return Close{};
    case fb::Body::Transfer: {
      const fb::Transfer& table = *message.body_as_Transfer();
      return Transfer{fields.code<Need>("need", table.need()), UnitId(fields.id("to", table.to())),
                      fields.code<Reason>("reason", table.reason())};
    }
    case fb::Body::TransferRequest:
      return TransferRequest{};
    case fb::Body::Assist: {
      const fb::Assist& table = *message.body_as_Assist();
      return Assist{fields.code<Need>("need", table.need()), UnitId(fields.id("to", table.to()))};
    }
    case fb::Body::NewFacts:
      return read_new_facts(fields, *message.body_as_NewFacts());
    case fb::Body::Cancel:
      return read_cancel(fields, *message.body_as_Cancel());
    case fb::Body::Reopen:
      return Reopen{};
    case fb::Body::Erase:
      return Erase{fields.id("legal_basis", message.body_as_Erase()->legal_basis())};
    case fb::Body::Unreadable:
      return Unreadable{LogIndex{message.body_as_Unreadable()->entry()}};
    case fb::Body::NONE:
      break;
  }
  // Verification passes unions of a type it does not know.
  fields.fail("body", "unknown kind " + std::to_string(static_cast<int>(message.body_type())));
  return Close{};
}

std::optional<PayloadRef> read_payload(FieldReader& fields, const fb::PayloadRef* table) {
  if (table == nullptr) return std::nullopt;
  if (table->size() == 0 || table->size() > limits::kPayloadBytes) {
    fields.fail("payload.size", "must be 1 to " + std::to_string(limits::kPayloadBytes));
  }
  return PayloadRef{fields.fixed<32>("payload.digest", table->digest()), table->size(),
                    fields.fixed<32>("payload.commitment", table->commitment())};
}

// What depends on more than one field.
void check_whole(FieldReader& fields, const Message& message) {
  const MessageKind kind = kind_of(message);
  if (!is_uuid7(message.message_id.bytes)) fields.fail("message_id", "not a UUIDv7");
  if (kind == MessageKind::kReferral && message.case_id != case_id_of(message.message_id)) {
    fields.fail("case_id", "must be the message id of the opening referral");
  }
  if (message.recipients.empty() == message.payload.has_value()) {
    fields.fail("recipients", "a payload and its recipients come together");
  }
  const bool compares = compares_version(kind);
  if (compares == (message.expected_version == 0)) {
    fields.fail("expected_version", compares ? "missing" : "must be 0 for this kind");
  }
  const bool about_mail = kind == MessageKind::kReceived || kind == MessageKind::kUnreadable;
  if (about_mail && message.payload) fields.fail("payload", "a message about mail has none");
}

}  // namespace

Bytes encode_message(const Message& message) {
  Builder builder(1024);
  const BodyOffset body = std::visit(BodyWriter{builder}, message.body);
  flatbuffers::Offset<fb::PayloadRef> payload;
  if (message.payload) {
    const auto digest = put_bytes(builder, message.payload->digest);
    const auto commitment = put_bytes(builder, message.payload->commitment);
    payload = fb::CreatePayloadRef(builder, digest, message.payload->size, commitment);
  }
  const auto recipients = put_strings(builder, message.recipients);
  std::vector<Handling> caveats;
  if (message.victim_protected) caveats.push_back(Handling::kVictimProtected);
  const auto handling = put_codes(builder, caveats);
  const auto sender = builder.CreateString(message.sender.str());
  const auto case_id = put_bytes(builder, message.case_id.bytes);
  const auto message_id = put_bytes(builder, message.message_id.bytes);
  fb::MessageBuilder out(builder);
  out.add_message_id(message_id);
  out.add_case_id(case_id);
  out.add_sender(sender);
  out.add_sent_at_us(to_us(message.sent_at));
  out.add_release_version(to_number(message.release));
  out.add_expected_version(message.expected_version);
  out.add_handling(handling);
  out.add_recipients(recipients);
  if (message.payload) out.add_payload(payload);
  out.add_body_type(static_cast<fb::Body>(kind_of(message)));
  out.add_body(body);
  return finish(builder, out.Finish(), kIdentifier);
}

Result<Message> decode_message(ByteView bytes) {
  if (bytes.size() > limits::kMessageBytes) return Error{ErrorCode::kMessageTooLarge};
  const auto* table = verified_root<fb::Message>(bytes, kIdentifier, limits::kFlatBufferTables);
  if (table == nullptr) return Error{ErrorCode::kMessageMalformed};

  FieldReader fields(ErrorCode::kMessageInvalid);
  Message message;
  message.message_id.bytes = fields.fixed<16>("message_id", table->message_id());
  message.case_id.bytes = fields.fixed<16>("case_id", table->case_id());
  message.sender = UnitId(fields.id("sender", table->sender()));
  message.sent_at = fields.time("sent_at_us", table->sent_at_us());
  message.release = ReleaseVersion{table->release_version()};
  message.expected_version = table->expected_version();
  message.victim_protected = !fields.codes<Handling>("handling", table->handling()).empty();
  message.recipients = fields.unit_ids("recipients", table->recipients(), limits::kRecipients);
  message.payload = read_payload(fields, table->payload());
  message.body = read_body(fields, *table);
  if (auto* referral = std::get_if<Referral>(&message.body)) {
    referral->facts.victim_protected = message.victim_protected;
  }
  if (auto* more = std::get_if<NewFacts>(&message.body)) {
    more->facts.victim_protected = message.victim_protected;
  }
  check_whole(fields, message);
  if (fields.failed()) return fields.error();
  return message;
}

Result<void> check_exact_message(ByteView bytes) {
  const auto extra =
      find_inexact(bytes, fb::MessageTypeTable(), Texts::kCoded, ErrorCode::kMessageMalformed);
  return extra ? Result<void>(*extra) : Result<void>();
}

}  // namespace rujukan::wire
