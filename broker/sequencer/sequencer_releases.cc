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

}  // namespace

Result<void> Sequencer::load_release(const std::optional<Bytes>& signed_release) {
  const auto stored = store_->release(ReleaseVersion{0});
  if (!stored) return stored.error();
  if (*stored) {
    const auto parts = wire::decode_signed_release(**stored);
    if (!parts) return parts.error();
    auto release = wire::decode_release(parts->body);
    if (!release) return release.error();
    auto table = routing::RoutingTable::build(*std::move(release));
    if (!table) return table.error();
    table_ = *std::move(table);
    next_change_ = table_->next_change(clock_.now());
    courier_.follow(table_);
    // A stop may have come before the last sweep was through.
    begin_sweep(true);
    if (auto done = finish_rotation(); !done) return done;
  }
  if (!table_ && !signed_release) {
    return Error{ErrorCode::kConfigMissing, "release_file", "a new log starts with a release"};
  }
  if (!signed_release || (*stored && *signed_release == **stored)) return {};
  return activate(*signed_release);
}

Result<void> Sequencer::activate(const Bytes& signed_release) {
  // Checked at the entry's own time, so that everybody can check it again.
  if (auto done = begin_if_needed(); !done) return done;
  const TimeUs now = log_->next_time();
  auto checked =
      check_release(signed_release, table_ ? &table_->release() : nullptr, config_.origin, now);
  if (!checked) return checked.error();
  const ReleaseCause cause{checked->release.version, checked->digest};
  const std::string origin = checked->release.log_origin;
  const bool rotates = origin != log_->shard().key.name;
  if (rotates) {
    if (auto allowed = check_rotation(*store_, log_->shards(), origin); !allowed) return allowed;
  }
  auto next = routing::RoutingTable::build(std::move(checked->release));
  if (!next) return next.error();
  const bool forbids =
      decide::may_forbid_parts(table_ ? &table_->release() : nullptr, (*next)->release());
  if (auto kept = check_open_cases(**next, now, forbids); !kept) return kept;
  if (auto done = rotates
                      ? begin_shard({"", cause.version, cause.digest}, origin, signed_release, now)
                      : ledger_.record_release(cause, signed_release, now);
      !done) {
    return done;
  }
  if (auto done = commit(); !done) return done;
  table_ = *std::move(next);
  next_change_ = table_->next_change(clock_.now());
  begin_sweep(forbids);
  trace::info("release.activated", {{"version", to_number(cause.version)}});
  if (rotates) {
    if (auto done = carry_open_cases(std::nullopt); !done) return done;
  }
  courier_.follow(table_);
  if (on_release_) on_release_(table_);
  return {};
}

// The shard before ends with what is committed here; its last checkpoint does not change any more.
Result<void> Sequencer::begin_shard(GenesisCause genesis, const std::string& origin,
                                    const Bytes& signed_release, TimeUs now) {
  if (auto done = commit(); !done) return done;
  genesis.previous = log_->checkpoint();
  if (auto done = begin(); !done) return done;
  if (auto done = log_->begin_shard(origin); !done) return done;
  trace::info("log.shard", {{"origin", origin}, {"first", log_->size()}});
  return ledger_.record_genesis(std::move(genesis), signed_release, now);
}

// In the order of their ids, before anything else is decided in the new shard.
Result<void> Sequencer::carry_open_cases(std::optional<CaseId> after) {
  std::uint64_t carried = 0;
  for (;;) {
    const auto page = store_->cases(after, kSweepPage);
    if (!page) return page.error();
    if (page->empty()) break;
    for (const CaseId& id : *page) {
      const auto record = store_->find_case(id);
      if (!record) return record.error();
      if ((*record)->status == CaseStatus::kClosed) continue;
      if (auto done = begin_if_needed(); !done) return done;
      if (auto done = ledger_.record_carry(*table_, id); !done) return done;
      if (auto done = commit_if_full(); !done) return done;
      ++carried;
    }
    after = page->back();
  }
  trace::info("log.carried", {{"cases", carried}});
  return commit();
}

// A crash may have come between the genesis and the last case to be carried: until then a shard
// holds nothing else but digests of its state.
Result<void> Sequencer::finish_rotation() {
  if (log_->shards().size() == 1) return {};
  for (std::uint64_t index = log_->size(); index-- > log_->shard().first;) {
    const auto bytes = store_->entry(LogIndex{index});
    if (!bytes) return bytes.error();
    const auto entry = wire::decode_entry(*bytes);
    if (!entry) return entry.error();
    if (std::holds_alternative<StateCause>(entry->cause)) continue;
    if (std::holds_alternative<GenesisCause>(entry->cause)) return carry_open_cases(std::nullopt);
    const auto* carry = std::get_if<CarryCause>(&entry->cause);
    return carry == nullptr ? Result<void>() : carry_open_cases(carry->case_id);
  }
  return {};
}

// Every open case must have a unit to go to under the new release.
Result<void> Sequencer::check_open_cases(const routing::RoutingTable& next, TimeUs now,
                                         bool forbids) const {
  if (auto lasting = decide::check_terminals(next, now); !lasting) return lasting;
  if (!forbids && !next.any_inactive(now)) return {};
  std::optional<CaseId> after;
  for (;;) {
    const auto page = store_->cases(after, kSweepPage);
    if (!page) return page.error();
    if (page->empty()) return {};
    for (const CaseId& id : *page) {
      const auto record = store_->find_case(id);
      if (!record) return record.error();
      if (*record && decide::needs_succession(**record, next, now) &&
          !decide::decide_succession(**record, next, now)) {
        return Error{ErrorCode::kReleaseOrphans, "units", to_string(id)};
      }
    }
    after = page->back();
  }
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
  if (!offered) return {};
  // What was decided by the table in force is committed under it.
  if (auto done = commit(); !done) return done;
  auto activated = activate(*offered);
  if (activated) return {};
  if (fate_of(activated.error().code) == Fate::kFatal) return activated;
  trace::error("release.refused", activated.error());
  return {};
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
  for (const CaseId& id : *page) {
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
  }
  return {};
}

}  // namespace rujukan::sequencer
