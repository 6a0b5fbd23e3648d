#include "broker/audit/evidence.h"

#include "broker/audit/evidence_files.h"
#include "broker/audit/evidence_zip.h"
#include "broker/merkle/cosignature.h"
#include "broker/merkle/note.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/store/stored_log_files.h"
#include "broker/wire/release_codec.h"
#include "tests/support/logged_case.h"

using namespace rujukan;
using namespace rujukan::audit;
using test::LoggedCase;

namespace {

CaseEvidence gathered(const LoggedCase& log) {
  auto evidence = gather_evidence(*log.files(), log.policy(), log.id(), nullptr);
  INFO((evidence ? "" : to_string(evidence.error())));
  REQUIRE(evidence);
  return *std::move(evidence);
}

// With the payload of the opening opened.
BundleFiles opened_files(const LoggedCase& log) {
  CaseEvidence evidence = gathered(log);
  evidence.opened.push_back({evidence.entries.front().position,
                             to_bytes(as_bytes(test::kNarrative)), test::seed_of("salt")});
  return proof_files(evidence);
}

// The first finding; nullopt: there is none.
std::optional<Error> first_finding(const BundleFiles& files, const BundleTrust& trust = {}) {
  const CheckedBundle checked = check_evidence(files, trust);
  CHECK(checked.findings.empty() == checked.evidence.has_value());
  if (checked.findings.empty()) return std::nullopt;
  return checked.findings.front();
}
void check_found(const BundleFiles& files, ErrorCode code, const std::string& file,
                 const BundleTrust& trust = {}) {
  const auto found = first_finding(files, trust);
  INFO(file);
  REQUIRE(found);
  INFO(to_string(*found));
  CHECK(found->code == code);
  CHECK(found->field == file);
}

// As a bundle, with texts for people that say nothing.
BundleFiles whole(BundleFiles files) {
  for (const std::string_view name : readable_names()) {
    files[std::string(name)] = to_bytes(as_bytes("text\n"));
  }
  files[kManifestName] = manifest_of(files);
  return files;
}

// A release may be packed in other ways: only what was signed counts.
bool says_the_same(const std::string& path, const Bytes& left, const Bytes& right) {
  if (!path.ends_with(".rjr")) return left == right;
  const auto one = wire::decode_signed_release(left);
  const auto other = wire::decode_signed_release(right);
  if (!one || !other || one->body != other->body) return false;
  if (one->signatures.size() != other->signatures.size()) return false;
  for (std::size_t i = 0; i < one->signatures.size(); ++i) {
    if (one->signatures[i].key != other->signatures[i].key) return false;
    if (one->signatures[i].signature != other->signatures[i].signature) return false;
  }
  return true;
}

// The path of the entry of the case whose message is of this kind.
std::string entry_of(const LoggedCase& log, MessageKind kind) {
  for (const CaseStep& step : gathered(log).file.steps) {
    if (step.message && kind_of(*step.message) == kind) return entry_stem(step.position);
  }
  FAIL("no such message");
  return "";
}
void remove_entry(BundleFiles& files, const std::string& stem) {
  REQUIRE(files.erase(stem + ".entry") == 1);
  REQUIRE(files.erase(stem + ".tlog-proof") == 1);
}

// A log whose checkpoint a witness has cosigned.
class WitnessedFiles final : public store::LogFiles {
 public:
  WitnessedFiles(const store::LogFiles& files, std::uint64_t time_s)
      : files_(files), time_s_(time_s) {}
  static Ed25519SecretKey key() { return Ed25519SecretKey::from_seed(test::seed_of("witness")); }
  static std::string vkey() {
    return merkle::CosignerKey{"witness.example/one", key().public_key()}.to_vkey();
  }
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    auto bytes = files_.read(path);
    if (path != "checkpoint" || !bytes || !*bytes) return bytes;
    const std::string note(as_text(**bytes));
    const std::string text = note.substr(0, note.find("\n\n") + 1);
    auto cosigned = merkle::add_signature_line(
        note, merkle::cosign(text, "witness.example/one", key(), time_s_));
    REQUIRE(cosigned);
    return std::optional(to_bytes(as_bytes(*cosigned)));
  }

