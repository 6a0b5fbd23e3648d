#include "adapters/sdk/sender.h"

#include <algorithm>
#include <utility>

#include "adapters/sdk/entry_check.h"
#include "broker/base/limits.h"
#include "broker/runtime/trace.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

// A case that others move on as often while a message is on its way needs a person.
constexpr std::uint32_t kReplans = 8;
// So often the message is made again at once; then a busy case is given time.
constexpr std::uint32_t kReplansAtOnce = 3;
// Room for the header beside the messages and payloads.
constexpr std::size_t kSubmissionRoom = limits::kSubmissionBytes - 64 * 1024;

std::size_t bytes_of(const OutboxItem& item) {
  return item.message.size() + (item.payload ? item.payload->size() : 0);
}

bool concerns_release(ErrorCode code) {
  return code == ErrorCode::kRecipientsStale || code == ErrorCode::kReleaseExpired ||
         code == ErrorCode::kReleaseUnknown;
}

// The same bytes may pass under another release, and their id is not used up: they were signed with
// a key that the release in force does not have yet or no more, or came from a station that may not
// speak for the unit under it.
bool awaits_release(ErrorCode code) {
  return code == ErrorCode::kSubmissionKeyUnknown || code == ErrorCode::kStationUnknown ||
         code == ErrorCode::kStationUnitNotServed;
}

// What the station says by itself, and not a person.
bool accepts_by_itself(const OutboxItem& item) {
  const auto message = wire::decode_message(item.message);
  return item.ticket.starts_with(kOwnTicket) && message &&
         kind_of(*message) == MessageKind::kAccept;
}

}  // namespace

std::set<OutboxSeq> Sender::busy(SteadyTime now) const {
  std::set<OutboxSeq> out;
  for (const auto& [request, submission] : in_flight_) {
    for (const OutboxItem& item : submission.items) out.insert(item.seq);
  }
  for (const auto& [seq, waiting] : waiting_) {
    if (waiting.due > now) out.insert(seq);
  }
  return out;
}

void Sender::give_up_late(SteadyTime now) {
  for (auto at = in_flight_.begin(); at != in_flight_.end();) {
    if (at->second.until > now) {
      ++at;
      continue;
    }
    trace::warning("outcome.late", {{"request", at->first}});
    for (const OutboxItem& item : at->second.items) delay(item, now);
    at = in_flight_.erase(at);
  }
}

Sender::Waiting& Sender::delay(const OutboxItem& item, SteadyTime now) {
  Waiting& waiting =
      waiting_.try_emplace(item.seq, Waiting{Backoff(settings_.retry)}).first->second;
  waiting.due = now + waiting.backoff.next();
  return waiting;
}

Sender::Waiting& Sender::delay_for_release(const OutboxItem& item, SteadyTime now) {
  Waiting& waiting =
      waiting_.try_emplace(item.seq, Waiting{Backoff(settings_.retry)}).first->second;
  if (!waiting.for_release) waiting.backoff = Backoff(settings_.release_retry);
  waiting.for_release = true;
  waiting.due = now + waiting.backoff.next();
  return waiting;
}

Error Sender::why_waits(OutboxSeq seq) const {
  const auto waiting = waiting_.find(seq);
  const bool known = waiting != waiting_.end() && waiting->second.why;
  return known ? *waiting->second.why : Error(ErrorCode::kOutcomeAwaited);
}

bool Sender::waits_for_release() const {
  return release_doubted_ ||
         std::ranges::any_of(waiting_, [](const auto& item) { return item.second.for_release; });
}

void Sender::release_taken() {
  for (auto& [seq, waiting] : waiting_) {
    if (!std::exchange(waiting.for_release, false)) continue;
    waiting.backoff = Backoff(settings_.retry);
    waiting.due = {};
  }
}

Result<void> Sender::pump(SteadyTime now, const Send& send) {
  give_up_late(now);
  if (in_flight_.size() >= limits::kSubmissionsInFlight || !parts_.releases.newest()) return {};
  auto items = parts_.outbox.waiting(busy(now), limits::kSubmissionsInFlight * settings_.batch);
  if (!items) return items.error();
  std::vector<Batch> batches;
  for (OutboxItem& item : *items) {
    const auto tried = waiting_.find(item.seq);
    if (tried != waiting_.end() && tried->second.replan_for) {
      const auto replanned = replan(item, *tried->second.replan_for, now);
      if (!replanned) return replanned.error();
      if (!*replanned) continue;
    }
    add_to_batch(batches, std::move(item));
  }
  const auto shard = parts_.seen.newest();
  if (!shard) return shard.error();
  for (Batch& batch : batches) {
    if (in_flight_.size() >= limits::kSubmissionsInFlight) break;
    if (!submit(std::move(batch.items), shard->key.name, now, send)) break;
  }
  return {};
}

