// Logs of a real sequencer for tests of their verification, and what a verification finds.
#pragma once

#include <filesystem>
#include <map>

#include "broker/audit/verification.h"
#include "tests/support/log_folder.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {

// The entries and releases of a sequencer's log.
LogBytes log_of(const SequencerInTest& s);

// Referrals in one submission, with ids from `first` on.
void submit_referrals(SequencerInTest& s, std::uint8_t first, std::size_t count);

// A case that is accepted, handed on, closed and erased; a refusal; two releases: 14 entries.
void write_fourteen_entries(SequencerInTest& s);

audit::VerifyOptions trusting();

audit::Verified verify_source(const std::filesystem::path& source,
                              const audit::VerifyOptions& options = trusting());

// The files of a log in memory, so that each of its bytes can be damaged in turn.
class FilesInMemory final : public store::LogFiles {
 public:
  explicit FilesInMemory(const std::filesystem::path& folder);
  Result<std::optional<Bytes>> read(const std::string& path) const override;

  std::map<std::string, Bytes> files;
};

// "position code" of each finding.
std::vector<std::string> found(const audit::Verified& verified);
using Found = std::vector<std::string>;

}  // namespace rujukan::test
