#include <algorithm>

#include "broker/audit/case_source.h"
#include "broker/audit/entry_reader.h"
#include "broker/audit/evidence.h"
#include "broker/audit/tile_nodes.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/wire/release_codec.h"

namespace rujukan::audit {
namespace {

Error at_position(ErrorCode code, std::uint64_t position, const char* detail) {
  return {code, std::to_string(position), detail};
}

// One log at one checkpoint.
class Gathering {
 public:
  Gathering(const store::LogFiles& files, const merkle::Checkpoint& checkpoint)
      : files_(files), checkpoint_(checkpoint), nodes_(files, checkpoint.size) {}

  // Errors: log.root, those of the files.
  Result<void> load() {
    auto tree = merkle::Tree::load(nodes_, checkpoint_.size);
    if (!tree) return tree.error();
    tree_ = *std::move(tree);
    if (tree_->root() != checkpoint_.root) return Error{ErrorCode::kLogRoot, "checkpoint"};
    return {};
  }

  Result<ProvedEntry> prove(const CaseStep& step) const {
    auto path = tree_->inclusion(step.position, checkpoint_.size);
    if (!path) return path.error();
    if (!merkle::verify_inclusion(merkle::leaf_hash(step.bytes), step.position, checkpoint_.size,
                                  *path, checkpoint_.root)) {
      return at_position(ErrorCode::kProofInvalid, step.position, "not what the tree commits to");
    }
    return ProvedEntry{step.position, step.bytes, *std::move(path)};
  }

  Result<CaseStep> step(std::uint64_t position) const {
    return step_at(files_, position, checkpoint_.size);
  }

  // Those in force from position 0 until `last`, both included.
  Result<std::vector<ProvedRelease>> releases(std::uint64_t last) const {
    std::vector<ProvedRelease> out;
    ReleaseVersion newest{0};
    for (std::uint64_t from = 0; from <= last;) {
      const auto at = first_after(newest, from, last);
      if (!at) return at.error();
      if (!*at) break;
      auto release = release_at(**at);
      if (!release) return release.error();
      newest = release->version;
      from = **at + 1;
      out.push_back(*std::move(release));
    }
    return out;
  }

 private:
  // The first position in [from, last] whose entry was decided under a newer release; versions only
  // grow.
  Result<std::optional<std::uint64_t>> first_after(ReleaseVersion version, std::uint64_t from,
                                                   std::uint64_t last) const {
    std::uint64_t until = last + 1;
    while (from < until) {
      const std::uint64_t middle = from + (until - from) / 2;
      const auto found = step(middle);
      if (!found) return found.error();
      if (found->entry.release > version) {
        until = middle;
      } else {
        from = middle + 1;
      }
    }
    return from > last ? std::nullopt : std::optional(from);
  }

  Result<ProvedRelease> release_at(std::uint64_t position) const {
    const auto found = step(position);
    if (!found) return found.error();
    ProvedRelease out;
    if (const auto* cause = std::get_if<ReleaseCause>(&found->entry.cause)) {
      out.version = cause->version;
      out.digest = cause->digest;
    } else if (const auto* genesis = std::get_if<GenesisCause>(&found->entry.cause)) {
      out.version = genesis->version;
      out.digest = genesis->digest;
    } else {
      return at_position(ErrorCode::kLogRelease, position, "no entry puts its release in force");
    }
    const auto bytes = files_.read(store::release_path(out.digest));
    if (!bytes) return bytes.error();
    if (!*bytes) return at_position(ErrorCode::kLogRelease, position, "the release is missing");
    const auto parts = wire::decode_signed_release(**bytes);
    if (!parts || sha256(parts->body) != out.digest) {
      return at_position(ErrorCode::kLogRelease, position, "another release than was logged");
    }
    out.signed_release = **bytes;
    auto proved = prove(*found);
    if (!proved) return proved.error();
    out.entry = *std::move(proved);
    return out;
  }

  const store::LogFiles& files_;
  merkle::Checkpoint checkpoint_;
  TileNodes nodes_;
  std::optional<merkle::Tree> tree_;
};

// Through the index of a data directory, whose shards count on: the tree's first entry has the
// index `first`.
Result<std::vector<CaseStep>> indexed_steps(const Gathering& log, const store::Reader& index,
                                            std::uint64_t size, const CaseId& id) {
  const auto first = log.step(0);
  if (!first) return first.error();
  const auto indices = index.entries_of(id, true);
  if (!indices) return indices.error();
  std::vector<CaseStep> out;
  for (const LogIndex at : *indices) {
    if (at < first->entry.index) continue;
    const std::uint64_t position = to_number(at) - to_number(first->entry.index);
    if (position >= size) break;
    auto step = log.step(position);
    if (!step) return step.error();
    out.push_back(*std::move(step));
  }
  return out;
}

}  // namespace

Result<CaseEvidence> gather_evidence(const store::LogFiles& files, const std::string& policy_text,
                                     const CaseId& id, const store::Reader* index) {
  const auto policy = merkle::parse_policy(policy_text);
  if (!policy) return policy.error();
  const auto note = files.read("checkpoint");
  if (!note) return note.error();
  if (!*note) return Error{ErrorCode::kLogNotFound, "checkpoint", "missing"};
  CaseEvidence out;
  out.policy = policy_text;
  out.checkpoint = as_text(**note);
  auto trusted = merkle::verify_checkpoint(out.checkpoint, *policy);
  if (!trusted) return trusted.error();
  out.trusted = *std::move(trusted);
  const std::uint64_t size = out.trusted.checkpoint.size;
  if (size == 0) return Error{ErrorCode::kCaseUnknown, to_string(id)};
  Gathering log(files, out.trusted.checkpoint);
  if (auto loaded = log.load(); !loaded) return loaded.error();
  auto steps =
      index != nullptr ? indexed_steps(log, *index, size, id) : case_steps(files, size, id);
  if (!steps) return steps.error();
  if (steps->empty()) return Error{ErrorCode::kCaseUnknown, to_string(id)};
  const TimeUs as_of = time_of_evidence(out.trusted, steps->back());
  auto file = make_case_file(id, *std::move(steps), as_of);
  if (!file) return file.error();
  out.file = *std::move(file);
  for (const CaseStep& step : out.file.steps) {
    auto proved = log.prove(step);
    if (!proved) return proved.error();
    out.entries.push_back(*std::move(proved));
  }
  auto releases = log.releases(out.file.steps.back().position);
  if (!releases) return releases.error();
  out.releases = *std::move(releases);
  return out;
}

}  // namespace rujukan::audit
