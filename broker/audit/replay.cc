#include "broker/audit/replay.h"

#include <algorithm>

#include "broker/crypto/sha256.h"
#include "broker/decide/activation.h"
#include "broker/decide/decide.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/order_codec.h"

namespace rujukan::audit {
namespace {

using std::chrono::microseconds;

// The broker fires what is due after each round of submissions. While it runs, none waits nearly as
// long; while it does not run, nothing is logged.
constexpr microseconds kMostWaiting = Seconds(60);
// A longer gap between two entries says that nothing was sent, or that the broker did not run.
constexpr microseconds kMostBetween = Seconds(1);

// A refusal's detail is for people, and may be said better by another version.
bool same(const Outcome& one, const Outcome& other) {
  if (one.refusal.has_value() != other.refusal.has_value()) return false;
  if (one.refusal &&
      (one.refusal->code != other.refusal->code || one.refusal->field != other.refusal->field)) {
    return false;
  }
  return one.events == other.events && one.case_version == other.case_version &&
         one.owner == other.owner && one.recipients == other.recipients;
}

// What of the outcomes differs first.
const char* difference(const Outcome& logged, const Outcome& decided) {
  const auto code = [](const Outcome& o) {
    return o.refusal ? std::optional(o.refusal->code) : std::nullopt;
  };
  if (code(logged) != code(decided)) return "refusal";
  if (logged.owner != decided.owner) return "owner";
  if (logged.case_version != decided.case_version) return "case_version";
  if (logged.events != decided.events) return "events";
  if (logged.recipients != decided.recipients) return "recipients";
  return "refusal.field";
}

// An outcome whose entry is over its limit becomes a refusal: see sequencer/log_writer.
Outcome fitting(const Entry& logged, Outcome decided) {
  Entry entry = logged;
  entry.outcome = std::move(decided);
  const auto bytes = wire::encode_entry(entry);
  if (bytes) return std::move(entry.outcome);
  Outcome refused;
  refused.refusal = bytes.error();
  return refused;
}

std::string text_of(const CaseTable::Due& due) {
  return to_string(due.second) + ", due " + to_rfc3339(due.first);
}

MailTable::CaseEntry mail_entry(const Entry& entry) {
  MailTable::CaseEntry out;
  out.index = entry.index;
  out.excludes = std::holds_alternative<ExclusionCause>(entry.cause);
  if (const auto* link = std::get_if<LinkCause>(&entry.cause)) out.linked = link->related;
  return out;
}

// As far as it matters to whom the entry may be told.
Cause cause_of(const CaseId& id, const MailTable::CaseEntry& entry) {
  if (entry.excludes) return ExclusionCause{id};
  if (entry.linked) return LinkCause{id, *entry.linked};
  return SuccessionCause{id};
}

}  // namespace

Result<std::unique_ptr<Replay>> Replay::create() {
  auto database = store::Database::open_temporary();
  if (!database) return database.error();
  auto cases = CaseTable::create(**database);
  if (!cases) return cases.error();
  auto decided = DecidedMessages::create(**database);
  if (!decided) return decided.error();
  auto mail = MailTable::create(**database);
  if (!mail) return mail.error();
  return std::unique_ptr<Replay>(
      new Replay(*std::move(database), *std::move(cases), *std::move(decided), *std::move(mail)));
}

Result<void> Replay::take(const LoggedEntry& logged, Findings& findings) {
  if (divergence_ || lost_) return {};
  return replay(logged, findings);
}

Result<void> Replay::take_release(std::shared_ptr<const Release> release) {
  offered_ = std::move(release);
  return {};
}

void Replay::lose(std::uint64_t position) {
  if (!divergence_ && !lost_) lost_ = position;
}

Result<void> Replay::finish(std::uint64_t size, Findings& findings) {
  if (divergence_ || lost_ || (links_.empty() && !excludes_)) return {};
  const std::string what = excludes_ ? "an exclusion of " + to_string(*excludes_)
                                     : "the link of " + to_string(links_.front().first);
  findings.push_back(
      {size == 0 ? 0 : size - 1, {ErrorCode::kReplayDiverged, "cause", what + " is missing"}});
  return {};
}

Result<void> Replay::replay(const LoggedEntry& logged, Findings& findings) {
  const Entry& entry = logged.entry;
  Verdict verdict;
  if (auto why = misplaced(entry)) {
    verdict.why = *std::move(why);
  } else {
    auto decided = decide(logged);
    if (!decided) return decided.error();
    verdict = *std::move(decided);
  }
  if (lost_) return {};
  if (verdict.outcome && !same(entry.outcome, *verdict.outcome)) {
    verdict.outcome = fitting(entry, *std::move(verdict.outcome));
  }
  if (verdict.outcome && same(entry.outcome, *verdict.outcome)) return fold(logged);
  Error error{verdict.code, "cause", std::move(verdict.why)};
  if (verdict.outcome) error.field = difference(entry.outcome, *verdict.outcome);
  findings.push_back({logged.position, error});
  divergence_ = Divergence{logged.position, std::move(error), entry, std::move(verdict.outcome)};
  return {};
}

std::optional<std::string> Replay::misplaced(const Entry& entry) {
  const bool first = counts_.entries == 0;
  if (!first && to_number(entry.index) != next_index_) {
    return "the entry before is " + std::to_string(next_index_ - 1);
  }
  if (!first && entry.time <= time_) return "its time is not after that of the entry before";
  const bool begins = std::holds_alternative<ReleaseCause>(entry.cause) ||
                      std::holds_alternative<GenesisCause>(entry.cause);
  if (!begins && !table_) return "no release is in force";
  if (!begins && entry.release != table_->release().version) {
    return "release " + std::to_string(to_number(table_->release().version)) + " is in force";
  }
  const CaseId* of = case_of(entry.cause);
  if (excludes_) {
    const bool follows = std::holds_alternative<ExclusionCause>(entry.cause);
    if (!follows || *of != *excludes_) {
      return "who is kept out of " + to_string(*excludes_) + " has to be told first";
    }
  } else if (!links_.empty()) {
    const CaseId& next = links_.front().first;
    const bool follows = std::holds_alternative<LinkCause>(entry.cause) ||
                         std::holds_alternative<SuccessionCause>(entry.cause) ||
                         std::holds_alternative<ExclusionCause>(entry.cause) ||
                         std::holds_alternative<CarryCause>(entry.cause);
    if (!follows || of == nullptr || *of != next) {
      return "the link of " + to_string(next) + " has to come first";
    }
  }
  return first ? std::nullopt : overdue(entry);
}

// Measured by what was logged meanwhile, because the log does not say when the broker ran.
std::optional<std::string> Replay::overdue(const Entry& entry) {
  const auto due = cases_->next_due();
  const CaseId* of = case_of(entry.cause);
  if (!due || due->first > time_ || (of != nullptr && *of == due->second)) {
    awaited_.reset();
    return std::nullopt;
  }
  if (awaited_ != due) {
    awaited_ = due;
    waited_ = {};
  }
  waited_ += std::min(entry.time - time_, kMostBetween);
  if (waited_ <= kMostWaiting) return std::nullopt;
  return "the deadline of " + text_of(*due) + ", has to be logged first";
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged) {
  return std::visit([&](const auto& cause) { return decide(logged, cause); }, logged.entry.cause);
}

Result<Replay::Settled> Replay::settled(const CaseId& id, TimeUs now) {
  const auto record = cases_->find(id);
  if (!record) return record.error();
  if (*record == nullptr) return Settled{};
  return Settled{*record, decide::needs_succession(**record, *table_, now) ||
                              decide::needs_exclusion(**record, *table_)};
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const DeadlineCause& cause) {
  const TimeUs now = logged.entry.time;
  const auto at = settled(cause.case_id, now);
  if (!at) return at.error();
  if (at->record == nullptr) return Verdict{{}, kNoCase};
  if (at->ended) return Verdict{{}, kEndedFirst};
  const auto due = at->record->next_due();
  if (!due || due->need != cause.need || due->assist != cause.assist ||
      due->subject != cause.subject) {
    return Verdict{{}, "that is not what the case waits for first"};
  }
  if (due->at > now) return Verdict{{}, "it is due only at " + to_rfc3339(due->at)};
  if (const auto first = cases_->next_due(); first->second != cause.case_id) {
    return Verdict{{}, "another is due before: " + text_of(*first)};
  }
  return Verdict{decide::decide(*at->record, {due->need, due->assist, due->subject}, *table_, now)};
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const SuccessionCause& cause) {
  const TimeUs now = logged.entry.time;
  const auto record = cases_->find(cause.case_id);
  if (!record) return record.error();
  if (*record == nullptr) return Verdict{{}, kNoCase};
  if (!decide::needs_succession(**record, *table_, now)) {
    return Verdict{{}, "no unit that the case needs has ended"};
  }
  auto outcome = decide::decide_succession(**record, *table_, now);
  if (!outcome) return Verdict{{}, "no unit may take the case's place"};
  return Verdict{*std::move(outcome)};
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const ExclusionCause& cause) {
  const auto record = cases_->find(cause.case_id);
  if (!record) return record.error();
  if (*record == nullptr) return Verdict{{}, kNoCase};
  // After a new release the case is settled at first.
  if (!excludes_ && decide::needs_succession(**record, *table_, logged.entry.time)) {
    return Verdict{{}, kEndedFirst};
  }
  if (!decide::needs_exclusion(**record, *table_)) {
    return Verdict{{}, "the case shows already who is kept out"};
  }
  return Verdict{decide::decide_exclusion(**record, *table_)};
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const LinkCause& cause) {
  if (links_.empty() || links_.front() != Link{cause.case_id, cause.related}) {
    return Verdict{{}, "no referral before it names the case"};
  }
  const auto opened = cases_->find(cause.related);
  if (!opened) return opened.error();
  INVARIANT(*opened != nullptr);
  const CaseRecord names_it = **opened;
  const auto at = settled(cause.case_id, logged.entry.time);
  if (!at) return at.error();
  if (at->record == nullptr) return Verdict{{}, kNoCase};
  if (at->ended) return Verdict{{}, kEndedFirst};
  return Verdict{decide::decide(*at->record, decide::LinkCommand{names_it}, *table_)};
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry&, const StateCause& cause) {
  if (cause.format != merkle::kStateFormat) {
    ++counts_.states_unknown;
    return Verdict{Outcome{}};
  }
  const merkle::StateDigest state = cases_->state();
  if (cause.cases == state.cases() && cause.digest == state.value()) {
    ++counts_.states;
    return Verdict{Outcome{}};
  }
  return Verdict{{},
                 std::to_string(state.cases()) + " cases, digest " + to_hex(state.value()),
                 ErrorCode::kReplayState};
}

// How long the broker took no answers is taken as logged, as far as it can have been so.
Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const TimeCause& cause) {
  if (table_->release().edition < Edition::kFairWaits) {
    return Verdict{{}, "an edition before 3 is in force"};
  }
  const auto passed = logged.entry.time - *put_off_at_;
  if (cause.shift <= passed) return Verdict{Outcome{}};
  return Verdict{{}, "it puts off deadlines by more than has passed"};
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const ReleaseCause& cause) {
  if (!offered_) {
    lose(logged.position);
    return Verdict{};
  }
  const TimeUs now = logged.entry.time;
  const auto refused = [](const Error& error) { return Verdict{{}, to_string(error)}; };
  if (offered_->version != cause.version || logged.entry.release != cause.version) {
    return Verdict{{}, "it is version " + std::to_string(to_number(offered_->version))};
  }
  const Release* before = table_ ? &table_->release() : nullptr;
  if (const auto may = decide::check_activation(*offered_, before, now); !may) {
    return refused(may.error());
  }
  auto next = routing::RoutingTable::build(*offered_, table_.get());
  if (!next) return refused(next.error());
  auto orphaned = orphan(**next, now);
  if (!orphaned) return orphaned.error();
  if (*orphaned) return Verdict{{}, **std::move(orphaned)};
  table_ = *std::move(next);
  spoken_for_.clear();
  for (const Station& station : table_->release().stations) {
    spoken_for_.insert(station.units.begin(), station.units.end());
  }
  return Verdict{Outcome{}};
}

