#include "tests/bench/reference.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "broker/base/invariant.h"
#include "broker/crypto/ed25519.h"
#include "broker/crypto/sha256.h"
#include "tests/bench/rate.h"

namespace rujukan::bench {
namespace {

using std::chrono::milliseconds;

// A file without a name in a folder; closed when destroyed.
class ScratchFile {
 public:
  explicit ScratchFile(const std::filesystem::path& folder) {
    std::string name = (folder / "bench-XXXXXX").string();
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ >= 0 && ::unlink(name.c_str()) != 0) invalid_ = true;
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  bool is_open() const { return descriptor_ >= 0 && !invalid_; }
  bool append_and_sync() {
    static constexpr std::array<char, 4096> kPage{};
    return ::write(descriptor_, kPage.data(), kPage.size()) == static_cast<ssize_t>(kPage.size()) &&
           ::fdatasync(descriptor_) == 0;
  }

 private:
  int descriptor_ = -1;
  bool invalid_ = false;  // its name could not be removed
};

}  // namespace

double verifies_per_second(milliseconds duration) {
  const auto key = Ed25519SecretKey::from_seed(Seed{1});
  const Bytes message(100, 0x42);  // a submission's tuple has about as many
  const Ed25519Signature signature = key.sign(message);
  return calls_per_second(duration, [&] {
    INVARIANT(ed25519_verify(key.public_key(), message, signature));
    return true;
  });
}

double sha256_per_second(std::size_t bytes, milliseconds duration) {
  Bytes input(bytes, 0x42);
  return calls_per_second(duration, [&] {
    // The digest goes into the next input, so that no call can be left out.
    const Digest digest = sha256(input);
    std::copy_n(digest.begin(), std::min(digest.size(), input.size()), input.begin());
    return true;
  });
}

Result<double> fdatasyncs_per_second(const std::filesystem::path& folder, milliseconds duration) {
  ScratchFile file(folder);
  const double rate =
      file.is_open() ? calls_per_second(duration, [&] { return file.append_and_sync(); }) : 0;
  if (rate == 0) return Error{ErrorCode::kFileUnwritable, folder.string()};
  return rate;
}

Result<nlohmann::json> reference_figures(const std::filesystem::path& folder,
                                         milliseconds duration) {
  const auto syncs = fdatasyncs_per_second(folder, duration);
  if (!syncs) return syncs.error();
  return nlohmann::json{
      {"ed25519_verifies_per_s_per_core", std::round(verifies_per_second(duration))},
      {"sha256_64_bytes_per_s_per_core", std::round(sha256_per_second(64, duration))},
      {"sha256_1024_bytes_per_s_per_core", std::round(sha256_per_second(1024, duration))},
      {"fdatasyncs_per_s", std::round(*syncs)}};
}

}  // namespace rujukan::bench
