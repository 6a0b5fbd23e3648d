#include "broker/merkle/policy.h"

#include <algorithm>
#include <set>
#include <utility>

#include "broker/base/limits.h"
#include "broker/merkle/note_parts.h"

namespace rujukan::merkle {
namespace {

Error refused(ErrorCode code, std::string field, std::string detail) {
  return Error{code, std::move(field), std::move(detail)};
}

// The time of every witness whose line stands in the note. Errors: signature.invalid.
Result<std::vector<Trusted::Cosigned>> check_witnesses(const SplitNote& note,
                                                       const Policy& policy) {
  std::vector<Trusted::Cosigned> cosigned;
  for (const Policy::Witness& witness : policy.witnesses) {
    const SignatureLine* line = note.find(witness.key.name, witness.key.id());
    if (line == nullptr) continue;
    const auto time_s = check_cosignature(*line, note.text, witness.key);
    if (!time_s) return time_s.error();
    cosigned.push_back({witness.name, *time_s});
  }
  return cosigned;
}

// The logs whose key signed the note. Errors: signature.invalid when there is none.
Result<std::vector<const Policy::Log*>> check_logs(const SplitNote& note, const Policy& policy) {
  std::vector<const Policy::Log*> signers;
  for (const Policy::Log& log : policy.logs) {
    const SignatureLine* line = note.find(log.key.name, log.key.id());
    if (line == nullptr) continue;
    const auto checked = check_signature({log.key.name, log.key.key}, note.text, line->signature);
    if (!checked) return checked.error();
    signers.push_back(&log);
  }
  if (signers.empty()) {
    return refused(ErrorCode::kSignatureInvalid, "signature", "no signature of the policy's logs");
  }
  return signers;
}

// "2 of 3 witnesses: north, south".
std::string describe(const std::vector<Trusted::Cosigned>& cosigned, std::size_t witnesses) {
  std::string text =
      std::to_string(cosigned.size()) + " of " + std::to_string(witnesses) + " witnesses";
  for (const auto& one : cosigned) {
    text += (&one == cosigned.data() ? ": " : ", ") + one.witness;
  }
  return text;
}

}  // namespace

const Policy::Log* Policy::log(std::string_view origin) const {
  const auto at = std::find_if(logs.begin(), logs.end(),
                               [&](const Log& log) { return log.key.name == origin; });
  return at == logs.end() ? nullptr : &*at;
}

bool is_quorum(const Policy& policy, const std::vector<std::string>& witnesses) {
  if (policy.quorum.empty()) return true;
  std::set<std::string_view> satisfied;
  for (const Policy::Witness& witness : policy.witnesses) {
    if (std::find(witnesses.begin(), witnesses.end(), witness.name) != witnesses.end()) {
      satisfied.insert(witness.name);
    }
  }
  // A group's members stand before it.
  for (const Policy::Group& group : policy.groups) {
    const auto count =
        std::count_if(group.members.begin(), group.members.end(),
                      [&](const std::string& member) { return satisfied.contains(member); });
    if (static_cast<std::size_t>(count) >= group.threshold) satisfied.insert(group.name);
  }
  return satisfied.contains(policy.quorum);
}

Result<Trusted> verify_checkpoint(std::string_view note, const Policy& policy) {
  const auto split = split_note(note);
  if (!split) return split.error();
  const auto signers = check_logs(*split, policy);
  if (!signers) return signers.error();
  auto cosigned = check_witnesses(*split, policy);
  if (!cosigned) return cosigned.error();
  auto checkpoint = parse_checkpoint_text(split->text);
  if (!checkpoint) return checkpoint.error();
  const bool own = std::any_of(signers->begin(), signers->end(), [&](const Policy::Log* log) {
    return log->key.name == checkpoint->origin;
  });
  if (!own) {
    return refused(ErrorCode::kCheckpointInvalid, "origin", "not that of the log that signed");
  }
  std::vector<std::string> names;
  for (const auto& one : *cosigned) names.push_back(one.witness);
  if (!is_quorum(policy, names)) {
    return refused(ErrorCode::kWitnessQuorum, "witness",
                   describe(*cosigned, policy.witnesses.size()));
  }
  return Trusted{std::move(checkpoint).value(), std::move(cosigned).value()};
}

}  // namespace rujukan::merkle
