// rujukan receipt verify.
#include "broker/merkle/receipt.h"

#include <cstdio>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/wire/entry_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/trust.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Verifies a receipt file (.tlog-proof), offline: that its checkpoint is signed by a log of the policy
and cosigned by the policy's quorum of witnesses, and that the entry it holds lies at its index of
that checkpoint's tree. Prints the place in the log, the log's time of the entry, and when each
witness had seen a tree that holds it. A receipt as the broker gave it has no cosignatures yet: verify it
by the log's own signature (--anchor, --log-key), or renew it first (`rujukan receipt renew`). An anchor file or a log key is a policy of one log without
witnesses. `rujukan inspect FILE` shows the entry.

Examples:
  rujukan receipt verify done/complaint-1.tlog-proof --policy policy.txt
  rujukan receipt verify done/complaint-1.tlog-proof --anchor anchor.toml
  rujukan receipt verify receipt.tlog-proof --log-key example.org/log+1a2b3c4d+AQ...

Exit codes: 0 verifies; 1 does not; 2 the file cannot be read, or bad usage.)";

struct Options {
  std::string file;
  TrustChoice trust;
};

// A witness may sign any 63 bits as its time.
std::string witness_time(std::uint64_t time_s) {
  constexpr std::uint64_t kYear10000 = 253'402'300'800;
  if (time_s >= kYear10000) return std::to_string(time_s) + " s after 1970";
  return to_rfc3339(TimeUs(std::chrono::seconds(static_cast<std::int64_t>(time_s))));
}

// The entry is proven to be in the log; whether it is one that a broker writes is another matter.
void report(const Options& options, const Receipt& receipt, const merkle::Trusted& trusted) {
  std::printf("%s: verifies: entry %llu of %s at size %llu\n", options.file.c_str(),
              static_cast<unsigned long long>(to_number(receipt.index)),
              trusted.checkpoint.origin.c_str(),
              static_cast<unsigned long long>(trusted.checkpoint.size));
  const auto entry = wire::decode_entry(receipt.entry);
  std::printf("  logged %s\n",
              entry ? to_rfc3339(entry->time).c_str() : to_string(entry.error()).c_str());
  for (const auto& cosigned : trusted.cosigned) {
    std::printf("  witnessed %s by %s\n", witness_time(cosigned.time_s).c_str(),
                cosigned.witness.c_str());
  }
}

int run(const Options& options) {
  const auto trust = chosen_trust(options.trust);
  if (!trust) return fail(trust.error());
  if (!*trust) return fail({ErrorCode::kConfigMissing, "--policy", "or --anchor, or --log-key"});
  const auto text = read_file(options.file, limits::kRecordFileBytes);
  if (!text) return fail(text.error());
  const auto receipt = merkle::receipt_from_text(*text);
  if (!receipt) return fail(options.file, receipt.error());
  const auto trusted = merkle::verify_receipt(*receipt, (*trust)->policy);
  if (!trusted) {
    fail(options.file, trusted.error());
    return kNegative;
  }
  report(options, *receipt, *trusted);
  return kOk;
}

}  // namespace

void add_receipt(CommandSyntax app, int& exit_code) {
  const auto receipt = app.add_subcommand("receipt", "Check and renew receipts");
  receipt.require_one_subcommand();
  const auto command = receipt.add_subcommand("verify", "Verify one receipt file");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Receipt file").type_name("").required();
  add_trust_options(command, options->trust);
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
  add_receipt_renew(receipt, exit_code);
}

}  // namespace rujukan::cli
