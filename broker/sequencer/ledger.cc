#include "broker/sequencer/ledger.h"

#include "broker/decide/decide.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::sequencer {
namespace {

Logged logged_from(const Entry& entry, Bytes bytes) {
  return {entry.index, std::move(bytes), entry.outcome.case_version, entry.outcome.refusal,
          entry.outcome.recipients};
}

Entry entry_for(const verify::VerifiedMessage& verified, ReleaseVersion release, TimeUs time) {
  Entry entry;
  entry.time = time;
  entry.release = release;
  entry.cause = MessageCause{verified.raw, verified.proof};
  return entry;
}

// The snapshot that verification used may be older than this position of the log, and the handshake
// older still.
std::optional<Error> check_sender(const routing::RoutingTable& table, const Submitter& submitter,
                                  const SenderProof& proof, TimeUs now) {
  const Station* station = table.station(submitter.station);
  if (station == nullptr || station->curve_key != submitter.curve_key) {
    return Error{ErrorCode::kStationUnknown, "station", submitter.station.str()};
  }
  if (!table.station_serves(submitter.station, proof.unit)) {
    return Error{ErrorCode::kStationUnitNotServed, "unit", proof.unit.str()};
  }
  if (table.key(proof.unit, proof.key_id, KeyPurpose::kSign, now) == nullptr) {
    return Error{ErrorCode::kSubmissionKeyUnknown, "key_id", proof.key_id};
  }
  return std::nullopt;
}

}  // namespace

Result<Logged> Ledger::record_message(const routing::RoutingTable& table,
                                      const Submitter& submitter,
                                      const verify::VerifiedMessage& verified) {
  const ReleaseVersion release = table.release().version;
  auto duplicate = find_duplicate(verified);
  if (!duplicate) return duplicate.error();
  if (*duplicate) return **std::move(duplicate);
  if (!verified.message) return record_refusal(release, verified, verified.message.error());
  const TimeUs now = log_.next_time();
  if (auto error = check_sender(table, submitter, verified.proof, now)) {
    return record_refusal(release, verified, *std::move(error));
  }
  return record_decision(table, verified, now);
}

Result<std::optional<Logged>> Ledger::find_duplicate(const verify::VerifiedMessage& verified) {
  const std::optional<Logged> none;
  if (!verified.message_id) return none;
  const auto first = store_.find_message(*verified.message_id);
  if (!first) return first.error();
  if (!*first) return none;
  const auto bytes = store_.entry(**first);
  if (!bytes) return bytes.error();
  const auto entry = wire::decode_entry(*bytes);
  if (!entry) return Error{ErrorCode::kStoreCorrupt, "entries", to_string(entry.error())};
  const auto* cause = std::get_if<MessageCause>(&entry->cause);
  INVARIANT(cause != nullptr);
  if (cause->message == verified.raw) return std::optional(logged_from(*entry, {}));
  auto conflict =
      record_refusal(entry->release, verified,
                     {ErrorCode::kMessageConflict, "message_id",
                      "first decided at index " + std::to_string(to_number(entry->index))});
  if (!conflict) return conflict.error();
  return std::optional(*std::move(conflict));
}

Result<Logged> Ledger::record_refusal(ReleaseVersion release,
                                      const verify::VerifiedMessage& verified, Error error) {
  Entry entry = entry_for(verified, release, log_.next_time());
  entry.outcome.refusal = std::move(error);
  INVARIANT(!decide::uses_up_id(entry.outcome));
  auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return logged_from(entry, *std::move(bytes));
}

Result<Logged> Ledger::record_decision(const routing::RoutingTable& table,
                                       const verify::VerifiedMessage& verified, TimeUs now) {
  const Message& message = *verified.message;
  // A referral's case id is its message id, which nothing decided before: there is no such case.
  const bool opens = kind_of(message) == MessageKind::kReferral;
  const auto record =
      opens ? Result<const CaseRecord*>(nullptr) : derived_.find_case(message.case_id);
  if (!record) return record.error();
  Entry entry = entry_for(verified, table.release().version, now);
  entry.outcome = decide::decide(*record, {message}, table, now);

  EntryFacts facts;
  if (decide::uses_up_id(entry.outcome)) facts.message_id = &message.message_id;
  if (!entry.outcome.refusal) {
    facts.case_id = &message.case_id;
    facts.received = kind_of(message) == MessageKind::kReceived;
    facts.payload = verified.payload ? &*verified.payload : nullptr;
  }
  auto bytes = log_.append(entry, facts);
  if (!bytes) return bytes.error();
  if (const auto done = derived_.fold(entry, &message); !done) return done.error();
  return logged_from(entry, *std::move(bytes));
}

Result<bool> Ledger::record_due(ReleaseVersion release) {
  const TimeUs now = log_.next_time();
  const auto due = store_.next_due();
  if (!due) return due.error();
  if (!*due || (*due)->at > now) return false;
  const CaseId case_id = (*due)->case_id;
  const auto record = derived_.find_case(case_id);
  if (!record) return record.error();
  INVARIANT(*record != nullptr);
  for (const Assignment& assignment : (*record)->assignments) {
    if (!assignment.deadline || *assignment.deadline > now) continue;
    Entry entry;
    entry.time = now;
    entry.release = release;
    entry.cause = DeadlineCause{case_id, assignment.need};
    entry.outcome = decide::decide(**record, decide::DeadlineCommand{assignment.need}, now);
    const auto bytes = log_.append(entry, {.case_id = &case_id});
    if (!bytes) return bytes.error();
    if (const auto done = derived_.fold(entry, nullptr); !done) return done.error();
    return true;
  }
  return Error{ErrorCode::kStoreCorrupt, "cases", "a deadline that no assignment has"};
}

Result<void> Ledger::record_release(const ReleaseCause& cause, ByteView signed_release) {
  Entry entry;
  entry.time = log_.next_time();
  entry.release = cause.version;
  entry.cause = cause;
  const auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return store_.put_release(cause.version, signed_release);
}

}  // namespace rujukan::sequencer
