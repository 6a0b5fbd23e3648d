#include "adapters/sdk/receiver.h"

#include "broker/runtime/trace.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

constexpr std::size_t kConcludedAtOnce = 64;
constexpr std::chrono::minutes kTracedAgainAfter{1};

// One acknowledgement of a case is on its way at a time; what comes meanwhile waits for the next.
std::string acknowledgement_ticket(const UnitId& unit, const CaseId& case_id) {
  return kOwnTicket + std::string("received/") + unit.str() + "/" + to_string(case_id);
}

std::string unreadable_ticket(const Inbox::UnreadEntry& unread) {
  return kOwnTicket + std::string("unreadable/") + unread.unit.str() + "/" +
         std::to_string(to_number(unread.entry));
}

std::string accept_ticket(const Duty& duty) {
  return kOwnTicket + std::string("accept/") + duty.unit.str() + "/" +
         std::to_string(to_number(duty.entry)) + "/" + std::string(name_of(duty.need));
}

// What the event asks the unit to accept.
std::optional<Subject> asks_to_accept(const Event& event, const UnitId& unit) {
  if (event.unit != unit) return std::nullopt;
  switch (event.type) {
    case EventType::kAssigned:
    case EventType::kReopened:
      return Subject::kAssignment;
    case EventType::kMoved:
      if (event.state != AssignmentState::kRequested) return std::nullopt;
      return Subject::kAssignment;
    case EventType::kOffered:
      return Subject::kOffer;
    case EventType::kEscalated:
      if (event.subject == Subject::kRequest) return std::nullopt;
      return event.subject;
    case EventType::kOpened:
    case EventType::kWithheld:
    case EventType::kInformed:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kDeclined:
    case EventType::kOverdue:
    case EventType::kProgressed:
    case EventType::kCompleted:
    case EventType::kNoted:
    case EventType::kClosed:
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kOfferEnded:
    case EventType::kTransferred:
    case EventType::kTransferRequested:
    case EventType::kRequestEnded:
    case EventType::kFactsAdded:
    case EventType::kLed:
    case EventType::kCancelled:
    case EventType::kLinked:
    case EventType::kErasureProposed:
    case EventType::kErased:
    case EventType::kHeld:
    case EventType::kHoldLifted:
    case EventType::kCarried:
    case EventType::kExcluded:
    case EventType::kFactsProposed:
    case EventType::kReadmitted:
      return std::nullopt;
  }
  return std::nullopt;
}

// Announces to a unit that a guarantee keeps it out of the case.
bool keeps_out(const Entry& entry) {
  return std::holds_alternative<ExclusionCause>(entry.cause) &&
         entry.outcome.events.front().type == EventType::kExcluded;
}

}  // namespace

Result<void> Receiver::take(const wire::Delivery& delivery) {
  auto done = take_verified(delivery);
  if (done || done.error().code != ErrorCode::kFolderUnusable) return done;
  unkept_ = true;
  trace_unplanned("delivery.not_kept", done.error(), delivery.unit);
  return {};
}