// An open case that the release would leave without a unit, or that may come to be so.
Result<std::optional<std::string>> Replay::orphan(const routing::RoutingTable& next, TimeUs now) {
  std::optional<std::string> why;
  if (const auto lasting = decide::check_terminals(next, now); !lasting) {
    why = to_string(lasting.error());
    return why;
  }
  const bool forbids =
      decide::may_forbid_parts(table_ ? &table_->release() : nullptr, next.release());
  if (!forbids && !next.any_inactive(now)) return why;
  const auto looked = cases_->for_each([&](const CaseRecord& record) {
    if (why || !decide::needs_succession(record, next, now)) return;
    if (!decide::decide_succession(record, next, now)) {
      why = "no unit is left for " + to_string(record.case_id);
    }
  });
  if (!looked) return looked.error();
  return why;
}

Result<void> Replay::fold(const LoggedEntry& logged) {
  const Entry& entry = logged.entry;
  count(entry);
  next_index_ = to_number(entry.index) + 1;
  time_ = entry.time;
  const auto* put_off = std::get_if<TimeCause>(&entry.cause);
  if (put_off != nullptr) cases_->follow(cases_->shift() + put_off->shift);
  if (put_off != nullptr || !put_off_at_) put_off_at_ = entry.time;
  if (decide::uses_up_id(entry.outcome)) {
    if (auto kept = use_up_id(logged); !kept) return kept;
  }
  if (std::holds_alternative<LinkCause>(entry.cause)) links_.pop_front();
  if (entry.outcome.refusal || !concerns_case(entry.cause)) return {};
  return fold_case(entry, logged.message);
}

