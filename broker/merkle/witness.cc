#include "broker/merkle/witness.h"

#include <utility>

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/note_parts.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/text.h"

namespace rujukan::merkle {
namespace {

constexpr std::string_view kOld = "old ";

Error malformed(std::string field, std::string detail) {
  return Error{ErrorCode::kNoteMalformed, std::move(field), std::move(detail)};
}

WitnessVerdict refusal(unsigned status, std::string reason) {
  return {status, {}, {}, std::move(reason)};
}

bool is_consistent(const AddCheckpoint& request, const std::optional<Witnessed>& held,
                   const Witnessed& next) {
  if (request.old_size == 0) return request.proof.empty();
  return verify_consistency(held->size, held->root, next.size, next.root, request.proof);
}

// `next` is what a log that the witness knows has signed. Source: c2sp.org/tlog-witness, in the
// order of its text.
WitnessVerdict judge_signed(const AddCheckpoint& request, const std::optional<Witnessed>& held,
                            const Witnessed& next) {
  if (request.old_size > next.size) return refusal(400, "the old size is above the checkpoint's");
  const std::uint64_t held_size = held ? held->size : 0;
  if (request.old_size != held_size) {
    return {409, held.value_or(Witnessed{}), {}, "the old size is not the one held"};
  }
  if (next.size == 0 && next.root != empty_root()) {
    return refusal(422, "the root of size 0 is not the empty tree's");
  }
  if (held && held->size == next.size && held->root != next.root) {
    return refusal(422, "another root was cosigned for this size");
  }
  if (!is_consistent(request, held, next)) return refusal(422, "the proof does not verify");
  return {200, next, {}, {}};
}

}  // namespace

std::string to_text(const AddCheckpoint& request) {
  std::string text(kOld);
  text += std::to_string(request.old_size) + "\n";
  for (const Digest& hash : request.proof) text += to_base64(hash) + "\n";
  text += "\n" + request.checkpoint;
  return text;
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  if (body.size() > limits::kWitnessRequestBytes) return malformed("body", "too large");
  AddCheckpoint request;
  const auto first = take_line(body);
  const bool old = first && first->starts_with(kOld);
  const auto size = old ? parse_decimal(first->substr(kOld.size())) : std::nullopt;
  if (!size) return malformed("old", "not a canonical decimal below 2^63");
  request.old_size = *size;
  auto proof = take_proof(body);
  if (!proof) return malformed("proof", proof.error().detail);
  request.proof = std::move(proof).value();
  if (body.empty()) return malformed("checkpoint", "missing");
  request.checkpoint = body;
  return request;
}

WitnessVerdict judge(const AddCheckpoint& request, const NoteKey& log,
                     const std::optional<Witnessed>& held) {
  const auto text = verify_note(request.checkpoint, log);
  if (!text) {
    const bool malformed_note = text.error().code == ErrorCode::kNoteMalformed;
    return refusal(malformed_note ? 400 : 403, to_string(text.error()));
  }
  const auto checkpoint = parse_checkpoint_lines(*text);
  if (!checkpoint) return refusal(400, to_string(checkpoint.error()));
  if (checkpoint->origin != log.name) return refusal(403, "the origin is not that of the key");
  WitnessVerdict verdict = judge_signed(request, held, {checkpoint->size, checkpoint->root});
  if (verdict.status == 200) verdict.text = *text;
  return verdict;
}

std::string origin_hash(std::string_view origin) { return to_hex(sha256(as_bytes(origin))); }

}  // namespace rujukan::merkle
