// How a release follows on the one before: everything that its activation will ask, asked before
// anybody signs, and what administrators must not overlook.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/base/time.h"
#include "broker/model/release.h"

namespace rujukan::cli {

// nullptr: the first of a log. Errors: those of decide::check_activation and check_terminals.
// Open cases are not looked at: only the broker has them.
Result<void> check_may_follow(const Release& next, const Release* previous, TimeUs at);

// What changes of how the log is kept: who has to sign next, and under which origin. A line each,
// to be shown before anything else.
std::vector<std::string> grave_changes(const Release& next, const Release& previous);

}  // namespace rujukan::cli