Result<void> Replay::use_up_id(const LoggedEntry& logged) {
  const LogIndex index = logged.entry.index;
  if (const auto* cause = std::get_if<MessageCause>(&logged.entry.cause)) {
    // Without an id there is nothing to use up.
    if (logged.message == nullptr) return {};
    return decided_->add(logged.message->message_id, {index, sha256(cause->message)});
  }
  if (const auto* cause = std::get_if<OrderCause>(&logged.entry.cause)) {
    const auto order = wire::order_in(cause->order);
    INVARIANT(order.ok());
    return decided_->add(order->order_id, {index, sha256(body_of(*cause))});
  }
  return {};
}

Result<void> Replay::fold_case(const Entry& entry, const Message* message) {
  const CaseId* of = case_of(entry.cause);
  const CaseId id = of != nullptr ? *of : message->case_id;
  if (auto folded = fold_record(id, entry, message); !folded) return folded;
  const auto record = cases_->find(id);
  if (!record) return record.error();
  excludes_.reset();
  const bool carried = std::holds_alternative<CarryCause>(entry.cause);
  if (!carried && decide::needs_exclusion(**record, *table_)) excludes_ = id;
  return {};
}

Result<void> Replay::fold_record(const CaseId& id, const Entry& entry, const Message* message) {
  if (entry.outcome.events.front().type == EventType::kOpened) {
    for (const CaseId& other : std::get<Referral>(message->body).related) {
      links_.emplace_back(other, id);
    }
    auto opened = decide::opened_record(*message, entry.outcome, entry.time, entry.release);
    opened.shift = cases_->shift();
    if (auto done = deliver(nullptr, opened, entry, message); !done) return done;
    return cases_->put(std::move(opened));
  }
  const auto found = cases_->find(id);
  if (!found) return found.error();
  const CaseRecord before = **found;
  CaseRecord record = before;
  decide::apply(record, entry.outcome, message, decide::kept_time(entry.time, table_->release()));
  if (auto done = deliver(&before, record, entry, message); !done) return done;
  if (decide::changes_who_knows(entry, before, record)) {
    if (auto done = deliver_links(before, record); !done) return done;
  }
  return record == before ? Result<void>() : cases_->put(std::move(record));
}

