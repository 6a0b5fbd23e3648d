#include "ops/cli/unverified_checkpoint.h"

#include "broker/merkle/note_parts.h"

namespace rujukan::cli {

Result<UnverifiedCheckpoint> read_unverified_checkpoint(std::string_view note) {
  const auto split = merkle::split_note(note);
  if (!split) return split.error();
  auto checkpoint = merkle::parse_checkpoint_text(split->text);
  if (!checkpoint) return checkpoint.error();
  UnverifiedCheckpoint out{std::move(*checkpoint), {}};
  for (const merkle::SignatureLine& line : split->signatures) out.signers.emplace_back(line.name);
  return out;
}

}  // namespace rujukan::cli
