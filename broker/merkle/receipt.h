// Receipts: an entry, its inclusion proof and the checkpoint, and their file form
// (c2sp.org/tlog-proof, the entry's bytes on the `extra` line).
#pragma once

#include <string>
#include <string_view>

#include "broker/merkle/policy.h"
#include "broker/model/entry.h"

namespace rujukan::merkle {

// Verifies the checkpoint's signature and that the entry's bytes lie at `index` of its tree.
// Returns the checkpoint. Errors: those of verify_checkpoint, proof.invalid.
Result<Checkpoint> verify_receipt(const Receipt& receipt, const NoteKey& log);
// The same, and the policy's quorum has cosigned. Errors: those of verify_checkpoint,
// proof.invalid.
Result<Trusted> verify_receipt(const Receipt& receipt, const Policy& policy);

std::string receipt_to_text(const Receipt& receipt);
// Errors: proof.invalid for a text that is not of the form; the proof itself is not verified.
Result<Receipt> receipt_from_text(std::string_view text);

// For an entry that lies in a file beside the proof: without the `extra` line where that would be
// longer than readers of tlog-proofs take.
std::string proof_to_text(const Receipt& receipt);
// Errors: as above; also when the `extra` line, if there is one, is not the entry.
Result<Receipt> receipt_from_text(std::string_view text, ByteView entry);

}  // namespace rujukan::merkle
