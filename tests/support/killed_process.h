// Work that SIGKILL ends at a chosen moment.
#pragma once

#include <functional>
#include <optional>

namespace rujukan::test {

// Runs `work` in a process of its own and kills it with SIGKILL before its system call number
// `call`, from 1 on; of those with the number `only` (SYS_rename), when it is given. False: it had
// ended before that; it aborts when `work` returns false.
bool killed_before_call(int call, const std::function<bool()>& work,
                        std::optional<long> only = std::nullopt);

}  // namespace rujukan::test
