#include "broker/audit/replay_log.h"

#include <algorithm>

#include "broker/audit/entry_reader.h"
#include "broker/audit/release_chain.h"
#include "broker/audit/running_root.h"
#include "broker/audit/target.h"
#include "broker/merkle/proof.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::audit {
namespace {

// A shard's genesis puts its first release in force.
std::optional<ReleaseCause> release_in(const Cause& cause) {
  if (const auto* release = std::get_if<ReleaseCause>(&cause)) return *release;
  if (const auto* genesis = std::get_if<GenesisCause>(&cause)) {
    return ReleaseCause{genesis->version, genesis->digest};
  }
  return std::nullopt;
}

constexpr std::uint64_t kProgressEvery = 4096;

class Reading {
 public:
  Reading(const store::LogFiles& files, const ReplayOptions& options)
      : files_(files), options_(options) {}

  Result<ReplayedLog> run() {
    const auto target = find_target(files_, options_.policy, nullptr, out_.findings);
    if (!target) return target.error();
    if (!*target || !out_.findings.empty()) return std::move(out_);
    out_.origin = (*target)->origin;
    out_.size = (*target)->size;
    releases_.emplace(files_, out_.origin, options_.administrators);
    const std::uint64_t end = options_.until ? std::min(*options_.until + 1, out_.size) : out_.size;
    Result<void> taken;
    // The files are those of the whole tree: a part of a tile has a name of its own.
    const auto read =
        for_each_entry(files_, 0, out_.size, [&](std::uint64_t position, ByteView bytes) {
          if (position == end) return false;
          taken = take(position, bytes);
          if (options_.progress && position % kProgressEvery == 0) options_.progress(position, end);
          return taken.ok() && out_.findings.empty();
        });
    if (!taken) return taken.error();
    if (!read) return read.error();
    if (options_.progress) options_.progress(out_.entries, end);
    if (!out_.findings.empty() || end < out_.size) return std::move(out_);
    return finish(**target);
  }

 private:
  Result<void> take(std::uint64_t position, ByteView bytes) {
    const auto entry = wire::decode_entry(bytes);
    if (!entry) {
      return Error{entry.error().code, "entry " + std::to_string(position),
                   to_string(entry.error())};
    }
    root_.add(merkle::leaf_hash(bytes));
    ++out_.entries;
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry->cause)) {
      if (auto decoded = wire::decode_message(cause->message)) message = *std::move(decoded);
    }
    if (auto put = put_in_force(position, *entry); !put) return put;
    const LoggedEntry logged{position, *entry, message ? &*message : nullptr, bytes};
    for (Consumer* consumer : options_.consumers) {
      if (auto taken = consumer->take(logged, out_.findings); !taken) return taken;
    }
    return {};
  }

  Result<void> put_in_force(std::uint64_t position, const Entry& entry) {
    const auto cause = release_in(entry.cause);
    if (!cause) return {};
    if (auto put = releases_->add({position, cause->version, cause->digest}, out_.findings); !put) {
      return put;
    }
    for (Consumer* consumer : options_.consumers) {
      if (auto taken = consumer->take_release(releases_->in_force()); !taken) return taken;
    }
    return {};
  }

  Result<ReplayedLog> finish(const Target& target) {
    if (target.root && root_.root() != *target.root) {
      out_.findings.push_back({out_.size == 0 ? 0 : out_.size - 1, {ErrorCode::kLogRoot, "root"}});
    }
    for (Consumer* consumer : options_.consumers) {
      if (auto finished = consumer->finish(out_.size, out_.findings); !finished) {
        return finished.error();
      }
    }
    return std::move(out_);
  }

  const store::LogFiles& files_;
  const ReplayOptions& options_;
  std::optional<ReleaseChain> releases_;
  RunningRoot root_;
  ReplayedLog out_;
};

}  // namespace

Result<ReplayedLog> replay_log(const store::LogFiles& files, const ReplayOptions& options) {
  return Reading(files, options).run();
}

}  // namespace rujukan::audit
