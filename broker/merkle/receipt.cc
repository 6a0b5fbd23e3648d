#include "broker/merkle/receipt.h"

#include <algorithm>

#include "broker/base/limits.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/text.h"

namespace rujukan::merkle {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
// The Go reference parser reads lines of less.
constexpr std::size_t kLineBytes = 64 * 1024;

Error invalid(std::string_view field, std::string detail) {
  return Error{ErrorCode::kProofInvalid, std::string(field), std::move(detail)};
}

// What follows `label` on the next line.
std::optional<std::string_view> take_labelled(std::string_view& text, std::string_view label) {
  const auto line = take_line(text);
  if (!line || !line->starts_with(label)) return std::nullopt;
  return line->substr(label.size());
}

Result<void> check_inclusion(const Receipt& receipt, const Checkpoint& checkpoint) {
  if (!verify_inclusion(leaf_hash(receipt.entry), to_number(receipt.index), checkpoint.size,
                        receipt.path, checkpoint.root)) {
    return invalid("path", "the entry is not at this index of the checkpoint's tree");
  }
  return {};
}

std::string to_text(const Receipt& receipt, const std::string& extra_line) {
  std::string text(kHeader);
  text += "\n" + extra_line + std::string(kIndex);
  text += std::to_string(to_number(receipt.index)) + "\n";
  for (const Digest& hash : receipt.path) text += to_base64(hash) + "\n";
  return text + "\n" + receipt.checkpoint;
}

Result<void> take_header(std::string_view& text) {
  const auto header = take_line(text);
  if (!header || *header != kHeader) return invalid("header", "not a tlog-proof of version 1");
  return {};
}

Result<Bytes> take_entry(std::string_view& text) {
  const auto extra = take_labelled(text, kExtra);
  auto entry = extra ? from_base64(*extra) : std::nullopt;
  if (!entry) return invalid("extra", "not the entry in canonical base64");
  if (entry->empty() || entry->size() > limits::kEntryBytes) return invalid("extra", "wrong size");
  return *std::move(entry);
}

// From the index on.
Result<Receipt> take_rest(std::string_view text, Bytes entry) {
  const auto index_text = take_labelled(text, kIndex);
  const auto index = index_text ? parse_decimal(*index_text) : std::nullopt;
  if (!index) return invalid("index", "not a canonical decimal below 2^63");
  auto path = take_proof(text);
  if (!path) return path.error();
  if (text.empty()) return invalid("checkpoint", "missing");
  return Receipt{LogIndex{*index}, std::move(entry), std::move(path).value(), std::string(text)};
}

}  // namespace

Result<Checkpoint> verify_receipt(const Receipt& receipt, const NoteKey& log) {
  auto checkpoint = verify_checkpoint(receipt.checkpoint, log);
  if (!checkpoint) return checkpoint.error();
  if (const auto checked = check_inclusion(receipt, *checkpoint); !checked) return checked.error();
  return checkpoint;
}

Result<Trusted> verify_receipt(const Receipt& receipt, const Policy& policy) {
  auto trusted = verify_checkpoint(receipt.checkpoint, policy);
  if (!trusted) return trusted.error();
  const auto checked = check_inclusion(receipt, trusted->checkpoint);
  if (!checked) return checked.error();
  return trusted;
}

std::string receipt_to_text(const Receipt& receipt) {
  return to_text(receipt, std::string(kExtra) + to_base64(receipt.entry) + "\n");
}

std::string proof_to_text(const Receipt& receipt) {
  const std::string extra = std::string(kExtra) + to_base64(receipt.entry) + "\n";
  return to_text(receipt, extra.size() < kLineBytes ? extra : "");
}

Result<Receipt> receipt_from_text(std::string_view text) {
  if (auto header = take_header(text); !header) return header.error();
  auto entry = take_entry(text);
  if (!entry) return entry.error();
  return take_rest(text, std::move(entry).value());
}

Result<Receipt> receipt_from_text(std::string_view text, ByteView entry) {
  if (auto header = take_header(text); !header) return header.error();
  if (text.starts_with(kExtra)) {
    const auto extra = take_entry(text);
    if (!extra) return extra.error();
    if (!std::ranges::equal(*extra, entry)) return invalid("extra", "not the entry beside it");
  }
  return take_rest(text, to_bytes(entry));
}

}  // namespace rujukan::merkle
