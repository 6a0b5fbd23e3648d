#include "broker/sequencer/ledger.h"

#include <algorithm>

#include "broker/decide/decide.h"
#include "broker/decide/order_trust.h"
#include "broker/merkle/proof.h"
#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"

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

// Nothing is ever erased from the log, so what may be a name does not come in.
void withhold(Entry& entry, Edition edition) {
  if (!decide::withholds_message(entry.outcome, edition)) return;
  auto& cause = std::get<MessageCause>(entry.cause);
  cause.leaf = merkle::leaf_hash(cause.message);
  cause.message.clear();
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

// Whether the entry decided the order with this body, whoever signed it besides.
bool is_order(const Entry& entry, const Bytes& body) {
  const auto* cause = std::get_if<OrderCause>(&entry.cause);
  if (cause == nullptr) return false;
  const auto opened = wire::decode_signed_order(cause->order);
  return opened && opened->body == body;
}

}  // namespace

Result<Logged> Ledger::record_message(const routing::RoutingTable& table,
                                      const Submitter& submitter,
                                      const verify::VerifiedMessage& verified) {
  auto first = find_duplicate(verified);
  if (!first) return first.error();
  if (first->same) return *std::move(first->same);
  auto unvouched = find_unvouched(table, verified);
  if (!unvouched) return unvouched.error();
  const auto refuse = [&](Error error) {
    return record_refusal(table.release(), verified, std::move(error), log_.next_time());
  };
  if (*unvouched) return refuse(**std::move(unvouched));
  if (first->conflict) return refuse(*std::move(first->conflict));
  if (!verified.message) return refuse(verified.message.error());
  return record_decision(table, submitter, verified);
}

Result<std::optional<Entry>> Ledger::first_entry(const MessageId& id) const {
  const auto first = store_.find_message(id);
  if (!first) return first.error();
  if (!*first) return std::optional<Entry>();
  const auto bytes = store_.entry(**first);
  if (!bytes) return bytes.error();
  auto entry = wire::decode_entry(*bytes);
  if (!entry) return Error{ErrorCode::kStoreCorrupt, "entries", to_string(entry.error())};
  return std::optional(*std::move(entry));
}

Result<Ledger::Duplicate> Ledger::find_duplicate(const verify::VerifiedMessage& verified) const {
  Duplicate out;
  if (!verified.message_id) return out;
  const auto entry = first_entry(*verified.message_id);
  if (!entry) return entry.error();
  if (!*entry) return out;
  const auto* cause = std::get_if<MessageCause>(&(*entry)->cause);
  // An order may have used up the id.
  if (cause != nullptr && cause->message == verified.raw) {
    out.same = logged_from(**entry, {});
  } else {
    out.conflict = Error{ErrorCode::kMessageConflict, "message_id",
                         "first decided at index " + std::to_string(to_number((*entry)->index))};
  }
  return out;
}

// Before anything else is said of a message: a refusal too keeps its bytes.
Result<std::optional<Error>> Ledger::find_unvouched(const routing::RoutingTable& table,
                                                    const verify::VerifiedMessage& verified) {
  const std::optional<Error> none;
  if (table.release().edition < Edition::kPresentFacts) return none;
  if (verified.inexact) return verified.inexact;
  if (!verified.message) {
    // Refused for something else than what it says, or unreadable.
    const auto message = wire::decode_message(verified.raw);
    return message ? find_unvouched(table, *message) : Result<std::optional<Error>>(none);
  }
  return find_unvouched(table, *verified.message);
}

Result<std::optional<Error>> Ledger::find_unvouched(const routing::RoutingTable& table,
                                                    const Message& message) {
  const bool adds_facts = kind_of(message) == MessageKind::kFacts;
  const auto record =
      adds_facts ? derived_.find_case(message.case_id) : Result<const CaseRecord*>(nullptr);
  if (!record) return record.error();
  return decide::check_vouched(message, *record ? &(*record)->facts : nullptr, table);
}

