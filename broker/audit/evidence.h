// An evidence bundle: one case of a log as files that prove themselves, and so need no broker.
//   checkpoint                        the signed note to which every proof leads
//   policy.txt                        whom its maker trusted: log, witnesses, quorum
//   entries/000123.entry              an entry of the case, as logged
//   entries/000123.tlog-proof         its proof; the entry on the `extra` line unless too long
//   releases/1.rjr, .entry, .tlog-proof  a signed release, and the entry that put it in force
//   opened/000123.txt, .salt          an opened payload; its commitment is in the entry
//   manifest.sha256                   of all other files, as sha256sum writes it
// and texts for people, which are made from these (`case.html`, `VERIFY.md`, ...).
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "broker/audit/case_file.h"
#include "broker/decide/trust.h"
#include "broker/merkle/policy.h"
#include "broker/store/log_files.h"
#include "broker/store/reader.h"

namespace rujukan::audit {

// By path.
using BundleFiles = std::map<std::string, Bytes>;

struct ProvedEntry {
  std::uint64_t position = 0;
  Bytes bytes;
  std::vector<Digest> path;  // to the checkpoint's root
};
struct ProvedRelease {
  ReleaseVersion version{};
  Digest digest{};  // of the body
  Bytes signed_release;
  ProvedEntry entry;  // that put it in force
};
struct OpenedPayload {
  std::uint64_t position = 0;  // of the entry whose message it came with
  Bytes text;
  Digest salt{};
};

struct CaseEvidence {
  std::string policy;      // its text
  std::string checkpoint;  // signed note
  merkle::Trusted trusted;
  std::vector<ProvedRelease> releases;  // from the log's first, up to the case's last entry
  std::vector<ProvedEntry> entries;     // beside file.steps
  CaseFile file;
  std::vector<OpenedPayload> opened;
};

// The case as far as the log's checkpoint covers it. `policy` is a tlog-policy text. `index`: of a
// data directory, to find the case's entries without reading all; else nullptr. What is gathered
// holds, or it is an error: those of the files, of verify_checkpoint and of make_case_file;
// log.root, proof.invalid, log.release.
Result<CaseEvidence> gather_evidence(const store::LogFiles& files, const std::string& policy,
                                     const CaseId& id, const store::Reader* index);

// Until when the evidence reaches: the last time at which a witness saw the checkpoint, else that
// of the case's last entry.
TimeUs time_of_evidence(const merkle::Trusted& trusted, const CaseStep& last);

// All files but the texts for people and the manifest.
BundleFiles proof_files(const CaseEvidence& evidence);
// "<sha256>  <path>" of each file, in the order of paths.
inline constexpr const char* kManifestName = "manifest.sha256";
Bytes manifest_of(const BundleFiles& files);

// "entries/000123" and the like, without an extension.
std::string entry_stem(std::uint64_t position);
std::string release_stem(ReleaseVersion version);
std::string opened_stem(std::uint64_t position);

// Texts for people: case.html, case.json, keys.json, STATEMENT.en.md, STATEMENT.id.md, VERIFY.md.
std::span<const std::string_view> readable_names();

struct BundleTrust {
  // nullopt: the bundle's own, which its maker chose.
  std::optional<merkle::Policy> policy;
  // Who signs the log's first release; nullopt: the release vouches for itself.
  std::optional<decide::Trust> administrators;
};
struct CheckedBundle {
  // What is wrong: `field` is the file.
  std::vector<Error> findings;
  merkle::Trusted trusted;  // under the policy that was asked for
  // Only when nothing is wrong; `trusted` in it is under the bundle's own policy.
  std::optional<CaseEvidence> evidence;
  std::uint64_t senders = 0;  // whose signatures were checked
};
// Of the files that proof_files() gives.
CheckedBundle check_evidence(const BundleFiles& proofs, const BundleTrust& trust);
// The same and the manifest. What the texts for people say is not looked at.
CheckedBundle check_bundle(const BundleFiles& files, const BundleTrust& trust);

}  // namespace rujukan::audit