// Batches stand in the order of their oldest message; within a unit nothing overtakes.
void Sender::add_to_batch(std::vector<Batch>& batches, OutboxItem item) const {
  auto batch = std::find_if(batches.begin(), batches.end(), [&item](const Batch& other) {
    return other.items.front().unit == item.unit;
  });
  const std::size_t bytes = bytes_of(item);
  if (batch == batches.end()) {
    Batch fresh;
    fresh.bytes = bytes;
    fresh.items.push_back(std::move(item));
    batches.push_back(std::move(fresh));
    return;
  }
  batch->full = batch->full || batch->items.size() == settings_.batch ||
                batch->bytes + bytes > kSubmissionRoom;
  if (batch->full) return;
  batch->bytes += bytes;
  batch->items.push_back(std::move(item));
}

bool Sender::submit(std::vector<OutboxItem> items, const std::string& log_origin, SteadyTime now,
                    const Send& send) {
  const UnitId& unit = items.front().unit;
  const auto* key = parts_.keys.signing_key(unit, *parts_.releases.newest(), parts_.clock.now());
  if (key == nullptr) {
    trace::warning("submission.no_key", {{"unit", unit.str()}});
    for (const OutboxItem& item : items) delay_for_release(item, now);
    return true;
  }
  std::vector<wire::SubmittedMessage> messages;
  messages.reserve(items.size());
  for (const OutboxItem& item : items) messages.push_back({item.message, item.payload});
  wire::Submission submission = sign_submission(log_origin, unit, *key, std::move(messages));
  submission.request_id = next_request_++;
  if (!send(wire::encode(submission))) return false;
  trace::debug(
      "submission.sent",
      {{"request", submission.request_id}, {"unit", unit.str()}, {"messages", items.size()}});
  in_flight_[submission.request_id] = {std::move(items), now + settings_.outcome_within,
                                       log_origin};
  return true;
}

Result<void> Sender::take(const wire::SubmissionOutcome& outcome, SteadyTime now, bool welcomed) {
  const auto submission = in_flight_.extract(outcome.request_id);
  if (submission.empty()) {
    // Request 0 answers a hello.
    if (outcome.request_id == 0 && outcome.refusal) return *outcome.refusal;
    trace::debug("outcome.unasked", {{"request", outcome.request_id}});
    return {};
  }
  const std::vector<OutboxItem>& items = submission.mapped().items;
  if (!outcome.refusal && outcome.results.size() != items.size()) {
    for (const OutboxItem& item : items) delay(item, now);
    return Error{ErrorCode::kFrameMalformed, "outcome.results", "not one per message"};
  }
  const auto shard = parts_.seen.newest();
  if (!shard) return shard.error();
  const bool moved = !welcomed || shard->key.name != submission.mapped().log_origin;
  if (signed_for_another_shard(outcome, moved)) {
    for (const OutboxItem& item : items) delay(item, now);
    return moved ? Result<void>() : *outcome.refusal;
  }
  std::optional<Error> fault;
  for (std::size_t i = 0; i < items.size(); ++i) {
    auto done = outcome.refusal ? take_refusal(items[i], *outcome.refusal, {}, now)
                                : take_result(items[i], outcome.results[i], now);
    if (done) continue;
    if (fate_of(done.error().code) == Fate::kFatal) return done;
    delay(items[i], now);
    fault = done.error();
  }
  if (fault) return *fault;
  return {};
}

// The log may have begun a new shard since: unless it is known that it has `moved`, the next
// welcome tells, and then the same messages are signed for that one. A second refusal in a row is
// about the signature.
bool Sender::signed_for_another_shard(const wire::SubmissionOutcome& outcome, bool moved) {
  const bool refused = outcome.refusal && outcome.refusal->code == ErrorCode::kSubmissionSignature;
  if (refused && moved) return true;
  const bool before = std::exchange(signature_refused_, refused);
  return refused && !before;
}

Result<void> Sender::check_receipt(const OutboxItem& item, const wire::MessageResult& result) {
  if (!result.receipt) {
    if (result.refusal) return {};
    return Error{ErrorCode::kProofInvalid, "outcome", "accepted without a receipt"};
  }
  const auto shard = parts_.seen.receipt(*result.receipt);
  if (!shard) return shard.error();
  const auto entry = check_own_entry(*result.receipt, item.message, result.refusal);
  if (!entry) return entry.error();
  if (auto placed = parts_.seen.check_place(*shard, *result.receipt, entry->index); !placed) {
    return placed;
  }
  if (result.refusal) return {};
  const auto message = wire::decode_message(item.message);
  if (!message) return message.error();
  if (erases(*entry)) {
    if (auto done = parts_.outbox.forget_narratives(message->case_id); !done) return done;
  }
  return parts_.cases.learn(message->case_id, *entry, result.receipt->entry, item.payload);
}

