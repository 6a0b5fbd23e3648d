// The facts file of `rujukan route` and its answer, as JSON text.
#pragma once

#include <string>
#include <string_view>

#include "broker/base/result.h"
#include "broker/routing/table.h"

namespace rujukan::routing {

struct FactsFile {
  UnitId origin;
  TimeUs at;
  Facts facts;

  friend bool operator==(const FactsFile&, const FactsFile&) = default;
};

// Keys, all required: origin at mode categories victim_age victims suspects incidents urgency
// consent needs; optional: legal_bases handling. Errors: facts.invalid (field named) for an unknown
// or missing field, an unknown code, or text that is not a JSON object.
Result<FactsFile> parse_facts(std::string_view json);

// The same form, on one line: parse_facts reads it back. Optional keys stand only when they hold
// something.
std::string facts_to_json(const FactsFile& file);

// {"owner", "lead", "assignments", "withheld", "informed", "release"}.
std::string route_to_json(const Route& route, const Release& release, const Digest& digest);

}  // namespace rujukan::routing
