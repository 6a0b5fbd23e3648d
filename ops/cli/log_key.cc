#include "ops/cli/log_key.h"

#include "adapters/sdk/anchor.h"

namespace rujukan::cli {

void add_log_key_options(CommandSyntax command, LogKeyChoice& choice) {
  const auto anchor = command.add_option("--anchor", choice.anchor, "Anchor file with the log key")
                          .type_name("FILE");
  command.add_option("--log-key", choice.log_key, "Verifier key of the log: NAME+ID+KEY")
      .type_name("VKEY")
      .excludes(anchor);
}

Result<std::optional<merkle::NoteKey>> chosen_log_key(const LogKeyChoice& choice) {
  if (!choice.log_key.empty()) {
    auto key = merkle::NoteKey::from_vkey(choice.log_key);
    if (!key) return Error{key.error().code, "--log-key", key.error().detail};
    return std::optional(std::move(*key));
  }
  if (choice.anchor.empty()) return std::optional<merkle::NoteKey>();
  auto anchor = sdk::read_anchor(choice.anchor);
  if (!anchor) return anchor.error();
  return std::optional(std::move(anchor->log));
}

}  // namespace rujukan::cli