Result<void> Sender::take_result(const OutboxItem& item, const wire::MessageResult& result,
                                 SteadyTime now) {
  if (auto checked = check_receipt(item, result); !checked) return checked;
  if (result.refusal) return take_refusal(item, *result.refusal, result, now);
  return settle(item, result, std::nullopt);
}

Result<void> Sender::take_refusal(const OutboxItem& item, const Error& refusal,
                                  const wire::MessageResult& result, SteadyTime now) {
  if (awaits_release(refusal.code)) {
    trace::warning("message.waits", {{"seq", static_cast<std::uint64_t>(item.seq)},
                                     {"code", name_of(refusal.code)}});
    delay_for_release(item, now).why = refusal;
    return {};
  }
  // A caveat was added to the case since, and no person said otherwise.
  const bool own_is_behind =
      refusal.code == ErrorCode::kHandlingMismatch && accepts_by_itself(item);
  const bool moved = own_is_behind || refusal.code == ErrorCode::kCaseStale;
  const bool replans = moved || concerns_release(refusal.code);
  const bool again = replans && (!moved || item.replans < kReplans);
  trace::info("message.refused", {{"seq", static_cast<std::uint64_t>(item.seq)},
                                  {"code", name_of(refusal.code)},
                                  {"again", again ? "yes" : "no"}});
  const bool is_final = fate_of(refusal.code) == Fate::kRefuse && !own_is_behind;
  if (is_final || (replans && !again)) {
    // It may be kept out of the case, or that is erased; and what it wrote hold what it was told.
    parts_.cases.scrub_soon();
    return settle(item, result, refusal);
  }
  Waiting& waiting = delay(item, now);
  if (again) waiting.replan_for = result.case_version;
  waiting.moved = moved;
  waiting.why = refusal;
  if (concerns_release(refusal.code)) {
    waiting.for_release = true;
    release_doubted_ = true;
  }
  // A stale version is known now; what changed the facts is still on its way here.
  const bool awaits_facts = refusal.field == "facts_seen" || own_is_behind;
  if (moved && !awaits_facts && item.replans < kReplansAtOnce) waiting.due = now;
  return {};
}

Result<bool> Sender::replan(OutboxItem& item, std::uint32_t case_version, SteadyTime now) {
  const auto table = parts_.releases.usable(parts_.clock.now());
  if (!table) {
    delay(item, now).for_release = true;
    return false;
  }
  auto message = wire::decode_message(item.message);
  if (!message) return Error{ErrorCode::kStoreCorrupt, "outbox.message"};
  auto known = parts_.cases.find(message->case_id);
  if (!known) return known.error();
  if (*known) (*known)->version = case_version;
  if (*known && accepts_by_itself(item)) {
    message->victim_protected = (*known)->facts.victim_protected;
  }
  // That its sender saw: a plan made anew expects a later version than the facts that it knows.
  const auto* more = std::get_if<NewFacts>(&message->body);
  const bool named = more != nullptr && more->facts_version.has_value();
  const auto before = parts_.cases.find(
      message->case_id, named ? std::max(*more->facts_version, 1U) : message->expected_version);
  if (!before) return before.error();
  const auto payloads = parts_.cases.payloads(message->case_id);
  if (!payloads) return payloads.error();
  auto planned = Planner(**table, parts_.keys, parts_.clock)
                     .again(*message, std::move(item.plaintext), *known, *payloads,
                            *before ? (*before)->facts : Facts());
  if (!planned && planned.error().code == ErrorCode::kReleaseRefuses) {
    trace::warning("message.waits", {{"seq", static_cast<std::uint64_t>(item.seq)},
                                     {"code", planned.error().field}});
    delay_for_release(item, now).why = planned.error();
    return false;
  }
  if (!planned) {
    if (auto settled = settle(item, {}, planned.error()); !settled) return settled.error();
    return false;
  }
  Waiting& waiting = waiting_.at(item.seq);
  const bool moved = std::exchange(waiting.moved, false);
  if (auto done = parts_.outbox.replace(item.seq, *planned, moved); !done) return done.error();
  waiting.replan_for.reset();
  waiting.for_release = false;
  item.message = std::move(planned->bytes);
  item.payload = std::move(planned->payload);
  item.plaintext = std::move(planned->plaintext);
  if (moved) ++item.replans;
  return true;
}

Result<void> Sender::settle(const OutboxItem& item, const wire::MessageResult& result,
                            const std::optional<Error>& refusal) {
  const std::string receipt = result.receipt ? merkle::receipt_to_text(*result.receipt) : "";
  if (auto done = parts_.outbox.settle(item.seq, receipt, result.case_version, refusal); !done) {
    return done;
  }
  waiting_.erase(item.seq);
  return {};
}

}  // namespace rujukan::sdk
