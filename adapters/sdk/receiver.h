// Takes deliveries: checks them, hands them to the agency's side, acknowledges them, and accepts
// what it is told to accept.
#pragma once

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
  // tell. Errors: fatal.
  virtual Result<void> keep(const CheckedDelivery& delivery) = 0;
  // Removes what keep() made of the unit's deliveries of the case, as far as it is still there: a
  // guarantee keeps the unit out of it. What the station knows of them is not asked: a crash may
  // have come between keep() and that. Errors: fatal.
  virtual Result<void> forget(const UnitId& unit, const CaseId& case_id) = 0;
  // Whether assignments of the unit are accepted without being asked.
  virtual bool accepts(const UnitId& unit) const = 0;
};

// One thread. Errors of every function: fatal ones, and those named.
class Receiver {
 public:
  // Both outlive it.
  Receiver(StationParts& parts, Agency& agency) : parts_(parts), agency_(agency) {}

  // What fails check_entry is traced and passed over. Errors: checkpoint.fork; those of
  // merkle::verify_receipt, entry.malformed: the broker is not to be believed.
  Result<void> take(const wire::Delivery& delivery);
  // Puts acknowledgements of what was taken into the outbox.
  Result<void> acknowledge();
  // Ends the station's own messages that have an outcome: a logged acknowledgement brings the
  // accepts that hang on it.
  Result<void> conclude();

  // A delivery was passed over because its release is not held.
  bool wants_release() const { return wants_release_; }
  void release_asked() { wants_release_ = false; }

 private:
  // `unread`: its payload is sealed for the unit and cannot be read.
  Result<void> record(const UnitId& unit, const CheckedEntry& checked, bool unread);
  // Tells whoever sealed what cannot be read here.
  Result<void> report_unread(const Planner& planner);
  Result<void> leave_case(const UnitId& unit, const CheckedEntry& checked);
  Result<bool> others_know(const CaseId& case_id, const std::optional<KnownCase>& known) const;
  Result<void> taken_before(const UnitId& unit, const CheckedEntry& checked);
  Result<void> conclude(const SettledItem& item);
  // Nullopt: not now.
  Result<std::optional<Planned>> plan_accept(const Duty& duty, const CaseId& case_id,
                                             std::uint32_t case_version) const;

  StationParts& parts_;
  Agency& agency_;
  bool wants_release_ = false;
};

}  // namespace rujukan::sdk
