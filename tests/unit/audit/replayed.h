// A log that a sequencer wrote, as a replay takes it.
#pragma once

#include <functional>
#include <map>

#include "broker/audit/replay.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {

struct WrittenLog {
  std::vector<Entry> entries;
  std::map<ReleaseVersion, std::shared_ptr<const Release>> releases;
  merkle::StateDigest state;  // as the broker keeps it
};

inline WrittenLog written_by(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened);
  const store::Reader& reader = (*opened)->reader();
  WrittenLog log;
  const auto read = reader.entries(LogIndex{0}, *reader.size(), [&](LogIndex, ByteView bytes) {
    log.entries.push_back(*wire::decode_entry(bytes));
    const auto* cause = std::get_if<ReleaseCause>(&log.entries.back().cause);
    if (cause != nullptr) log.releases[cause->version] = nullptr;
    return true;
  });
  REQUIRE(read);
  for (auto& [version, release] : log.releases) {
    const auto parts = wire::decode_signed_release(**reader.release(version));
    release = std::make_shared<const Release>(*wire::decode_release(parts->body));
  }
  log.state = *reader.stored_state();
  return log;
}

// Takes the entries [from, to) of a log.
inline audit::Findings feed(audit::Replay& replay, const WrittenLog& log, std::size_t from,
                            std::size_t to) {
  audit::Findings findings;
  for (std::size_t i = from; i < to; ++i) {
    const Entry& entry = log.entries[i];
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry.cause)) {
      if (auto decoded = wire::decode_message(cause->message)) message = *std::move(decoded);
    }
    if (const auto* cause = std::get_if<ReleaseCause>(&entry.cause)) {
      REQUIRE(replay.take_release(log.releases.at(cause->version)));
    }
    REQUIRE(replay.take({i, entry, message ? &*message : nullptr, {}}, findings));
  }
  return findings;
}

struct Replayed {
  std::unique_ptr<audit::Replay> replay = *audit::Replay::create();
  audit::Findings findings;
};
inline Replayed replay_of(const WrittenLog& log) {
  Replayed out;
  out.findings = feed(*out.replay, log, 0, log.entries.size());
  REQUIRE(out.replay->finish(log.entries.size(), out.findings));
  return out;
}

}  // namespace rujukan::test
