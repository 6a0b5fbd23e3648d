// What a witness decides (c2sp.org/tlog-witness@v1.0.0), without its network and its disk.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/merkle/note.h"

namespace rujukan::merkle {

// The body of POST <prefix>/add-checkpoint.
struct AddCheckpoint {
  std::uint64_t old_size = 0;
  std::vector<Digest> proof;  // at most 63
  std::string checkpoint;     // signed note
};
std::string to_text(const AddCheckpoint& request);
// Errors: note.malformed.
Result<AddCheckpoint> parse_add_checkpoint(std::string_view body);

// The latest checkpoint that a witness cosigned for an origin.
struct Witnessed {
  std::uint64_t size = 0;
  Digest root{};
  friend bool operator==(const Witnessed&, const Witnessed&) = default;
};

// The answer before anything is stored or signed. For 200 the new state must be durable before the
// cosignature leaves; for 409 the body is the state's size, text/x.tlog.size.
struct WitnessVerdict {
  unsigned status = 0;  // 200, 400, 403, 409, 422
  Witnessed state;      // 200: the new one; 409: the one held
  std::string text;     // 200: the note's text, to be cosigned
  std::string reason;   // otherwise, for people
};
// `held` is nullopt when the witness has seen nothing of the log. The origin is known: 404 is the
// caller's.
WitnessVerdict judge(const AddCheckpoint& request, const NoteKey& log,
                     const std::optional<Witnessed>& held);

// Lowercase hex of SHA-256(origin): the path of a log at a witness's monitoring prefix.
std::string origin_hash(std::string_view origin);

}  // namespace rujukan::merkle
