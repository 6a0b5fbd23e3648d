#include "broker/sequencer/case_book.h"

#include "broker/base/limits.h"

namespace rujukan::sequencer {

Result<const CaseRecord*> CaseBook::find(const CaseId& id) {
  if (const auto at = recent_.find(id); at != recent_.end()) {
    at->second.follow(store_.shift());
    return &at->second;
  }
  auto stored = store_.find_case(id);
  if (!stored) return stored.error();
  if (!*stored) return nullptr;
  keep(**std::move(stored));
  return &recent_.find(id)->second;
}

Result<void> CaseBook::put(CaseRecord record) {
  if (auto done = store_.put_case(record); !done) return done;
  keep(std::move(record));
  return {};
}

void CaseBook::keep(CaseRecord record) {
  // Forgetting all at once keeps no order of use, and a case is mostly worked on when fresh.
  if (recent_.size() >= limits::kCaseCache) recent_.clear();
  const CaseId id = record.case_id;
  recent_.insert_or_assign(id, std::move(record));
}

}  // namespace rujukan::sequencer
