#include "ops/cli/trust.h"

#include "adapters/sdk/anchor.h"
#include "broker/base/limits.h"
#include "broker/runtime/file.h"

namespace rujukan::cli {
namespace {

merkle::Policy policy_of(merkle::NoteKey log) {
  merkle::Policy policy;
  policy.logs.push_back({std::move(log), {}});
  return policy;
}

}  // namespace

void add_trust_options(CommandSyntax command, TrustChoice& choice) {
  add_log_key_options(command, choice.log_key);
  command.add_option("--policy", choice.policy, "Trust policy: logs, witnesses, quorum")
      .type_name("FILE")
      .excludes("--anchor")
      .excludes("--log-key");
}

Result<std::optional<ChosenTrust>> chosen_trust(const TrustChoice& choice) {
  if (!choice.policy.empty()) {
    const auto text = read_file(choice.policy, limits::kPolicyBytes);
    if (!text) return text.error();
    auto policy = merkle::parse_policy(*text);
    if (!policy) return policy.error();
    return std::optional(ChosenTrust{*std::move(policy), std::nullopt});
  }
  if (!choice.log_key.anchor.empty()) {
    auto anchor = sdk::read_anchor(choice.log_key.anchor);
    if (!anchor) return anchor.error();
    return std::optional(ChosenTrust{policy_of(std::move(anchor->log)), std::move(anchor->trust)});
  }
  auto key = chosen_log_key(choice.log_key);
  if (!key) return key.error();
  if (!*key) return std::optional<ChosenTrust>();
  return std::optional(ChosenTrust{policy_of(**std::move(key)), std::nullopt});
}

}  // namespace rujukan::cli
