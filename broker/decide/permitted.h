// Who may send which kind in which state: one table, for the code, for its tests and for readers.
#pragma once

#include <cstdint>
#include <span>

#include "broker/decide/decide.h"

namespace rujukan::decide {

// Of a sender, towards a case and what its message names. Bits of a set.
using Roles = std::uint16_t;
inline constexpr Roles kFormer = 1;        // had a part once
inline constexpr Roles kOpener = 2;        // opened the case
inline constexpr Roles kInformed = 4;      // gets coded facts
inline constexpr Roles kAssigned = 8;      // responsible for some assignment or assist
inline constexpr Roles kOwner = 16;        // responsible for the lead assignment
inline constexpr Roles kResponsible = 32;  // for the assignment that the message names
inline constexpr Roles kOffered = 64;      // the unit to which some assignment is offered
inline constexpr Roles kOfferer = 128;     // made the offer that the message names
inline constexpr Roles kDecider = 256;     // is to answer the pending transfer request
inline constexpr Roles kRequester = 512;   // made it
inline constexpr Roles kParty =
    kOpener | kInformed | kAssigned | kOwner | kOffered | kDecider | kRequester;

// Of the assignment that a message names; of the case, when it names none or the case is closed.
// Bits of a set.
using States = std::uint16_t;
constexpr States state_bit(AssignmentState state) {
  return static_cast<States>(1U << static_cast<unsigned>(state));
}
inline constexpr States kOpenCase = 1U << 14;
inline constexpr States kClosedCase = 1U << 15;

// A message of the kind, about the subject, is permitted from a sender with one of the roles in one
// of the states.
struct Cell {
  MessageKind kind;
  Subject subject;
  Roles roles;
  States states;
};
std::span<const Cell> permitted_cells();

// What a message names: the assignment, and where it stands.
struct Named {
  const Assignment* assignment = nullptr;  // nullptr: the kind names none, or there is none
  std::uint32_t assist = 0;                // its place among the assists; 0: the need's own
};
Named find_named(const CaseRecord& record, const Message& message);
// Of whose assignment the message is; nullopt: its kind names none.
std::optional<Need> need_of(const MessageBody& body);
Subject subject_of(const MessageBody& body);
Roles roles_of(const CaseRecord& record, const UnitId& sender);

// nullopt when some cell permits the message. Errors: case.unknown, case.closed, case.open,
// assignment.*, offer.unknown, request.unknown, case.not_owner.
// `roles`: the sender's towards the case. `edition`: of the release in force; by the first one a
// closed case takes no facts.
std::optional<Error> check_known(const CaseRecord& record, const Message& message, Roles roles,
                                 Edition edition);
std::optional<Error> check_permitted(const CaseRecord& record, const Message& message,
                                     const Named& named);

}  // namespace rujukan::decide
