#include "broker/audit/evidence.h"

#include <algorithm>
#include <array>

#include "broker/crypto/sha256.h"
#include "broker/merkle/receipt.h"

namespace rujukan::audit {
namespace {

constexpr std::size_t kPositionDigits = 6;
// The year 10000, which no date here can say.
constexpr std::uint64_t kLatestSecond = 253'402'300'800;

constexpr std::array<std::string_view, 6> kReadable = {
    "STATEMENT.en.md", "STATEMENT.id.md", "VERIFY.md", "case.html", "case.json", "keys.json"};

void put_entry(BundleFiles& files, const std::string& stem, const ProvedEntry& proved,
               const std::string& checkpoint) {
  files[stem + ".entry"] = proved.bytes;
  const std::string text =
      merkle::proof_to_text({LogIndex{proved.position}, proved.bytes, proved.path, checkpoint});
  files[stem + ".tlog-proof"] = to_bytes(as_bytes(text));
}

}  // namespace

TimeUs time_of_evidence(const merkle::Trusted& trusted, const CaseStep& last) {
  TimeUs latest = last.entry.time;
  for (const merkle::Trusted::Cosigned& cosigned : trusted.cosigned) {
    if (cosigned.time_s >= kLatestSecond) continue;
    latest = std::max(latest, TimeUs(std::chrono::seconds(cosigned.time_s)));
  }
  return latest;
}

std::string entry_stem(std::uint64_t position) {
  std::string digits = std::to_string(position);
  digits.insert(0, digits.size() < kPositionDigits ? kPositionDigits - digits.size() : 0, '0');
  return "entries/" + digits;
}
std::string release_stem(ReleaseVersion version) {
  return "releases/" + std::to_string(to_number(version));
}
std::string opened_stem(std::uint64_t position) {
  return "opened/" + entry_stem(position).substr(std::string_view("entries/").size());
}

std::span<const std::string_view> readable_names() { return kReadable; }

BundleFiles proof_files(const CaseEvidence& evidence) {
  BundleFiles files;
  files["checkpoint"] = to_bytes(as_bytes(evidence.checkpoint));
  files["policy.txt"] = to_bytes(as_bytes(evidence.policy));
  for (const ProvedEntry& entry : evidence.entries) {
    put_entry(files, entry_stem(entry.position), entry, evidence.checkpoint);
  }
  for (const ProvedRelease& release : evidence.releases) {
    const std::string stem = release_stem(release.version);
    files[stem + ".rjr"] = release.signed_release;
    put_entry(files, stem, release.entry, evidence.checkpoint);
  }
  for (const OpenedPayload& opened : evidence.opened) {
    const std::string stem = opened_stem(opened.position);
    files[stem + ".txt"] = opened.text;
    files[stem + ".salt"] = to_bytes(as_bytes(to_hex(opened.salt) + "\n"));
  }
  return files;
}

Bytes manifest_of(const BundleFiles& files) {
  std::string text;
  for (const auto& [path, bytes] : files) {
    if (path != kManifestName) text += to_hex(sha256(bytes)) + "  " + path + "\n";
  }
  return to_bytes(as_bytes(text));
}

}  // namespace rujukan::audit
