#include "broker/merkle/text.h"

#include <charconv>

#include "broker/base/limits.h"

namespace rujukan::merkle {

std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  if (text.size() > 1 && text[0] == '0') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

Result<std::vector<Digest>> take_proof(std::string_view& text) {
  const auto invalid = [](std::string detail) {
    return Error{ErrorCode::kProofInvalid, "path", std::move(detail)};
  };
  std::vector<Digest> proof;
  for (;;) {
    const auto line = take_line(text);
    if (!line) return invalid("no empty line after the hashes");
    if (line->empty()) return proof;
    const auto bytes = from_base64(*line);
    const auto hash = bytes ? to_array<32>(*bytes) : std::nullopt;
    if (!hash) return invalid("not the canonical base64 of 32 bytes");
    if (proof.size() == limits::kProofHashes) return invalid("more than 63 hashes");
    proof.push_back(*hash);
  }
}

}  // namespace rujukan::merkle
