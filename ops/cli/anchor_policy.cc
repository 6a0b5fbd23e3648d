// rujukan anchor policy: the trust file of an auditor, and of a broker that has witnesses.
#include <cstdio>

#include "broker/merkle/policy.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/log_key.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Writes a policy file (c2sp.org/tlog-policy): the log's verifier key, the witnesses, and how many of them
must have cosigned a checkpoint. A broker sends its checkpoints to the witnesses that have a URL; an
auditor gives the same file to --policy. Without --out it is printed. Shards of a log have one key, each
under an origin of its own: --origin names the shard.

WITNESS is NAME=KEY or NAME=KEY@URL: a name of your choice, the line that `rujukan keys new witness`
prints, and where the witness listens.

Examples:
  rujukan anchor policy --anchor anchor.toml -o policy.txt
  rujukan anchor policy --anchor anchor.toml --origin example.org/log-2027 -o policy-2027.txt
  rujukan anchor policy --anchor anchor.toml --threshold 1 -o policy.txt \
      --witness kpai=witness.example.org/w1+1a2b3c4d+BA...@https://witness.example.org

Exit codes: 0 written; 2 a key, a name, a URL or the threshold is not valid, or a file cannot be read or
written.)";

struct Options {
  LogKeyChoice log_key;
  std::string origin;  // empty: the key's own name
  std::string log_url;
  std::vector<std::string> witnesses;
  std::size_t threshold = 0;  // 0: all
  std::string out;
};

Result<merkle::Policy::Witness> parse_witness(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos) {
    return Error{ErrorCode::kConfigValue, "--witness", "must be NAME=KEY or NAME=KEY@URL"};
  }
  const auto at = std::min(text.find('@', equals), text.size());
  auto key = merkle::CosignerKey::from_vkey(text.substr(equals + 1, at - equals - 1));
  if (!key) return Error{key.error().code, "--witness", key.error().detail};
  return merkle::Policy::Witness{text.substr(0, equals), *std::move(key),
                                 at < text.size() ? text.substr(at + 1) : ""};
}

// As its own text is read, so that nothing is written that a reader refuses.
Result<merkle::Policy> make(const Options& options) {
  auto key = chosen_log_key(options.log_key);
  if (!key) return key.error();
  if (!*key) return Error{ErrorCode::kConfigMissing, "--anchor", "or --log-key"};
  if (!options.origin.empty()) (*key)->name = options.origin;
  merkle::Policy policy;
  policy.logs.push_back({**std::move(key), options.log_url});
  std::vector<std::string> names;
  for (const std::string& text : options.witnesses) {
    auto witness = parse_witness(text);
    if (!witness) return witness.error();
    names.push_back(witness->name);
    policy.witnesses.push_back(*std::move(witness));
  }
  const std::size_t threshold = options.threshold == 0 ? names.size() : options.threshold;
  if (threshold > names.size()) {
    return Error{ErrorCode::kConfigValue, "--threshold", "is above the number of witnesses"};
  }
  if (names.size() == 1) policy.quorum = names.front();
  if (names.size() > 1) {
    policy.groups.push_back({"witnesses", threshold, names});
    policy.quorum = "witnesses";
  }
  return merkle::parse_policy(merkle::to_text(policy));
}

int run(const Options& options) {
  const auto policy = make(options);
  if (!policy) return fail(policy.error());
  const std::string text = merkle::to_text(*policy);
  if (options.out.empty()) {
    std::fputs(text.c_str(), stdout);
    return kOk;
  }
  const auto written = write_file_durably(options.out, as_bytes(text), kForAnyone);
  return written ? kOk : fail(written.error());
}

}  // namespace

void add_anchor_policy(CommandSyntax anchor, int& exit_code) {
  const auto command = anchor.add_subcommand("policy", "Write the policy file of auditors");
  const auto options = std::make_shared<Options>();
  add_log_key_options(command, options->log_key);
  command.add_option("--origin", options->origin, "A later shard of the log").type_name("ORIGIN");
  command.add_option("--log-url", options->log_url, "Where the log's files are").type_name("URL");
  command.add_option("--witness", options->witnesses, "May be repeated").type_name("WITNESS");
  command.add_option("--threshold", options->threshold, "Witnesses that must cosign; all if unset")
      .type_name("K")
      .positive();
  command.add_option("-o,--out", options->out, "File to write").type_name("FILE");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
