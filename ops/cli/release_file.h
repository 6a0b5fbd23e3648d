// Release files: a signed release with its decoded body.
#pragma once

#include <filesystem>

#include "broker/model/release.h"
#include "broker/wire/release_codec.h"

namespace rujukan::cli {

struct ReleaseFile {
  wire::SignedRelease envelope;
  Release release;
  Digest digest{};  // of the body
};

// Errors: file.unreadable, config.too_large, release.invalid; each names the file. Signatures are
// not looked at.
Result<ReleaseFile> read_release_file(const std::filesystem::path& path);
// Errors: file.unwritable.
Result<void> write_release_file(const std::filesystem::path& path,
                                const wire::SignedRelease& envelope);

}  // namespace rujukan::cli
