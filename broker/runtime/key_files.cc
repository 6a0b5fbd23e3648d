#include "broker/runtime/key_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "broker/base/limits.h"
#include "broker/crypto/x25519.h"
#include "broker/runtime/file.h"
#include "broker/runtime/process.h"
#include "broker/runtime/toml_table.h"

namespace rujukan {
namespace {

constexpr mode_t kSecretMode = 0600;

Result<void> check_private(const std::filesystem::path& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    return Error{ErrorCode::kFileUnreadable, path.string(), std::strerror(errno)};
  }
  if ((status.st_mode & 077) == 0) return {};
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777));
  return Error{ErrorCode::kFileUnreadable, path.string(),
               std::string("permissions ") + mode + " let others use the key; set them to 0600"};
}

// The table of a key file of the given kind.
Result<TomlTable> open_key_file(const std::filesystem::path& path, std::string_view kind) {
  lock_memory();
  if (const auto is_private = check_private(path); !is_private) return is_private.error();
  const auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) return text.error();
  auto table = TomlTable::parse(*text, path.string());
  if (!table) return table;
  const std::string found = table->text("kind");
  if (!found.empty() && found != kind) {
    table->refuse(ErrorCode::kConfigValue, "kind", "must be \"" + std::string(kind) + "\"");
  }
  return table;
}

// A key file holds names that are ids and base64: nothing needs an escape.
class KeyText {
 public:
  explicit KeyText(std::string_view kind) { text("kind", kind); }
  KeyText& text(std::string_view key, std::string_view value) {
    out_.append(key).append(" = \"").append(value).append("\"\n");
    return *this;
  }
  KeyText& secret(std::string_view key, const SecretBytes& value) {
    return text(key, to_base64(value));
  }
  KeyText& next_table(std::string_view name) {
    out_.append("\n[[").append(name).append("]]\n");
    return *this;
  }
  Result<void> write(const std::filesystem::path& path) const {
    return write_file_durably(path, as_bytes(out_), kSecretMode);
  }

 private:
  std::string out_;
};

std::string id_of(TomlTable& table, std::string_view key) {
  std::string value = table.text(key);
  if (!value.empty() && !is_valid_id(value)) {
    table.refuse(ErrorCode::kConfigValue, key, "is not a valid id");
  }
  return value;
}

}  // namespace

Result<BrokerKeys> read_broker_keys(const std::filesystem::path& path) {
  auto table = open_key_file(path, "broker");
  if (!table) return table.error();
  BrokerKeys keys;
  keys.origin = table->text("origin");
  keys.log_seed = table->key_bytes("log_seed");
  keys.curve_secret = table->key_bytes("curve_secret");
  if (const auto end = table->finish(); !end) return end.error();
  return keys;
}

Result<StationKey> read_station_key(const std::filesystem::path& path) {
  auto table = open_key_file(path, "station");
  if (!table) return table.error();
  StationKey key;
  key.name = StationId(id_of(*table, "name"));
  key.curve_secret = table->key_bytes("curve_secret");
  if (const auto end = table->finish(); !end) return end.error();
  return key;
}

Result<WitnessKey> read_witness_key(const std::filesystem::path& path) {
  auto table = open_key_file(path, "witness");
  if (!table) return table.error();
  WitnessKey key;
  key.name = table->text("name");
  key.seed = table->key_bytes("seed");
  if (const auto end = table->finish(); !end) return end.error();
  return key;
}

Result<AdministratorKey> read_administrator_key(const std::filesystem::path& path) {
  auto table = open_key_file(path, "administrator");
  if (!table) return table.error();
  AdministratorKey key;
  key.name = id_of(*table, "name");
  key.seed = table->key_bytes("seed");
  if (const auto end = table->finish(); !end) return end.error();
  return key;
}

Result<std::vector<UnitSecret>> read_unit_secrets(const std::filesystem::path& path) {
  auto file = open_key_file(path, "units");
  if (!file) return file.error();
  std::vector<UnitSecret> out;
  for (TomlTable& table : file->tables("key")) {
    UnitSecret secret;
    secret.unit = UnitId(id_of(table, "unit"));
    secret.key_id = id_of(table, "key_id");
    const auto purpose = code_from_name<KeyPurpose>(table.text("purpose"));
    if (!purpose) table.refuse(ErrorCode::kConfigValue, "purpose", "must be sign or seal");
    secret.purpose = purpose.value_or(KeyPurpose::kSign);
    secret.secret = table.key_bytes("secret");
    if (const auto end = table.finish(); !end) return end.error();
    out.push_back(std::move(secret));
  }
  if (const auto end = file->finish(); !end) return end.error();
  return out;
}

Result<void> write_key_file(const std::filesystem::path& path, const BrokerKeys& keys) {
  return KeyText("broker")
      .text("origin", keys.origin)
      .secret("log_seed", keys.log_seed)
      .secret("curve_secret", keys.curve_secret)
      .write(path);
}

Result<void> write_key_file(const std::filesystem::path& path, const StationKey& key) {
  return KeyText("station")
      .text("name", key.name.view())
      .secret("curve_secret", key.curve_secret)
      .write(path);
}

Result<void> write_key_file(const std::filesystem::path& path, const WitnessKey& key) {
  return KeyText("witness").text("name", key.name).secret("seed", key.seed).write(path);
}

Result<void> write_key_file(const std::filesystem::path& path, const AdministratorKey& key) {
  return KeyText("administrator").text("name", key.name).secret("seed", key.seed).write(path);
}

Result<void> write_key_file(const std::filesystem::path& path,
                            const std::vector<UnitSecret>& secrets) {
  KeyText text("units");
  for (const UnitSecret& secret : secrets) {
    text.next_table("key")
        .text("unit", secret.unit.view())
        .text("key_id", secret.key_id)
        .text("purpose", name_of(secret.purpose))
        .secret("secret", secret.secret);
  }
  return text.write(path);
}

std::array<std::uint8_t, 32> x25519_public_key(const SecretBytes& secret) {
  return X25519SecretKey::from_seed(secret).public_key();
}

}  // namespace rujukan
