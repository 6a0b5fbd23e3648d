#include "broker/merkle/receipt.h"

#include "broker/base/limits.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/text.h"

namespace rujukan::merkle {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
// A tree of at most 2^63 - 1 entries.
constexpr std::size_t kMaxPath = 63;

Error invalid(std::string_view field, std::string detail) {
  return Error{ErrorCode::kProofInvalid, std::string(field), std::move(detail)};
}

// What follows `label` on the next line.
std::optional<std::string_view> take_labelled(std::string_view& text, std::string_view label) {
  const auto line = take_line(text);
  if (!line || !line->starts_with(label)) return std::nullopt;
  return line->substr(label.size());
}

// The hash lines and the empty line after them.
Result<std::vector<Digest>> take_path(std::string_view& text) {
  std::vector<Digest> path;
  for (;;) {
    const auto line = take_line(text);
    if (!line) return invalid("path", "no empty line after the hashes");
    if (line->empty()) return path;
    const auto bytes = from_base64(*line);
    const auto hash = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!hash) return invalid("path", "not the canonical base64 of 32 bytes");
    if (path.size() == kMaxPath) return invalid("path", "more than 63 hashes");
    path.push_back(*hash);
  }
}

}  // namespace

Result<Checkpoint> verify_receipt(const Receipt& receipt, const NoteKey& log) {
  auto checkpoint = verify_checkpoint(receipt.checkpoint, log);
  if (!checkpoint) return checkpoint.error();
  if (!verify_inclusion(leaf_hash(receipt.entry), to_number(receipt.index), checkpoint->size,
                        receipt.path, checkpoint->root)) {
    return invalid("path", "the entry is not at this index of the checkpoint's tree");
  }
  return checkpoint;
}

std::string receipt_to_text(const Receipt& receipt) {
  std::string text;
  text += kHeader;
  text += '\n';
  text += kExtra;
  text += to_base64(receipt.entry) + "\n";
  text += kIndex;
  text += std::to_string(to_number(receipt.index)) + "\n";
  for (const Digest& hash : receipt.path) text += to_base64(hash) + "\n";
  text += '\n';
  text += receipt.checkpoint;
  return text;
}

Result<Receipt> receipt_from_text(std::string_view text) {
  const auto header = take_line(text);
  if (!header || *header != kHeader) return invalid("header", "not a tlog-proof of version 1");
  const auto extra = take_labelled(text, kExtra);
  auto entry = extra ? from_base64(*extra) : std::nullopt;
  if (!entry) return invalid("extra", "not the entry in canonical base64");
  if (entry->empty() || entry->size() > limits::kEntryBytes) return invalid("extra", "wrong size");
  const auto index_text = take_labelled(text, kIndex);
  const auto index = index_text ? parse_decimal(*index_text) : std::nullopt;
  if (!index) return invalid("index", "not a canonical decimal below 2^63");
  auto path = take_path(text);
  if (!path) return path.error();
  if (text.empty()) return invalid("checkpoint", "missing");
  return Receipt{LogIndex{*index}, std::move(*entry), std::move(path).value(), std::string(text)};
}

}  // namespace rujukan::merkle
