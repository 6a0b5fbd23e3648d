#include "adapters/sdk/planner.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "broker/merkle/proof.h"
#include "broker/runtime/random.h"
#include "broker/seal/seal.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

SealRandomness draw_randomness(std::size_t recipients) {
  SealRandomness randomness;
  fill_random(randomness.key);
  fill_random(randomness.nonce);
  fill_random(randomness.salt);
  for (std::size_t i = 0; i < recipients; ++i) {
    randomness.ephemeral_seeds.push_back(random_bytes<32>());
  }
  return randomness;
}

Result<std::vector<SealRecipient>> keys_of(const std::vector<UnitId>& units,
                                           const routing::RoutingTable& table, TimeUs now) {
  std::vector<SealRecipient> out;
  for (const UnitId& unit : units) {
    const UnitKey* key = table.sealing_key(unit, now);
    if (key == nullptr) {
      return Error{ErrorCode::kReleaseInvalid, "keys", "no sealing key for " + unit.str()};
    }
    out.push_back({unit, key->key_id, key->key});
  }
  return out;
}

// Whoever may have to read a later message of the case, less its sender.
std::vector<UnitId> readers_of(const KnownCase& known, const UnitId& sender) {
  std::vector<UnitId> out = known.chain_units;
  if (std::find(out.begin(), out.end(), known.opener) == out.end()) out.push_back(known.opener);
  out.erase(std::remove(out.begin(), out.end(), sender), out.end());
  // The only unit of a case writes for its own file.
  if (out.empty()) out.push_back(sender);
  return out;
}

bool compares_version(const Message& message) {
  const MessageKind kind = kind_of(message);
  return kind != MessageKind::kReferral && kind != MessageKind::kReceived &&
         kind != MessageKind::kNote;
}

}  // namespace

Message Planner::draft(const UnitId& sender) const {
  Message message;
  message.message_id.bytes = new_uuid7(clock_);
  message.sender = sender;
  message.sent_at = now_;
  message.release = table_.release().version;
  return message;
}

Result<void> Planner::check_sender(const UnitId& sender) const {
  if (!keys_.serves(sender)) {
    return Error{ErrorCode::kStationUnitNotServed, "sender", sender.str()};
  }
  if (keys_.signing_key(sender, table_, now_) == nullptr) {
    return Error{ErrorCode::kSubmissionKeyUnknown, "sender", sender.str()};
  }
  return {};
}

Result<std::vector<UnitId>> Planner::route(const UnitId& sender, const Facts& facts) const {
  const Unit* unit = table_.unit(sender);
  if (unit == nullptr || !unit->validity.covers(now_)) {
    return Error{ErrorCode::kPermissionDenied, "sender", "the unit is not active"};
  }
  if (const auto allowed = table_.may_open(unit->agency, facts); !allowed) return allowed.error();
  const auto route = table_.route(facts, now_);
  if (!route) return route.error();
  return route->recipients();
}

Result<Planned> Planner::finish(Message message, Bytes plaintext) const {
  if (const auto able = check_sender(message.sender); !able) return able.error();
  Planned planned{std::move(message), {}, std::nullopt, std::move(plaintext)};
  Message& planning = planned.message;
  if (!planning.recipients.empty()) {
    const auto recipients = keys_of(planning.recipients, table_, now_);
    if (!recipients) return recipients.error();
    auto sealed = seal(planned.plaintext, {planning.message_id, planning.case_id, planning.sender},
                       *recipients, draw_randomness(recipients->size()));
    if (!sealed) return sealed.error();
    planning.payload = sealed->ref;
    planned.payload = std::move(sealed->bytes);
  }
  planned.bytes = wire::encode_message(planning);
  // What the broker would refuse is refused here, where the sender sees it at once.
  const auto readable = wire::decode_message(planned.bytes);
  if (!readable) return readable.error();
  return planned;
}

Result<Planned> Planner::referral(const Record& record) const {
  if (const auto able = check_sender(record.sender); !able) return able.error();
  const auto recipients = route(record.sender, record.facts);
  if (!recipients) return recipients.error();
  Message message = draft(record.sender);
  message.case_id = case_id_of(message.message_id);
  message.victim_protected = record.facts.victim_protected;
  message.recipients = *recipients;
  message.body = Referral{record.facts, record.evidence};
  return finish(std::move(message), to_bytes(as_bytes(record.narrative)));
}

Result<Planned> Planner::answer(const Answer& answer, const KnownCase& known) const {
  const bool is_note = std::holds_alternative<Note>(answer.body);
  if (is_note && answer.text.empty()) return Error{ErrorCode::kPayloadMissing, "text"};
  Message message = draft(answer.sender);
  message.case_id = known.case_id;
  message.victim_protected = known.facts.victim_protected;
  message.body = answer.body;
  if (compares_version(message)) message.expected_version = known.version;
  if (!answer.text.empty()) message.recipients = readers_of(known, answer.sender);
  return finish(std::move(message), to_bytes(as_bytes(answer.text)));
}

Result<Planned> Planner::received(const UnitId& sender, const KnownCase& known,
                                  std::vector<LogIndex> entries) const {
  Message message = draft(sender);
  message.case_id = known.case_id;
  message.victim_protected = known.facts.victim_protected;
  message.body = Received{std::move(entries)};
  return finish(std::move(message), {});
}

Result<Planned> Planner::again(const Message& message, Bytes plaintext,
                               std::uint32_t case_version) const {
  Message next = draft(message.sender);
  next.case_id = message.case_id;
  next.victim_protected = message.victim_protected;
  next.recipients = message.recipients;
  next.body = message.body;
  if (compares_version(message)) next.expected_version = case_version;
  if (const auto* referral = std::get_if<Referral>(&message.body)) {
    // Routed by the table held here: a list that came with a refusal is no reason to seal for it.
    const auto recipients = route(message.sender, referral->facts);
    if (!recipients) return recipients.error();
    next.case_id = case_id_of(next.message_id);
    next.recipients = *recipients;
  }
  return finish(std::move(next), std::move(plaintext));
}

wire::Submission sign_submission(std::string_view log_origin, const UnitId& unit,
                                 const UnitKeys::SigningKey& key,
                                 std::vector<wire::SubmittedMessage> messages) {
  INVARIANT(!messages.empty() && messages.size() <= limits::kSubmissionMessages);
  std::vector<Digest> leaves;
  for (const auto& message : messages) leaves.push_back(merkle::leaf_hash(message.message));
  wire::Submission submission;
  submission.unit = unit;
  submission.key_id = key.key_id;
  submission.signature = key.key.sign(wire::submission_signing_bytes(
      log_origin, unit, static_cast<std::uint32_t>(leaves.size()), merkle::root_of(leaves)));
  submission.messages = std::move(messages);
  return submission;
}

}  // namespace rujukan::sdk
