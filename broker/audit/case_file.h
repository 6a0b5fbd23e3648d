// CaseFile: what the log alone says of one case, step by step, for people who read it. Nothing in
// it was checked: a fold that takes any events, unlike decide/apply, which aborts on impossible
// ones.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "broker/base/invariant.h"
#include "broker/base/result.h"
#include "broker/model/entry.h"

namespace rujukan::audit {

// An accepted entry of the case.
struct CaseStep {
  std::uint64_t position = 0;  // in the tree
  Bytes bytes;                 // as logged
  Entry entry;
  std::optional<Message> message;  // that of its cause
};

// One unit was responsible for an assignment, or offered one, from a step to another.
struct Holding {
  enum class State : std::uint8_t { kAwaited, kAccepted, kOffered };
  UnitId unit;
  Need need = Need::kInvestigation;
  std::uint32_t assist = 0;  // as in Event
  State state = State::kAwaited;
  std::size_t from = 0;           // index into CaseFile::steps
  std::optional<std::size_t> to;  // exclusive; nullopt: to this day
};

// One unit owned the case, as the entries' outcomes say.
struct Ownership {
  UnitId unit;
  std::size_t from = 0;
  std::optional<std::size_t> to;  // also set when the case was closed
};

struct CaseFile {
  CaseId case_id;
  std::vector<CaseStep> steps;  // never empty; in the log's order
  TimeUs as_of;                 // until when the log is known

  TimeUs opened_at;
  UnitId opener;
  Facts facts;  // as they stand now
  Need lead = Need::kInvestigation;
  CaseStatus status = CaseStatus::kOpen;
  std::optional<TimeUs> closed_at;
  std::vector<CaseId> related;
  std::optional<std::string> hold;  // the legal basis of a hold that stands
  bool erased = false;
  bool carried = false;  // begins in an earlier shard of the log
  std::vector<Ownership> owners;
  std::vector<Holding> holdings;  // by their beginning

  const UnitId& owner() const { return latest().owner; }
  std::uint32_t version() const { return latest().case_version; }

 private:
  // The latest outcome that names owner and version, as every opening does.
  const Outcome& latest() const {
    const auto at = std::find_if(steps.rbegin(), steps.rend(),
                                 [](const CaseStep& step) { return !names_nobody(step.entry); });
    INVARIANT(at != steps.rend());
    return at->entry.outcome;
  }
};

// The case that an entry is about; nullopt for other entries and for messages that do not decode.
std::optional<CaseId> case_of_step(const CaseStep& step);

// Errors: entry.malformed.
Result<CaseStep> read_case_step(std::uint64_t position, ByteView entry);

// Requires: accepted entries of the case in the log's order. Errors: case.unknown when there are
// none, entry.malformed when the first does not open the case.
Result<CaseFile> make_case_file(const CaseId& id, std::vector<CaseStep> steps, TimeUs as_of);

}  // namespace rujukan::audit