Result<void> Receiver::take_verified(const wire::Delivery& delivery) {
  if (!parts_.keys.serves(delivery.unit)) {
    trace_unplanned("delivery.unit_without_keys",
                    {ErrorCode::kStationUnitNotServed, "unit", delivery.unit.str()}, delivery.unit);
    return {};
  }
  const auto shard = parts_.seen.receipt(delivery.receipt);
  if (!shard) return shard.error();
  const auto entry = wire::decode_entry(delivery.receipt.entry);
  if (!entry) return entry.error();
  if (auto placed = parts_.seen.check_place(*shard, delivery.receipt, entry->index); !placed) {
    return placed;
  }
  const auto table = parts_.releases.for_version(entry->release);
  if (!table) return table.error();
  if (!*table) {
    // The broker sends it again.
    passed_over_ = true;
    return {};
  }
  auto checked = check_entry(delivery.receipt, **table, shard->key.name);
  if (!checked) {
    // The log holds it, so the broker is honest about it; but nobody vouches for what it says.
    trace::error("delivery.refused", checked.error(), {{"index", to_number(entry->index)}});
    return {};
  }
  const auto held = parts_.inbox.holds(delivery.unit, checked->entry.index);
  if (!held) return held.error();
  if (*held) return taken_before(delivery.unit, *checked);
  if (keeps_out(checked->entry)) return leave_case(delivery.unit, *checked);
  if (auto whole = check_payload(*checked, delivery.payload); !whole) {
    // Its sender is not to blame, who is told of what does not open: the broker sends it again.
    trace::error("delivery.payload", whole.error(), {{"index", to_number(entry->index)}});
    return {};
  }

  if (erases(checked->entry)) {
    if (auto done = parts_.outbox.forget_narratives(checked->case_id); !done) return done;
  }
  // The opening has to be known before the files of its own delivery are written.
  if (auto learned = parts_.cases.learn(checked->case_id, checked->entry, delivery.receipt.entry,
                                        delivery.payload);
      !learned) {
    return learned;
  }
  auto known = parts_.cases.find(checked->case_id);
  if (!known) return known.error();
  CheckedDelivery out{delivery.unit, *std::move(checked), *std::move(known), std::nullopt, {}};
  if (out.checked.message) {
    // By the newest release: a unit may have ended since the entry.
    const auto& newest = parts_.releases.newest();
    auto narrative =
        open_narrative(*out.checked.message, delivery.payload,
                       {out.unit, parts_.keys, newest ? *newest : **table, parts_.clock.now()});
    if (narrative) {
      out.narrative = *std::move(narrative);
    } else {
      // Sending it again would not open it; the agency is told.
      out.seal_fault = narrative.error();
      trace::error("delivery.seal", narrative.error(),
                   {{"index", to_number(out.checked.entry.index)}, {"unit", out.unit.str()}});
    }
  }
  if (auto kept = agency_.keep(out); !kept) return kept;
  return record(out.unit, out.checked, out.seal_fault.has_value());
}

// What is left is the notice, for the agency's people.
Result<void> Receiver::leave_case(const UnitId& unit, const CheckedEntry& checked) {
  if (checked.entry.outcome.events.front().unit != unit) {
    trace::error("delivery.refused", {ErrorCode::kEntryMalformed, "unit", "of another unit"},
                 {{"index", to_number(checked.entry.index)}});
    return {};
  }
  if (auto done = agency_.forget(unit, checked.case_id); !done) return done;
  if (auto kept = agency_.keep({unit, checked, std::nullopt, std::nullopt, {}}); !kept) return kept;
  const auto known = parts_.cases.find(checked.case_id);
  if (!known) return known.error();
  auto transaction = Transaction::begin(parts_.database);
  if (!transaction) return transaction.error();
  if (auto done = parts_.inbox.forget(unit, checked.case_id); !done) return done;
  if (auto done = parts_.outbox.forget_plaintext(unit, checked.case_id); !done) return done;
  if (auto added = parts_.inbox.add_notice(unit, checked.entry.index, checked.case_id); !added) {
    return added;
  }
  const auto others = others_know(checked.case_id, *known);
  if (!others) return others.error();
  if (!*others) {
    if (auto done = parts_.cases.forget(checked.case_id); !done) return done;
  }
  return transaction->commit();
}

// Whether a unit of the station may still have a part in it: it was sent something, or opened it
// and was not told to leave.
Result<bool> Receiver::others_know(const CaseId& case_id,
                                   const std::optional<KnownCase>& known) const {
  auto sent = parts_.inbox.holds_case(case_id);
  if (!sent || *sent) return sent;
  if (!known || !parts_.keys.serves(known->opener)) return false;
  const auto left = parts_.inbox.has_left(known->opener, case_id);
  if (!left) return left.error();
  return !*left;
}

