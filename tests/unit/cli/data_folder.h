// A broker's data directory with a log of one case, written without a broker.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "broker/merkle/note.h"
#include "broker/model/entry.h"
#include "tests/support/temporary_folder.h"

namespace rujukan::test {

// Changes what is written, before it is written.
struct Tampering {
  std::function<void(Entry&)> entry = [](Entry&) {};
  std::function<void(merkle::Checkpoint&)> checkpoint = [](merkle::Checkpoint&) {};
  bool last_checkpoint = true;  // false: the second commit has none
};

class DataFolder {
 public:
  // Three entries in two commits: release 1, a referral, its acceptance.
  explicit DataFolder(const Tampering& tampering = {});

  std::string path() const { return folder_.path(); }
  // A second folder beside it, with the receipt of the opening entry.
  std::string receipts() const { return receipts_.path(); }
  std::string receipt_file() const { return receipts_ / "referral.tlog-proof"; }
  std::string log_key() const;
  CaseId case_id() const;

 private:
  TemporaryFolder folder_;
  TemporaryFolder receipts_;
};

}  // namespace rujukan::test
