// What another release would say of a log's cases, as JSON and for people.
#pragma once

#include "broker/audit/impact.h"
#include "ops/cli/describe.h"
#include "ops/cli/release_source.h"

namespace rujukan::cli {

// `at`: the time for the open cases.
Json impact_json(const audit::Impact& impact, const LoadedRelease& release, TimeUs at);
// Prints it on stdout.
void print_impact_json(const audit::Impact& impact, const LoadedRelease& release, TimeUs at);
std::string impact_text(const audit::Impact& impact, TimeUs at);
Json describe(const audit::OpeningChange& change);
// Lines of a table with a heading.
std::string openings_text(const std::vector<audit::OpeningChange>& changes);

}  // namespace rujukan::cli
