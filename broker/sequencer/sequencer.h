// The one thread that decides: it takes verified jobs in their order, logs what it decided, and
// only then answers and delivers.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <thread>

#include "broker/deliver/courier.h"
#include "broker/runtime/mutex.h"
#include "broker/runtime/ordered_pipeline.h"
#include "broker/runtime/rare_trace.h"
#include "broker/sequencer/answering.h"
#include "broker/sequencer/clock_watch.h"
#include "broker/sequencer/ends_watch.h"
#include "broker/sequencer/greeted.h"
#include "broker/sequencer/ledger.h"
#include "broker/sequencer/witness_lag.h"

namespace rujukan::sequencer {

using Pipeline = OrderedPipeline<verify::Job>;

struct Config {
  std::string data_dir;
  std::string origin;  // of the log's first shard
  std::chrono::seconds redeliver_after{10};
  // Entries from one digest of the state in the log to the next; 0: none.
  std::uint64_t state_every = 10'000;
  bool witnessed = false;  // cosigned checkpoints are offered
  // Nothing is taken while the oldest entry without one is older; 0: never stops.
  std::chrono::seconds stop_after_lag{0};
  // How far the clock may be ahead of the log's last sign of life, or jump; 0: not looked at.
  std::chrono::minutes clock_ahead{0};
  bool clock_confirmed = false;  // somebody says that it is right at this start
  // For how long at most no deadline fires after an interruption.
  std::chrono::seconds settle{0};
};

// An administrators' order as somebody left it in a file.
struct OfferedOrder {
  std::string file;
  Bytes signed_order;
};

class Sequencer {
 public:
  // Opens the data directory and loads the tree. When `signed_release` is given and newer than the
  // release in force, it is checked against the administrators of that one and put in force by an
  // entry of its own. One that may not be is traced, and the release in force stays; one that is
  // signed for later is tried again then. A new directory needs one that may be.
  // All references outlive it. Errors: store.*, checkpoint.*, clock.ahead; of a new directory
  // release.*, config.missing (no release).
  static Result<std::unique_ptr<Sequencer>> open(const Config& config,
                                                 const Ed25519SecretKey& log_key, Clock& clock,
                                                 transport::Outbound& outbound,
                                                 const std::optional<Bytes>& signed_release);

  // The release in force.
  std::shared_ptr<const routing::RoutingTable> table() const { return table_; }
  std::uint64_t log_size() const { return log_->size(); }

  // To be put in force while it runs, by the same checks as at the start. Any thread; the latest
  // counts. What became of it is traced; `on_release`, set before start(), is called from the
  // sequencer's thread with the new table, before anything is decided by it.
  void offer_release(Bytes signed_release);
  void on_release(std::function<void(const std::shared_ptr<const routing::RoutingTable>&)> call) {
    on_release_ = std::move(call);
  }

  // To be decided and logged, each once. Any thread; the latest list counts. What became of them is
  // traced.
  void offer_orders(std::vector<OfferedOrder> orders);

  // A checkpoint of this log with the cosignatures of a quorum, to be kept. Any thread; the latest
  // counts. Requires: verified against the policy.
  void offer_cosigned(std::string note) { lag_.offer(std::move(note)); }

  // Takes jobs until the pipeline is closed and drained, in a thread of its own. `on_fatal` is
  // called from that thread, at most once; nothing is answered after it.
  void start(Pipeline& pipeline, std::function<void(const Error&)> on_fatal);
  // Requires: the pipeline was closed. Waits for the thread.
  void join();

  // One round on the caller's thread: decides, commits, answers, fires what is due, delivers.
  // Errors: fatal; the directory is marked when the database failed.
  Result<void> process(const std::vector<verify::Job>& jobs);

 private:
  // An outcome whose receipts wait for the commit.
  struct Pending {
    transport::ConnectionId to;
    wire::SubmissionOutcome outcome;
    std::vector<Logged> logged;  // one per result
  };

  Sequencer(const Config& config, Clock& clock, transport::Outbound& outbound,
            std::unique_ptr<store::Store> store, std::unique_ptr<LogWriter> log);

