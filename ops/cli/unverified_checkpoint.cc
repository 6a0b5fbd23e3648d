#include "ops/cli/unverified_checkpoint.h"

#include "broker/merkle/text.h"

namespace rujukan::cli {
namespace {

constexpr std::string_view kSignaturePrefix = "\xE2\x80\x94 ";

// The name in "— name base64". Errors: note.malformed.
Result<std::string> signer_of(std::string_view line) {
  if (!line.starts_with(kSignaturePrefix)) return Error{ErrorCode::kNoteMalformed, "signature"};
  line.remove_prefix(kSignaturePrefix.size());
  const std::size_t end = line.find(' ');
  if (end == std::string_view::npos) return Error{ErrorCode::kNoteMalformed, "signature"};
  return std::string(line.substr(0, end));
}

}  // namespace

Result<UnverifiedCheckpoint> read_unverified_checkpoint(std::string_view note) {
  const std::size_t end = note.rfind("\n\n");
  if (end == std::string_view::npos) return Error{ErrorCode::kNoteMalformed, {}, "no empty line"};
  auto checkpoint = merkle::parse_checkpoint_text(note.substr(0, end + 1));
  if (!checkpoint) return checkpoint.error();
  UnverifiedCheckpoint out{std::move(*checkpoint), {}};
  note.remove_prefix(end + 2);
  while (!note.empty()) {
    const auto line = merkle::take_line(note);
    if (!line) return Error{ErrorCode::kNoteMalformed, {}, "no newline at the end"};
    auto signer = signer_of(*line);
    if (!signer) return signer.error();
    out.signers.push_back(std::move(*signer));
  }
  return out;
}

}  // namespace rujukan::cli
