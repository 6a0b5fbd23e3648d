// What the station knows of the cases it has a part in: enough to answer in them.
#pragma once

#include <optional>
#include <vector>

#include "adapters/sdk/station_database.h"
#include "broker/model/entry.h"

namespace rujukan::sdk {

struct KnownCase {
  CaseId case_id;
  UnitId opener;
  Facts facts;
  std::vector<UnitId> chain_units;  // of every assignment, without repeats
  std::uint32_t version = 0;        // the latest seen
};

// Errors of every function: store.*, fatal.
class KnownCases {
 public:
  explicit KnownCases(Database& database) : database_(database) {}

  // From an accepted entry whose proofs were verified. The opening makes the case known; of later
  // entries the version is taken.
  Result<void> learn(const CaseId& case_id, const Entry& entry, ByteView entry_bytes);
  // nullopt: the opening was not seen.
  Result<std::optional<KnownCase>> find(const CaseId& case_id) const;

 private:
  Database& database_;
};

}  // namespace rujukan::sdk
