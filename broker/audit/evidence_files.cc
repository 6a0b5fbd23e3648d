#include "broker/audit/evidence_files.h"

#include "broker/merkle/text.h"

namespace rujukan::audit {
namespace {

Error invalid(const std::string& file, const char* detail) {
  return {ErrorCode::kBundleInvalid, file, detail};
}

struct NameParts {
  std::string_view folder;
  std::string_view stem;  // with its folder
  std::string_view number;
  std::string_view extension;
};
NameParts parts_of(std::string_view path) {
  const std::size_t slash = path.find('/');
  const std::size_t dot = path.rfind('.');
  if (slash == std::string_view::npos || dot == std::string_view::npos || dot < slash) return {};
  return {path.substr(0, slash), path.substr(0, dot), path.substr(slash + 1, dot - slash - 1),
          path.substr(dot + 1)};
}

// Zeros in front are stripped: entry_stem and the like give the one form.
std::optional<std::uint64_t> number_of(std::string_view digits) {
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return merkle::parse_decimal(digits);
}

// False: no file of a bundle has this name.
bool take_name(const std::string& path, EvidenceNames& names) {
  if (path == "checkpoint" || path == "policy.txt") return true;
  const NameParts parts = parts_of(path);
  const auto number = number_of(parts.number);
  if (!number) return false;
  const bool proof = parts.extension == "entry" || parts.extension == "tlog-proof";
  if (parts.folder == "entries") {
    if (!proof || parts.stem != entry_stem(*number)) return false;
    names.entries.insert(*number);
  } else if (parts.folder == "releases") {
    const auto version = static_cast<std::uint32_t>(*number);
    if (!proof && parts.extension != "rjr") return false;
    if (version != *number || parts.stem != release_stem(ReleaseVersion{version})) return false;
    names.releases.insert(version);
  } else if (parts.folder == "opened") {
    if (parts.extension != "txt" && parts.extension != "salt") return false;
    if (parts.stem != opened_stem(*number)) return false;
    names.opened.insert(*number);
  } else {
    return false;
  }
  return true;
}

}  // namespace

EvidenceNames check_names(const BundleFiles& files, std::vector<Error>& findings) {
  EvidenceNames names;
  for (const auto& [path, bytes] : files) {
    if (!take_name(path, names)) findings.push_back(invalid(path, "not a file of a bundle"));
  }
  const auto need = [&](const std::string& path) {
    if (!files.contains(path)) findings.push_back(invalid(path, "missing"));
  };
  for (const char* name : {"checkpoint", "policy.txt"}) need(name);
  for (const std::uint64_t position : names.entries) {
    for (const char* extension : {".entry", ".tlog-proof"}) need(entry_stem(position) + extension);
  }
  for (const std::uint32_t version : names.releases) {
    const std::string stem = release_stem(ReleaseVersion{version});
    for (const char* extension : {".entry", ".rjr", ".tlog-proof"}) need(stem + extension);
  }
  for (const std::uint64_t position : names.opened) {
    for (const char* extension : {".salt", ".txt"}) need(opened_stem(position) + extension);
  }
  if (names.entries.empty()) findings.push_back(invalid("entries", "there are none"));
  if (names.releases.empty()) findings.push_back(invalid("releases", "there are none"));
  return names;
}

void compare_files(const BundleFiles& files, const BundleFiles& expected, const char* detail,
                   std::vector<Error>& findings) {
  for (const auto& [path, bytes] : expected) {
    const auto found = files.find(path);
    if (found == files.end() || found->second == bytes) continue;  // missing: found already
    findings.push_back(invalid(path, detail));
  }
}

CheckedBundle check_bundle(const BundleFiles& files, const BundleTrust& trust) {
  std::vector<Error> findings;
  BundleFiles proofs = files;
  const auto take = [&](const std::string& path) {
    if (proofs.erase(path) == 0) findings.push_back(invalid(path, "missing"));
  };
  take(kManifestName);
  for (const std::string_view name : readable_names()) take(std::string(name));
  const auto manifest = files.find(kManifestName);
  if (manifest != files.end() && manifest->second != manifest_of(files)) {
    findings.push_back(invalid(kManifestName, "not the digests of the other files"));
  }
  CheckedBundle checked = check_evidence(proofs, trust);
  checked.findings.insert(checked.findings.begin(), findings.begin(), findings.end());
  if (!findings.empty()) checked.evidence.reset();
  return checked;
}

}  // namespace rujukan::audit
