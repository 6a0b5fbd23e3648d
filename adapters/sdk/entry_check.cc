#include "adapters/sdk/entry_check.h"

#include <algorithm>

#include "broker/decide/decide.h"
#include "broker/decide/order_trust.h"
#include "broker/merkle/proof.h"
#include "broker/seal/seal.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/frames.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

Result<void> check_sender(const MessageCause& cause, const Message& message, TimeUs logged_at,
                          const routing::RoutingTable& table, std::string_view log_origin) {
  const SenderProof& proof = cause.proof;
  if (proof.unit != message.sender) return Error{ErrorCode::kMessageSender, "proof.unit"};
  const UnitKey* key = table.key(proof.unit, proof.key_id, KeyPurpose::kSign, logged_at);
  if (key == nullptr) return Error{ErrorCode::kSubmissionKeyUnknown, "proof.key_id", proof.key_id};
  const auto root =
      merkle::root_of_path(merkle::leaf_of(cause), proof.index, proof.count, proof.path);
  if (!root) return Error{ErrorCode::kSignatureInvalid, "proof.path"};
  const Bytes signed_bytes =
      wire::submission_signing_bytes(log_origin, proof.unit, proof.count, *root);
  if (!ed25519_verify(key->key, signed_bytes, proof.signature)) {
    return Error{ErrorCode::kSignatureInvalid, "proof.signature"};
  }
  return {};
}

}  // namespace

Result<CheckedEntry> check_entry(const Receipt& receipt, const routing::RoutingTable& table,
                                 std::string_view log_origin) {
  auto entry = wire::decode_entry(receipt.entry);
  if (!entry) return entry.error();
  if (entry->outcome.refusal) return Error{ErrorCode::kEntryMalformed, "outcome", "a refusal"};
  CheckedEntry checked{*std::move(entry), std::nullopt, {}, std::nullopt};
  if (const auto* cause = std::get_if<OrderCause>(&checked.entry.cause)) {
    auto order = decide::verify_order(*cause, decide::trust_of(table.release()));
    if (!order) return order.error();
    if (order->log_origin != log_origin) return Error{ErrorCode::kOrderInvalid, "log_origin"};
    checked.order = *std::move(order);
  }
  if (const CaseId* case_id = case_of(checked.entry.cause)) {
    checked.case_id = *case_id;
    return checked;
  }
  const auto* cause = std::get_if<MessageCause>(&checked.entry.cause);
  if (cause == nullptr) return Error{ErrorCode::kEntryMalformed, "cause", "is of no case"};
  auto message = wire::decode_message(cause->message);
  if (!message) return message.error();
  if (const auto signed_by = check_sender(*cause, *message, checked.entry.time, table, log_origin);
      !signed_by) {
    return signed_by.error();
  }
  checked.case_id = message->case_id;
  checked.message = *std::move(message);
  return checked;
}

Result<void> check_payload(const CheckedEntry& checked, const std::optional<Bytes>& payload) {
  if (!payload) return {};
  if (!checked.message || !checked.message->payload) {
    return Error{ErrorCode::kPayloadUnexpected, "payload"};
  }
  if (!is_announced(*checked.message->payload, *payload)) {
    return Error{ErrorCode::kPayloadDigest, "payload"};
  }
  return {};
}

Result<Entry> check_own_entry(const Receipt& receipt, ByteView message,
                              const std::optional<Error>& refusal) {
  auto entry = wire::decode_entry(receipt.entry);
  if (!entry) return entry.error();
  const auto* cause = std::get_if<MessageCause>(&entry->cause);
  const bool same = cause != nullptr && (cause->leaf ? *cause->leaf == merkle::leaf_hash(message)
                                                     : std::ranges::equal(cause->message, message));
  if (!same) {
    return Error{ErrorCode::kProofInvalid, "receipt", "it is for another message"};
  }
  const auto& logged = entry->outcome.refusal;
  if (logged.has_value() != refusal.has_value() || (logged && logged->code != refusal->code)) {
    return Error{ErrorCode::kProofInvalid, "receipt", "it logs another outcome"};
  }
  return entry;
}

Result<std::optional<std::string>> open_narrative(const Message& message,
                                                  const std::optional<Bytes>& payload,
                                                  const Opener& opener) {
  if (!message.payload || !payload) return std::optional<std::string>();
  const auto& recipients = message.recipients;
  auto sealed_for = std::find(recipients.begin(), recipients.end(), opener.unit);
  if (sealed_for == recipients.end()) {
    // The keys of an ended unit may have passed to its successor.
    sealed_for = std::find_if(recipients.begin(), recipients.end(), [&](const UnitId& recipient) {
      return decide::stands_in(opener.unit, recipient, opener.table, opener.now) &&
             opener.keys.serves(recipient);
    });
  }
  if (sealed_for == recipients.end()) return std::optional<std::string>();
  Error last{ErrorCode::kSealNotRecipient, "unit", "no sealing key is held"};
  for (const UnitKeys::SealingKey& key : opener.keys.sealing_keys(*sealed_for)) {
    const auto opened =
        open_seal(*payload, *message.payload, {message.message_id, message.case_id, message.sender},
                  *sealed_for, key.key);
    if (opened) return std::optional(std::string(as_text(*opened)));
    last = opened.error();
    // Only a seal for another key of the unit may open with the next one.
    if (last.code != ErrorCode::kSealBroken) break;
  }
  return last;
}

}  // namespace rujukan::sdk
