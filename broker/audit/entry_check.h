// What an entry must be, given those before it.
#pragma once

#include <unordered_map>
#include <vector>

#include "broker/audit/batch.h"
#include "broker/audit/consumer.h"
#include "broker/audit/release_chain.h"
#include "broker/audit/signatures.h"
#include "broker/audit/state.h"

namespace rujukan::audit {

// Takes every entry of a log in order; one thread. Keeps the cases that entries were about lately
// in memory and the others in the state.
class EntryCheck {
 public:
  // All outlive it. `progress` is what earlier entries left.
  EntryCheck(Progress& progress, State& state, ReleaseChain& releases,
             std::vector<Consumer*> consumers, std::optional<merkle::NoteKey> log_key);

  // The senders' signatures are left to `signatures`. Errors: state.invalid, those of the files and
  // of the consumers.
  Result<void> take(const Batch& batch, SignatureBatch& signatures, Findings& findings);
  // Moves what is in memory into the state, which may be saved then. Errors: state.invalid.
  Result<void> flush(Findings& findings);

 private:
  struct Recent {
    std::uint64_t opened = 0;
    bool changed = false;
  };
  // One entry, and where its findings go.
  struct Place {
    std::uint64_t position;
    Findings& findings;

    void find(ErrorCode code, std::string field, std::string detail = {}) const {
      findings.push_back({position, {code, std::move(field), std::move(detail)}});
    }
  };

  Result<void> take(const Place& place, const BatchEntry& logged, SignatureBatch& signatures);
  void lose(std::uint64_t position);
  bool release_may_be_lost() const;

  void check_place(const Place& place, const Entry& entry);
  Result<void> check_release(const Place& place, const Entry& entry);
  void check_genesis(const Place& place, std::uint64_t index, const std::string& previous) const;
  Result<void> put_in_force(const Place& place, ReleaseVersion version, const Digest& digest);
  void check_form(const Place& place, const BatchEntry& logged) const;
  void check_sender(const Place& place, const BatchEntry& logged, SignatureBatch& signatures);
  void check_order(const Place& place, const Entry& entry);
  void use_id(const Place& place, const MessageId& id);
  Result<void> check_ownership(const Place& place, const BatchEntry& logged);
  Result<void> check_payload(const Place& place, const BatchEntry& logged);
  Result<void> load_case(const CaseId& id);

  Progress& progress_;
  State& state_;
  ReleaseChain& releases_;
  std::vector<Consumer*> consumers_;
  const std::optional<merkle::NoteKey> log_key_;  // nullopt: checkpoints are taken as they are
  SubmissionChecks submissions_;
  decide::OwnershipCheck ownership_;
  std::unordered_map<CaseId, Recent> recent_;
};

}  // namespace rujukan::audit
