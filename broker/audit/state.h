// What a verification knows of the entries that it has seen: a database, so that it does not grow
// in memory, and so that a later run can go on from there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/audit/finding.h"
#include "broker/audit/running_root.h"
#include "broker/decide/ownership.h"
#include "broker/merkle/note.h"
#include "broker/model/entry.h"
#include "broker/store/database.h"

namespace rujukan::audit {

// How far a verification has come, and all that is not a case or an id.
struct Progress {
  std::string origin;
  RunningRoot root;            // over the entries so far
  merkle::Checkpoint seen;     // the newest tree that they were verified in
  std::uint64_t index = 0;     // Entry.index of position 0
  std::optional<TimeUs> last;  // time of the last entry
  struct InForce {
    std::uint64_t position = 0;
    ReleaseVersion version{};
    Digest digest{};
  };
  std::vector<InForce> releases;      // all so far; the last is in force
  std::optional<std::uint64_t> lost;  // the last entry of which there is no telling what it was
  std::uint64_t entries_lost = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t senders_unchecked = 0;
  decide::OwnershipCheck::Summary cases;
  Findings findings;  // that stay as the log grows
};

// One thread. Between two saves everything is one transaction: a run that is killed leaves what the
// last save left. Errors of every function: state.invalid.
class State {
 public:
  // Empty: a private database, gone with this object.
  static Result<std::unique_ptr<State>> open(const std::string& file);

  // nullopt: nothing was saved.
  Result<std::optional<Progress>> load();
  Result<void> save(const Progress& progress);

  // Uses up the id of the entry at `position`. False: it was before. Ids are looked up in the
  // database when there are many: see repeated().
  bool use_id(const MessageId& id, std::uint64_t position);
  // Positions whose id was used up before they came, of those since the last call.
  Result<std::vector<std::uint64_t>> repeated();

  // The state of a case, and the position of its opening.
  struct KeptCase {
    std::uint64_t opened = 0;
    Bytes state;
  };
  Result<std::optional<KeptCase>> find_case(const CaseId& id);
  Result<void> put_case(const CaseId& id, const KeptCase& kept);

  // Payloads that are not there. An erasure of the case explains them.
  Result<void> add_missing(const CaseId& id, std::uint64_t position);
  Result<void> forget_missing(const CaseId& id);
  struct Missing {
    CaseId case_id;
    std::uint64_t position;
  };
  // The first of them, in order.
  Result<std::vector<Missing>> missing();

 private:
  explicit State(std::unique_ptr<store::Database> database) : database_(std::move(database)) {}

  std::unique_ptr<store::Database> database_;
  std::unordered_map<MessageId, std::uint64_t> recent_ids_;  // and not in the database
};

}  // namespace rujukan::audit
