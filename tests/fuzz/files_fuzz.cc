// The files that programs start from: secret keys, anchors, settings, administrators' orders. The
// first byte chooses. An error of a file of keys repeats nothing of it.
#include <fstream>

#include "adapters/gateway/config.h"
#include "adapters/sdk/anchor.h"
#include "broker/app/config.h"
#include "broker/decide/order_trust.h"
#include "broker/runtime/file.h"
#include "broker/runtime/key_files.h"
#include "broker/wire/order_codec.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace rujukan;
using fuzz::require;

// As the programs find it.
const std::filesystem::path& file_of(ByteView bytes) {
  static const test::TemporaryFolder kFolder;
  static const std::filesystem::path kPath = kFolder / "file";
  std::ofstream out(kPath, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()),
            static_cast<std::streamsize>(bytes.size()));
  out.close();
  std::filesystem::permissions(
      kPath, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  return kPath;
}

// Whether the place lies in what may be a setting's name, which is too short for a key.
bool is_in_name(std::string_view text, std::size_t at) {
  constexpr std::string_view kName = "abcdefghijklmnopqrstuvwxyz0123456789_";
  const auto before = text.substr(0, at).find_last_not_of(kName);
  const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
  const auto after = text.find_first_not_of(kName, at);
  return (after == std::string_view::npos ? text.size() : after) - first <= 32;
}

// Of a key's length in any of its forms: what an error must not show of a file.
bool repeats(const Error& error, ByteView file) {
  constexpr std::size_t kTelling = 16;
  std::string shown = error.field + error.detail;
  // Its own name it may show.
  const std::string name = file_of(file).string();
  if (const auto at = shown.find(name); at != std::string::npos) shown.erase(at, name.size());
  const std::string_view text = as_text(file);
  for (std::size_t at = 0; at + kTelling <= text.size(); ++at) {
    const std::string_view part = text.substr(at, kTelling);
    if (is_in_name(text, at)) continue;
    if (part.find_first_of(" \n\"=[]#/") == std::string_view::npos &&
        shown.find(part) != std::string::npos) {
      return true;
    }
  }
  return false;
}

template <typename Key>
void read_keys(ByteView bytes, Result<Key> (*read)(const std::filesystem::path&)) {
  const auto key = read(file_of(bytes));
  if (!key) return require(!repeats(key.error(), bytes));
  static const test::TemporaryFolder kFolder;
  const auto path = kFolder / "written";
  require(write_key_file(path, *key).ok());
  const auto text = read_file(path, limits::kConfigFileBytes);
  require(text.ok());
  const auto again = read(path);
  require(again.ok() && write_key_file(path, *again).ok());
  require(*read_file(path, limits::kConfigFileBytes) == *text);
}

void read_anchor(ByteView bytes) {
  const auto anchor = sdk::parse_anchor(as_text(bytes), "anchor.toml");
  if (!anchor) return;
  const std::string written = sdk::anchor_to_toml(*anchor);
  const auto again = sdk::parse_anchor(written, "anchor.toml");
  require(again.ok() && sdk::anchor_to_toml(*again) == written);
}

void read_order(ByteView bytes) {
  static const auto kTrust = decide::trust_of(test::small_release());
  const auto order = decide::verify_order(bytes, kTrust);
  if (!order) return;
  require(wire::order_in(bytes).ok());
  require(wire::decode_order(wire::encode_order(*order)).value() == *order);
}

// Signed by those who may, whatever it says.
void read_signed_order(const Bytes& body) {
  static const auto kTrust = decide::trust_of(test::small_release());
  wire::SignedOrder envelope{body, {}};
  const Bytes text = wire::order_signing_bytes(envelope.body);
  for (const char* name : {"admin-1", "admin-2"}) {
    const auto key = test::administrator_key(name);
    envelope.signatures.push_back({key.public_key(), key.sign(text)});
  }
  const auto order = decide::verify_order(wire::encode_signed_order(envelope), kTrust);
  require(order.ok() == wire::decode_order(body).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // A buffer of its own: readers of FlatBuffers want aligned bytes.
  const Bytes bytes(data + 1, data + size);
  switch (data[0] % 10) {
    case 0:
      read_keys(bytes, read_broker_keys);
      return 0;
    case 1:
      read_keys(bytes, read_station_key);
      return 0;
    case 2:
      read_keys(bytes, read_witness_key);
      return 0;
    case 3:
      read_keys(bytes, read_administrator_key);
      return 0;
    case 4:
      read_keys(bytes, read_unit_secrets);
      return 0;
    case 5:
      read_anchor(bytes);
      return 0;
    case 6:
      if (const auto config = app::read_config(file_of(bytes))) {
        require(!config->data_dir.empty() && !config->listen.empty());
      }
      return 0;
    case 7:
      if (const auto config = gateway::read_config(file_of(bytes))) {
        require(!config->folder.empty() && !config->anchor.empty());
      }
      return 0;
    case 8:
      read_order(bytes);
      return 0;
    default:
      read_signed_order(bytes);
      return 0;
  }
}
