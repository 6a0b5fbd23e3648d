#include "adapters/sdk/anchor.h"

#include <set>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/runtime/toml_table.h"

namespace rujukan::sdk {
namespace {

// TOML basic string; names and endpoints with characters that need an escape are refused on
// reading.
std::string toml_text(std::string_view text) { return "\"" + std::string(text) + "\""; }

Result<decide::Trust> read_trust(TomlTable& table) {
  decide::Trust trust;
  std::set<PublicKey> keys;
  for (TomlTable& row : table.tables("administrator")) {
    const Administrator administrator{row.text("name"), row.key_bytes("key")};
    if (!is_valid_id(administrator.name)) {
      row.refuse(ErrorCode::kConfigValue, "name", "is not a valid id");
    }
    if (!keys.insert(administrator.key).second) {
      row.refuse(ErrorCode::kConfigDuplicate, "key", "stands twice");
    }
    if (const auto end = row.finish(); !end) return end.error();
    if (const auto good = check_ed25519_key(administrator.key); !good) return good.error();
    trust.administrators.push_back(administrator);
  }
  if (trust.administrators.empty()) table.refuse(ErrorCode::kConfigMissing, "administrator", "");
  const auto most = static_cast<std::int64_t>(trust.administrators.size());
  trust.threshold = static_cast<std::uint32_t>(table.number_or("threshold", 0, 1, most));
  if (!table.has("threshold")) table.refuse(ErrorCode::kConfigMissing, "threshold", "");
  return trust;
}

}  // namespace

Result<Anchor> parse_anchor(std::string_view toml, const std::string& file) {
  auto table = TomlTable::parse(toml, file);
  if (!table) return table.error();
  Anchor anchor;
  const std::string vkey = table->text("log_key");
  anchor.broker_key = table->key_bytes("broker_key");
  anchor.endpoints = table->texts_or_none("endpoints");
  if (anchor.endpoints.empty()) table->refuse(ErrorCode::kConfigMissing, "endpoints", "");
  for (const std::string& endpoint : anchor.endpoints) {
    if (!endpoint.starts_with("tcp://")) {
      table->refuse(ErrorCode::kConfigValue, "endpoints", "must start with tcp://");
    }
  }
  auto trust = read_trust(*table);
  if (!trust) return trust.error();
  anchor.trust = *std::move(trust);
  if (const auto end = table->finish(); !end) return end.error();
  auto log = merkle::NoteKey::from_vkey(vkey);
  if (!log) return Error{log.error().code, file + ": log_key", log.error().detail};
  anchor.log = *std::move(log);
  return anchor;
}

std::string anchor_to_toml(const Anchor& anchor) {
  std::string out = "# What this station trusts: the log, the broker, and who signs releases.\n";
  out += "log_key = " + toml_text(anchor.log.to_vkey()) + "\n";
  out += "broker_key = " + toml_text(to_base64(anchor.broker_key)) + "\n";
  out += "endpoints = [";
  for (const std::string& endpoint : anchor.endpoints) {
    if (endpoint != anchor.endpoints.front()) out += ", ";
    out += toml_text(endpoint);
  }
  out += "]\nthreshold = " + std::to_string(anchor.trust.threshold) + "\n";
  for (const Administrator& administrator : anchor.trust.administrators) {
    out += "\n[[administrator]]\nname = " + toml_text(administrator.name) +
           "\nkey = " + toml_text(to_base64(administrator.key)) + "\n";
  }
  return out;
}

Result<Anchor> read_anchor(const std::filesystem::path& path) {
  const auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) return text.error();
  return parse_anchor(*text, path.string());
}

Result<void> write_anchor(const std::filesystem::path& path, const Anchor& anchor) {
  return write_file_durably(path, as_bytes(anchor_to_toml(anchor)), kForAnyone);
}

}  // namespace rujukan::sdk
