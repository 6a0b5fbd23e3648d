// How far a long command has come.
#pragma once

#include <cstdint>

namespace rujukan::cli {

// "recovering: 4096 of 90000 entries" on one line of stderr that each call writes anew and the last
// one ends; nothing when stderr is no terminal.
void show_progress(const char* doing, std::uint64_t done, std::uint64_t all);

}  // namespace rujukan::cli
