// Files of the two verifiers' test that are made from a whole log.
#pragma once

#include <string>

#include "tests/support/log_folder.h"

namespace rujukan::test {

// Of one entry, as a file.
std::string receipt_in(const LogBytes& log, std::size_t at);

// Entries and messages with some bytes changed, and whether their decoders take them: per record
// u8 what (0 entry, 1 message), u8 accepted (2: and exact), u16be length, bytes.
Bytes mutations(const LogBytes& log);

}  // namespace rujukan::test
