#include "ops/cli/source_choice.h"

namespace rujukan::cli {

void add_source_options(CommandSyntax command, SourceChoice& choice) {
  command
      .add_option("SOURCE", choice.source,
                  "A broker's data directory (DIR#N: its N-th shard, from 0), a folder of exported "
                  "files, or a log's URL")
      .type_name("")
      .required();
  command.add_option("--token-file", choice.access.token_file, "Of a URL: holds the bearer token")
      .type_name("FILE");
  command
      .add_option("--ca-file", choice.access.ca_file,
                  "Of an https URL: whom to trust instead of the system's authorities (PEM)")
      .type_name("FILE");
}

}  // namespace rujukan::cli
