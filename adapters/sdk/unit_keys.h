// The secret keys of the units that this station serves.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "broker/crypto/ed25519.h"
#include "broker/crypto/x25519.h"
#include "broker/routing/table.h"
#include "broker/runtime/key_files.h"

namespace rujukan::sdk {

class UnitKeys {
 public:
  struct SigningKey {
    std::string key_id;
    Ed25519SecretKey key;
  };
  struct SealingKey {
    std::string key_id;
    X25519SecretKey key;
  };

  explicit UnitKeys(const std::vector<UnitSecret>& secrets);

  bool serves(const UnitId& unit) const { return units_.contains(unit); }
  std::vector<UnitId> units() const;

  // The held key that the table has in force for the unit; nullptr when there is none.
  const SigningKey* signing_key(const UnitId& unit, const routing::RoutingTable& table,
                                TimeUs at) const;
  // All that the unit ever had, so that old seals open.
  const std::vector<SealingKey>& sealing_keys(const UnitId& unit) const;

 private:
  struct OfUnit {
    std::vector<SigningKey> signing;
    std::vector<SealingKey> sealing;
  };
  std::map<UnitId, OfUnit> units_;
};

}  // namespace rujukan::sdk