Result<Logged> Ledger::record_refusal(const Release& release,
                                      const verify::VerifiedMessage& verified, Error error,
                                      TimeUs now) {
  Entry entry = entry_for(verified, release.version, now);
  entry.outcome.refusal = std::move(error);
  INVARIANT(!decide::uses_up_id(entry.outcome));
  withhold(entry, release.edition);
  auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return logged_from(entry, *std::move(bytes));
}

Result<const CaseRecord*> Ledger::settled_case(const routing::RoutingTable& table, const CaseId& id,
                                               TimeUs& now) {
  if (auto carried = carry_if_needed(table, id); !carried) return carried.error();
  for (;;) {
    now = log_.next_time();
    auto record = derived_.find_case(id);
    if (!record || *record == nullptr) return record;
    if (!decide::needs_succession(**record, table, now)) {
      if (!decide::needs_exclusion(**record, table)) return record;
      if (auto done = announce(table, id); !done) return done.error();
      continue;
    }
    auto outcome = decide::decide_succession(**record, table, now);
    // Activation refuses a release under which this could happen.
    if (!outcome) return Error{ErrorCode::kReleaseOrphans, "case_id", to_string(id)};
    if (auto done = this->record(table, SuccessionCause{id}, *std::move(outcome), now); !done) {
      return done.error();
    }
  }
}

// What is decided about a case follows from its shard alone.
Result<bool> Ledger::carry_if_needed(const routing::RoutingTable& table, const CaseId& id) {
  const std::uint64_t first = log_.shard().first;
  if (first == 0) return false;
  const auto record = derived_.find_case(id);
  if (!record) return record.error();
  if (*record == nullptr) return false;
  const auto is_there = store_.has_entry_since(id, first);
  if (!is_there) return is_there.error();
  if (*is_there) return false;
  if (auto done = record_carry(table, id); !done) return done.error();
  return true;
}

Result<void> Ledger::record_carry(const routing::RoutingTable& table, const CaseId& id) {
  const auto found = derived_.find_case(id);
  if (!found) return found.error();
  INVARIANT(*found != nullptr);
  Outcome outcome = decide::decide_carry(**found);
  return record(table, CarryCause{id, wire::encode_case(**found)}, std::move(outcome),
                log_.next_time());
}

Result<void> Ledger::record_genesis(GenesisCause cause, ByteView signed_release, TimeUs now) {
  const ReleaseVersion version = cause.version;
  Entry entry;
  entry.time = now;
  entry.release = version;
  entry.cause = std::move(cause);
  const auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return store_.put_release(version, signed_release);
}

Result<std::vector<CaseRecord>> Ledger::related_cases(const routing::RoutingTable& table,
                                                      const Message& message) {
  std::vector<CaseRecord> records;
  const auto* referral = std::get_if<Referral>(&message.body);
  if (referral == nullptr) return records;
  for (const CaseId& id : referral->related) {
    TimeUs now;
    const auto record = settled_case(table, id, now);
    if (!record) return record.error();
    if (*record != nullptr) records.push_back(**record);
  }
  return records;
}

Result<std::vector<decide::Mail>> Ledger::mail_in(const Message& message) const {
  std::vector<decide::Mail> mail;
  for (const LogIndex index : decide::entries_named(message)) {
    const auto of_case = store_.is_entry_of(message.case_id, index);
    if (!of_case) return of_case.error();
    const auto waits = store_.waits(message.sender, index);
    if (!waits) return waits.error();
    mail.push_back(!*of_case ? decide::Mail::kNone
                   : *waits  ? decide::Mail::kWaiting
                             : decide::Mail::kOfCase);
  }
  return mail;
}

