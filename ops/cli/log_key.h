// The log key that a command verifies with: from an anchor file, or given as a verifier key.
#pragma once

#include <optional>
#include <string>

#include "broker/base/result.h"
#include "broker/merkle/note.h"
#include "ops/cli/cli.h"

namespace rujukan::cli {

struct LogKeyChoice {
  std::string anchor;
  std::string log_key;
};

// Adds --anchor and --log-key, of which one may be given.
void add_log_key_options(CommandSyntax command, LogKeyChoice& choice);

// nullopt when neither was given. Errors: file.unreadable, config.*, note.malformed, key.invalid.
Result<std::optional<merkle::NoteKey>> chosen_log_key(const LogKeyChoice& choice);

}  // namespace rujukan::cli
