// A log as a broker writes it, made in this process: cases from their opening to their close, by
// the national table, each message signed as a station signs it.
#pragma once

#include <chrono>
#include <deque>
#include <filesystem>
#include <memory>

#include "broker/sequencer/sequencer.h"
#include "tests/support/test_clock.h"

namespace rujukan::bench {

class LogWriting {
 public:
  // In an empty folder. Aborts, here and below, when something is refused.
  explicit LogWriting(const std::filesystem::path& data_dir);
  ~LogWriting();

  // Until the log has so many entries, or somewhat more; each submission is a commit.
  void grow(std::uint64_t entries, std::size_t per_submission);

  std::uint64_t size() const { return sequencer_->log_size(); }
  const Ed25519SecretKey& log_key() const { return log_key_; }
  std::uint64_t commits() const { return commits_; }
  // In the sequencer: deciding, appending, signing, syncing.
  std::chrono::duration<double> committing() const { return committing_; }

 private:
  class Answers;
  struct LiveCase {
    CaseId id;
    LogIndex opened{};
  };
  // Cases that were opened together and go the same way together.
  struct Group {
    std::vector<LiveCase> cases;
    std::size_t said = 0;
  };

  void submit(Group& group);
  Message next_message(const Group& group, const LiveCase& live);
  CaseId new_id();

  test::TestClock clock_;
  const Ed25519SecretKey log_key_;
  const std::unique_ptr<Answers> answers_;
  std::unique_ptr<sequencer::Sequencer> sequencer_;
  std::vector<Message> life_;  // of one case, from the referral on
  Bytes sealed_;               // the payload of its referral
  std::deque<Group> groups_;
  std::uint64_t ids_ = 0;
  std::uint64_t commits_ = 0;
  std::chrono::duration<double> committing_{};
};

}  // namespace rujukan::bench
