// A directory of an older version that a sequencer of today took over.
#pragma once

#include <map>

#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {

Release release_in_force(const SequencerInTest& broker);
// The release in force as today's administrators build the one after it, signed.
Bytes release_of_today(const SequencerInTest& broker);

// The message of that entry.
Message message_at(const SequencerInTest& broker, std::uint64_t index);

// What waits for each unit of the release in force.
std::map<std::string, std::vector<LogIndex>> all_mail(const SequencerInTest& broker);

}  // namespace rujukan::test
