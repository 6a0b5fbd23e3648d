// Joins the folders of an agency to a station. Without sockets: the caller brings the link.
#pragma once

#include <memory>
#include <optional>

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

  // Looks at the folder: takes files, plans what can be planned, finishes what has an outcome.
  Result<void> look();
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

  Result<void> plan_taken(const std::vector<TakenFile>& files);
  Result<sdk::Planned> plan(const TakenFile& file, const routing::RoutingTable& table) const;
  Result<void> finish_settled(const std::vector<TakenFile>& files);
  Result<void> finish(const TakenFile& file, const sdk::SettledItem& item);
  Result<void> fail(const TakenFile& file, const Error& error, const std::string& receipt);

  Parts parts_;
  Clock& clock_;
  Folders folders_;
  DirectoryLock lock_;
  std::unique_ptr<sdk::Database> database_;
  std::unique_ptr<sdk::Station> station_;
  bool waits_for_release_ = false;  // was traced
};

}  // namespace rujukan::gateway
