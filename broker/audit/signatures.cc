#include "broker/audit/signatures.h"

#include <algorithm>

namespace rujukan::audit {

void SignatureBatch::run() {
  for (const auto& check : fresh) {
    check->good = std::any_of(check->keys.begin(), check->keys.end(), [&](const auto& key) {
      return ed25519_verify(key, check->signed_bytes, check->signature);
    });
  }
}

void SignatureBatch::add_findings(Findings& findings) const {
  for (const Use& use : uses) {
    if (use.check->good) continue;
    findings.push_back({use.position, {ErrorCode::kLogSender, "signature", {}}});
  }
}

void SubmissionChecks::add(std::uint64_t position, SignatureCheck check, SignatureBatch& batch) {
  for (const Checks* checks : {&current_, &previous_}) {
    const auto at = checks->find(check.signature);
    if (at == checks->end()) continue;
    const SignatureCheck& earlier = *at->second;
    if (earlier.keys != check.keys || earlier.signed_bytes != check.signed_bytes) continue;
    batch.uses.push_back({position, at->second});
    return;
  }
  auto fresh = std::make_shared<SignatureCheck>(std::move(check));
  current_.insert_or_assign(fresh->signature, fresh);
  batch.uses.push_back({position, fresh});
  batch.fresh.push_back(std::move(fresh));
}

void SubmissionChecks::next_batch() {
  previous_ = std::move(current_);
  current_.clear();
}

}  // namespace rujukan::audit
