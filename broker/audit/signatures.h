// Senders' signatures: gathered in order, checked by any thread, one check for all messages of a
// submission.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "broker/audit/finding.h"
#include "broker/crypto/ed25519.h"

namespace rujukan::audit {

struct SignatureCheck {
  std::vector<Ed25519PublicKey> keys;  // under one of which it has to verify
  Bytes signed_bytes;
  Ed25519Signature signature{};
  bool good = false;  // set by run()
};

// Of the entries of one batch.
struct SignatureBatch {
  std::vector<std::shared_ptr<SignatureCheck>> fresh;  // to be run
  struct Use {
    std::uint64_t position;
    std::shared_ptr<const SignatureCheck> check;  // of this batch or of one before
  };
  std::vector<Use> uses;

  void run();
  // Requires: this and the batches before were run.
  void add_findings(Findings& findings) const;
};

// Finds the check of an earlier message of the same submission. One thread.
class SubmissionChecks {
 public:
  // Adds the check of a message to `batch`, or uses the one that was there.
  void add(std::uint64_t position, SignatureCheck check, SignatureBatch& batch);
  // A submission spans at most two batches.
  void next_batch();

 private:
  using Checks = std::map<Ed25519Signature, std::shared_ptr<SignatureCheck>>;
  Checks current_;
  Checks previous_;
};

}  // namespace rujukan::audit
