// rujukan order show: an order readably.
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/order_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Prints what is ordered, about which case of which log, and whose keys signed. Signatures are listed,
not verified: that is `rujukan order verify`.

Examples:
  rujukan order show hold-17.rjo
  rujukan order show --json hold-17.rjo

Exit codes: 0 shown; 2 the file is not an order.)";

struct Options {
  std::string file;
  bool json = false;
};

int run(const Options& options) {
  const auto file = read_order_file(options.file);
  if (!file) return fail(file.error());
  print_order(*file, options.json);
  return kOk;
}

}  // namespace

void add_order_show(CommandSyntax order, int& exit_code) {
  const auto command = order.add_subcommand("show", "Print an order readably");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Order file").type_name("").required();
  command.add_flag("--json", options->json, "As JSON");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