Result<void> Receiver::record(const UnitId& unit, const CheckedEntry& checked, bool unread) {
  const LogIndex index = checked.entry.index;
  auto transaction = Transaction::begin(parts_.database);
  if (!transaction) return transaction.error();
  if (auto added = parts_.inbox.add(unit, index, checked.case_id); !added) return added;
  if (unread) {
    if (auto added = parts_.inbox.add_unread({unit, index, checked.case_id}); !added) return added;
  }
  if (agency_.accepts(unit)) {
    for (const Event& event : checked.entry.outcome.events) {
      const auto subject = asks_to_accept(event, unit);
      if (!subject) continue;
      if (auto added = parts_.inbox.add_duty({unit, index, event.need, *subject}); !added) {
        return added;
      }
    }
  }
  return transaction->commit();
}

Result<void> Receiver::taken_before(const UnitId& unit, const CheckedEntry& checked) {
  const auto on_its_way = parts_.outbox.holds(acknowledgement_ticket(unit, checked.case_id));
  if (!on_its_way) return on_its_way.error();
  if (*on_its_way) return {};
  return parts_.inbox.acknowledge_again(unit, checked.entry.index);
}

void Receiver::trace_unplanned(const char* event, const Error& why, const UnitId& unit) {
  unplanned_ = unplanned_ || why.code == ErrorCode::kReleaseRefuses;
  SteadyTime& last = traced_[unit];
  const SteadyTime now = steady_now();
  if (last != SteadyTime() && now - last < kTracedAgainAfter) return;
  last = now;
  trace::error(event, why, {{"unit", unit.str()}});
}

Result<std::set<UnitId>> Receiver::units_without_key(const routing::RoutingTable& table) {
  std::set<UnitId> out;
  const TimeUs now = parts_.clock.now();
  for (const UnitId& unit : parts_.keys.units()) {
    if (parts_.keys.signing_key(unit, table, now) != nullptr) continue;
    const auto owes = parts_.inbox.owes_acknowledgement(unit);
    if (!owes) return owes.error();
    if (*owes) {
      trace_unplanned("acknowledgement.plan",
                      {ErrorCode::kReleaseRefuses,
                       std::string(name_of(ErrorCode::kSubmissionKeyUnknown)), unit.str()},
                      unit);
    }
    out.insert(unit);
  }
  return out;
}

Result<void> Receiver::acknowledge() {
  const auto table = parts_.releases.usable(parts_.clock.now());
  if (!table) return {};
  unplanned_ = false;
  const auto without = units_without_key(**table);
  if (!without) return without.error();
  const auto groups = parts_.inbox.unacknowledged(*without);
  if (!groups) return groups.error();
  const Planner planner(**table, parts_.keys, parts_.clock);
  for (const Unacknowledged& group : *groups) {
    const std::string ticket = acknowledgement_ticket(group.unit, group.case_id);
    const auto on_its_way = parts_.outbox.holds(ticket);
    if (!on_its_way) return on_its_way.error();
    if (*on_its_way) continue;
    const auto known = parts_.cases.find(group.case_id);
    if (!known) return known.error();
    // The opening is on its way to us: the broker sends a case's earlier entries too.
    if (!*known && !group.of_unknown_case) continue;
    KnownCase left;
    left.case_id = group.case_id;
    const auto planned = planner.received(group.unit, known->value_or(left), group.entries);
    if (!planned) {
      trace_unplanned("acknowledgement.plan", planned.error(), group.unit);
      continue;
    }
    auto transaction = Transaction::begin(parts_.database);
    if (!transaction) return transaction.error();
    if (auto added = parts_.outbox.add(ticket, *planned); !added) return added.error();
    if (auto marked = parts_.inbox.acknowledged(group); !marked) return marked;
    if (auto done = transaction->commit(); !done) return done;
  }
  // Older brokers do not know the kind.
  const bool may_say = (*table)->release().edition >= Edition::kPresentFacts;
  return may_say ? report_unread(planner, *without) : Result<void>();
}

