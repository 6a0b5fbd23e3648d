// Which log a command reads.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "broker/audit/source.h"

namespace rujukan::cli {

struct SourceChoice {
  std::string source;
  audit::SourceAccess access;
};

// Adds SOURCE, --token-file and --ca-file.
void add_source_options(CLI::App& command, SourceChoice& choice);

}  // namespace rujukan::cli
