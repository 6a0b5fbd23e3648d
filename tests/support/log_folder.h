// A log as a folder of c2sp.org/tlog-tiles, made from any entries: what tests of auditors' commands
// read and damage.
#pragma once

#include <filesystem>
#include <vector>

#include "broker/base/bytes.h"

namespace rujukan::test {

struct LogBytes {
  std::vector<Bytes> entries;
  std::vector<Bytes> releases;  // signed
};

// Checkpoint, tiles, entry bundles and releases; of kOrigin, signed with the key of the seed "log".
// Requires: the folder does not exist, but its parent does.
void write_log_folder(const std::filesystem::path& folder, const LogBytes& log);
void write_file(const std::filesystem::path& path, ByteView bytes);
// A C2SP policy: the log of these tests, and no witness.
std::string policy_in_test();

}  // namespace rujukan::test
