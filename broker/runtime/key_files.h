// Secret keys in files: TOML, mode 0600, written durably. A file that group or others may read is
// refused, because it must be taken as known to them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/model/codes.h"
#include "broker/model/ids.h"

namespace rujukan {

// 32 raw bytes: an Ed25519 seed, an X25519 scalar or a CURVE secret key.
using SecretBytes = std::array<std::uint8_t, 32>;

// Of rujukand.
struct BrokerKeys {
  std::string origin;  // of the log
  SecretBytes log_seed{};
  SecretBytes curve_secret{};
};
// Of one installed gateway.
struct StationKey {
  StationId name;
  SecretBytes curve_secret{};
};
// Of a witness of logs.
struct WitnessKey {
  std::string name;  // of its cosignatures
  SecretBytes seed{};
};
// Of one person who signs releases.
struct AdministratorKey {
  std::string name;
  SecretBytes seed{};
};
// Of a unit; a gateway holds those of the units it serves.
struct UnitSecret {
  UnitId unit;
  std::string key_id;
  KeyPurpose purpose = KeyPurpose::kSign;
  SecretBytes secret{};
};

// Errors: file.unreadable (the file's mode in the detail), config.* (the key named).
Result<BrokerKeys> read_broker_keys(const std::filesystem::path& path);
Result<StationKey> read_station_key(const std::filesystem::path& path);
Result<WitnessKey> read_witness_key(const std::filesystem::path& path);
Result<AdministratorKey> read_administrator_key(const std::filesystem::path& path);
Result<std::vector<UnitSecret>> read_unit_secrets(const std::filesystem::path& path);

// Errors: file.unwritable.
Result<void> write_key_file(const std::filesystem::path& path, const BrokerKeys& keys);
Result<void> write_key_file(const std::filesystem::path& path, const StationKey& key);
Result<void> write_key_file(const std::filesystem::path& path, const WitnessKey& key);
Result<void> write_key_file(const std::filesystem::path& path, const AdministratorKey& key);
Result<void> write_key_file(const std::filesystem::path& path,
                            const std::vector<UnitSecret>& secrets);

// The public half of a CURVE or X25519 secret. Source: RFC 7748 §6.1.
std::array<std::uint8_t, 32> x25519_public_key(const SecretBytes& secret);

}  // namespace rujukan
