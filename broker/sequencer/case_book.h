// The case records of the store, the recent ones kept decoded.
#pragma once

#include <unordered_map>

#include "broker/store/store.h"

namespace rujukan::sequencer {

// Owned by the sequencer; one thread.
class CaseBook {
 public:
  // `store` outlives it.
  explicit CaseBook(store::Store& store) : store_(store) {}

  // Under the log's present shift of deadlines. nullptr when there is no such case. Valid until the
  // next call. Errors: store.*.
  Result<const CaseRecord*> find(const CaseId& id);
  // In the transaction that is open. Errors: store.*.
  Result<void> put(CaseRecord record);

 private:
  void keep(CaseRecord record);

  store::Store& store_;
  std::unordered_map<CaseId, CaseRecord> recent_;  // at most limits::kCaseCache
};

}  // namespace rujukan::sequencer