 private:
  const store::LogFiles& files_;
  std::uint64_t time_s_;
};

}  // namespace

TEST_CASE("evidence of a case is checked from its files alone") {
  const LoggedCase log;
  const BundleFiles files = opened_files(log);
  const CheckedBundle checked = check_evidence(files, {});
  for (const Error& finding : checked.findings) UNSCOPED_INFO(to_string(finding));
  REQUIRE(checked.findings.empty());
  REQUIRE(checked.evidence);
  CHECK(checked.evidence->file.case_id == log.id());
  CHECK(checked.evidence->file.owner().str() == "polres.b");
  CHECK(checked.evidence->opened.size() == 1);
  CHECK(checked.senders > 8);
  CHECK(proof_files(*checked.evidence) == files);
}

TEST_CASE("the index of a data directory and the log's files give the same bundle") {
  const LoggedCase log;
  const auto store = store::ReadOnlyStore::open(log.folder());
  REQUIRE(store);
  const auto by_index = gather_evidence(*log.files(), log.policy(), log.id(), &(*store)->reader());
  REQUIRE(by_index);
  CHECK(proof_files(*by_index) == proof_files(gathered(log)));
  CHECK(*pack_zip(proof_files(*by_index)) == *pack_zip(proof_files(gathered(log))));
}

TEST_CASE("every proof of a bundle is to one checkpoint") {
  const LoggedCase log;
  const CaseEvidence evidence = gathered(log);
  for (const auto& [path, bytes] : proof_files(evidence)) {
    if (!path.ends_with(".tlog-proof")) continue;
    CHECK(as_text(bytes).ends_with("\n\n" + evidence.checkpoint));
  }
}

TEST_CASE("a changed byte in any file of the evidence is found") {
  const LoggedCase log;
  const BundleFiles files = opened_files(log);
  constexpr std::size_t kStride = 41;
  std::size_t tried = 0;
  for (const auto& [path, bytes] : files) {
    for (std::size_t at = tried % kStride; at < bytes.size(); at += kStride) {
      BundleFiles changed = files;
      changed[path][at] ^= 0x04;
      ++tried;
      if (says_the_same(path, bytes, changed[path])) continue;
      INFO(path << " at " << at);
      REQUIRE(first_finding(changed));
    }
  }
  CHECK(tried > 200);
}

TEST_CASE("a missing file and one too many are found") {
  const LoggedCase log;
  const BundleFiles files = whole(opened_files(log));
  REQUIRE(check_bundle(files, {}).findings.empty());
  for (const auto& [path, bytes] : files) {
    BundleFiles fewer = files;
    fewer.erase(path);
    const bool listed = path != kManifestName;
    if (listed) fewer[kManifestName] = manifest_of(fewer);
    INFO(path);
    CHECK_FALSE(check_bundle(fewer, {}).findings.empty());
  }
  for (const char* name : {"notes.txt", "entries/1.entry", "entries/000001.txt", "releases/01.rjr",
                           "releases/4294967297.rjr", "opened/000009.txt", "entries/x.entry"}) {
    BundleFiles more = files;
    more[name] = files.at("checkpoint");
    more[kManifestName] = manifest_of(more);
    INFO(name);
    CHECK_FALSE(check_bundle(more, {}).findings.empty());
  }
}

TEST_CASE("a file that the manifest does not describe is found") {
  const LoggedCase log;
  BundleFiles files = whole(opened_files(log));
  files["case.html"].push_back('\n');
  const CheckedBundle checked = check_bundle(files, {});
  REQUIRE(checked.findings.size() == 1);
  CHECK(checked.findings[0].field == kManifestName);
  CHECK_FALSE(checked.evidence);
}

