// rujukan receipt verify.
#include "broker/merkle/receipt.h"

#include <cstdio>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/log_key.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Verifies a receipt file (.tlog-proof): that its checkpoint is signed by the log, and that the entry it
holds lies at its index of that checkpoint's tree. `rujukan inspect FILE` shows the entry.

Examples:
  rujukan receipt verify done/complaint-1.tlog-proof --anchor anchor.toml
  rujukan receipt verify receipt.tlog-proof --log-key example.org/log+1a2b3c4d+AQ...

Exit codes: 0 verifies; 1 does not; 2 the file cannot be read, or bad usage.)";

struct Options {
  std::string file;
  LogKeyChoice log_key;
};

int run(const Options& options) {
  const auto key = chosen_log_key(options.log_key);
  if (!key) return fail(key.error());
  if (!*key) return fail({ErrorCode::kConfigMissing, "--anchor", "or --log-key"});
  const auto text = read_file(options.file, limits::kRecordFileBytes);
  if (!text) return fail(text.error());
  const auto receipt = merkle::receipt_from_text(*text);
  if (!receipt) return fail(options.file, receipt.error());
  const auto checkpoint = merkle::verify_receipt(*receipt, **key);
  if (!checkpoint) {
    fail(options.file, checkpoint.error());
    return kNegative;
  }
  std::printf("%s: verifies: entry %llu of %s at size %llu\n", options.file.c_str(),
              static_cast<unsigned long long>(to_number(receipt->index)),
              checkpoint->origin.c_str(), static_cast<unsigned long long>(checkpoint->size));
  return kOk;
}

}  // namespace

void add_receipt(CLI::App& app, int& exit_code) {
  auto* receipt = app.add_subcommand("receipt", "Check receipts");
  receipt->require_subcommand(1);
  auto* command = receipt->add_subcommand("verify", "Verify one receipt file");
  const auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "Receipt file")->type_name("")->required();
  add_log_key_options(*command, options->log_key);
  command->footer(kManual);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
