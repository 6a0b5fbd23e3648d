// The files of a bundle by what they are.
#pragma once

#include <map>
#include <set>

#include "broker/audit/evidence.h"

namespace rujukan::audit {

// What a bundle's names announce. Positions and versions, each with a stem.
struct EvidenceNames {
  std::set<std::uint64_t> entries;
  std::set<std::uint32_t> releases;
  std::set<std::uint64_t> opened;
};

// Of the files that proof_files() gives; unknown and missing ones are findings.
EvidenceNames check_names(const BundleFiles& files, std::vector<Error>& findings);

// Each expected file that is there with other bytes is a finding with this detail.
void compare_files(const BundleFiles& files, const BundleFiles& expected, const char* detail,
                   std::vector<Error>& findings);

}  // namespace rujukan::audit
