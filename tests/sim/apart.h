// Commands in a process of their own, because a broken invariant aborts; and fewer commands that
// fail all the same.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/command.h"

namespace rujukan::sim {

// Runs `body` in a child and returns what it returns, or what it wrote to stderr when it died.
// nullopt: all is well. Aborts when no child can be made.
std::optional<std::string> run_apart(const std::function<std::optional<std::string>()>& body);

// Takes out chunks, then single commands, while what is left fails. Requires: `commands` fails.
std::vector<Command> shrunk(
    std::vector<Command> commands,
    const std::function<std::optional<std::string>(const std::vector<Command>&)>& fault_of);

}  // namespace rujukan::sim
