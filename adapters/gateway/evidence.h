// What a person needs when the log contradicted itself: the alarm, and both signed notes.
#pragma once

#include <filesystem>
#include <string>

#include "adapters/sdk/seen_log.h"

namespace rujukan::gateway {

// Both checkpoints by origin, size and root, what they show, and where the evidence lies.
std::string contradiction_text(const sdk::Contradiction& found, const merkle::NoteKey& log);

// Writes evidence/<code>-<8 hex of both notes>/ below `folder`: first.note, second.note (missing
// when the broker only denied the first) and README.txt. Writing it again changes nothing.
// Errors: file.unwritable.
Result<void> keep_evidence(const std::filesystem::path& folder, const sdk::Contradiction& found,
                           const merkle::NoteKey& log);

}  // namespace rujukan::gateway
