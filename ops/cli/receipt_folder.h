// Receipts found in gateways' folders, verified against a log.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "broker/base/result.h"
#include "broker/merkle/note.h"
#include "broker/model/ids.h"

namespace rujukan::cli {

// Log index -> SHA-256 of the entry of a receipt that verifies. Receipts that do not are left out:
// their entries count as without receipt. Folders are read with those in them.
// Errors: file.unreadable.
Result<std::map<LogIndex, Digest>> verified_receipts(
    const std::vector<std::filesystem::path>& folders, const merkle::NoteKey& log);

}  // namespace rujukan::cli