TEST_CASE("files of another bundle are found") {
  const LoggedCase log;
  const BundleFiles files = opened_files(log);
  const auto other = gather_evidence(*log.files(), log.policy(), log.other.case_id, nullptr);
  REQUIRE(other);
  BundleFiles mixed = files;
  for (const auto& [path, bytes] : proof_files(*other)) mixed[path] = bytes;
  const auto found = first_finding(mixed);
  REQUIRE(found);
  CHECK(found->detail == "of another case");
  // Of the same log at a later checkpoint.
  LoggedCase later;
  later.close();
  for (const auto& [path, bytes] : proof_files(gathered(later))) {
    const auto here = files.find(path);
    if (here == files.end() || here->second == bytes) continue;
    BundleFiles swapped = files;
    swapped[path] = bytes;
    INFO(path);
    CHECK(first_finding(swapped));
  }
}

TEST_CASE("an entry of the case that is left out shows by the versions") {
  const LoggedCase log;
  const BundleFiles files = proof_files(gathered(log));
  BundleFiles fewer = files;
  remove_entry(fewer, entry_of(log, MessageKind::kTransfer));
  const auto found = first_finding(fewer);
  REQUIRE(found);
  CHECK(found->code == ErrorCode::kBundleInvalid);
  CHECK(found->detail.find("entries of the case are missing") != std::string::npos);
}

TEST_CASE("without its opening a case is no evidence") {
  const LoggedCase log;
  BundleFiles files = proof_files(gathered(log));
  remove_entry(files, entry_of(log, MessageKind::kReferral));
  CHECK(first_finding(files));
}

TEST_CASE("a policy with other keys does not accept the checkpoint") {
  const LoggedCase log;
  const BundleFiles files = proof_files(gathered(log));
  BundleTrust trust;
  const merkle::NoteKey other{test::kOrigin, WitnessedFiles::key().public_key()};
  trust.policy = *merkle::parse_policy("log " + other.to_vkey() + "\nquorum none\n");
  const auto found = first_finding(files, trust);
  REQUIRE(found);
  CHECK(found->field == "checkpoint");
}

TEST_CASE("a quorum that has not cosigned refuses the bundle and its making") {
  const LoggedCase log;
  const std::string policy = "log " + log.broker.note_key().to_vkey() + "\nwitness one " +
                             WitnessedFiles::vkey() + "\nquorum one\n";
  BundleTrust trust;
  trust.policy = *merkle::parse_policy(policy);
  check_found(proof_files(gathered(log)), ErrorCode::kWitnessQuorum, "checkpoint", trust);
  const auto made = gather_evidence(*log.files(), policy, log.id(), nullptr);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::kWitnessQuorum);
}

TEST_CASE("a witnessed bundle reaches until its witness saw the checkpoint") {
  const LoggedCase log;
  const auto files = log.files();
  const std::string policy = "log " + log.broker.note_key().to_vkey() + "\nwitness one " +
                             WitnessedFiles::vkey() + "\nquorum one\n";
  constexpr std::uint64_t kSeen = 1'790'000'000;
  const auto evidence = gather_evidence(WitnessedFiles(*files, kSeen), policy, log.id(), nullptr);
  REQUIRE(evidence);
  CHECK(evidence->file.as_of == TimeUs(std::chrono::seconds(kSeen)));
  const CheckedBundle checked = check_evidence(proof_files(*evidence), {});
  REQUIRE(checked.evidence);
  CHECK(checked.evidence->file.as_of == evidence->file.as_of);
  REQUIRE(checked.trusted.cosigned.size() == 1);
  CHECK(checked.trusted.cosigned[0].witness == "one");
}

TEST_CASE("other administrators than the first release's are found") {
  const LoggedCase log;
  BundleTrust trust;
  trust.administrators = decide::Trust{1, {{"somebody", WitnessedFiles::key().public_key()}}};
  check_found(proof_files(gathered(log)), ErrorCode::kLogRelease, "releases/1.rjr", trust);
}

