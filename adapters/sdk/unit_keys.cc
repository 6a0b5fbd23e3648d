#include "adapters/sdk/unit_keys.h"

namespace rujukan::sdk {

UnitKeys::UnitKeys(const std::vector<UnitSecret>& secrets) {
  for (const UnitSecret& secret : secrets) {
    OfUnit& unit = units_[secret.unit];
    switch (secret.purpose) {
      case KeyPurpose::kSign:
        unit.signing.push_back({secret.key_id, Ed25519SecretKey::from_seed(secret.secret)});
        break;
      case KeyPurpose::kSeal:
        unit.sealing.push_back({secret.key_id, X25519SecretKey::from_seed(secret.secret)});
        break;
    }
  }
}

std::vector<UnitId> UnitKeys::units() const {
  std::vector<UnitId> out;
  for (const auto& [unit, keys] : units_) out.push_back(unit);
  return out;
}

const UnitKeys::SigningKey* UnitKeys::signing_key(const UnitId& unit,
                                                  const routing::RoutingTable& table,
                                                  TimeUs at) const {
  const auto found = units_.find(unit);
  if (found == units_.end()) return nullptr;
  for (const SigningKey& key : found->second.signing) {
    const UnitKey* registered = table.key(unit, key.key_id, KeyPurpose::kSign, at);
    if (registered != nullptr && registered->key == key.key.public_key()) return &key;
  }
  return nullptr;
}

const std::vector<UnitKeys::SealingKey>& UnitKeys::sealing_keys(const UnitId& unit) const {
  static const std::vector<SealingKey> kNone;
  const auto found = units_.find(unit);
  return found == units_.end() ? kNone : found->second.sealing;
}

}  // namespace rujukan::sdk
