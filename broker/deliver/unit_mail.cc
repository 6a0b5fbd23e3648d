#include "broker/deliver/unit_mail.h"

#include <algorithm>

#include "broker/base/invariant.h"

namespace rujukan::deliver {
namespace {

// What is parked is tried at this distance at most.
constexpr std::chrono::minutes kSeldom{10};

}  // namespace

UnitMail::Place UnitMail::place_of(const CaseId& id, const Case& one) {
  return {one.rank, *one.waiting.begin(), id};
}

void UnitMail::add(const CaseId& of, LogIndex index, Rank rank) {
  if (sent_.contains(index) || waiting_.contains(index)) return;
  Case& one = cases_[of];
  if (!one.waiting.empty()) order_.erase(place_of(of, one));
  // All of a case goes by its newest entry, so that it stays in order.
  one.rank = rank;
  one.waiting.insert(index);
  order_.insert(place_of(of, one));
  waiting_.emplace(index, of);
}

void UnitMail::rewind(LogIndex earliest) {
  if (!ranked_up_to_ || *ranked_up_to_ < earliest) return;
  if (to_number(earliest) == 0) {
    ranked_up_to_.reset();
  } else {
    ranked_up_to_ = LogIndex{to_number(earliest) - 1};
  }
}

std::optional<Rank> UnitMail::best() const {
  const bool silent = unanswered_ >= window_.most;
  if (order_.empty() || on_its_way_ >= window_.most || silent) return std::nullopt;
  return std::get<Rank>(*order_.begin());
}

LogIndex UnitMail::take() {
  INVARIANT(!order_.empty());
  const auto [rank, index, id] = *order_.begin();
  order_.erase(order_.begin());
  Case& one = cases_.at(id);
  one.waiting.erase(index);
  waiting_.erase(index);
  if (one.waiting.empty()) {
    cases_.erase(id);
  } else {
    order_.insert(place_of(id, one));
  }
  return index;
}

void UnitMail::sent(LogIndex index, SteadyTime now, std::size_t bytes) {
  sent_.emplace(index, Sent{now, bytes});
  ++on_its_way_;
}

std::vector<LogIndex> UnitMail::due(SteadyTime now) const {
  std::vector<LogIndex> out;
  for (const auto& [index, sent] : sent_) {
    std::chrono::seconds after = window_.again_after;
    for (int i = window_.tries; i < sent.tries && after < kSeldom; ++i) after *= 2;
    if (now - sent.at >= std::min<std::chrono::seconds>(after, kSeldom)) out.push_back(index);
  }
  return out;
}

std::size_t UnitMail::sent_again(LogIndex index, SteadyTime now) {
  Sent& sent = sent_.at(index);
  sent.at = now;
  ++sent.tries;
  if (sent.parked || sent.tries < window_.tries) return 0;
  sent.parked = true;
  --on_its_way_;
  ++unanswered_;
  return sent.bytes;
}

std::size_t UnitMail::removed(LogIndex index) {
  if (const auto at = waiting_.find(index); at != waiting_.end()) {
    const CaseId id = at->second;
    waiting_.erase(at);
    Case& one = cases_.at(id);
    order_.erase(place_of(id, one));
    one.waiting.erase(index);
    if (one.waiting.empty()) {
      cases_.erase(id);
    } else {
      order_.insert(place_of(id, one));
    }
    return 0;
  }
  const auto at = sent_.find(index);
  if (at == sent_.end()) return 0;
  const std::size_t freed = at->second.parked ? 0 : at->second.bytes;
  unanswered_ = 0;
  if (!at->second.parked) --on_its_way_;
  sent_.erase(at);
  return freed;
}

}  // namespace rujukan::deliver
