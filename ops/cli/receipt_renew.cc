// rujukan receipt renew.
#include <cstdio>

#include "broker/audit/tile_nodes.h"
#include "broker/base/limits.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/source_choice.h"
#include "ops/cli/trust.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Proves the entry of a receipt anew, against the newest checkpoint that a log publishes. The receipt
that the broker gave holds the first checkpoint with the entry, which no witness had cosigned yet; the
new one holds the witnesses' cosignatures, so that it verifies under a policy with a quorum, offline.
It is written only when it verifies. The log must be that of the receipt: of a shard, the same one.

Examples:
  rujukan receipt renew done/complaint-1.tlog-proof https://log.example.org --token-file token \
      --policy policy.txt -o complaint-1.tlog-proof
  rujukan receipt renew receipt.tlog-proof export --policy policy.txt -o renewed.tlog-proof

Exit codes: 0 written; 1 the log does not hold the entry, or its checkpoint does not satisfy the policy;
2 a file or the log cannot be read, or bad usage.)";

struct Options {
  std::string file;
  SourceChoice log;
  TrustChoice trust;
  std::string out;
};

Result<Receipt> renew(Receipt receipt, const store::LogFiles& files, const merkle::Policy& policy) {
  const auto note = files.read("checkpoint");
  if (!note) return note.error();
  if (!*note) return Error{ErrorCode::kLogNotFound, "checkpoint"};
  receipt.checkpoint = std::string(as_text(**note));
  const auto trusted = merkle::verify_checkpoint(receipt.checkpoint, policy);
  if (!trusted) return trusted.error();
  const merkle::Checkpoint& checkpoint = trusted->checkpoint;
  if (to_number(receipt.index) >= checkpoint.size) {
    return Error{ErrorCode::kProofInvalid, "index",
                 "the log publishes " + std::to_string(checkpoint.size) + " entries so far"};
  }
  const audit::TileNodes nodes(files, checkpoint.size);
  const auto tree = merkle::Tree::load(nodes, checkpoint.size);
  if (!tree) return tree.error();
  auto path = tree->inclusion(to_number(receipt.index), checkpoint.size);
  if (!path) return path.error();
  receipt.path = *std::move(path);
  // What the tiles say is believed only now.
  const auto verified = merkle::verify_receipt(receipt, policy);
  if (!verified) return verified.error();
  return receipt;
}

int run(const Options& options) {
  const auto trust = chosen_trust(options.trust);
  if (!trust) return fail(trust.error());
  if (!*trust) return fail({ErrorCode::kConfigMissing, "--policy", "or --anchor, or --log-key"});
  const auto text = read_file(options.file, limits::kRecordFileBytes);
  if (!text) return fail(text.error());
  auto receipt = merkle::receipt_from_text(*text);
  if (!receipt) return fail(options.file, receipt.error());
  const auto files = audit::open_source(options.log.source, options.log.access);
  if (!files) return fail(files.error());
  const auto renewed = renew(*std::move(receipt), **files, (*trust)->policy);
  if (!renewed) {
    fail(options.file, renewed.error());
    return kNegative;
  }
  const std::string out = merkle::receipt_to_text(*renewed);
  if (const auto written = write_file_durably(options.out, as_bytes(out)); !written) {
    return fail(written.error());
  }
  return kOk;
}

}  // namespace

void add_receipt_renew(CommandSyntax receipt, int& exit_code) {
  const auto command = receipt.add_subcommand("renew", "Prove its entry to the newest checkpoint");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "Receipt file").type_name("").required();
  add_source_options(command, options->log);
  add_trust_options(command, options->trust);
  command.add_option("-o,--out", options->out, "File to write").type_name("FILE").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