TEST_CASE("a message that its sender did not sign is found") {
  LoggedCase log;
  Message note = test::case_message(log.opening, UnitId("kpai"), 0, Note{}, 77);
  note.recipients = log.opening.recipients;
  note.payload = log.opening.payload;
  auto job = test::SequencerInTest::job_of(StationId("kpai"), {note});
  std::get<verify::VerifiedSubmission>(job.work).messages[0].proof.signature[5] ^= 1;
  REQUIRE(log.broker.process(job).ok());
  check_found(proof_files(gathered(log)), ErrorCode::kLogSender,
              entry_of(log, MessageKind::kNote) + ".entry");
}

TEST_CASE("a text that its sender did not commit to is found") {
  const LoggedCase log;
  BundleFiles files = opened_files(log);
  files["opened/000001.txt"].push_back('x');
  check_found(files, ErrorCode::kSealCommitment, "opened/000001.txt");
}

TEST_CASE("releases are there from the log's first on and none after the case's last entry") {
  LoggedCase log;
  Release second = test::small_release();
  second.version = ReleaseVersion{2};
  REQUIRE(log.broker.start(test::signed_small_release(second)).ok());
  CHECK(gathered(log).releases.size() == 1);
  log.close();
  const CaseEvidence evidence = gathered(log);
  REQUIRE(evidence.releases.size() == 2);
  BundleFiles files = proof_files(evidence);
  REQUIRE_FALSE(first_finding(files));
  for (const char* end : {".rjr", ".entry", ".tlog-proof"}) {
    REQUIRE(files.erase(std::string("releases/2") + end) == 1);
  }
  const auto found = first_finding(files);
  REQUIRE(found);
  CHECK(found->code == ErrorCode::kLogRelease);
}

TEST_CASE("evidence of a carried case begins with its record") {
  constexpr const char* kNext = "log.example/test-2027";
  LoggedCase log;
  Release next = test::small_release();
  next.version = ReleaseVersion{2};
  next.log_origin = kNext;
  log.broker.sequencer->offer_release(test::signed_small_release(next));
  REQUIRE(log.broker.process());
  log.broker.log_origin = kNext;
  log.close();
  const merkle::NoteKey key{kNext, log.broker.log_key.public_key()};
  const std::string policy = "log " + key.to_vkey() + "\nquorum none\n";
  const auto store = store::ReadOnlyStore::open(log.folder());
  REQUIRE(store);
  const auto evidence = gather_evidence(*log.files(), policy, log.id(), &(*store)->reader());
  INFO((evidence ? "" : to_string(evidence.error())));
  REQUIRE(evidence);
  CHECK(evidence->file.carried);
  CHECK(std::holds_alternative<CarryCause>(evidence->file.steps.front().entry.cause));
  CHECK(evidence->file.status == CaseStatus::kClosed);
  CHECK_FALSE(first_finding(proof_files(*evidence)));
  const auto scanned = gather_evidence(*log.files(), policy, log.id(), nullptr);
  REQUIRE(scanned);
  CHECK(proof_files(*scanned) == proof_files(*evidence));
}

TEST_CASE("evidence is not made of a log whose tiles are not the checkpoint's") {
  const LoggedCase log;
  const auto files = log.files();
  class Damaged final : public store::LogFiles {
   public:
    explicit Damaged(const store::LogFiles& files) : files_(files) {}
    Result<std::optional<Bytes>> read(const std::string& path) const override {
      auto bytes = files_.read(path);
      if (bytes && *bytes && path.starts_with("tile/0/")) (**bytes)[40] ^= 1;
      return bytes;
    }

   private:
    const store::LogFiles& files_;
  };
  const auto made = gather_evidence(Damaged(*files), log.policy(), log.id(), nullptr);
  REQUIRE_FALSE(made);
  CHECK(made.error().code == ErrorCode::kLogRoot);
}
