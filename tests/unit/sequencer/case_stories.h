// What may happen to a case, told to a sequencer.
#pragma once

namespace rujukan::test {

class SequencerInTest;

// Assignments, offers, requests, help, new facts, an end, a reopening and an erasure.
void live_through(SequencerInTest& s);
// Administrators hold the payloads of a closed case, and consent to their erasure in the end.
void be_ordered(SequencerInTest& s);

}  // namespace rujukan::test
