// Which log a command reads.
#pragma once

#include <string>

#include "broker/audit/source.h"
#include "broker/runtime/command_line.h"

namespace rujukan::cli {

struct SourceChoice {
  std::string source;
  audit::SourceAccess access;
};

// Adds SOURCE, --token-file and --ca-file.
void add_source_options(CommandSyntax command, SourceChoice& choice);

}  // namespace rujukan::cli
