// What a replay knows of the shards before: what its own shard says of them. That a carried record
// is as it stood at the end of the shard before is for a replay of that one to tell.
#include <algorithm>

#include "broker/audit/replay.h"
#include "broker/decide/decide.h"
#include "broker/merkle/text.h"
#include "broker/wire/case_codec.h"

namespace rujukan::audit {
namespace {

// Ids of units never vanish from the directory.
bool has_units(const CaseRecord& record, const routing::RoutingTable& table) {
  const auto is_unit = [&table](const UnitId& id) { return table.unit(id) != nullptr; };
  bool all = is_unit(record.opener) && (!record.request || is_unit(record.request->unit));
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    all = all && std::ranges::all_of(assignment.chain, is_unit);
    if (assignment.offer) all = all && std::ranges::all_of(assignment.offer->chain, is_unit);
  });
  return all;
}

}  // namespace

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const GenesisCause& cause) {
  if (counts_.entries != 0) {
    return Verdict{{}, "it is not the first entry of a shard", ErrorCode::kLogGenesis};
  }
  shard_first_ = to_number(logged.entry.index);
  cases_->follow(cause.shift);
  return decide(logged, ReleaseCause{cause.version, cause.digest});
}

Result<Replay::Verdict> Replay::decide(const LoggedEntry& logged, const CarryCause& cause) {
  if (shard_first_ == 0) return Verdict{{}, "there is no shard before"};
  const auto known = cases_->find(cause.case_id);
  if (!known) return known.error();
  if (*known != nullptr) return Verdict{{}, "the case is in this shard already"};
  const auto record = wire::decode_case(cause.record, cases_->shift());
  if (!record || record->case_id != cause.case_id || wire::encode_case(*record) != cause.record) {
    return Verdict{{}, "its record is not one of the case"};
  }
  if (const auto broken = decide::broken_invariant(*record)) {
    return Verdict{{}, "its record is none that can be: " + *broken};
  }
  if (!has_units(*record, *table_)) return Verdict{{}, "its record names a unit that there is not"};
  Outcome outcome = decide::decide_carry(*record);
  if (logged.entry.outcome == outcome) {
    if (auto put = cases_->put(*record); !put) return put.error();
  }
  return Verdict{std::move(outcome)};
}

// The id was used up in a shard before this one.
bool Replay::conflicts_with_earlier_shard(const Entry& entry) const {
  const auto& refusal = entry.outcome.refusal;
  if (shard_first_ == 0 || !refusal || refusal->code != ErrorCode::kMessageConflict) return false;
  const std::size_t digits = refusal->detail.find_last_of(' ') + 1;
  const auto index = merkle::parse_decimal(std::string_view(refusal->detail).substr(digits));
  return index && *index < shard_first_;
}

}  // namespace rujukan::audit
