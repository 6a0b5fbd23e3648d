// How a message is decided again.
#include <algorithm>

#include "broker/audit/replay.h"
#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/decide/decide.h"
#include "broker/decide/order_trust.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"

namespace rujukan::audit {
namespace {

Outcome refused(Error error) {
  Outcome outcome;
  outcome.refusal = std::move(error);
  return outcome;
}

// Whether a message may have been refused for what came with it, which the log does not hold.
bool may_be_payload(ErrorCode code, const Message& message) {
  if (!message.payload) return code == ErrorCode::kPayloadUnexpected;
  return code == ErrorCode::kPayloadMissing || code == ErrorCode::kPayloadDigest ||
         code == ErrorCode::kPayloadTooLarge || code == ErrorCode::kSealMalformed ||
         code == ErrorCode::kSealRecipients;
}
bool is_of_station(ErrorCode code) {
  return code == ErrorCode::kStationUnknown || code == ErrorCode::kStationUnitNotServed;
}

}  // namespace

// In the order in which the broker looks: see verify/verify.cc and sequencer/ledger.cc.
Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const MessageCause& cause) {
  const Entry& entry = logged.entry;
  const Edition edition = table_->release().edition;
  const bool may_be_kept = !decide::withholds_message(entry.outcome, edition);
  if (cause.leaf) {
    if (may_be_kept) return Verdict{{}, "its bytes have to be kept"};
    ++counts_.as_logged;
    return Verdict{refused(*entry.outcome.refusal)};
  }
  static constexpr const char* kKept = "its bytes are kept although they may hold a name";
  if (logged.message == nullptr) {
    auto message = wire::decode_message(cause.message);
    INVARIANT(!message);
    if (!may_be_kept) return Verdict{{}, kKept};
    return Verdict{refused(message.error())};
  }
  const Message& message = *logged.message;
  if (edition >= Edition::kPresentFacts) {
    auto unvouched = find_unvouched(cause, message);
    if (!unvouched) return unvouched.error();
    if (*unvouched && !may_be_kept) return Verdict{{}, kKept};
    if (*unvouched) return Verdict{refused(**std::move(unvouched))};
  }
  auto again = decide_again(message.message_id, cause.message, "message_id");
  if (!again) return again.error();
  if (*again) return **std::move(again);
  if (conflicts_with_earlier_shard(entry)) {
    ++counts_.as_logged;
    return Verdict{refused(*entry.outcome.refusal)};
  }
  if (auto error = refuse_envelope(entry, cause, message)) {
    return Verdict{refused(*std::move(error))};
  }
  return kind_of(message) == MessageKind::kReferral ? decide_opening(entry, message)
                                                    : decide_later(entry, message);
}

Result<std::optional<Error>> Replay::find_unvouched(const MessageCause& cause,
                                                    const Message& message) {
  if (auto exact = wire::check_exact_message(cause.message); !exact) {
    return std::optional(exact.error());
  }
  const bool adds_facts = kind_of(message) == MessageKind::kFacts;
  const auto record =
      adds_facts ? cases_->find(message.case_id) : Result<const CaseRecord*>(nullptr);
  if (!record) return record.error();
  return decide::check_vouched(message, *record ? &(*record)->facts : nullptr, *table_);
}

// What was decided before under the id: the same bytes get no entry, others are a conflict.
Result<std::optional<Replay::Verdict>> Replay::decide_again(const MessageId& id, ByteView bytes,
                                                            const char* field) {
  const auto before = decided_->find(id);
  if (!before) return before.error();
  if (!*before) return std::optional<Verdict>();
  const std::string index = std::to_string(to_number((*before)->index));
  if ((*before)->hash == sha256(bytes)) {
    return std::optional(Verdict{{}, "it was decided at index " + index});
  }
  return std::optional(
      Verdict{refused({ErrorCode::kMessageConflict, field, "first decided at index " + index})});
}

