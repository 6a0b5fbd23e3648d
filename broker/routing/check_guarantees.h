// Which promises of the guarantees break, and for which smallest facts.
#pragma once

#include <array>
#include <vector>

#include "broker/routing/check_parts.h"

namespace rujukan::routing {

// What the rules make of one class of facts.
//
// Of the sets of needs that a sender may name, together with the implied ones, a set has an owner
// when one of its needs is assigned; the lead is the first such in the order of Need. If an implied
// need is assigned, the first of those, m, bounds the lead: every assigned need up to m leads when
// it is named, and none after m ever does. If none is, every assigned need can lead. So the leads
// of all 1,024 sets follow exactly, and a need that is assigned at all is assigned in some set.
struct DecidedClass {
  CaseTraits traits;
  std::array<std::uint32_t, 10> rules{};  // by need, unless unruled: which rule decides
  NeedSet implied;
  NeedSet assigned;  // decided by a rule that assigns
  NeedSet withheld;
  NeedSet unruled;  // no rule matches: facts with such a need are refused

  NeedSet leads() const;
};

class GuaranteeProof {
 public:
  // The table must outlive it.
  explicit GuaranteeProof(const CheckedTable& table);

  // Adds one class, for the guarantee at this position, whose condition holds for it. `informs`
  // are the positions of the case informs whose conditions hold.
  void add(std::size_t guarantee, const DecidedClass& decided,
           const std::vector<std::uint32_t>& informs);
  void report(CheckFindings& findings, CheckReport& report) const;

 private:
  enum Promise : std::size_t {
    kOwnerAgency,
    kUnassignedAgency,
    kExcludedAgency,
    kExcludedInformed,  // the other half of excluded_agency
    kOwnerLevel,
    kTerminalLevel,
    kPromises,
  };
  using Promises = std::bitset<kPromises>;
  struct Breach {
    Witness witness;
    Anchor anchor = Anchor::kVictims;
    std::string what;
  };
  struct Broken {
    std::size_t size;
    Situation situation;
    Breach breach;
  };
  // Of one guarantee.
  struct State {
    std::uint64_t classes = 0;
    // [rule][whether it reads areas]; and of each case inform.
    std::vector<std::array<Promises, 2>> rules;
    std::vector<bool> informs;
    std::array<std::optional<Broken>, kPromises> broken;
  };
  static const char* key_of(std::size_t promise);

  State state_of(const Guarantee& guarantee) const;
  // The smallest way in which the rule breaks a promise.
  std::optional<Breach> breach(const Guarantee& guarantee, const Rule& rule, bool areas,
                               std::size_t promise) const;
  std::optional<Breach> chain_breach(const Guarantee& guarantee, const Rule& rule, bool areas,
                                     std::size_t promise) const;
  std::optional<Breach> level_breach(const Guarantee& guarantee, const Rule& rule,
                                     bool areas) const;
  std::optional<Breach> inform_breach(const Guarantee& guarantee, const Inform& inform) const;
  void add_informs(std::size_t guarantee, const DecidedClass& decided,
                   const std::vector<std::uint32_t>& informs);
  template <typename Find>
  void show(std::optional<Broken>& broken, const DecidedClass& decided, Need need, Find find);

  const CheckedTable& table_;
  const AreaCode* home_ = nullptr;  // some area inside the nation; nullptr when there is none
  std::vector<State> states_;
};

}  // namespace rujukan::routing
