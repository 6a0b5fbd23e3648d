#include "ops/cli/bundle_texts.h"

#include <nlohmann/json.hpp>
#include <set>

#include "broker/wire/release_codec.h"
#include "ops/cli/case_report.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {
namespace {

using audit::CaseEvidence;
using audit::CaseStep;

constexpr const char* kNotice =
    "Made from the entries in this bundle. What they prove, and what not, is in STATEMENT.en.md; "
    "`rujukan bundle verify` and VERIFY.md say how to check it.";

Bytes to_file(const std::string& text) { return to_bytes(as_bytes(text)); }

Json validity_json(const Validity& validity) {
  return {{"from", time_or_null(validity.from)}, {"until", time_or_null(validity.until)}};
}

// The keys under which the case's messages were signed, as the releases name them.
Json keys_json(const CaseEvidence& evidence) {
  Json senders = Json::array();
  std::set<std::string> shown;
  for (const CaseStep& step : evidence.file.steps) {
    const auto* cause = std::get_if<MessageCause>(&step.entry.cause);
    if (cause == nullptr) continue;
    const audit::ProvedRelease& proved = release_at(evidence, step.position);
    const SenderProof& proof = cause->proof;
    const std::string name =
        audit::release_stem(proved.version) + " " + proof.unit.str() + " " + proof.key_id;
    const auto parts = wire::decode_signed_release(proved.signed_release);
    const auto release = parts ? wire::decode_release(parts->body) : parts.error();
    if (!release || !shown.insert(name).second) continue;
    for (const UnitKey& key : release->keys) {
      const bool used = key.unit == proof.unit && key.key_id == proof.key_id;
      if (!used || key.purpose != KeyPurpose::kSign) continue;
      senders.push_back({{"release", to_number(proved.version)},
                         {"unit", key.unit.str()},
                         {"key_id", key.key_id},
                         {"ed25519", to_base64(key.key)},
                         {"valid", validity_json(key.validity)},
                         {"compromised_since", time_or_null(key.compromised_since)}});
    }
  }
  return {{"notice", "For reading only: the keys are proved by the releases, not by this file."},
          {"senders", std::move(senders)}};
}

}  // namespace

const audit::ProvedRelease& release_at(const CaseEvidence& evidence, std::uint64_t position) {
  const audit::ProvedRelease* found = nullptr;
  for (const audit::ProvedRelease& release : evidence.releases) {
    if (release.entry.position < position) found = &release;
  }
  INVARIANT(found != nullptr);
  return *found;
}

audit::BundleFiles readable_files(const CaseEvidence& evidence) {
  const CaseReport report{evidence.file, kWib, kNotice};
  return {{"STATEMENT.en.md", to_file(statement_in_english(evidence))},
          {"STATEMENT.id.md", to_file(statement_in_indonesian(evidence))},
          {"VERIFY.md", to_file(by_hand(evidence))},
          {"case.html", to_file(case_html(report))},
          {"case.json", to_file(case_json(report))},
          {"keys.json", to_file(keys_json(evidence).dump(2) + "\n")}};
}

}  // namespace rujukan::cli
