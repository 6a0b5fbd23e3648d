// Errors that say which file they are about.
#pragma once

#include <filesystem>

#include "broker/base/error.h"

namespace rujukan::cli {

// The same error, its field after the path.
inline Error in_file(const std::filesystem::path& path, const Error& error) {
  const std::string field = error.field.empty() ? "" : ": " + error.field;
  return {error.code, path.string() + field, error.detail};
}

}  // namespace rujukan::cli
