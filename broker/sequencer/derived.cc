#include "broker/sequencer/derived.h"

#include "broker/decide/decide.h"
#include "broker/wire/case_codec.h"

namespace rujukan::sequencer {
namespace {

void check(const CaseRecord& record, const routing::RoutingTable* table, TimeUs now) {
  if (table == nullptr) return;
  const auto fault = decide::broken_invariant(record, *table, now);
  INVARIANT(!fault);
}

}  // namespace

Result<void> Derived::fold(const Entry& entry, const Message* message,
                           const routing::RoutingTable* table) {
  if (entry.outcome.refusal || !concerns_case(entry.cause)) return {};
  if (entry.outcome.events.front().type != EventType::kOpened) return change(entry, message, table);
  INVARIANT(message != nullptr);
  CaseRecord opened = decide::opened_record(*message, entry.outcome, entry.time, entry.release);
  check(opened, table, entry.time);
  if (auto done = tell(nullptr, opened, entry.index, message); !done) return done;
  return cases_.put(std::move(opened));
}

Result<void> Derived::change(const Entry& entry, const Message* message,
                             const routing::RoutingTable* table) {
  const CaseId* of = case_of(entry.cause);
  INVARIANT((of == nullptr) == (message != nullptr));
  const auto found = cases_.find(of != nullptr ? *of : message->case_id);
  if (!found) return found.error();
  INVARIANT(*found != nullptr);
  const CaseRecord before = **found;
  if (const auto* carry = std::get_if<CarryCause>(&entry.cause)) return carry_over(before, *carry);
  CaseRecord after = before;
  decide::apply(after, entry.outcome, message);
  if (before.version != after.version) check(after, table, entry.time);
  if (auto done = tell(&before, after, entry.index, message); !done) return done;
  if (message != nullptr) {
    if (auto done = acknowledge(*message); !done) return done;
  }
  if (entry.outcome.events.front().type == EventType::kErased) {
    changes_.payloads_erased = true;
    if (auto done = store_.erase_payloads(after.case_id); !done) return done;
  }
  if (before == after) return {};
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

Result<void> Derived::tell(const CaseRecord* before, const CaseRecord& after, LogIndex index,
                           const Message* message) {
  for (const UnitId& unit : decide::units_to_tell(before, after, message)) {
    if (auto done = put_mail(unit, index); !done) return done;
  }
  if (before == nullptr) return {};
  for (const UnitId& unit : decide::new_parties(*before, after)) {
    const auto history = store_.entries_of(after.case_id, false);
    if (!history) return history.error();
    for (const LogIndex earlier : *history) {
      if (auto done = put_mail(unit, earlier); !done) return done;
    }
  }
  return {};
}

Result<void> Derived::acknowledge(const Message& message) {
  const auto* received = std::get_if<Received>(&message.body);
  if (received == nullptr) return {};
  changes_.mail_removed.emplace_back(message.sender, received->entries);
  return store_.remove_mail(message.sender, received->entries);
}

Result<void> Derived::put_mail(const UnitId& unit, LogIndex index) {
  changes_.mail_added.insert(unit);
  return store_.add_mail(unit, index);
}

}  // namespace rujukan::sequencer
