#include "broker/audit/release_chain.h"

#include <algorithm>

#include "broker/audit/entry_reader.h"
#include "broker/crypto/sha256.h"

namespace rujukan::audit {
namespace {

std::string name_of_key(const UnitId& unit, std::string_view key_id) {
  return unit.str() + "/" + std::string(key_id);
}

void find(Findings& findings, const Progress::InForce& logged, std::string detail) {
  findings.push_back(
      {logged.position,
       {ErrorCode::kLogRelease, store::release_path(logged.digest), std::move(detail)}});
}

}  // namespace

Result<std::optional<Release>> ReleaseChain::read(const Progress::InForce& logged, bool is_new,
                                                  Findings& findings) const {
  const std::optional<Release> none;
  const auto bytes = files_.read(store::release_path(logged.digest));
  if (!bytes && !is_of_file(bytes.error())) return bytes.error();
  if (!bytes || !*bytes) {
    find(findings, logged, bytes ? "missing" : to_string(bytes.error()));
    return none;
  }
  const auto parts = wire::decode_signed_release(**bytes);
  if (!parts || sha256(parts->body) != logged.digest) {
    find(findings, logged, parts ? "another body than was logged" : to_string(parts.error()));
    return none;
  }
  auto release = wire::decode_release(parts->body);
  if (!release) {
    find(findings, logged, to_string(release.error()));
    return none;
  }
  if (!is_new) return std::optional(*std::move(release));
  // Else bytes that nothing signs could be changed.
  if (wire::encode_signed_release(*parts) != **bytes) find(findings, logged, "not canonical");
  if (release->version != logged.version) find(findings, logged, "another version than was logged");
  if (in_force_ && release->version <= in_force_->version) {
    find(findings, logged, "not newer than the one before");
  }
  if (in_force_ && release->edition < in_force_->edition) {
    find(findings, logged, "of an older edition than the one before");
  }
  if (in_force_ && release->parent &&
      *release->parent != sha256(wire::encode_release(*in_force_))) {
    find(findings, logged, "made from another release than the one before");
  }
  if (trust_known_) {
    const decide::Trust trust = trust_ ? *trust_ : decide::trust_of(*release);
    const auto verified = decide::verify_release(**bytes, trust, origin_);
    if (!verified) find(findings, logged, to_string(verified.error()));
  }
  return std::optional(*std::move(release));
}

void ReleaseChain::put_in_force(std::optional<Release> release) {
  keys_.clear();
  in_force_.reset();
  trust_known_ = release.has_value();
  if (!release) return;
  trust_ = decide::trust_of(*release);
  in_force_ = std::make_shared<const Release>(*std::move(release));
  for (const UnitKey& key : in_force_->keys) {
    if (key.purpose != KeyPurpose::kSign) continue;
    const std::string name = name_of_key(key.unit, key.key_id);
    keys_[name] = &key;
    auto& all = all_keys_[name];
    if (std::find(all.begin(), all.end(), key.key) == all.end()) all.push_back(key.key);
  }
}

Result<void> ReleaseChain::add(const Progress::InForce& logged, Findings& findings) {
  auto release = read(logged, true, findings);
  if (!release) return release.error();
  put_in_force(*std::move(release));
  return {};
}

Result<void> ReleaseChain::restore(const std::vector<Progress::InForce>& logged,
                                   Findings& findings) {
  for (const Progress::InForce& earlier : logged) {
    auto release = read(earlier, false, findings);
    if (!release) return release.error();
    put_in_force(*std::move(release));
  }
  return {};
}

void ReleaseChain::lose() { put_in_force(std::nullopt); }

std::optional<PublicKey> ReleaseChain::key(const UnitId& unit, const std::string& key_id,
                                           TimeUs at) const {
  const auto found = keys_.find(name_of_key(unit, key_id));
  if (found == keys_.end()) return std::nullopt;
  const UnitKey& key = *found->second;
  const bool compromised = key.compromised_since && at >= *key.compromised_since;
  if (!key.validity.covers(at) || compromised) return std::nullopt;
  return key.key;
}

std::vector<PublicKey> ReleaseChain::keys(const UnitId& unit, const std::string& key_id) const {
  const auto found = all_keys_.find(name_of_key(unit, key_id));
  return found == all_keys_.end() ? std::vector<PublicKey>() : found->second;
}

}  // namespace rujukan::audit
