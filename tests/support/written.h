// What older versions wrote (tests/fixtures/VERSION/README.md): later ones read it and go on.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace rujukan::test {

// What a fixture's README says of it. Cases are named by the entry of `data` that opens them.
struct WrittenFacts {
  std::string version;
  std::uint64_t size = 0;                 // of `data`
  std::uint32_t release = 0;              // in force there
  std::uint64_t withheld_from_start = 0;  // uptd owns it
  std::uint64_t withheld_later = 0;       // and polres.a had it before
  std::uint64_t unread = 0;               // polres.a has not seen it
  std::size_t receipts = 0;               // in kpai/done
  std::size_t orders = 0;
  std::size_t answers_kept = 0;  // in `conversation`: got again as often as they are asked for
  std::size_t answers_anew = 0;  // refusals that may pass
};

// For GENERATE(from_range(written_versions())).
std::vector<std::string> written_versions();

// A copy of its own.
class Written {
 public:
  explicit Written(const std::string& version);
  std::filesystem::path operator/(const std::string& name) const { return folder_ / name.c_str(); }
  // What a command of that version printed about it.
  std::string said(const std::string& name) const;

  const WrittenFacts facts;

 private:
  TemporaryFolder folder_;
};

}  // namespace rujukan::test
