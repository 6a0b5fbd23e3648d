// What the parts of a station share.
#pragma once

#include "adapters/sdk/backoff.h"
#include "adapters/sdk/inbox.h"
#include "adapters/sdk/outbox.h"
#include "adapters/sdk/release_cache.h"
#include "adapters/sdk/seen_log.h"

namespace rujukan::sdk {

struct StationSettings {
  RetryTimes retry;                                  // of messages
  std::chrono::milliseconds outcome_within{30'000};  // else they are sent again
  std::size_t batch = 64;                            // messages of one unit in one submission
};

// Everything lives on one thread and in one database.
struct StationParts {
  StationParts(Database& database_in, const Anchor& anchor_in, const UnitKeys& keys_in,
               Clock& clock_in, ReleaseCache releases_in)
      : database(database_in),
        anchor(anchor_in),
        keys(keys_in),
        clock(clock_in),
        releases(std::move(releases_in)),
        seen(database, anchor.log),
        cases(database),
        outbox(database),
        inbox(database) {}

  Database& database;
  const Anchor& anchor;
  const UnitKeys& keys;
  Clock& clock;
  ReleaseCache releases;
  SeenLog seen;
  KnownCases cases;
  Outbox outbox;
  Inbox inbox;
};

}  // namespace rujukan::sdk
