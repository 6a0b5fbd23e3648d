#include "adapters/sdk/release_cache.h"

#include "broker/crypto/sha256.h"

namespace rujukan::sdk {
namespace {

// A table of the national directory takes some megabytes.
constexpr std::size_t kOlderTables = 4;

Result<Table> table_of_stored(ByteView signed_release) {
  const auto opened = wire::decode_signed_release(signed_release);
  if (!opened) return opened.error();
  auto release = wire::decode_release(opened->body);
  if (!release) return release.error();
  return routing::RoutingTable::build(*std::move(release));
}

}  // namespace

Result<ReleaseCache> ReleaseCache::open(Database& database, const Anchor& anchor) {
  ReleaseCache cache(database, anchor);
  Statement newest = database.prepare("SELECT bytes FROM release ORDER BY version DESC LIMIT 1");
  const auto row = newest.step();
  if (!row) return row.error();
  if (!*row) return cache;
  auto table = table_of_stored(newest.blob(0));
  if (!table) return table.error();
  const auto opened = wire::decode_signed_release(newest.blob(0));
  if (!opened) return opened.error();
  cache.digest_ = sha256(opened->body);
  cache.newest_ = *std::move(table);
  return cache;
}

ReleaseVersion ReleaseCache::version() const {
  return newest_ ? newest_->release().version : ReleaseVersion{};
}

Result<Table> ReleaseCache::usable(TimeUs now) const {
  if (!newest_) return Error{ErrorCode::kReleaseUnknown, "release", "none was received yet"};
  const auto& until = newest_->release().validity.until;
  if (until && now >= *until) {
    return Error{
        ErrorCode::kReleaseExpired, "release",
        "version " + std::to_string(to_number(version())) + " ended " + to_rfc3339(*until)};
  }
  return newest_;
}

Result<Table> ReleaseCache::for_version(ReleaseVersion version) {
  if (version > this->version()) return Table();
  if (version == this->version()) return newest_;
  const auto known = older_.find(version);
  if (known != older_.end()) return known->second;
  Statement stored = database_->prepare("SELECT bytes FROM release WHERE version = ?");
  const auto row = stored.bind(std::uint64_t{to_number(version)}).step();
  if (!row) return row.error();
  if (!*row) return newest_;
  auto table = table_of_stored(stored.blob(0));
  if (!table) return table.error();
  if (older_.size() == kOlderTables) older_.erase(older_.begin());
  return older_[version] = *std::move(table);
}

Result<void> ReleaseCache::take(ByteView signed_release, Step step, TimeUs now) {
  const decide::Trust trust = newest_ ? decide::trust_of(newest_->release()) : anchor_->trust;
  auto verified = decide::verify_release(signed_release, trust);
  if (!verified) return verified.error();
  const ReleaseVersion taken = verified->release.version;
  if (taken == version() && verified->digest == digest_) return {};
  if (taken <= version()) {
    return Error{
        ErrorCode::kReleaseOlder, "version",
        std::to_string(to_number(taken)) + " after " + std::to_string(to_number(version()))};
  }
  const auto& until = verified->release.validity.until;
  if (step == Step::kInForce && until && now >= *until) {
    return Error{ErrorCode::kReleaseExpired, "release", "it ended " + to_rfc3339(*until)};
  }
  auto table = routing::RoutingTable::build(std::move(verified->release));
  if (!table) return table.error();
  if (auto stored = database_->prepare("INSERT INTO release(version, bytes) VALUES(?, ?)")
                        .bind(std::uint64_t{to_number(taken)}, signed_release)
                        .run();
      !stored) {
    return stored;
  }
  newest_ = *std::move(table);
  digest_ = verified->digest;
  return {};
}

}  // namespace rujukan::sdk