Result<void> Receiver::report_unread(const Planner& planner, const std::set<UnitId>& without) {
  const auto unread = parts_.inbox.unread(without);
  if (!unread) return unread.error();
  for (const Inbox::UnreadEntry& one : *unread) {
    const auto known = parts_.cases.find(one.case_id);
    if (!known) return known.error();
    if (!*known) continue;
    const auto planned = planner.unreadable(one.unit, **known, one.entry);
    if (!planned) {
      trace_unplanned("unreadable.plan", planned.error(), one.unit);
      continue;
    }
    auto transaction = Transaction::begin(parts_.database);
    if (!transaction) return transaction.error();
    if (auto added = parts_.outbox.add(unreadable_ticket(one), *planned); !added) {
      return added.error();
    }
    if (auto told = parts_.inbox.told_unread(one); !told) return told;
    if (auto done = transaction->commit(); !done) return done;
  }
  return {};
}

Result<void> Receiver::conclude() {
  std::set<OutboxSeq> later;
  for (const auto& [seq, waiting] : waiting_) {
    if (waiting.due > steady_now()) later.insert(seq);
  }
  const auto items = parts_.outbox.settled(Asker::kStation, kConcludedAtOnce, later);
  if (!items) return items.error();
  for (const SettledItem& item : *items) {
    if (auto done = conclude(item); !done) return done;
  }
  return {};
}

Result<std::optional<Planned>> Receiver::plan_accept(const Duty& duty, const CaseId& case_id,
                                                     std::uint32_t case_version) const {
  const auto table = parts_.releases.usable(parts_.clock.now());
  if (!table) return std::optional<Planned>();
  auto known = parts_.cases.find(case_id);
  if (!known) return known.error();
  if (!*known) return Error{ErrorCode::kCaseUnknown, "case_id"};
  (*known)->version = case_version;
  auto planned = Planner(**table, parts_.keys, parts_.clock)
                     .answer({duty.unit, case_id, Accept{duty.need, duty.subject}}, **known, {});
  if (!planned) return planned.error();
  return std::optional(*std::move(planned));
}

Result<void> Receiver::conclude(const SettledItem& item) {
  const auto message = wire::decode_message(item.message);
  if (!message) return Error{ErrorCode::kStoreCorrupt, "outbox.message"};
  if (item.refusal) {
    trace::warning("own_message.refused", {{"kind", name_of(kind_of(*message))},
                                           {"unit", message->sender.str()},
                                           {"case", to_string(message->case_id)},
                                           {"code", name_of(item.refusal->code)}});
  }
  auto transaction = Transaction::begin(parts_.database);
  if (!transaction) return transaction.error();
  if (const auto* received = std::get_if<Received>(&message->body)) {
    const auto duties = parts_.inbox.duties(message->sender, received->entries);
    if (!duties) return duties.error();
    const auto blind = parts_.inbox.cannot_read(message->sender, message->case_id);
    if (!blind) return blind.error();
    for (const Duty& duty : *duties) {
      // A refused acknowledgement is made again when the entry comes again.
      if (item.refusal) break;
      if (*blind) {
        // Nobody accepts what nobody has read: people look at it.
        trace::warning("accept.unreadable", {{"unit", duty.unit.str()}});
        if (auto removed = parts_.inbox.remove(duty); !removed) return removed;
        continue;
      }
      const auto planned = plan_accept(duty, message->case_id, item.case_version);
      if (!planned && fate_of(planned.error().code) == Fate::kFatal) return planned.error();
      if (planned && !*planned) return {};
      if (!planned && fate_of(planned.error().code) == Fate::kRetry) {
        trace_unplanned("accept.plan", planned.error(), duty.unit);
        auto& waiting =
            waiting_.try_emplace(item.seq, Waiting{Backoff(settings_.release_retry)}).first->second;
        waiting.due = steady_now() + waiting.backoff.next();
        return {};
      }
      if (!planned) {
        trace::error("accept.plan", planned.error(), {{"unit", duty.unit.str()}});
      } else if (auto added = parts_.outbox.add(accept_ticket(duty), **planned); !added) {
        return added.error();
      }
      if (auto removed = parts_.inbox.remove(duty); !removed) return removed;
    }
  }
  if (auto forgotten = parts_.outbox.forget(item.seq); !forgotten) return forgotten;
  waiting_.erase(item.seq);
  return transaction->commit();
}

}  // namespace rujukan::sdk