// As sequencer/derived fills and empties the mailboxes.
Result<void> Replay::deliver(const CaseRecord* before, const CaseRecord& after, const Entry& entry,
                             const Message* message) {
  const CaseId& id = after.case_id;
  if (std::holds_alternative<CarryCause>(entry.cause)) return mail_->add(id, mail_entry(entry));
  if (message != nullptr) {
    if (const auto* received = std::get_if<Received>(&message->body)) {
      // Edition 1 let a unit name entries that were not there yet.
      const auto& named = received->entries;
      const auto end = std::ranges::lower_bound(named, entry.index);
      return mail_->remove(id, message->sender, {named.begin(), end});
    }
  }
  const auto linked = linked_case(entry.cause);
  if (!linked) return linked.error();
  const decide::Telling telling =
      decide::telling_of(entry, before, after, message, *linked ? &**linked : nullptr, *table_);
  if (auto done = mail_->add(id, mail_entry(entry)); !done) return done;
  for (const UnitId& unit : telling.take_back) {
    if (auto done = mail_->take_back(id, unit, false); !done) return done;
  }
  for (const UnitId& unit : telling.take_notices) {
    if (auto done = mail_->take_back(id, unit, true); !done) return done;
  }
  for (const UnitId& unit : telling.tell) {
    if (auto done = mail_->put(id, unit, entry.index); !done) return done;
  }
  for (const UnitId& unit : telling.tell_history) {
    if (auto done = deliver_history(id, unit); !done) return done;
  }
  return {};
}

