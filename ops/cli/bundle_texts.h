// The texts of an evidence bundle for people: made from its proofs alone, so that whoever verifies
// the bundle can make them again and compare.
#pragma once

#include <string>

#include "broker/audit/evidence.h"

namespace rujukan::cli {

// case.html, case.json, keys.json, STATEMENT.en.md, STATEMENT.id.md, VERIFY.md.
audit::BundleFiles readable_files(const audit::CaseEvidence& evidence);

// What is proved and what is not.
std::string statement_in_english(const audit::CaseEvidence& evidence);
std::string statement_in_indonesian(const audit::CaseEvidence& evidence);
// How to check the bundle's first entry with openssl and coreutils; the commands are self-checking.
std::string by_hand(const audit::CaseEvidence& evidence);

// The release in force at a position. Requires: there is one, as in checked evidence.
const audit::ProvedRelease& release_at(const audit::CaseEvidence& evidence, std::uint64_t position);

}  // namespace rujukan::cli
