// A release that a command works with: a release file, or a configuration folder compiled.
#pragma once

#include <optional>
#include <string>

#include "broker/base/bytes.h"
#include "broker/model/release.h"

namespace rujukan::cli {

// Exactly one is set.
struct ReleaseSource {
  std::string folder;
  std::string file;
};

struct LoadedRelease {
  Release release;  // version 0: of a folder
  Digest digest{};  // of its canonical form
};

// nullopt: what is wrong was printed on stderr. Signatures are not looked at.
std::optional<LoadedRelease> load_release(const ReleaseSource& source);

}  // namespace rujukan::cli
