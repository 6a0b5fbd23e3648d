// Messages drawn from whoever might send them: what a log of some cases may come to hold.
#pragma once

#include <cstdint>

namespace rujukan::test {

class SequencerInTest;

// Twelve cases, and then so many messages about them, with deadlines that pass.
void submit_drawn(SequencerInTest& s, std::uint32_t seed, int steps);

}  // namespace rujukan::test
