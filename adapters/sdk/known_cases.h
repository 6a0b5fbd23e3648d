// What the station knows of the cases it has a part in: enough to answer in them.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "adapters/sdk/station_database.h"
#include "broker/model/entry.h"

namespace rujukan::sdk {

struct KnownCase {
  CaseId case_id;
  UnitId opener;
  Facts facts;                      // the latest seen
  std::vector<UnitId> chain_units;  // of every assignment and offer so far, without repeats
  std::vector<UnitId> readers;      // for whom the case was sealed so far, without repeats
  std::uint32_t version = 0;        // the latest seen
  std::uint32_t facts_version = 0;  // as CaseRecord::facts_version
  bool closed = false;
  std::optional<ProposedFacts> proposed = {};
};

// Whether the payloads of the case go with the entry.
bool erases(const Entry& entry);

// A sealed payload that holds what the case is about, and the message that announces it.
struct CasePayload {
  Message message;
  Bytes payload;
};

// Errors of every function: store.*, fatal.
class KnownCases {
 public:
  explicit KnownCases(Database& database) : database_(database) {}

  // Removes what the database's files still hold of forgotten payloads; called again and again it
  // does so once nobody reads them.
  Result<void> scrub();
  // From an accepted entry whose proofs were verified. The opening makes the case known; later
  // entries bring its version, its facts and who has a part in it; an erasure takes its payloads,
  // and then scrub() has work.
  // `payload`: that came with it.
  Result<void> learn(const CaseId& case_id, const Entry& entry, ByteView entry_bytes,
                     const std::optional<Bytes>& payload);
  // As of a version of the case, or of the latest seen. nullopt: the opening was not seen.
  Result<std::optional<KnownCase>> find(
      const CaseId& case_id, std::uint32_t as_of = std::numeric_limits<std::uint32_t>::max()) const;
  // Everything about the case: a guarantee keeps the station's units out of it. Then scrub() has
  // work.
  Result<void> forget(const CaseId& case_id);
  // Something of a case was forgotten elsewhere in the database: scrub() has work.
  void scrub_soon() { scrub_ = true; }
  // Those that tell what the case is about, the newest first.
  Result<std::vector<CasePayload>> payloads(const CaseId& case_id) const;

 private:
  Result<void> forget_payloads(const CaseId& case_id);

  Database& database_;
  // At first after what was forgotten just before a crash.
  bool scrub_ = true;
};

}  // namespace rujukan::sdk
