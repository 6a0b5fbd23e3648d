// Takes deliveries: checks them, hands them to the agency's side, acknowledges them, and accepts
// what it is told to accept.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "adapters/sdk/entry_check.h"
#include "adapters/sdk/planner.h"
#include "adapters/sdk/station_parts.h"

namespace rujukan::sdk {

// A delivery whose receipt and signature were verified.
struct CheckedDelivery {
  UnitId unit;  // of ours, in whose mailbox it lay
  CheckedEntry checked;
  std::optional<KnownCase> known;        // as of this entry; nullopt: the opening was not seen
  std::optional<std::string> narrative;  // opened
  std::optional<Error> seal_fault;       // it is sealed for the unit but does not open
};

// The side of the agency.
class Agency {
 public:
  virtual ~Agency() = default;
  // Makes the delivery durable there. The same one may come again after a crash; unit and index
  // tell. Errors, here and of forget(): fatal ones; folder.unusable, and then the broker is asked
  // for it again later.
  virtual Result<void> keep(const CheckedDelivery& delivery) = 0;
  // Removes what keep() made of the unit's deliveries of the case, as far as it is still there: a
  // guarantee keeps the unit out of it. What the station knows of them is not asked: a crash may
  // have come between keep() and that.
  virtual Result<void> forget(const UnitId& unit, const CaseId& case_id) = 0;
  // Whether assignments of the unit are accepted without being asked.
  virtual bool accepts(const UnitId& unit) const = 0;
};

// One thread. Errors of every function: fatal ones, and those named.
class Receiver {
 public:
  // `parts` and `agency` outlive it.
  Receiver(StationParts& parts, Agency& agency, const StationSettings& settings)
      : parts_(parts), agency_(agency), settings_(settings) {}

  // What fails check_entry is traced and passed over, and so is what the agency's folder does not
  // hold now. Errors: checkpoint.fork; those of
  // merkle::verify_receipt, entry.malformed: the broker is not to be believed.
  Result<void> take(const wire::Delivery& delivery);
  // Puts acknowledgements of what was taken into the outbox.
  Result<void> acknowledge();
  // Ends the station's own messages that have an outcome: a logged acknowledgement brings the
  // accepts that hang on it.
  Result<void> conclude();

  // Whether a delivery was passed over since the last call, because its release is not held.
  bool passed_over() { return std::exchange(passed_over_, false); }
  // The same, because the agency's side could not keep it.
  bool unkept() { return std::exchange(unkept_, false); }
  bool has_unkept() const { return unkept_; }
  // Something of the station's own waits that another release than the one held may let go.
  bool waits_for_release() const { return unplanned_ || !waiting_.empty(); }
  // A newer release is held: what waited for it is due.
  void release_taken() { waiting_.clear(); }

 private:
  Result<void> take_verified(const wire::Delivery& delivery);
  // `unread`: its payload is sealed for the unit and cannot be read.
  Result<void> record(const UnitId& unit, const CheckedEntry& checked, bool unread);
  struct Waiting {
    Backoff backoff;
    SteadyTime due{};
  };

  // One line a unit and minute.
  void trace_unplanned(const char* event, const Error& why, const UnitId& unit);
  // The units for which no signing key is held that is in force: they hold up no other.
  Result<std::set<UnitId>> units_without_key(const routing::RoutingTable& table);
  // Tells whoever sealed what cannot be read here.
  Result<void> report_unread(const Planner& planner, const std::set<UnitId>& without);
  Result<void> leave_case(const UnitId& unit, const CheckedEntry& checked);
  Result<bool> others_know(const CaseId& case_id, const std::optional<KnownCase>& known) const;
  Result<void> taken_before(const UnitId& unit, const CheckedEntry& checked);
  Result<void> conclude(const SettledItem& item);
  // Nullopt: not now.
  Result<std::optional<Planned>> plan_accept(const Duty& duty, const CaseId& case_id,
                                             std::uint32_t case_version) const;

  StationParts& parts_;
  Agency& agency_;
  const StationSettings settings_;
  bool passed_over_ = false;
  bool unkept_ = false;
  bool unplanned_ = false;                // since the latest acknowledge()
  std::map<OutboxSeq, Waiting> waiting_;  // settled acknowledgements whose accepts wait
  std::map<UnitId, SteadyTime> traced_;   // of units whose messages could not be planned
};

}  // namespace rujukan::sdk