Result<void> Replay::deliver_links(const CaseRecord& before, const CaseRecord& after) {
  for (const CaseId& id : after.related) {
    const auto named = cases_->find(id);
    if (!named) return named.error();
    if (*named == nullptr) continue;
    const auto telling = decide::link_telling_of(before, after, **named, *table_);
    const auto entries = mail_->entries_of(id);
    if (!entries) return entries.error();
    for (const MailTable::CaseEntry& entry : *entries) {
      if (entry.linked != after.case_id) continue;
      for (const UnitId& unit : telling.take_back) {
        if (auto done = mail_->remove(id, unit, {entry.index}); !done) return done;
      }
      for (const UnitId& unit : telling.tell) {
        if (auto done = mail_->put(id, unit, entry.index); !done) return done;
      }
    }
  }
  return {};
}

Result<void> Replay::deliver_history(const CaseId& id, const UnitId& unit) {
  const auto entries = mail_->entries_of(id);
  if (!entries) return entries.error();
  for (const MailTable::CaseEntry& entry : *entries) {
    const Cause cause = cause_of(id, entry);
    const auto linked = linked_case(cause);
    if (!linked) return linked.error();
    if (!decide::may_be_told(cause, *linked ? &**linked : nullptr, unit, *table_)) continue;
    if (auto done = mail_->put(id, unit, entry.index); !done) return done;
  }
  return {};
}

Result<std::optional<CaseRecord>> Replay::linked_case(const Cause& cause) {
  const std::optional<CaseRecord> none;
  const auto* link = std::get_if<LinkCause>(&cause);
  if (link == nullptr) return none;
  const auto other = cases_->find(link->related);
  if (!other) return other.error();
  return *other == nullptr ? none : std::optional(**other);
}

void Replay::count(const Entry& entry) {
  ++counts_.entries;
  if (std::holds_alternative<MessageCause>(entry.cause)) {
    ++(entry.outcome.refusal ? counts_.refused : counts_.accepted);
  }
  if (std::holds_alternative<ReleaseCause>(entry.cause)) ++counts_.releases;
  if (const auto* put_off = std::get_if<TimeCause>(&entry.cause)) {
    ++counts_.pauses;
    counts_.paused += put_off->shift;
  }
  if (std::holds_alternative<DeadlineCause>(entry.cause)) {
    ++counts_.deadlines;
    counts_.latest = std::max(counts_.latest, entry.time - cases_->next_due()->first);
  }
}

}  // namespace rujukan::audit
