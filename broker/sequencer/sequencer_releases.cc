// The sequencer's part that puts releases in force, begins shards, and moves what a release ends.
#include "broker/decide/activation.h"
#include "broker/decide/decide.h"
#include "broker/runtime/trace.h"
#include "broker/sequencer/activation.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"

namespace rujukan::sequencer {
namespace {

// Cases looked at in one round: about 10 ms of work.
constexpr std::size_t kSweepPage = 1024;
// And of these, settled or carried in entries of their own: as much again.
constexpr std::size_t kSettledAtOnce = 128;

}  // namespace

// The tables of the shard so far lead to the one in force: what changed when is known from them.
Result<void> Sequencer::load_tables() {
  if (log_->size() == 0) return {};
  const auto bytes = store_->entry(LogIndex{log_->shard().first});
  if (!bytes) return bytes.error();
  const auto first = wire::decode_entry(*bytes);
  if (!first) return first.error();
  Result<void> loaded;
  const ReleaseVersion before{to_number(first->release) - 1};
  auto read = store_->releases(before, [&](ReleaseVersion, ByteView signed_release) {
    loaded = load_table(signed_release);
    return loaded.ok();
  });
  return loaded ? read : loaded;
}

Result<void> Sequencer::load_table(ByteView signed_release) {
  const auto parts = wire::decode_signed_release(signed_release);
  if (!parts) return parts.error();
  auto release = wire::decode_release(parts->body);
  if (!release) return release.error();
  auto table = routing::RoutingTable::build(*std::move(release), table_.get());
  if (!table) return table.error();
  table_ = *std::move(table);
  return {};
}

Result<void> Sequencer::load_release(const std::optional<Bytes>& signed_release) {
  if (auto loaded = load_tables(); !loaded) return loaded;
  if (table_) {
    next_change_ = table_->next_change(clock_.now());
    courier_.follow(table_);
    // A stop may have come before the last sweep was through.
    begin_sweep(true);
    if (auto done = go_on_carrying(); !done) return done;
  } else if (!signed_release) {
    return Error{ErrorCode::kConfigMissing, "release_file", "a new log starts with a release"};
  }
  return signed_release ? take_release(*signed_release) : Result<void>();
}

// A log that has a release goes on with it whatever else is offered.
Result<void> Sequencer::take_release(const Bytes& signed_release) {
  waiting_release_.reset();
  const auto known = is_known(signed_release);
  if (!known) return known.error();
  if (*known) {
    trace::debug("release.known");
    return {};
  }
  const auto next = candidate_of(signed_release);
  if (!next) return refused(next.error(), signed_release);
  candidate_ = *next;
  // Before it serves, nobody waits.
  while (candidate_ && !serves_) {
    if (auto done = go_on_activating(); !done) return done;
  }
  return {};
}

Result<void> Sequencer::go_on_activating() {
  if (!candidate_) return {};
  if (!candidate_->looked_through || !candidate_->touched.empty()) {
    const auto looked = look_through_cases();
    if (!looked) {
      const Bytes bytes = std::exchange(candidate_, std::nullopt)->signed_release;
      return refused(looked.error(), bytes);
    }
    if (!candidate_->looked_through || !candidate_->touched.empty()) return {};
  }
  // What was decided by the table in force is committed under it.
  if (auto done = commit(); !done) return done;
  if (!candidate_->touched.empty()) return {};
  const Bytes bytes = candidate_->signed_release;
  const auto activated = activate();
  return activated ? activated : refused(activated.error(), bytes);
}

// Errors: fatal, or why a log that has no release begins with none.
Result<void> Sequencer::refused(const Error& why, const Bytes& signed_release) {
  if (!table_ || fate_of(why.code) == Fate::kFatal) return why;
  if (why.code == ErrorCode::kReleaseEarly) {
    waiting_release_ = {signed_release, *parse_time(why.detail)};
    trace::warning("release.waits", {{"until", why.detail}});
  } else {
    trace::error("release.refused", why, {{"in_force", to_number(table_->release().version)}});
  }
  return {};
}

// Whether the log has it, in force or before.
Result<bool> Sequencer::is_known(const Bytes& signed_release) const {
  const auto offered = wire::decode_signed_release(signed_release);
  if (!offered) return false;
  const auto release = wire::decode_release(offered->body);
  if (!release) return false;
  const auto stored = store_->release(release->version);
  if (!stored) return stored.error();
  if (!*stored) return false;
  const auto parts = wire::decode_signed_release(**stored);
  if (!parts) return parts.error();
  return parts->body == offered->body;
}

// What may come into force once no open case stands against it.
Result<Sequencer::Candidate> Sequencer::candidate_of(const Bytes& signed_release) {
  auto checked = check_release(signed_release, table_ ? &table_->release() : nullptr,
                               config_.origin, log_->next_time());
  if (!checked) return checked.error();
  Candidate out;
  out.signed_release = signed_release;
  out.cause = {checked->release.version, checked->digest};
  out.rotates = checked->release.log_origin != log_->shard().key.name;
  if (out.rotates) {
    const std::string& origin = checked->release.log_origin;
    if (auto allowed = check_rotation(*store_, log_->shards(), origin); !allowed) {
      return allowed.error();
    }
  }
  auto table = routing::RoutingTable::build(std::move(checked->release),
                                            out.rotates ? nullptr : table_.get());
  if (!table) return table.error();
  out.table = *std::move(table);
  const Release& next = out.table->release();
  out.forbids = decide::may_forbid_parts(table_ ? &table_->release() : nullptr, next);
  const TimeUs now = log_->next_time();
  if (auto lasting = decide::check_terminals(*out.table, now); !lasting) return lasting.error();
  out.looked_through = !out.forbids && !out.table->any_inactive(now);
  return out;
}

// Every open case must have a unit to go to. A page at each round, and what changed meanwhile last:
// the release in force goes on deciding.
Result<void> Sequencer::look_through_cases() {
  Candidate& next = *candidate_;
  std::vector<CaseId> page;
  if (!next.looked_through) {
    auto more = store_->cases(next.looked_up_to, kSweepPage);
    if (!more) return more.error();
    page = *std::move(more);
    next.looked_through = page.size() < kSweepPage;
    if (!page.empty()) next.looked_up_to = page.back();
  } else {
    const auto end =
        std::next(next.touched.begin(),
                  static_cast<std::ptrdiff_t>(std::min(next.touched.size(), kSweepPage)));
    page.assign(next.touched.begin(), end);
    next.touched.erase(next.touched.begin(), end);
  }
  const TimeUs now = log_->next_time();
  for (const CaseId& id : page) {
    const auto record = store_->find_case(id);
    if (!record) return record.error();
    if (*record && decide::needs_succession(**record, *next.table, now) &&
        !decide::decide_succession(**record, *next.table, now)) {
      return Error{ErrorCode::kReleaseOrphans, "units", to_string(id)};
    }
  }
  return {};
}

Result<void> Sequencer::activate() {
  Candidate next = *std::exchange(candidate_, std::nullopt);
  if (auto done = begin_if_needed(); !done) return done;
  const TimeUs now = log_->next_time();
  // It may have taken time to look through the cases.
  if (const auto& until = next.table->release().validity.until; until && now >= *until) {
    return Error{ErrorCode::kReleaseExpired, "expires", to_rfc3339(*until)};
  }
  const std::string& origin = next.table->release().log_origin;
  if (auto done = next.rotates ? begin_shard({"", next.cause.version, next.cause.digest, {}},
                                             origin, next.signed_release, now)
                               : ledger_.record_release(next.cause, next.signed_release, now);
      !done) {
    return done;
  }
  if (auto done = commit(); !done) return done;
  table_ = std::move(next.table);
  next_change_ = table_->next_change(clock_.now());
  begin_sweep(next.forbids);
  trace::info("release.activated", {{"version", to_number(next.cause.version)}});
  if (next.rotates) {
    carrying_.emplace();
    if (table_->release().edition < Edition::kFairWaits) {
      if (auto done = carry_all(); !done) return done;
    }
  }
  courier_.follow(table_);
  greeted_.spread_news();
  ends_watch_.look_again();
  if (on_release_) on_release_(table_);
  return {};
}

// The shard before ends with what is committed here; its last checkpoint does not change any more.
Result<void> Sequencer::begin_shard(GenesisCause genesis, const std::string& origin,
                                    const Bytes& signed_release, TimeUs now) {
  if (auto done = commit(); !done) return done;
  genesis.previous = log_->checkpoint();
  genesis.shift = store_->shift();
  if (auto done = begin(); !done) return done;
  if (auto done = log_->begin_shard(origin); !done) return done;
  trace::info("log.shard", {{"origin", origin}, {"first", log_->size()}});
  return ledger_.record_genesis(std::move(genesis), signed_release, now);
}

// A stop may have come before all open cases were carried. Older editions decide nothing else
// before they are: until then a shard holds nothing but them, and digests of its state.
Result<void> Sequencer::go_on_carrying() {
  if (log_->shards().size() == 1) return {};
  carrying_.emplace();
  if (table_->release().edition >= Edition::kFairWaits) return {};
  for (std::uint64_t index = log_->size(); index-- > log_->shard().first;) {
    const auto bytes = store_->entry(LogIndex{index});
    if (!bytes) return bytes.error();
    const auto entry = wire::decode_entry(*bytes);
    if (!entry) return entry.error();
    if (std::holds_alternative<StateCause>(entry->cause)) continue;
    const bool unfinished = std::holds_alternative<GenesisCause>(entry->cause) ||
                            std::holds_alternative<CarryCause>(entry->cause);
    if (unfinished) return carry_all();
    break;
  }
  carrying_.reset();
  return {};
}

Result<void> Sequencer::carry_all() {
  while (carrying_) {
    if (auto done = carry_some(); !done) return done;
  }
  return commit();
}

// Open cases of the shard before, in the order of their ids; who is touched before its turn comes
// is carried then.
Result<void> Sequencer::carry_some() {
  const auto page = store_->cases(carrying_->up_to, kSweepPage);
  if (!page) return page.error();
  std::size_t in_round = 0;
  for (const CaseId& id : *page) {
    const auto record = store_->find_case(id);
    if (!record) return record.error();
    carrying_->up_to = id;
    if ((*record)->status == CaseStatus::kClosed) continue;
    if (auto done = begin_if_needed(); !done) return done;
    const auto carried = ledger_.carry_if_needed(*table_, id);
    if (!carried) return carried.error();
    if (!*carried) continue;
    ++carrying_->cases;
    if (++in_round == kSettledAtOnce) break;
  }
  if (page->empty()) {
    trace::info("log.carried", {{"cases", carrying_->cases}});
    carrying_.reset();
  }
  return {};
}

void Sequencer::offer_release(Bytes signed_release) {
  const MutexLock lock(offered_mutex_);
  offered_ = std::move(signed_release);
}

Result<void> Sequencer::take_offered_release() {
  std::optional<Bytes> offered;
  {
    const MutexLock lock(offered_mutex_);
    offered = std::exchange(offered_, std::nullopt);
  }
  if (!offered && waiting_release_ && log_->next_time() >= waiting_release_->from) {
    offered = std::move(waiting_release_->signed_release);
  }
  if (offered) {
    candidate_.reset();
    if (auto done = take_release(*offered); !done) return done;
  }
  return go_on_activating();
}

void Sequencer::begin_sweep(bool all) {
  sweeping_ = true;
  sweeps_all_ = all;
  swept_up_to_.reset();
}

Result<void> Sequencer::sweep() {
  if (next_change_ && log_->next_time() >= *next_change_) {
    next_change_ = table_->next_change(log_->next_time());
    begin_sweep(sweeps_all_);
  }
  if (!sweeping_ || (!sweeps_all_ && !table_->any_inactive(log_->next_time()))) {
    sweeping_ = sweeps_all_ = false;
    return {};
  }
  const auto page = store_->cases(swept_up_to_, kSweepPage);
  if (!page) return page.error();
  if (page->empty()) sweeping_ = sweeps_all_ = false;
  std::size_t settled = 0;
  for (const CaseId& id : *page) {
    if (settled == kSettledAtOnce) break;
    swept_up_to_ = id;
    const auto record = store_->find_case(id);
    if (!record) return record.error();
    const TimeUs now = log_->next_time();
    if (!decide::needs_succession(**record, *table_, now) &&
        !decide::needs_exclusion(**record, *table_)) {
      continue;
    }
    if (auto done = begin_if_needed(); !done) return done;
    if (auto done = ledger_.settle(*table_, id); !done) return done;
    ++settled;
  }
  return {};
}

}  // namespace rujukan::sequencer
