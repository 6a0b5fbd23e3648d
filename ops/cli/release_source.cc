#include "ops/cli/release_source.h"

#include "broker/crypto/sha256.h"
#include "broker/wire/release_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {

std::optional<LoadedRelease> load_release(const ReleaseSource& source) {
  if (source.file.empty()) {
    auto release = load_release({.folder = source.folder, .registry = {}, .deadlines = {}}, {});
    if (!release) return std::nullopt;
    const Digest digest = sha256(wire::encode_release(*release));
    return LoadedRelease{std::move(*release), digest};
  }
  auto file = read_release_file(source.file);
  if (!file) {
    fail(file.error());
    return std::nullopt;
  }
  return LoadedRelease{std::move(file->release), file->digest};
}

}  // namespace rujukan::cli
