#include <algorithm>

#include "broker/audit/case_file.h"
#include "broker/audit/evidence_files.h"
#include "broker/audit/release_chain.h"
#include "broker/crypto/sha256.h"
#include "broker/decide/order_trust.h"
#include "broker/decide/ownership.h"
#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/seal/seal.h"
#include "broker/wire/frames.h"
#include "broker/wire/release_codec.h"

namespace rujukan::audit {
namespace {

// The releases of a bundle under the names that they have in a log.
class BundledReleases final : public store::LogFiles {
 public:
  void add(const Bytes& signed_release) {
    const auto parts = wire::decode_signed_release(signed_release);
    if (parts) by_path_[store::release_path(sha256(parts->body))] = signed_release;
  }
  Result<std::optional<Bytes>> read(const std::string& path) const override {
    const auto found = by_path_.find(path);
    if (found == by_path_.end()) return std::optional<Bytes>();
    return std::optional(found->second);
  }

 private:
  BundleFiles by_path_;
};

bool changes_the_version(const Entry& entry, const Release* in_force) {
  const bool links = std::holds_alternative<LinkCause>(entry.cause);
  if (links && in_force != nullptr && in_force->edition >= Edition::kPresentFacts) return false;
  const auto& events = entry.outcome.events;
  return std::any_of(events.begin(), events.end(), [](const Event& event) {
    return event.type != EventType::kNoted && event.type != EventType::kDelivered &&
           event.type != EventType::kUnreadable;
  });
}

class EvidenceCheck {
 public:
  EvidenceCheck(const BundleFiles& files, const BundleTrust& trust)
      : files_(files), trust_(trust) {}

  CheckedBundle run() {
    names_ = check_names(files_, out_.findings);
    // What follows would only repeat that files are missing.
    if (!out_.findings.empty() || !check_checkpoint()) return std::move(out_);
    read_releases();
    read_entries();
    if (!out_.findings.empty()) return std::move(out_);
    check_in_order();
    check_opened();
    const TimeUs as_of = time_of_evidence(evidence_.trusted, steps_.back());
    auto file = make_case_file(case_id_, std::move(steps_), as_of);
    if (!file) {
      find(file.error().code, entry_stem(*names_.entries.begin()), to_string(file.error()));
    } else {
      evidence_.file = *std::move(file);
    }
    if (out_.findings.empty()) out_.evidence = std::move(evidence_);
    return std::move(out_);
  }

 private:
  void find(ErrorCode code, const std::string& file, std::string detail) {
    out_.findings.push_back({code, file, std::move(detail)});
  }
  const Bytes& bytes(const std::string& path) const { return files_.at(path); }
  std::string text(const std::string& path) const { return std::string(as_text(bytes(path))); }

  bool check_checkpoint();
  std::optional<ProvedEntry> read_proof(const std::string& stem);
  void read_releases();
  void read_entries();
  void check_in_order();
  void check_place(const CaseStep& step, const std::string& stem);
  void put_in_force(const ProvedRelease& release);
  void check_step(const CaseStep& step);
  void check_case(const CaseStep& step, const std::string& stem);
  void check_version(const CaseStep& step, const std::string& stem);
  void check_sender(const CaseStep& step, const std::string& stem);
  void check_opened();

  const BundleFiles& files_;
  const BundleTrust& trust_;
  EvidenceNames names_;
  CheckedBundle out_;
  CaseEvidence evidence_;
  CaseId case_id_;
  std::vector<CaseStep> steps_;

