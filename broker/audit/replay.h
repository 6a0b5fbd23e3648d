// Replay: decides every entry of a log again, from the log alone, and holds what was logged against
// it.
//
// Taken as logged, because the log does not hold what they follow from: that a payload did not come
// or was damaged (payload.*), and which station sent a message (station.*). That a message could be
// refused so is checked, and that it is refused when no station may speak for the unit. A refused
// message whose bytes are not kept, because they may hold a name, is taken as logged too. In a
// later shard also whether mail of an earlier one was still in its mailbox.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_set>

#include "broker/audit/case_table.h"
#include "broker/audit/consumer.h"
#include "broker/audit/decided_messages.h"
#include "broker/audit/mail_table.h"
#include "broker/routing/table.h"

namespace rujukan::audit {

// Where the log first says otherwise than the rules.
struct Divergence {
  std::uint64_t position = 0;
  Error error;  // replay.diverged or replay.state
  Entry logged;
  std::optional<Outcome> decided;  // nullopt: there should be no such entry
};

struct ReplayCounts {
  std::uint64_t entries = 0;
  std::uint64_t accepted = 0;   // messages
  std::uint64_t refused = 0;    // messages
  std::uint64_t as_logged = 0;  // of these, refusals that do not follow from the log
  std::uint64_t deadlines = 0;
  std::uint64_t releases = 0;
  std::uint64_t states = 0;            // digests that were compared
  std::uint64_t states_unknown = 0;    // of another format
  std::uint64_t pauses = 0;            // in which no answers were taken
  std::chrono::microseconds paused{};  // all of them
  std::chrono::microseconds latest{};  // of all deadlines: how long after its time it was logged
};

// One thread. After the first divergence it takes nothing more: what comes later follows from it.
// Errors: store.* of its temporary database; state.invalid when an entry was lost.
class Replay final : public Consumer {
 public:
  static Result<std::unique_ptr<Replay>> create();

  Result<void> take(const LoggedEntry& logged, Findings& findings) override;
  Result<void> take_release(std::shared_ptr<const Release> release) override;
  void lose(std::uint64_t position) override;
  Result<void> finish(std::uint64_t size, Findings& findings) override;

  const std::optional<Divergence>& divergence() const { return divergence_; }
  // Where it could not go on, because an entry or a release cannot be read; nullopt: nowhere.
  const std::optional<std::uint64_t>& lost() const { return lost_; }
  const ReplayCounts& counts() const { return counts_; }
  // After the entry taken last: of all case records, and each of them.
  merkle::StateDigest state() { return cases_->state(); }
  Result<const CaseRecord*> find_case(const CaseId& id) { return cases_->find(id); }
  Result<void> for_each_case(const std::function<void(const CaseRecord&)>& visit) {
    return cases_->for_each(visit);
  }
  TimeUs time() const { return time_; }  // of the entry taken last

 private:
  // What the rules say about an entry: its outcome, or why it should not be there.
  struct Verdict {
    std::optional<Outcome> outcome;
    std::string why = {};
    ErrorCode code = ErrorCode::kReplayDiverged;
  };
  using Link = std::pair<CaseId, CaseId>;  // the case that is told, the case that names it

  Replay(std::unique_ptr<store::Database> database, std::unique_ptr<CaseTable> cases,
         std::unique_ptr<DecidedMessages> decided, std::unique_ptr<MailTable> mail)
      : database_(std::move(database)),
        cases_(std::move(cases)),
        decided_(std::move(decided)),
        mail_(std::move(mail)) {}

  Result<void> replay(const LoggedEntry& logged, Findings& findings);
  // Why no entry of its kind may be at its place, whatever its outcome.
  std::optional<std::string> misplaced(const Entry& entry);
  std::optional<std::string> overdue(const Entry& entry);
  Result<Verdict> decide(const LoggedEntry& logged);
  Result<Verdict> decide(const LoggedEntry& logged, const MessageCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const DeadlineCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const ReleaseCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const SuccessionCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const LinkCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const ExclusionCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const StateCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const OrderCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const GenesisCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const CarryCause& cause);
  Result<Verdict> decide(const LoggedEntry& logged, const TimeCause& cause);
  bool conflicts_with_earlier_shard(const Entry& entry) const;
  // What its id stands for, whoever signed it. Requires: it verified.
  static Bytes body_of(const OrderCause& cause);
  Result<std::optional<Verdict>> decide_again(const MessageId& id, ByteView bytes,
                                              const char* field);
  // As the ledger asks before anything else.
  Result<std::optional<Error>> find_unvouched(const MessageCause& cause, const Message& message);
  std::optional<Error> refuse_envelope(const Entry& entry, const MessageCause& cause,
                                       const Message& message);
  Result<Verdict> decide_opening(const Entry& entry, const Message& message);
  Result<Verdict> decide_later(const Entry& entry, const Message& message);
  Result<std::vector<decide::Mail>> mail_in(const Entry& entry, const Message& message,
                                            const CaseRecord* record);
  static constexpr const char* kNoCase = "there is no such case";
  static constexpr const char* kEndedFirst =
      "a unit of the case has ended or is kept out: that has to be logged first";
  // A case before something is decided about it.
  struct Settled {
    const CaseRecord* record = nullptr;  // nullptr: there is no such case
    bool ended = false;                  // a unit of it: its succession has to be logged first
  };
  Result<Settled> settled(const CaseId& id, TimeUs now);
  Result<std::optional<std::string>> orphan(const routing::RoutingTable& next, TimeUs now);
  Result<void> fold(const LoggedEntry& logged);
  Result<void> use_up_id(const LoggedEntry& logged);
  Result<void> fold_case(const Entry& entry, const Message* message);
  Result<void> fold_record(const CaseId& id, const Entry& entry, const Message* message);
  Result<void> deliver(const CaseRecord* before, const CaseRecord& after, const Entry& entry,
                       const Message* message);
  // The history of a case, to a unit that is new to it.
  Result<void> deliver_links(const CaseRecord& before, const CaseRecord& after);
  Result<void> deliver_history(const CaseId& id, const UnitId& unit);
  // Of a LinkCause: the case that names the one that is told.
  Result<std::optional<CaseRecord>> linked_case(const Cause& cause);
  void count(const Entry& entry);

  std::unique_ptr<store::Database> database_;
  std::unique_ptr<CaseTable> cases_;
  std::unique_ptr<DecidedMessages> decided_;
  std::unique_ptr<MailTable> mail_;
  std::optional<TimeUs> put_off_at_;        // when deadlines were put off last, or the log began
  std::shared_ptr<const Release> offered_;  // what the entry taken next puts in force
  std::shared_ptr<const routing::RoutingTable> table_;
  std::unordered_set<UnitId> spoken_for_;  // by some station of the release in force
  std::deque<Link> links_;                 // that have to follow
  std::optional<CaseId> excludes_;         // whose exclusions have to follow first
  std::uint64_t shard_first_ = 0;          // Entry.index of the shard's entry 0
  std::uint64_t next_index_ = 0;
  TimeUs time_{};
  // The earliest deadline, and how long entries have been logged since it was due.
  std::optional<CaseTable::Due> awaited_;
  std::chrono::microseconds waited_{};

  std::optional<Divergence> divergence_;
  std::optional<std::uint64_t> lost_;
  ReplayCounts counts_;
};

}  // namespace rujukan::audit
