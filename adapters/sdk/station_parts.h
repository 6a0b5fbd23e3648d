// What the parts of a station share.
#pragma once

#include "adapters/sdk/backoff.h"
#include "adapters/sdk/inbox.h"
#include "adapters/sdk/outbox.h"
#include "adapters/sdk/release_cache.h"
#include "adapters/sdk/seen_log.h"

namespace rujukan::sdk {

struct StationSettings {
  RetryTimes retry;  // of messages
  RetryTimes release_retry{std::chrono::milliseconds(2'000), std::chrono::milliseconds(60'000)};
  std::chrono::milliseconds outcome_within{30'000};  // else they are sent again
  std::size_t batch = 64;                            // messages of one unit in one submission
};

// What a station stands on; all of it outlives the station.
struct StationBase {
  Database& database;
  const Anchor& anchor;
  const UnitKeys& keys;
  Clock& clock;
};

// Everything lives on one thread and in one database.
struct StationParts : StationBase {
  StationParts(const StationBase& base, ReleaseCache releases_in)
      : StationBase(base),
        releases(std::move(releases_in)),
        seen(database, anchor.log),
        cases(database),
        outbox(database),
        inbox(database) {}

  ReleaseCache releases;
  SeenLog seen;
  KnownCases cases;
  Outbox outbox;
  Inbox inbox;
};

}  // namespace rujukan::sdk
