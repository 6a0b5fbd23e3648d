// The releases that a station holds: verified, persistent, never going back.
#pragma once

#include <map>
#include <memory>

#include "adapters/sdk/anchor.h"
#include "adapters/sdk/station_database.h"
#include "broker/routing/table.h"

namespace rujukan::sdk {

using Table = std::shared_ptr<const routing::RoutingTable>;

class ReleaseCache {
 public:
  // Reads what is held; each was verified before it was stored. Both outlive it.
  // Errors: store.*, release.invalid.
  static Result<ReleaseCache> open(Database& database, const Anchor& anchor);

  // The newest release; nullptr when none is held yet. May have expired.
  const Table& newest() const { return newest_; }
  ReleaseVersion version() const;
  // The newest one if it may be used for new messages. Errors: release.unknown (none is held),
  // release.expired.
  Result<Table> usable(TimeUs now) const;
  // The table of an older entry; the newest one when that release is not held, because keys keep
  // their dates in later releases. nullptr: `version` is newer than what is held.
  Result<Table> for_version(ReleaseVersion version);

  enum class Step { kInForce, kOnTheWay };
  // Checks and stores. The release must be signed by the administrators of the newest one held, or
  // of the anchor when there is none. kOnTheWay: a release of the past whose administrators lead to
  // the present ones; it may have expired. Its log_origin may be of a newer shard of the log.
  // Taking the newest one again changes nothing. Errors: release.invalid, release.signature,
  // release.older, release.expired, store.*.
  Result<void> take(ByteView signed_release, Step step, TimeUs now);

 private:
  ReleaseCache(Database& database, const Anchor& anchor) : database_(&database), anchor_(&anchor) {}

  Database* database_;
  const Anchor* anchor_;
  Table newest_;
  Digest digest_{};  // of the newest one's body
  // Tables of older versions that deliveries asked for; at most kOlderTables.
  std::map<ReleaseVersion, Table> older_;
};

}  // namespace rujukan::sdk
