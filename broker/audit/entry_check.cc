#include "broker/audit/entry_check.h"

#include "broker/audit/target.h"
#include "broker/decide/decide.h"
#include "broker/decide/order_trust.h"
#include "broker/wire/frames.h"

namespace rujukan::audit {
namespace {

// With their chains they take some 20 MiB.
constexpr std::size_t kRecentCases = 32'768;

const CaseId* case_of(const BatchEntry& logged) {
  return logged.message ? &logged.message->case_id : rujukan::case_of(logged.entry.cause);
}

}  // namespace

EntryCheck::EntryCheck(Progress& progress, State& state, ReleaseChain& releases,
                       std::vector<Consumer*> consumers, std::optional<merkle::NoteKey> log_key)
    : progress_(progress),
      state_(state),
      releases_(releases),
      consumers_(std::move(consumers)),
      log_key_(std::move(log_key)) {
  ownership_.restore(progress.cases);
  ownership_.follow(releases_.in_force());
}

Result<void> EntryCheck::take(const Batch& batch, SignatureBatch& signatures, Findings& findings) {
  submissions_.next_batch();
  for (std::size_t i = 0; i < batch.bundle_id.width; ++i) {
    const std::uint64_t position = batch.first() + i;
    const Place place{position, findings};
    if (batch.entries.empty() || !batch.entries[i].intact) {
      lose(position);
    } else if (const auto& malformed = batch.entries[i].malformed) {
      place.find(ErrorCode::kEntryMalformed, malformed->field, malformed->detail);
      lose(position);
    } else if (auto taken = take(place, batch.entries[i], signatures); !taken) {
      return taken;
    }
  }
  progress_.cases = ownership_.summary();
  if (recent_.size() <= kRecentCases) return {};
  if (auto flushed = flush(findings); !flushed) return flushed;
  ownership_.forget_cases();
  recent_.clear();
  return {};
}

Result<void> EntryCheck::take(const Place& place, const BatchEntry& logged,
                              SignatureBatch& signatures) {
  const Entry& entry = logged.entry;
  check_place(place, entry);
  if (auto done = check_release(place, entry); !done) return done;
  check_form(place, logged);
  check_sender(place, logged, signatures);
  check_order(place, entry);
  if (auto done = check_ownership(place, logged); !done) return done;
  if (auto done = check_payload(place, logged); !done) return done;
  const LoggedEntry shown{place.position, entry, logged.message ? &*logged.message : nullptr,
                          logged.bytes};
  for (Consumer* consumer : consumers_) {
    if (auto taken = consumer->take(shown, place.findings); !taken) return taken;
  }
  return {};
}

void EntryCheck::lose(std::uint64_t position) {
  progress_.lost = position;
  ++progress_.entries_lost;
  for (Consumer* consumer : consumers_) consumer->lose(position);
}

// Whether an entry that put a release in force may be among the lost ones.
bool EntryCheck::release_may_be_lost() const {
  if (!progress_.lost) return false;
  return progress_.releases.empty() || *progress_.lost > progress_.releases.back().position;
}

void EntryCheck::check_place(const Place& place, const Entry& entry) {
  const std::uint64_t index = to_number(entry.index);
  if (!progress_.last) {
    // Shards after the first go on counting, and begin with a genesis.
    const bool counts_on = place.position != 0 || std::holds_alternative<GenesisCause>(entry.cause);
    progress_.index = counts_on && index >= place.position ? index - place.position : 0;
  }
  if (index != progress_.index + place.position) {
    place.find(ErrorCode::kLogIndex, "index", "says that its index is " + std::to_string(index));
  }
  if (progress_.last && entry.time <= *progress_.last) {
    place.find(ErrorCode::kLogTime, "time_us",
               to_rfc3339(entry.time) + " is not after the entry before");
  }
  progress_.last = entry.time;
}

Result<void> EntryCheck::check_release(const Place& place, const Entry& entry) {
  if (const auto* release = std::get_if<ReleaseCause>(&entry.cause)) {
    if (auto done = put_in_force(place, release->version, release->digest); !done) return done;
  }
  if (const auto* genesis = std::get_if<GenesisCause>(&entry.cause)) {
    if (place.position != 0) place.find(ErrorCode::kLogGenesis, "cause", "not the first entry");
    check_genesis(place, to_number(entry.index), genesis->previous);
    if (auto done = put_in_force(place, genesis->version, genesis->digest); !done) return done;
  }
  const bool known = !progress_.releases.empty();
  if (known && entry.release == progress_.releases.back().version) return {};
  if (release_may_be_lost()) {
    releases_.lose();
    ownership_.follow(nullptr);
    return {};
  }
  place.find(ErrorCode::kLogRelease, "release_version",
             known ? std::to_string(to_number(entry.release)) + ", in force is " +
                         std::to_string(to_number(progress_.releases.back().version))
                   : "none is in force");
  return {};
}

// Whether the shard before is as long as its last checkpoint says is for its own verification.
void EntryCheck::check_genesis(const Place& place, std::uint64_t index,
                               const std::string& previous) const {
  auto key = log_key_;
  if (key) key->name = merkle::origin_line(previous);
  const auto last = read_checkpoint(previous, key);
  if (!last) {
    place.find(ErrorCode::kLogGenesis, "previous", to_string(last.error()));
  } else if (last->size == 0 || last->size > index ||
             (log_key_ && last->origin == log_key_->name)) {
    place.find(ErrorCode::kLogGenesis, "previous", "it is not the shard before this one");
  }
}

Result<void> EntryCheck::put_in_force(const Place& place, ReleaseVersion version,
                                      const Digest& digest) {
  progress_.releases.push_back({place.position, version, digest});
  if (auto done = releases_.add(progress_.releases.back(), place.findings); !done) return done;
  ownership_.follow(releases_.in_force());
  for (Consumer* consumer : consumers_) {
    if (auto taken = consumer->take_release(releases_.in_force()); !taken) return taken;
  }
  return {};
}

// Logs of an older edition may hold what no schema names, and no leaf in a message's place.
void EntryCheck::check_form(const Place& place, const BatchEntry& logged) const {
  const auto& release = releases_.in_force();
  const bool strict = release && release->edition >= Edition::kPresentFacts;
  if (strict && logged.inexact) {
    return place.find(logged.inexact->code, logged.inexact->field, logged.inexact->detail);
  }
  const bool puts_off = std::holds_alternative<TimeCause>(logged.entry.cause);
  if (release && puts_off && release->edition < Edition::kFairWaits) {
    place.find(ErrorCode::kEntryMalformed, "cause", "from edition 3 on");
  }
  const auto* cause = std::get_if<MessageCause>(&logged.entry.cause);
  if (release && !strict && cause != nullptr && cause->leaf) {
    place.find(ErrorCode::kEntryMalformed, "cause.leaf", "the message has to be kept");
  }
}

void EntryCheck::check_sender(const Place& place, const BatchEntry& logged,
                              SignatureBatch& signatures) {
  const auto* cause = std::get_if<MessageCause>(&logged.entry.cause);
  if (cause == nullptr) return;
  const SenderProof& proof = cause->proof;
  // Refusals of the envelope are also of messages whose key went out of force on their way.
  const bool decided = decide::uses_up_id(logged.entry.outcome);
  if (decided && logged.message) {
    use_id(place, logged.message->message_id);
    if (logged.message->sender != proof.unit) {
      place.find(ErrorCode::kLogSender, "sender", logged.message->sender.str());
    }
  }
  if (!logged.submission_root) {
    place.find(ErrorCode::kLogSender, "path", "not of its place in the submission");
    return;
  }
  SignatureCheck check;
  if (decided && releases_.in_force()) {
    const auto key = releases_.key(proof.unit, proof.key_id, logged.entry.time);
    if (key) check.keys = {*key};
  } else {
    check.keys = releases_.keys(proof.unit, proof.key_id);
  }
  if (check.keys.empty()) {
    const bool telling = decided && releases_.in_force() && !release_may_be_lost();
    if (telling) place.find(ErrorCode::kLogSender, "key_id", proof.unit.str() + " " + proof.key_id);
    progress_.senders_unchecked += telling ? 0 : 1;
    return;
  }
  check.signed_bytes = wire::submission_signing_bytes(progress_.origin, proof.unit, proof.count,
                                                      *logged.submission_root);
  check.signature = proof.signature;
  submissions_.add(place.position, std::move(check), signatures);
}

void EntryCheck::check_order(const Place& place, const Entry& entry) {
  const auto* cause = std::get_if<OrderCause>(&entry.cause);
  if (cause == nullptr || !releases_.in_force()) return;
  const auto order = decide::verify_order(*cause, decide::trust_of(*releases_.in_force()));
  if (!order) {
    place.find(ErrorCode::kLogSender, "order", to_string(order.error()));
  } else if (decide::uses_up_id(entry.outcome)) {
    use_id(place, order->order_id);
  }
}

void EntryCheck::use_id(const Place& place, const MessageId& id) {
  if (!state_.use_id(id, place.position)) {
    place.find(ErrorCode::kLogDuplicate, "message_id", to_string(id));
  }
}

Result<void> EntryCheck::load_case(const CaseId& id) {
  if (recent_.contains(id)) return {};
  const auto kept = state_.find_case(id);
  if (!kept) return kept.error();
  if (!*kept) return {};
  if (!ownership_.restore(id, (*kept)->state)) {
    return Error{ErrorCode::kStateInvalid, "cases", to_string(id)};
  }
  recent_[id] = {(*kept)->opened, false};
  return {};
}

Result<void> EntryCheck::check_ownership(const Place& place, const BatchEntry& logged) {
  const CaseId* id = case_of(logged);
  if (id != nullptr) {
    if (auto loaded = load_case(*id); !loaded) return loaded;
  }
  const auto fault = ownership_.add(logged.entry, logged.message ? &*logged.message : nullptr);
  const bool known = id != nullptr && ownership_.knows(*id);
  if (known) {
    const auto [recent, is_new] = recent_.try_emplace(*id, Recent{place.position, true});
    recent->second.changed = recent->second.changed || !logged.entry.outcome.refusal;
  }
  // What a lost entry did to a case that it may have been about is not the fault of a later one.
  const bool follows_loss =
      progress_.lost && id != nullptr && (!known || recent_.at(*id).opened < *progress_.lost);
  if (fault && !follows_loss) place.find(ErrorCode::kLogOwnership, "", *fault);
  return {};
}

Result<void> EntryCheck::check_payload(const Place& place, const BatchEntry& logged) {
  if (logged.payload_lost) {
    if (auto done = state_.add_missing(logged.message->case_id, place.position); !done) return done;
  }
  for (const Event& event : logged.entry.outcome.events) {
    if (event.type != EventType::kErased) continue;
    if (auto done = state_.forget_missing(*case_of(logged)); !done) return done;
  }
  return {};
}

Result<void> EntryCheck::flush(Findings& findings) {
  for (auto& [id, recent] : recent_) {
    if (!recent.changed) continue;
    auto put = state_.put_case(id, {recent.opened, ownership_.state_of(id)});
    if (!put) return put;
    recent.changed = false;
  }
  const auto repeated = state_.repeated();
  if (!repeated) return repeated.error();
  for (const std::uint64_t position : *repeated) {
    findings.push_back({position, {ErrorCode::kLogDuplicate, "message_id", {}}});
  }
  return {};
}

}  // namespace rujukan::audit