Result<Logged> Ledger::record_decision(const routing::RoutingTable& table,
                                       const Submitter& submitter,
                                       const verify::VerifiedMessage& verified) {
  const Message& message = *verified.message;
  const auto related = related_cases(table, message);
  if (!related) return related.error();
  std::vector<const CaseRecord*> named;
  if (const auto* referral = std::get_if<Referral>(&message.body)) {
    for (const CaseId& id : referral->related) {
      const auto at = std::find_if(related->begin(), related->end(),
                                   [&id](const CaseRecord& r) { return r.case_id == id; });
      named.push_back(at == related->end() ? nullptr : &*at);
    }
  }
  // A referral's case id is its message id, which nothing decided before: there is no such case.
  const bool opens = kind_of(message) == MessageKind::kReferral;
  TimeUs now = log_.next_time();
  const auto record =
      opens ? Result<const CaseRecord*>(nullptr) : settled_case(table, message.case_id, now);
  if (!record) return record.error();
  // At the entry's own time, so that everybody can check it again.
  if (auto error = check_sender(table, submitter, verified.proof, now)) {
    return record_refusal(table.release(), verified, *std::move(error), now);
  }
  const auto mail = mail_in(message);
  if (!mail) return mail.error();
  Entry entry = entry_for(verified, table.release().version, now);
  entry.outcome = decide::decide(*record, {message, named, *mail}, table, now);
  withhold(entry, table.release().edition);

  EntryFacts facts;
  if (decide::uses_up_id(entry.outcome)) facts.message_id = &message.message_id;
  if (!entry.outcome.refusal) {
    facts.case_id = &message.case_id;
    facts.received = kind_of(message) == MessageKind::kReceived;
    facts.payload = verified.payload ? &*verified.payload : nullptr;
  }
  auto bytes = log_.append(entry, facts);
  if (!bytes) return bytes.error();
  if (const auto done = fold(table, entry, &message); !done) return done.error();
  if (!entry.outcome.refusal && !named.empty()) {
    if (const auto done = record_links(table, message); !done) return done.error();
  }
  return logged_from(entry, *std::move(bytes));
}

Result<void> Ledger::record_links(const routing::RoutingTable& table, const Message& message) {
  const auto found = derived_.find_case(message.case_id);
  if (!found) return found.error();
  const CaseRecord opened = **found;
  for (const CaseId& id : std::get<Referral>(message.body).related) {
    TimeUs now;
    const auto record = settled_case(table, id, now);
    if (!record) return record.error();
    INVARIANT(*record != nullptr);
    Outcome outcome = decide::decide(**record, decide::LinkCommand{opened}, table);
    if (auto done = this->record(table, LinkCause{id, opened.case_id}, std::move(outcome), now);
        !done) {
      return done;
    }
  }
  return {};
}

Result<void> Ledger::record(const routing::RoutingTable& table, Cause cause, Outcome outcome,
                            TimeUs now) {
  Entry entry;
  entry.time = now;
  entry.release = table.release().version;
  entry.cause = std::move(cause);
  entry.outcome = std::move(outcome);
  const auto bytes = log_.append(entry, {.case_id = case_of(entry.cause)});
  if (!bytes) return bytes.error();
  return fold(table, entry, nullptr);
}

Result<void> Ledger::fold(const routing::RoutingTable& table, const Entry& entry,
                          const Message* message) {
  if (auto done = derived_.fold(entry, message, table); !done) return done;
  if (entry.outcome.refusal || !concerns_case(entry.cause)) return {};
  const CaseId& id = message != nullptr ? message->case_id : *case_of(entry.cause);
  const auto record = derived_.find_case(id);
  if (!record) return record.error();
  INVARIANT(*record != nullptr);
  if (!std::holds_alternative<CarryCause>(entry.cause)) {
    const bool goes_on = decide::needs_succession(**record, table, entry.time);
    const auto fault = decide::broken_invariant(**record, table, entry.time);
    // One succession may be followed by another.
    INVARIANT(!fault || (goes_on && std::holds_alternative<SuccessionCause>(entry.cause)));
  }
  return announce(table, id);
}

// The same commit takes what was on its way to those who are kept out, and tells them.
Result<void> Ledger::announce(const routing::RoutingTable& table, const CaseId& id) {
  const auto record = derived_.find_case(id);
  if (!record) return record.error();
  if (!decide::needs_exclusion(**record, table)) return {};
  Outcome outcome = decide::decide_exclusion(**record, table);
  return this->record(table, ExclusionCause{id}, std::move(outcome), log_.next_time());
}

