// The anchor: what a station is installed with and trusts before it has heard anything.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "broker/decide/release_trust.h"
#include "broker/merkle/note.h"

namespace rujukan::sdk {

struct Anchor {
  merkle::NoteKey log;                 // its name is the log's origin
  PublicKey broker_key{};              // CURVE
  std::vector<std::string> endpoints;  // "tcp://127.0.0.1:7400", tried in turn
  decide::Trust trust;                 // who signs the first release
};

// `file` is for messages. Errors: config.*, note.malformed, key.invalid.
Result<Anchor> parse_anchor(std::string_view toml, const std::string& file);
// What parse_anchor reads.
std::string anchor_to_toml(const Anchor& anchor);

// Errors: those of parse_anchor, file.unreadable.
Result<Anchor> read_anchor(const std::filesystem::path& path);
// Errors: file.unwritable.
Result<void> write_anchor(const std::filesystem::path& path, const Anchor& anchor);

}  // namespace rujukan::sdk