// nullopt: the envelope is in order as far as the log tells.
std::optional<Error> Replay::refuse_envelope(const Entry& entry, const MessageCause& cause,
                                             const Message& message) {
  const SenderProof& proof = cause.proof;
  const std::optional<Error>& logged = entry.outcome.refusal;
  if (message.sender != proof.unit) {
    return Error{ErrorCode::kMessageSender, "sender", message.sender.str()};
  }
  if (message.payload && message.payload->size > limits::kPayloadBytes) {
    return Error{ErrorCode::kPayloadTooLarge, "payload"};
  }
  if (logged && (may_be_payload(logged->code, message) || is_of_station(logged->code))) {
    ++counts_.as_logged;
    return logged;
  }
  if (!spoken_for_.contains(proof.unit)) {
    return Error{ErrorCode::kStationUnitNotServed, "unit", proof.unit.str()};
  }
  if (table_->key(proof.unit, proof.key_id, KeyPurpose::kSign, entry.time) == nullptr) {
    return Error{ErrorCode::kSubmissionKeyUnknown, "key_id", proof.key_id};
  }
  return std::nullopt;
}

Result<Replay::Verdict> Replay::decide_opening(const Entry& entry, const Message& message) {
  std::vector<std::optional<CaseRecord>> records;
  for (const CaseId& id : std::get<Referral>(message.body).related) {
    const auto record = cases_->find(id);
    if (!record) return record.error();
    records.push_back(*record == nullptr ? std::nullopt : std::optional(**record));
  }
  std::vector<const CaseRecord*> related;
  related.reserve(records.size());
  for (const auto& record : records) related.push_back(record ? &*record : nullptr);
  return Verdict{decide::decide(nullptr, {message, related}, *table_, entry.time)};
}

Result<Replay::Verdict> Replay::decide_later(const Entry& entry, const Message& message) {
  const auto at = settled(message.case_id, entry.time);
  if (!at) return at.error();
  if (at->ended) return Verdict{{}, kEndedFirst};
  const CaseRecord* record = at->record;
  const auto mail = mail_in(entry, message, record);
  if (!mail) return mail.error();
  return Verdict{decide::decide(record, {message, {}, *mail}, *table_, entry.time)};
}

// What lies in a mailbox since an earlier shard does not follow from this one: it is taken to be
// what makes the logged outcome.
Result<std::vector<decide::Mail>> Replay::mail_in(const Entry& entry, const Message& message,
                                                  const CaseRecord* record) {
  std::vector<decide::Mail> mail;
  const auto& outcome = entry.outcome;
  const bool moves = !outcome.events.empty() && outcome.events.front().type == EventType::kReceived;
  const bool is_party = record != nullptr &&
                        std::ranges::count(decide::parties(*record, *table_), message.sender) != 0;
  for (const LogIndex index : decide::entries_named(message)) {
    if (to_number(index) >= shard_first_) {
      const auto found = mail_->find(message.case_id, message.sender, index);
      if (!found) return found.error();
      mail.push_back(*found);
    } else if (outcome.refusal) {
      mail.push_back(decide::Mail::kNone);
    } else {
      mail.push_back(moves || !is_party ? decide::Mail::kWaiting : decide::Mail::kOfCase);
    }
  }
  return mail;
}

Bytes Replay::body_of(const OrderCause& cause) {
  auto opened = wire::decode_signed_order(cause.order);
  INVARIANT(opened.ok());
  return std::move(opened->body);
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const OrderCause& cause) {
  const auto order = decide::verify_order(cause, decide::trust_of(table_->release()));
  if (!order) return Verdict{{}, to_string(order.error())};
  auto again = decide_again(order->order_id, body_of(cause), "order_id");
  if (!again) return again.error();
  if (*again) return **std::move(again);
  if (conflicts_with_earlier_shard(logged.entry)) {
    ++counts_.as_logged;
    return Verdict{refused(*logged.entry.outcome.refusal)};
  }
  auto at = settled(order->case_id, logged.entry.time);
  if (!at) return at.error();
  if (at->ended) return Verdict{{}, kEndedFirst};
  return Verdict{
      decide::decide(at->record, decide::OrderCommand{*order}, *table_, logged.entry.time)};
}

}  // namespace rujukan::audit
