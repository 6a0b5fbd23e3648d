// Whom a command trusts when it reads a log: a policy file, or one log without witnesses.
#pragma once

#include <optional>
#include <string>

#include "broker/decide/release_trust.h"
#include "broker/merkle/policy.h"
#include "ops/cli/log_key.h"

namespace rujukan::cli {

struct TrustChoice {
  std::string policy;
  LogKeyChoice log_key;
};

// Adds --policy, --anchor and --log-key, of which one may be given.
void add_trust_options(CommandSyntax command, TrustChoice& choice);

struct ChosenTrust {
  merkle::Policy policy;                        // of an anchor or a log key: one log, no quorum
  std::optional<decide::Trust> administrators;  // of an anchor: who signs the first release
};

// nullopt when nothing was given. Errors: file.unreadable, policy.invalid, config.*,
// note.malformed, key.invalid.
Result<std::optional<ChosenTrust>> chosen_trust(const TrustChoice& choice);

}  // namespace rujukan::cli
