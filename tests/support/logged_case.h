// A log in which one case has gone through most of what can happen to a case, between entries of
// another one. Signatures and seals are real.
#pragma once

#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::store {
class StoredLogFiles;
}

namespace rujukan::test {

inline constexpr std::string_view kNarrative = "an invented text that stands for a narrative\n";

class LoggedCase {
 public:
  LoggedCase();
  ~LoggedCase();
  void close();

  // The unit says this in the case, sealed for whoever must be able to read it, and is accepted.
  void does(const Message& of, const char* unit, MessageBody body);

  std::string folder() const { return broker.folder.path().string(); }
  std::unique_ptr<store::StoredLogFiles> files() const;
  std::string policy() const;
  const CaseId& id() const { return opening.case_id; }

  SequencerInTest broker;
  Message opening = referral_message(facts_of_both_regencies(), 1);
  Message other = referral_message(offline_facts(), 2);

 private:
  std::uint8_t number_ = 10;
};

}  // namespace rujukan::test
