// rujukan bundle: evidence of one case, checked without a network and without a broker.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "broker/audit/evidence_files.h"
#include "broker/audit/evidence_zip.h"
#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "ops/cli/bundle_texts.h"
#include "ops/cli/case_report.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/trust.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Checks an evidence bundle (`rujukan log bundle`), from the file alone:
  - the archive, within limits that a zip bomb does not pass, its names and its manifest,
  - the checkpoint: signed by the policy's log, cosigned by the policy's quorum,
  - the proof of every entry and release to that one checkpoint,
  - that every entry is of one case, that times advance and that no version of the case is missing,
  - that by its events the case had exactly one owner at each entry,
  - every sender's signature under a key that the release in force had, every release's signatures under
    the administrators of the one before,
  - that opened payloads are what their senders committed to,
  - that the texts for people are what this version of rujukan makes of the proofs.
What this proves and what not is in the bundle's STATEMENT files.

Without --policy, --anchor or --log-key the bundle's own policy is used, which whoever made the bundle
chose: then the bundle may be of a log that nobody knows. With --anchor also the first release's
administrators are checked; else that release vouches for itself.

A finding is a line "CODE: FILE: REASON" on stdout.

Examples:
  rujukan bundle verify case.zip --policy policy.txt
  rujukan bundle verify case.zip --anchor anchor.toml --json

Exit codes: 0 the bundle verifies; 1 it does not; 2 bad usage, or a file that cannot be read.)";

constexpr const char* kReadableDiffers = "not what this version of rujukan makes of the proofs";

struct Options {
  std::string file;
  TrustChoice trust;
  bool json = false;
};

struct Verdict {
  audit::CheckedBundle checked;
  bool own_policy = true;
  bool anchored = false;
  bool holds() const { return checked.findings.empty(); }
};

const char* policy_words(const Verdict& verdict) {
  return verdict.own_policy
             ? "the bundle's own: WHOEVER MADE THE BUNDLE CHOSE THESE KEYS; give --policy"
             : "given";
}

Json witnesses_json(const merkle::Trusted& trusted) {
  Json out = Json::array();
  for (const merkle::Trusted::Cosigned& cosigned : trusted.cosigned) {
    out.push_back({{"witness", cosigned.witness}, {"time_s", cosigned.time_s}});
  }
  return out;
}

Json verdict_json(const Verdict& verdict) {
  Json findings = Json::array();
  for (const Error& finding : verdict.checked.findings) {
    findings.push_back(
        {{"code", name_of(finding.code)}, {"file", finding.field}, {"reason", finding.detail}});
  }
  Json out{{"verifies", verdict.holds()},
           {"policy", verdict.own_policy ? "of the bundle" : "given"},
           {"first_release",
            verdict.anchored ? "signed by the anchor's administrators" : "vouches for itself"},
           {"findings", std::move(findings)}};
  if (!verdict.checked.evidence) return out;
  const audit::CaseEvidence& evidence = *verdict.checked.evidence;
  Json releases = Json::array();
  for (const auto& release : evidence.releases) releases.push_back(to_number(release.version));
  out["case"] = to_string(evidence.file.case_id);
  out["checkpoint"] = describe(evidence.trusted.checkpoint);
  out["witnesses"] = witnesses_json(verdict.checked.trusted);
  out["entries"] = evidence.entries.size();
  out["versions_to"] = evidence.file.version();
  out["signatures"] = verdict.checked.senders;
  out["releases"] = std::move(releases);
  out["opened"] = evidence.opened.size();
  return out;
}

Json verdict_outline(const Verdict& verdict) {
  const audit::CaseEvidence& evidence = *verdict.checked.evidence;
  const merkle::Checkpoint& checkpoint = evidence.trusted.checkpoint;
  Json witnesses = Json::array();
  for (const auto& cosigned : verdict.checked.trusted.cosigned)
    witnesses.push_back(cosigned.witness);
  Json releases = Json::array();
  for (const auto& release : evidence.releases) releases.push_back(to_number(release.version));
  const std::uint32_t version = evidence.file.version();
  return {{"case", to_string(evidence.file.case_id)},
          {"log", checkpoint.origin + ", size " + std::to_string(checkpoint.size)},
          {"policy", policy_words(verdict)},
          {"witnesses", std::move(witnesses)},
          {"entries", std::to_string(evidence.entries.size()) + " proved, versions up to " +
                          std::to_string(version) + " without a gap, one owner at each"},
          {"signatures of senders", verdict.checked.senders},
          {"releases", std::move(releases)},
          {"first release",
           verdict.anchored ? "signed by the anchor's administrators" : "vouches for itself"},
          {"payloads opened", evidence.opened.size()}};
}

void report(const Options& options, const Verdict& verdict) {
  if (options.json) return print(verdict_json(verdict), true);
  for (const Error& finding : verdict.checked.findings) {
    std::printf("%s: %s: %s\n", std::string(name_of(finding.code)).c_str(), finding.field.c_str(),
                finding.detail.c_str());
  }
  std::printf("bundle %s\n", verdict.holds() ? "verifies" : "DOES NOT VERIFY");
  if (verdict.holds()) print(verdict_outline(verdict), false);
}

int run(const Options& options) {
  auto trust = chosen_trust(options.trust);
  if (!trust) return fail(trust.error());
  const auto zip = read_file(options.file, limits::kEvidenceBytes);
  if (!zip) return fail(options.file, zip.error());
  Verdict verdict;
  audit::BundleTrust asked;
  if (*trust) {
    verdict.own_policy = false;
    verdict.anchored = (*trust)->administrators.has_value();
    asked = {std::move((*trust)->policy), std::move((*trust)->administrators)};
  }
  const auto files = audit::unpack_zip(as_bytes(*zip));
  if (!files) {
    verdict.checked.findings.push_back(files.error());
  } else {
    verdict.checked = audit::check_bundle(*files, asked);
    if (verdict.checked.evidence) {
      audit::compare_files(*files, readable_files(*verdict.checked.evidence), kReadableDiffers,
                           verdict.checked.findings);
    }
  }
  report(options, verdict);
  return verdict.holds() ? kOk : kNegative;
}

}  // namespace

void add_bundle(CommandSyntax app, int& exit_code) {
  const auto bundle = app.add_subcommand("bundle", "Check the evidence of one case");
  bundle.require_one_subcommand();
  const auto command = bundle.add_subcommand("verify", "Check an evidence bundle offline");
  const auto options = std::make_shared<Options>();
  command.add_option("FILE", options->file, "The bundle").type_name("").required();
  add_trust_options(command, options->trust);
  command.add_flag("--json", options->json, "As JSON");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
