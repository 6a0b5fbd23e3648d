// Joins the folders of an agency to a station. Without sockets: the caller brings the link.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/gateway/config.h"
#include "adapters/gateway/folders.h"
#include "adapters/gateway/mapping.h"
#include "adapters/sdk/station.h"
#include "broker/runtime/file.h"

namespace rujukan::gateway {

// One thread. Errors: fatal.
class Gateway : private sdk::Agency {
 public:
  // Everything that does not change while the process runs.
  struct Parts {
    Config config;
    sdk::Anchor anchor;
    sdk::UnitKeys keys;
    std::optional<Mapping> mapping;
  };
  // Errors: file.*, config.*, key.invalid: the process cannot start.
  static Result<Parts> load(Config config);

  // Locks the folder. `clock` outlives it. Errors: file.*, store.*; checkpoint.fork and
  // checkpoint.behind when the log contradicted itself before.
  static Result<std::unique_ptr<Gateway>> open(Parts parts, Clock& clock);

  sdk::Station& station() { return *station_; }
  const Parts& parts() const { return parts_; }

  // Looks at the folder: takes files. What the folder does not allow now is tried again at the next
  // look, and said in TROUBLE.txt beside it.
  Result<void> look();
  // A bounded part of what is to do with taken files: finishes those that have an outcome, plans
  // those that can be planned. To be called after a look and while deliveries come.
  Result<void> advance();
  // Another advance() has work at once.
  bool has_more() const { return has_more_; }
  // Leaves what a person needs to see after a fatal error.
  void leave_alarm(const Error& fatal);
  // Lets a gateway start again after a contradiction; see sdk::accept_log. False: there was none.
  // Errors: file.*, store.*.
  static Result<bool> accept_log(const Config& config);

 private:
  Gateway(Parts parts, Clock& clock, Folders folders, DirectoryLock lock)
      : parts_(std::move(parts)),
        clock_(clock),
        folders_(std::move(folders)),
        lock_(std::move(lock)) {}

  Result<void> keep(const sdk::CheckedDelivery& delivery) override;
  Result<void> forget(const UnitId& unit, const CaseId& case_id) override;
  bool accepts(const UnitId& unit) const override;

  // What a unit says in a case, in the order in which it was taken.
  using Line = std::pair<UnitId, CaseId>;
  // A taken file without outcome.
  struct Pending {
    TakenFile file;
    bool in_outbox = false;
    std::optional<Urgency> urgency = {};  // once it was read
    std::optional<Line> line = {};        // of an answer, once it was read
    std::optional<Error> why = {};        // it is not planned yet
    sdk::Backoff backoff{kPlannedAgain};
    SteadyTime due{};
    ReleaseVersion refused_by{};
    std::string sign = {};  // its name in waiting/; empty: none
    std::string sign_text = {};
  };
  using PendingFiles = std::map<std::string, Pending>;  // by ticket: in the order of their taking
  static constexpr sdk::RetryTimes kPlannedAgain{std::chrono::milliseconds(1'000),
                                                 std::chrono::milliseconds(60'000)};

  Result<void> take_files();
  Result<void> plan_pending();
  Result<void> read_urgency(Pending& pending) const;
  // What is not in the outbox, as far as it was read: in the order of the taking.
  Result<std::vector<Pending*>> unplanned();
  // Into the outbox, or into failed/, and then its name is empty; or it waits, with the reason.
  Result<void> plan_one(Pending& pending, const routing::RoutingTable& table);
  Result<sdk::Planned> plan(const Pending& pending, const routing::RoutingTable& table) const;
  // The first answer of each line by its ticket.
  using Heads = std::map<Line, std::string>;
  // Whether an earlier one of its line has no outcome yet.
  Result<bool> stands_in_line(const Pending& pending, const Heads& heads) const;
  bool may_be_planned(const Pending& pending, SteadyTime now) const;
  Result<void> finish_settled();
  Result<void> finish(const TakenFile& file, const sdk::SettledItem& item);
  Result<void> fail(const TakenFile& file, const Error& error, const std::string& receipt);
  // What every look puts up and takes away for people.
  Result<void> update_signs();
  Result<void> sign(Pending& pending, const std::optional<Error>& why);
  std::optional<Error> why_waits(const Pending& pending);
  // A file.* error is said and passes; others are fatal.
  Result<void> unless_folder(const Result<void>& done);

  Parts parts_;
  Clock& clock_;
  Folders folders_;
  DirectoryLock lock_;
  std::unique_ptr<sdk::Database> database_;
  std::unique_ptr<sdk::Station> station_;
  PendingFiles pending_;
  bool looked_ = false;  // pending_ is complete
  bool has_more_ = false;
  bool waits_for_release_ = false;              // was traced
  std::map<std::string, std::string> ignored_;  // as ignored.txt says
  std::optional<Error> trouble_;                // with the folder
  SteadyTime trouble_traced_{};
};

}  // namespace rujukan::gateway
