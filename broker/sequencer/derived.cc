#include "broker/sequencer/derived.h"

#include <algorithm>

#include "broker/decide/decide.h"
#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::sequencer {

Result<void> Derived::fold(const Entry& entry, const Message* message,
                           const routing::RoutingTable& table) {
  if (const auto* time = std::get_if<TimeCause>(&entry.cause)) {
    return store_.put_clock({store_.shift() + time->shift, entry.time});
  }
  if (entry.outcome.refusal || !concerns_case(entry.cause)) return {};
  if (entry.outcome.events.front().type != EventType::kOpened) return change(entry, message, table);
  INVARIANT(message != nullptr);
  CaseRecord opened = decide::opened_record(*message, entry.outcome, entry.time, entry.release);
  opened.shift = store_.shift();
  if (auto done = tell({entry, message, nullptr, opened, table}); !done) return done;
  changes_.cases.insert(opened.case_id);
  return cases_.put(std::move(opened));
}

Result<void> Derived::change(const Entry& entry, const Message* message,
                             const routing::RoutingTable& table) {
  const CaseId* of = case_of(entry.cause);
  INVARIANT((of == nullptr) == (message != nullptr));
  const auto found = cases_.find(of != nullptr ? *of : message->case_id);
  if (!found) return found.error();
  INVARIANT(*found != nullptr);
  const CaseRecord before = **found;
  if (const auto* carry = std::get_if<CarryCause>(&entry.cause)) return carry_over(before, *carry);
  CaseRecord after = before;
  decide::apply(after, entry.outcome, message, decide::kept_time(entry.time, table.release()));
  if (auto done = tell({entry, message, &before, after, table}); !done) return done;
  if (decide::changes_who_knows(entry, before, after)) {
    if (auto done = tell_links(before, after, table); !done) return done;
  }
  if (message != nullptr) {
    if (auto done = acknowledge(*message); !done) return done;
  }
  if (entry.outcome.events.front().type == EventType::kErased) {
    changes_.payloads_erased = true;
    if (auto done = store_.erase_payloads(after.case_id); !done) return done;
  }
  if (before == after) return {};
  changes_.cases.insert(after.case_id);
  return cases_.put(std::move(after));
}

// It changes nothing for anybody: nobody is told.
Result<void> Derived::carry_over(const CaseRecord& record, const CarryCause& carry) {
  if (wire::encode_case(record) != carry.record) {
    return Error{ErrorCode::kStoreCorrupt, "cases",
                 "carried otherwise: " + to_string(carry.case_id)};
  }
  return store_.carry_case(carry.case_id);
}

Result<void> Derived::tell(const Change& change) {
  const CaseId& id = change.after.case_id;
  const auto linked = linked_case(change.entry.cause);
  if (!linked) return linked.error();
  const decide::Telling telling =
      decide::telling_of(change.entry, change.before, change.after, change.message,
                         *linked ? &**linked : nullptr, change.table);
  for (const UnitId& unit : telling.take_back) {
    if (auto done = take_mail_back(id, unit, false); !done) return done;
  }
  for (const UnitId& unit : telling.take_notices) {
    if (auto done = take_mail_back(id, unit, true); !done) return done;
  }
  for (const UnitId& unit : telling.tell) {
    if (auto done = put_mail(unit, change.entry.index); !done) return done;
  }
  for (const UnitId& unit : telling.tell_history) {
    if (auto done = tell_history(id, unit, change.table); !done) return done;
  }
  return {};
}

Result<void> Derived::tell_history(const CaseId& id, const UnitId& unit,
                                   const routing::RoutingTable& table) {
  const auto history = store_.entries_of(id, false);
  if (!history) return history.error();
  for (const LogIndex index : *history) {
    const auto cause = cause_of(index);
    if (!cause) return cause.error();
    const auto linked = linked_case(*cause);
    if (!linked) return linked.error();
    if (!decide::may_be_told(*cause, *linked ? &**linked : nullptr, unit, table)) continue;
    if (auto done = put_mail(unit, index); !done) return done;
  }
  return {};
}

// In the mailboxes of cases that this one names lies that it does, and who owns it.
Result<void> Derived::tell_links(const CaseRecord& before, const CaseRecord& after,
                                 const routing::RoutingTable& table) {
  for (const CaseId& id : after.related) {
    const auto named = cases_.find(id);
    if (!named) return named.error();
    INVARIANT(*named != nullptr);
    const auto telling = decide::link_telling_of(before, after, **named, table);
    if (telling.take_back.empty() && telling.tell.empty()) continue;
    const auto links = entries_by(id, [&after](const Cause& cause) {
      const auto* link = std::get_if<LinkCause>(&cause);
      return link != nullptr && link->related == after.case_id;
    });
    if (!links) return links.error();
    for (const UnitId& unit : telling.take_back) {
      changes_.mail_removed.emplace_back(unit, *links);
      if (auto done = store_.remove_mail(unit, *links); !done) return done;
    }
    for (const UnitId& unit : telling.tell) {
      for (const LogIndex index : *links) {
        if (auto done = put_mail(unit, index); !done) return done;
      }
    }
  }
  return {};
}

Result<std::optional<CaseRecord>> Derived::linked_case(const Cause& cause) {
  const auto* link = std::get_if<LinkCause>(&cause);
  if (link == nullptr) return std::optional<CaseRecord>();
  const auto other = cases_.find(link->related);
  if (!other) return other.error();
  INVARIANT(*other != nullptr);
  return std::optional(**other);
}

Result<void> Derived::take_mail_back(const CaseId& id, const UnitId& unit, bool only_notices) {
  const auto back = only_notices
                        ? entries_by(id,
                                     [](const Cause& cause) {
                                       return std::holds_alternative<ExclusionCause>(cause);
                                     })
                        : store_.entries_of(id, false);
  if (!back) return back.error();
  changes_.mail_removed.emplace_back(unit, *back);
  return store_.remove_mail(unit, *back);
}

Result<std::vector<LogIndex>> Derived::entries_by(
    const CaseId& id, const std::function<bool(const Cause&)>& fits) const {
  const auto entries = store_.entries_of(id, false);
  if (!entries) return entries.error();
  std::vector<LogIndex> found;
  for (const LogIndex index : *entries) {
    const auto cause = cause_of(index);
    if (!cause) return cause.error();
    if (fits(*cause)) found.push_back(index);
  }
  return found;
}

Result<Cause> Derived::cause_of(LogIndex index) const {
  const auto bytes = store_.entry(index);
  if (!bytes) return bytes.error();
  auto entry = wire::decode_entry(*bytes);
  if (!entry) return Error{ErrorCode::kStoreCorrupt, "entries", to_string(entry.error())};
  return std::move(entry->cause);
}

Result<void> Derived::acknowledge(const Message& message) {
  const auto* received = std::get_if<Received>(&message.body);
  if (received == nullptr) return {};
  changes_.mail_removed.emplace_back(message.sender, received->entries);
  return store_.remove_mail(message.sender, received->entries);
}

Result<void> Derived::put_mail(const UnitId& unit, LogIndex index) {
  const auto [at, is_new] = changes_.mail_added.emplace(unit, index);
  if (!is_new) at->second = std::min(at->second, index);
  return store_.add_mail(unit, index);
}

}  // namespace rujukan::sequencer
