#include "ops/cli/release_file.h"

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/runtime/file.h"
#include "ops/cli/file_error.h"

namespace rujukan::cli {

Result<ReleaseFile> read_release_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, limits::kReleaseBytes);
  if (!bytes) return bytes.error();
  auto envelope = wire::decode_signed_release(as_bytes(*bytes));
  if (!envelope) return in_file(path, envelope.error());
  auto release = wire::decode_release(envelope->body);
  if (!release) return in_file(path, release.error());
  const Digest digest = sha256(envelope->body);
  return ReleaseFile{std::move(*envelope), std::move(*release), digest};
}

Result<void> write_release_file(const std::filesystem::path& path,
                                const wire::SignedRelease& envelope) {
  return write_file_durably(path, wire::encode_signed_release(envelope), kForAnyone);
}

}  // namespace rujukan::cli