  Result<void> load_release(const std::optional<Bytes>& signed_release);
  Result<void> check_clock();
  Result<void> load_tables();
  Result<void> load_table(ByteView signed_release);
  // Errors: fatal, or, before there is a release in force, why it cannot be.
  Result<void> take_release(const Bytes& signed_release);
  Result<bool> is_known(const Bytes& signed_release) const;
  // A release on its way into force.
  struct Candidate {
    Bytes signed_release;
    ReleaseCause cause;
    std::shared_ptr<const routing::RoutingTable> table;
    bool rotates = false;
    bool forbids = false;  // its guarantees may forbid what those before allowed
    std::optional<CaseId> looked_up_to;
    bool looked_through = false;
    std::set<CaseId> touched;  // since it is looked at
  };
  Result<Candidate> candidate_of(const Bytes& signed_release);
  Result<void> go_on_activating();
  Result<void> look_through_cases();
  Result<void> activate();
  Result<void> refused(const Error& why, const Bytes& signed_release);
  Result<void> begin_shard(GenesisCause genesis, const std::string& origin,
                           const Bytes& signed_release, TimeUs now);
  Result<void> go_on_carrying();
  Result<void> carry_all();
  Result<void> carry_some();
  Result<void> take_offered_release();
  Result<void> take_offered_orders();
  // `all`: also when no unit has ended.
  void begin_sweep(bool all);
  Result<void> sweep();
  Result<void> run_round(const std::vector<verify::Job>& jobs);
  Result<void> take(const verify::Job& job);
  Result<void> sequence(const verify::Job& job, const verify::VerifiedSubmission& submission);
  // The broker's own reasons for which it takes no answers; nullopt: it takes them.
  Result<std::optional<TimeUs>> takes_none_since();
  Result<void> keep_deadlines();
  Result<void> fire_due();
  Result<void> stay_alive();
  Result<void> scrub();
  Result<void> begin();
  Result<void> begin_if_needed();
  // Commits when a commit's worth has gathered: nobody's receipt waits for more.
  Result<void> commit_if_full();
  Result<void> log_state_if_due();
  Result<void> commit();
  Result<void> answer(Pending& pending);
  Result<void> welcome(const verify::Job& job, const wire::Hello& hello);
  Result<void> send_welcome(const Greeted& to);
  Result<void> tell_news();
  Result<void> send_consistency(const verify::Job& job, const wire::GetConsistency& request);
  Result<void> send_release(const verify::Job& job, const wire::GetRelease& request);
  void refuse(const verify::Job& job, const verify::Refused& refused);

  const Config config_;
  Clock& clock_;
  transport::Outbound& outbound_;
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<LogWriter> log_;
  Ledger ledger_;
  deliver::Courier courier_;
  GreetedStations greeted_;
  std::shared_ptr<const routing::RoutingTable> table_;

  // The commit that is being built.
  bool begun_ = false;
  std::uint64_t first_of_commit_ = 0;  // index of its first entry
  std::uint64_t next_state_ = 0;       // the log's size from which the state is logged again
  std::vector<Pending> pending_;

  // Signed for later: tried again by itself.
  struct WaitingRelease {
    Bytes signed_release;
    TimeUs from;
  };
  std::optional<WaitingRelease> waiting_release_;
  std::optional<Candidate> candidate_;
  bool serves_ = false;  // the first round has begun
  // How far the open cases of the shard before are carried.
  struct Carrying {
    std::optional<CaseId> up_to;
    std::uint64_t cases = 0;
  };
  std::optional<Carrying> carrying_;

  // Looks through all cases, a page at each round, for what an ended unit still holds, or one that
  // a guarantee keeps out.
  bool sweeping_ = true;
  bool sweeps_all_ = false;
  std::optional<CaseId> swept_up_to_;
  std::optional<TimeUs> next_change_;  // of the directory
  // Erased payloads may still be in the write-ahead log, as after a crash.
  bool scrub_ = true;

  WitnessLag lag_;
  ClockWatch clock_watch_;
  bool believes_clock_ = true;  // in this round
  Answering answering_;
  EndsWatch ends_watch_;
  std::optional<TimeUs> alive_written_;

  Mutex offered_mutex_;
  std::optional<Bytes> offered_ GUARDED_BY(offered_mutex_);
  std::vector<OfferedOrder> offered_orders_ GUARDED_BY(offered_mutex_);
  std::function<void(const std::shared_ptr<const routing::RoutingTable>&)> on_release_;

  trace::RareTrace refused_trace_{"submission.refused"};  // before anything is logged
  std::map<StationId, trace::RareTrace> connected_traces_;

  std::thread thread_;
};

}  // namespace rujukan::sequencer
