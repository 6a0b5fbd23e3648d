// The test vectors of schemas/vectors: how a client in another language can hold itself against
// this code. Each function makes one file, from nothing but what stands in it.
#pragma once

#include <nlohmann/json.hpp>

#include "broker/model/release.h"

namespace rujukan::test {

using Vectors = nlohmann::ordered_json;

// Small, and with a case for each step of the evaluation: a police area across a province's border,
// areas and units that were replaced, a function that ends nowhere, keys that overlap.
Release vector_release();

// Facts, who asks, and what the table answers; chains, stand-ins, competence, who may know; keys.
Vectors routing_vectors();
// Lengths and what they are padded to.
Vectors padding_vectors();
// A text sealed for two units with given randomness.
Vectors seal_vectors();
// Submissions of one to three messages: roots and signatures.
Vectors submission_vectors();
// A log of eleven entries: receipts, and proofs between its checkpoints, true and untrue ones.
Vectors receipt_vectors();
// A message to a station, joined and sealed for its connection.
Vectors frame_vectors();

}  // namespace rujukan::test
