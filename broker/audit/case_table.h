// The case records of a replay: those of late decoded in memory, all others in a temporary
// database, so that memory does not grow with the log.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/merkle/state_digest.h"
#include "broker/model/case_record.h"
#include "broker/store/database.h"

namespace rujukan::audit {

// One thread. Errors of every function: store.failed, store.corrupt.
class CaseTable {
 public:
  // Makes its table in `database`, which outlives it.
  static Result<std::unique_ptr<CaseTable>> create(store::Database& database);

  // The log's shift of deadlines; records are given and due under the present one.
  std::chrono::microseconds shift() const { return shift_; }
  void follow(std::chrono::microseconds present) { shift_ = present; }

  // nullptr when there is no such case. Valid until the next call.
  Result<const CaseRecord*> find(const CaseId& id);
  // Requires: the record follows the present shift.
  Result<void> put(CaseRecord record);
  // All, in the order of their ids. `visit` does not use the table.
  Result<void> for_each(const std::function<void(const CaseRecord&)>& visit);

  // What is to be answered first; of several at one time, of the case with the lowest id.
  using Due = std::pair<TimeUs, CaseId>;  // inside the table less the shift
  std::optional<Due> next_due() const;

  // Of all records.
  merkle::StateDigest state();

 private:
  struct Recent {
    CaseRecord record;
    std::optional<Digest> summed;  // its hash in the state's digest
    bool changed = false;          // since it was summed
    bool written = false;          // as it stands
  };

  explicit CaseTable(store::Database& database) : database_(database) {}
  Recent& keep(CaseRecord record);
  void sum(Recent& recent, ByteView bytes);
  Result<Recent*> load(const CaseId& id);
  Result<void> make_room();
  Result<void> write_all();
  Result<void> write(const CaseId& id, Recent& recent);
  Result<void> find_stored_due();

  store::Database& database_;
  std::chrono::microseconds shift_{};
  std::unordered_map<CaseId, Recent> recent_;
  CaseId last_stored_;             // the highest id in the database
  std::set<Due> due_;              // of the recent ones
  std::optional<Due> stored_due_;  // the first of the others
  merkle::StateDigest state_;      // without what changed since it was summed
};

}  // namespace rujukan::audit
