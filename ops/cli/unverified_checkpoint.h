// Reads a signed checkpoint without a key: what it claims, and who is said to have signed it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/merkle/note.h"

namespace rujukan::cli {

struct UnverifiedCheckpoint {
  merkle::Checkpoint checkpoint;
  std::vector<std::string> signers;  // names of the signature lines
};

// Errors: note.malformed, checkpoint.invalid.
Result<UnverifiedCheckpoint> read_unverified_checkpoint(std::string_view note);

}  // namespace rujukan::cli