Result<LoggedOrder> Ledger::record_order(const routing::RoutingTable& table,
                                         const Bytes& signed_order) {
  const auto opened = wire::decode_signed_order(signed_order);
  if (!opened) return LoggedOrder{std::nullopt, opened.error()};
  // Looked up before anybody vouches for it: whoever signed it may have left since it was decided.
  const auto unverified = wire::decode_order(opened->body);
  if (!unverified) return LoggedOrder{std::nullopt, unverified.error()};
  if (table.release().edition >= Edition::kPresentFacts) {
    if (auto exact = wire::check_exact_order(signed_order); !exact) {
      return LoggedOrder{std::nullopt, exact.error()};
    }
  }
  const auto first = first_entry(unverified->order_id);
  if (!first) return first.error();
  if (*first && is_order(**first, opened->body)) return LoggedOrder{};
  const auto order = decide::verify_order(signed_order, decide::trust_of(table.release()));
  if (!order) return LoggedOrder{std::nullopt, order.error()};
  if (auto error = decide::check_vouched(*order, table.release())) {
    return LoggedOrder{std::nullopt, *std::move(error)};
  }
  Entry entry;
  entry.release = table.release().version;
  entry.cause = OrderCause{order->case_id, signed_order};
  if (*first) {
    entry.outcome.refusal =
        Error{ErrorCode::kMessageConflict, "order_id",
              "first decided at index " + std::to_string(to_number((*first)->index))};
  }
  return record_order(table, *order, std::move(entry));
}

Result<LoggedOrder> Ledger::record_order(const routing::RoutingTable& table, const Order& order,
                                         Entry entry) {
  entry.time = log_.next_time();
  if (!entry.outcome.refusal) {
    const auto record = settled_case(table, order.case_id, entry.time);
    if (!record) return record.error();
    entry.outcome = decide::decide(*record, decide::OrderCommand{order}, table, entry.time);
  }
  EntryFacts facts;
  if (decide::uses_up_id(entry.outcome)) facts.message_id = &order.order_id;
  if (!entry.outcome.refusal) facts.case_id = &order.case_id;
  const auto bytes = log_.append(entry, facts);
  if (!bytes) return bytes.error();
  if (const auto done = fold(table, entry, nullptr); !done) return done.error();
  return LoggedOrder{entry.index, entry.outcome.refusal};
}

Result<void> Ledger::settle(const routing::RoutingTable& table, const CaseId& id) {
  TimeUs now;
  const auto settled = settled_case(table, id, now);
  if (!settled) return settled.error();
  return {};
}

Result<bool> Ledger::record_due(const routing::RoutingTable& table) {
  const auto due = store_.next_due();
  if (!due) return due.error();
  if (!*due || (*due)->at > log_.next_time()) return false;
  const CaseId case_id = (*due)->case_id;
  TimeUs now;
  const auto record = settled_case(table, case_id, now);
  if (!record) return record.error();
  INVARIANT(*record != nullptr);
  const auto next = (*record)->next_due();
  // A succession may have put it off.
  if (!next || next->at > now) return true;
  Outcome outcome = decide::decide(**record, {next->need, next->assist, next->subject}, table, now);
  const DeadlineCause cause{case_id, next->need, next->assist, next->subject};
  if (auto done = this->record(table, cause, std::move(outcome), now); !done) return done.error();
  return true;
}

Result<void> Ledger::record_release(const ReleaseCause& cause, ByteView signed_release,
                                    TimeUs now) {
  Entry entry;
  entry.time = now;
  entry.release = cause.version;
  entry.cause = cause;
  const auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return store_.put_release(cause.version, signed_release);
}

Result<void> Ledger::record_lost_time(const routing::RoutingTable& table,
                                      std::chrono::microseconds lost) {
  INVARIANT(lost > lost.zero());
  Entry entry;
  entry.time = log_.next_time();
  entry.release = table.release().version;
  entry.cause = TimeCause{lost};
  const auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return fold(table, entry, nullptr);
}

Result<void> Ledger::record_state(const routing::RoutingTable& table) {
  const merkle::StateDigest& state = store_.state();
  Entry entry;
  entry.time = log_.next_time();
  entry.release = table.release().version;
  entry.cause = StateCause{merkle::kStateFormat, state.cases(), state.value()};
  const auto bytes = log_.append(entry, {});
  if (!bytes) return bytes.error();
  return {};
}

}  // namespace rujukan::sequencer
