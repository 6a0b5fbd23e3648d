// OwnershipCheck: whether a log kept the law that an open case has exactly one owner, and what the
// guarantees of its releases promise about the agencies of a case. A second, literal reading of the
// events, for auditors; it shares nothing with apply().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/base/packed.h"
#include "broker/model/entry.h"
#include "broker/model/release.h"

namespace rujukan::decide {

// Holds a case in some hundreds of bytes: what the owner follows from, which entries it has, and
// whom they named.
class OwnershipCheck {
 public:
  // The release in force from the entry added next on; nullptr when it cannot be read. Until the
  // first call nothing is held against guarantees.
  void follow(std::shared_ptr<const Release> release);

  // Every entry of a log in order; `message` is that of its cause, nullptr for other causes and for
  // bytes that do not decode. What is wrong with it; nullopt: nothing. Of each case the first fault
  // only, because what comes after follows from it.
  std::optional<std::string> add(const Entry& entry, const Message* message);

  struct Summary {
    std::uint64_t cases = 0;
    std::uint64_t sound = 0;  // had exactly one owner at every entry
    std::uint64_t open = 0;
    std::uint64_t closed = 0;
  };
  const Summary& summary() const { return summary_; }

  // For a caller that keeps here only the cases which entries were about lately. A case that is
  // not here counts as one that was never opened.
  bool knows(const CaseId& id) const { return cases_.contains(id); }
  // Requires: knows(id).
  Bytes state_of(const CaseId& id) const;
  // False: not the bytes of state_of(); nothing is restored.
  bool restore(const CaseId& id, ByteView state);
  void restore(const Summary& summary) { summary_ = summary; }
  // The summary stays.
  void forget_cases();

 private:
  using UnitNumber = std::uint32_t;
  using ChainNumber = std::uint32_t;
  using Fault = std::optional<std::string>;

  struct Step {
    ChainNumber chain = 0;
    std::uint16_t position = 0;
  };
  struct Offered {
    Step step;
    bool present = false;
    bool stays_when_declined = false;  // it goes to the next of its chain
  };
  // An assignment: the need's own, or the n-th assist.
  struct Part {
    Need need = Need::kInvestigation;
    std::uint16_t assist = 0;
    bool done = false;
    Step held;
    Offered offered;
  };
  // What guarantees ask of the facts.
  struct Traits {
    bool known = false;  // not of a case whose state an older version saved
    Mode mode = Mode::kOnline;
    VictimAge victim_age = VictimAge::kUnknown;
    Consent consent = Consent::kPending;
    Urgency urgency = Urgency::kRoutine;
    std::uint32_t categories = 0;  // a bit for each
    bool suspect_abroad = false;
  };
  // Facts that a unit proposed: their bytes.
  struct Proposal {
    UnitNumber by = 0;  // 0: none
    Bytes facts;
  };
  struct Case {
    std::uint32_t version = 0;
    UnitNumber requester = 0;  // of a transfer; 0: none
    Need lead = Need::kInvestigation;
    bool closed = false;
    bool faulty = false;
    bool held = false;  // by an administrators' order
    bool erasure_proposed = false;
    std::vector<Part> parts;
    Traits traits;
    Proposal proposal;
    std::vector<UnitNumber> informed;
    std::vector<UnitNumber> excluded;
    // What may be acknowledged: the case's entries from `known_from` on, less acknowledgements,
    // ascending. What was before lies in an earlier shard, or was verified by version 0.3.0.
    std::uint64_t known_from = 0;
    std::vector<std::uint64_t> entries;
    std::vector<UnitNumber> named;  // by some event, or by the record that was carried; the opener
    bool all_named = true;          // and no others had a part
  };
  struct Fold;

  static Traits traits_of(const Facts& facts);
  static Bytes bytes_of(const Facts& facts);

  Fault add_opening(const Entry& entry, const Message& referral);
  Fault add_later(const Entry& entry, const Message* message, const CaseId& id);
  Fault add_carried(const Entry& entry, const CarryCause& carry);
  Fault check_received(const Case& state, const Entry& entry, const Message& message) const;
  void remember(Case& state, const Entry& entry, const Message* message);
  Fault add_refusal(const Entry& entry, const Message* message) const;
  Fault fold(Case& state, const Entry& entry, const Message* message);
  Fault check_after(const Case& state, const Entry& entry, std::uint32_t version_before) const;
  // What a guarantee promises and the case does not keep.
  Fault check_promises(const Case& state);
  Fault check_promise(const Guarantee& guarantee, const Case& state);
  // Requires: follow() was called with a release.
  bool is_of(UnitNumber unit, const std::vector<AgencyId>& agencies);
  bool is_kept_out(UnitNumber unit, const Case& state);
  static bool concerns(const Condition& when, const Traits& traits);
  const AgencyId* agency_of(UnitNumber unit);
  bool on_present_facts() const {
    return release_ != nullptr && release_->edition >= Edition::kPresentFacts;
  }

  void put_facts(const Case& state, Packer& out) const;
  bool take_facts(Unpacker& in, Case& state);
  void put_entries(const Case& state, Packer& out) const;
  void take_entries(Unpacker& in, Case& state);
  UnitNumber number_of(const UnitId& unit);
  const UnitId& unit_of(const Step& step) const;
  ChainNumber chain_of(const std::vector<UnitId>& units);
  const UnitId* owner_of(const Case& state) const;

  std::shared_ptr<const Release> release_;
  std::unordered_map<UnitId, const AgencyId*> agencies_;  // of the release's units
  std::vector<const AgencyId*> agency_of_;                // by number, as far as looked up
  std::unordered_map<UnitId, UnitNumber> numbers_;
  std::vector<UnitId> units_{UnitId()};  // from 1
  std::map<std::vector<UnitNumber>, ChainNumber> chain_numbers_;
  std::vector<std::vector<UnitNumber>> chains_;
  std::unordered_map<CaseId, Case> cases_;
  Summary summary_;
};

}  // namespace rujukan::decide
