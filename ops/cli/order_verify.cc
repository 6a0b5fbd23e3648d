// rujukan order verify: whether enough administrators signed.
#include <cstdio>

#include "broker/decide/decide.h"
#include "broker/decide/order_trust.h"
#include "ops/cli/cli.h"
#include "ops/cli/order_file.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Says whether an order may be given to a broker on which the release is in force: whether one of the
release's administrators signed it, or `threshold` of them when it lifts a hold, and whether it is of
the release's log, and whether the release lists its legal basis. The release is taken as genuine: see
`rujukan release verify`. Whether the case is in a state for it only the broker can say.

Example:
  rujukan order verify hold-17.rjo --release release-7.rjr

Exit codes: 0 it may be given; 1 it may not, stderr says why; 2 a file cannot be read.)";

struct Options {
  std::string file;
  std::string release;
};

int run(const Options& options) {
  const auto release = read_release_file(options.release);
  if (!release) return fail(release.error());
  const auto file = read_order_file(options.file);
  if (!file) return fail(file.error());
  const auto order = decide::verify_order(wire::encode_signed_order(file->envelope),
                                          decide::trust_of(release->release));
  if (!order) {
    fail(options.file, order.error());
    return kNegative;
  }
  if (order->log_origin != release->release.log_origin) {
    fail(options.file, {ErrorCode::kOrderInvalid, "log_origin", "it is of another log"});
    return kNegative;
  }
  if (const auto error = decide::check_vouched(*order, release->release)) {
    fail(options.file, *error);
    return kNegative;
  }
  const std::string kind(name_of(order->kind));
  std::printf("%s: verifies: order %s, %s, case %s of %s\n", options.file.c_str(),
              to_string(order->order_id).c_str(), kind.c_str(), to_string(order->case_id).c_str(),
              order->log_origin.c_str());
  return kOk;
}

}  // namespace

void add_order_verify(CommandSyntax order, int& exit_code) {
  const auto command =
      order.add_subcommand("verify", "Check an order's signatures under a release");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Order file").type_name("").required();
  command.add_option("--release", options->release, "The release in force")
      .type_name("FILE")
      .required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