  // Of the entries so far, in order of their positions.
  BundledReleases bundled_;
  std::optional<ReleaseChain> chain_;
  std::optional<std::uint64_t> first_index_;  // Entry.index of position 0
  std::optional<TimeUs> last_time_;
  std::optional<std::uint32_t> version_;
  decide::OwnershipCheck ownership_;
};

bool EvidenceCheck::check_checkpoint() {
  evidence_.policy = text("policy.txt");
  evidence_.checkpoint = text("checkpoint");
  const auto own = merkle::parse_policy(evidence_.policy);
  if (!own) {
    find(own.error().code, "policy.txt", to_string(own.error()));
    return false;
  }
  auto by_own = merkle::verify_checkpoint(evidence_.checkpoint, *own);
  auto asked = merkle::verify_checkpoint(evidence_.checkpoint, trust_.policy.value_or(*own));
  for (const auto* trusted : {&by_own, &asked}) {
    if (*trusted) continue;
    find(trusted->error().code, "checkpoint", to_string(trusted->error()));
    return false;
  }
  evidence_.trusted = *std::move(by_own);
  out_.trusted = *std::move(asked);
  return true;
}

// The entry and its proof, both in the tree of the one checkpoint. nullopt: with a finding.
std::optional<ProvedEntry> EvidenceCheck::read_proof(const std::string& stem) {
  const std::string proof_file = stem + ".tlog-proof";
  const Bytes& entry = bytes(stem + ".entry");
  const auto receipt = merkle::receipt_from_text(as_text(bytes(proof_file)), entry);
  if (!receipt) {
    find(receipt.error().code, proof_file, to_string(receipt.error()));
    return std::nullopt;
  }
  if (receipt->checkpoint != evidence_.checkpoint) {
    find(ErrorCode::kProofInvalid, proof_file, "its checkpoint is not the bundle's");
    return std::nullopt;
  }
  const std::uint64_t position = to_number(receipt->index);
  const merkle::Checkpoint& checkpoint = evidence_.trusted.checkpoint;
  if (!merkle::verify_inclusion(merkle::leaf_hash(entry), position, checkpoint.size, receipt->path,
                                checkpoint.root)) {
    find(ErrorCode::kProofInvalid, proof_file, "the entry is not there in the checkpoint's tree");
    return std::nullopt;
  }
  return ProvedEntry{position, entry, receipt->path};
}

void EvidenceCheck::read_releases() {
  for (const std::uint32_t version : names_.releases) {
    ProvedRelease release;
    release.version = ReleaseVersion{version};
    release.signed_release = bytes(release_stem(release.version) + ".rjr");
    auto proved = read_proof(release_stem(release.version));
    if (!proved) continue;
    release.entry = *std::move(proved);
    bundled_.add(release.signed_release);
    evidence_.releases.push_back(std::move(release));
  }
  std::sort(evidence_.releases.begin(), evidence_.releases.end(),
            [](const ProvedRelease& left, const ProvedRelease& right) {
              return left.entry.position < right.entry.position;
            });
}

void EvidenceCheck::read_entries() {
  for (const std::uint64_t named : names_.entries) {
    const std::string stem = entry_stem(named);
    auto proved = read_proof(stem);
    if (!proved) continue;
    if (proved->position != named) {
      find(ErrorCode::kProofInvalid, stem + ".tlog-proof", "its index is not the file's");
      continue;
    }
    auto step = read_case_step(named, proved->bytes);
    if (!step) {
      find(step.error().code, stem + ".entry", to_string(step.error()));
      continue;
    }
    steps_.push_back(*std::move(step));
    evidence_.entries.push_back(*std::move(proved));
  }
}

// Releases and entries as they stood in the log.
void EvidenceCheck::check_in_order() {
  chain_.emplace(bundled_, evidence_.trusted.checkpoint.origin, trust_.administrators);
  if (evidence_.releases.front().entry.position != 0) {
    find(ErrorCode::kLogRelease, "releases", "the release of the log's first entry is missing");
  }
  auto release = evidence_.releases.begin();
  for (const CaseStep& step : steps_) {
    while (release != evidence_.releases.end() && release->entry.position < step.position) {
      put_in_force(*release++);
    }
    check_step(step);
  }
  for (; release != evidence_.releases.end(); ++release) {
    find(ErrorCode::kBundleInvalid, release_stem(release->version) + ".rjr",
         "put in force after the case's last entry");
  }
}

// What holds for any two entries of a log.
void EvidenceCheck::check_place(const CaseStep& step, const std::string& stem) {
  const std::uint64_t index = to_number(step.entry.index);
  if (!first_index_) {
    // Shards after the first go on counting, and begin with a genesis.
    const bool counts_on = std::holds_alternative<GenesisCause>(step.entry.cause);
    first_index_ = counts_on ? index - step.position : 0;
  }
  if (index != *first_index_ + step.position) {
    find(ErrorCode::kLogIndex, stem + ".entry", "says that its index is " + std::to_string(index));
  }
  if (last_time_ && step.entry.time <= *last_time_) {
    find(ErrorCode::kLogTime, stem + ".entry", "not after the entry before");
  }
  last_time_ = step.entry.time;
}

void EvidenceCheck::put_in_force(const ProvedRelease& release) {
  const std::string stem = release_stem(release.version);
  const auto step = read_case_step(release.entry.position, release.entry.bytes);
  if (!step) return find(step.error().code, stem + ".entry", to_string(step.error()));
  check_place(*step, stem);
  Progress::InForce logged{release.entry.position, {}, {}};
  if (const auto* cause = std::get_if<ReleaseCause>(&step->entry.cause)) {
    logged.version = cause->version;
    logged.digest = cause->digest;
  } else if (const auto* genesis = std::get_if<GenesisCause>(&step->entry.cause)) {
    logged.version = genesis->version;
    logged.digest = genesis->digest;
  } else {
    return find(ErrorCode::kLogRelease, stem + ".entry", "puts no release in force");
  }
  if (logged.version != release.version) {
    return find(ErrorCode::kLogRelease, stem + ".entry", "puts another release in force");
  }
  for (ProvedRelease& kept : evidence_.releases) {
    if (kept.version == release.version) kept.digest = logged.digest;
  }
  Findings findings;
  const auto added = chain_->add(logged, findings);
  ownership_.follow(chain_->in_force());
  if (!added) find(added.error().code, stem + ".rjr", to_string(added.error()));
  for (const Finding& finding : findings) {
    find(finding.error.code, stem + ".rjr", finding.error.detail);
  }
}

void EvidenceCheck::check_step(const CaseStep& step) {
  const std::string stem = entry_stem(step.position);
  check_place(step, stem);
  check_case(step, stem);
  check_version(step, stem);
  const auto& in_force = chain_->in_force();
  if (in_force && in_force->version != step.entry.release) {
    find(ErrorCode::kLogRelease, stem + ".entry", "decided under a release that is not here");
  }
  check_sender(step, stem);
  if (const auto fault = ownership_.add(step.entry, step.message ? &*step.message : nullptr)) {
    find(ErrorCode::kLogOwnership, stem + ".entry", *fault);
  }
}

void EvidenceCheck::check_case(const CaseStep& step, const std::string& stem) {
  const auto id = case_of_step(step);
  if (!id || step.entry.outcome.refusal) {
    return find(ErrorCode::kBundleInvalid, stem + ".entry", "not an accepted entry of a case");
  }
  if (&step == &steps_.front()) case_id_ = *id;
  if (*id != case_id_) find(ErrorCode::kBundleInvalid, stem + ".entry", "of another case");
}

// Every change of a case counts its version up by one, so that a missing one shows.
void EvidenceCheck::check_version(const CaseStep& step, const std::string& stem) {
  if (names_nobody(step.entry)) return;
  const std::uint32_t after = step.entry.outcome.case_version;
  const bool carried = std::holds_alternative<CarryCause>(step.entry.cause);
  const std::uint32_t before = version_.value_or(carried ? after : 0);
  const std::uint32_t expected =
      before + (!carried && changes_the_version(step.entry, chain_->in_force().get()) ? 1 : 0);
  if (after != expected) {
    find(ErrorCode::kBundleInvalid, stem + ".entry",
         "version " + std::to_string(after) + " of the case follows version " +
             std::to_string(before) + ": entries of the case are missing");
  }
  version_ = after;
}

void EvidenceCheck::check_sender(const CaseStep& step, const std::string& stem) {
  const auto wrong = [&](const std::string& why) {
    find(ErrorCode::kLogSender, stem + ".entry", why);
  };
  if (!chain_->in_force()) return;  // found already
  if (const auto* order = std::get_if<OrderCause>(&step.entry.cause)) {
    const auto verified = decide::verify_order(*order, decide::trust_of(*chain_->in_force()));
    if (!verified) return wrong(to_string(verified.error()));
    ++out_.senders;
  }
  const auto* cause = std::get_if<MessageCause>(&step.entry.cause);
  if (cause == nullptr || !step.message) return;
  const SenderProof& proof = cause->proof;
  if (step.message->sender != proof.unit) return wrong("signed by another unit than its sender");
  const auto key = chain_->key(proof.unit, proof.key_id, step.entry.time);
  if (!key) return wrong("no key " + proof.key_id + " of " + proof.unit.str() + " was in force");
  const auto root =
      merkle::root_of_path(merkle::leaf_hash(cause->message), proof.index, proof.count, proof.path);
  if (!root) return wrong("its path has not the length for its place in the submission");
  const Bytes signed_bytes = wire::submission_signing_bytes(evidence_.trusted.checkpoint.origin,
                                                            proof.unit, proof.count, *root);
  if (!ed25519_verify(*key, signed_bytes, proof.signature)) {
    return wrong("the signature of " + proof.unit.str() + " does not verify");
  }
  ++out_.senders;
}

void EvidenceCheck::check_opened() {
  for (const std::uint64_t position : names_.opened) {
    const std::string stem = opened_stem(position);
    const auto step = std::find_if(steps_.begin(), steps_.end(), [position](const CaseStep& s) {
      return s.position == position;
    });
    if (step == steps_.end() || !step->message || !step->message->payload) {
      find(ErrorCode::kBundleInvalid, stem + ".txt", "no entry here has its payload");
      continue;
    }
    const std::string line = text(stem + ".salt");
    const auto salt =
        line.ends_with('\n') ? from_hex(line.substr(0, line.size() - 1)) : std::nullopt;
    const auto digest = salt ? to_array<32>(*salt) : std::nullopt;
    if (!digest || to_hex(*digest) + "\n" != line) {
      find(ErrorCode::kBundleInvalid, stem + ".salt", "not 32 bytes in hex on one line");
      continue;
    }
    const Bytes& opened = bytes(stem + ".txt");
    if (commitment_to(*digest, opened) != step->message->payload->commitment) {
      find(ErrorCode::kSealCommitment, stem + ".txt", "not what the sender committed to");
    }
    evidence_.opened.push_back({position, opened, *digest});
  }
}

}  // namespace

CheckedBundle check_evidence(const BundleFiles& files, const BundleTrust& trust) {
  return EvidenceCheck(files, trust).run();
}

}  // namespace rujukan::audit
