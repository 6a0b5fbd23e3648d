// The coded values of the domain and their names. Numbers stand on the wire and never change.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace rujukan {

enum class Mode : std::uint8_t { kOnline = 0, kOffline = 1, kMixed = 2 };
enum class Category : std::uint8_t {
  kGrooming = 0,
  kSexualExtortion = 1,
  kCsam = 2,
  kLivestreamedAbuse = 3,
  kSelfGeneratedImagery = 4,
  kOnlineHarassment = 5,
  kTrafficking = 6,
  kSexualExploitation = 7,
  kContactSexualAbuse = 8,
  kPhysicalViolence = 9,
  kPsychologicalViolence = 10,
  kNeglect = 11,
  kEconomicExploitation = 12,
  kPropertyCrime = 13,
};
enum class VictimAge : std::uint8_t { kChild = 0, kAdult = 1, kUnknown = 2 };
enum class Urgency : std::uint8_t { kRoutine = 0, kUrgent = 1, kImmediate = 2 };
enum class Consent : std::uint8_t {
  kGiven = 0,
  kNotRequired = 1,
  kWithheldPolice = 2,
  kPending = 3,
};
// In the order in which a need leads: the owner is the unit of the first one present.
enum class Need : std::uint8_t {
  kInvestigation = 0,
  kProtection = 1,
  kPsychological = 2,
  kShelter = 3,
  kLegalAid = 4,
  kRehabilitation = 5,
  kMedical = 6,
  kTakedown = 7,
  kProsecution = 8,
  kWitnessProtection = 9,
};
enum class Level : std::uint8_t { kNational = 0, kProvince = 1, kRegency = 2 };
enum class Handling : std::uint8_t { kVictimProtected = 0 };
enum class KeyPurpose : std::uint8_t { kSign = 0, kSeal = 1 };
// Which list of areas a rule reads.
enum class Anchor : std::uint8_t { kVictims = 0, kSuspects = 1, kIncidents = 2 };
// FHIR Task states; which of them can be reached is decide/'s table.
enum class AssignmentState : std::uint8_t {
  kRequested = 0,
  kReceived = 1,
  kAccepted = 2,
  kInProgress = 3,
  kOnHold = 4,
  kCompleted = 5,
  kCancelled = 6,
};
enum class CaseStatus : std::uint8_t { kOpen = 0, kClosed = 1 };
enum class Reason : std::uint8_t {
  kOutOfJurisdiction = 0,
  kNoCapacity = 1,
  kConflictOfInterest = 2,
  kDuplicate = 3,
  kInsufficientInformation = 4,
  kOther = 5,
  kUnreadable = 6,  // the payload cannot be read by the unit that should act
};
enum class EvidenceKind : std::uint8_t {
  kImage = 0,
  kVideo = 1,
  kText = 2,
  kDevice = 3,
  kReference = 4,
};
// Wire numbers follow the union in schemas/message.fbs.
enum class MessageKind : std::uint8_t {
  kReferral = 1,
  kAccept = 2,
  kDecline = 3,
  kReceived = 4,
  kNote = 5,
  kProgress = 6,
  kComplete = 7,
  kClose = 8,
  kTransfer = 9,
  kTransferRequest = 10,
  kAssist = 11,
  kFacts = 12,
  kCancel = 13,
  kReopen = 14,
  kErase = 15,
  kUnreadable = 16,
};
// What an accept, decline or cancel, a deadline or an event is about.
enum class Subject : std::uint8_t { kAssignment = 0, kOffer = 1, kRequest = 2 };
// Why an assignment is offered to another unit.
enum class OfferBasis : std::uint8_t { kTransfer = 0, kFacts = 1 };
enum class EventType : std::uint8_t {
  kOpened = 0,
  kAssigned = 1,
  kWithheld = 2,
  kInformed = 3,
  kReceived = 4,
  kAccepted = 5,
  kDeclined = 6,
  kEscalated = 7,
  kOverdue = 8,
  kProgressed = 9,
  kCompleted = 10,
  kNoted = 11,
  kClosed = 12,
  kDelivered = 13,  // acknowledged, without a change of the case
  kOffered = 14,
  kOfferEnded = 15,  // expired, withdrawn or overtaken: the entry's cause tells
  kTransferred = 16,
  kTransferRequested = 17,
  kRequestEnded = 18,
  kMoved = 19,  // the unit may hold it no longer: it ended, or the new facts exclude it
  kFactsAdded = 20,
  kLed = 21,  // another need leads from here on
  kCancelled = 22,
  kReopened = 23,
  kLinked = 24,
  kErasureProposed = 25,
  kErased = 26,
  kHeld = 27,
  kHoldLifted = 28,
  kCarried = 29,        // from an earlier shard of the log
  kExcluded = 30,       // a guarantee keeps the unit out of the case from here on
  kFactsProposed = 31,  // they hold once a second agency agrees
  kReadmitted = 32,     // it does so no longer
  kUnreadable = 33,     // the unit cannot read a payload that is sealed for it
};

// What no unit decides alone, where a release says so: a unit of another agency has to agree.
enum class SecondAgencyFor : std::uint8_t {
  kWithdrawalLifted = 0,  // consent from withheld_police to any other
  kAdulthoodChanged = 1,  // victim_age from or to adult
  kErasure = 2,
};

template <typename E>
struct CodeName {
  E value;
  std::string_view name;
};

// The table of an enumeration, in the order of its numbers.
template <typename E>
std::span<const CodeName<E>> code_names();

template <typename E>
std::string_view name_of(E value) {
  for (const auto& row : code_names<E>()) {
    if (row.value == value) return row.name;
  }
  return "?";
}
// Errors: nullopt for a name that the table does not hold.
template <typename E>
std::optional<E> code_from_name(std::string_view name) {
  for (const auto& row : code_names<E>()) {
    if (row.name == name) return row.value;
  }
  return std::nullopt;
}
// Errors: nullopt for a number that the table does not hold.
template <typename E>
std::optional<E> code_from_number(std::uint8_t number) {
  for (const auto& row : code_names<E>()) {
    if (static_cast<std::uint8_t>(row.value) == number) return row.value;
  }
  return std::nullopt;
}

template <>
std::span<const CodeName<Mode>> code_names<Mode>();
template <>
std::span<const CodeName<Category>> code_names<Category>();
template <>
std::span<const CodeName<VictimAge>> code_names<VictimAge>();
template <>
std::span<const CodeName<Urgency>> code_names<Urgency>();
template <>
std::span<const CodeName<Consent>> code_names<Consent>();
template <>
std::span<const CodeName<Need>> code_names<Need>();
template <>
std::span<const CodeName<Level>> code_names<Level>();
template <>
std::span<const CodeName<Handling>> code_names<Handling>();
template <>
std::span<const CodeName<KeyPurpose>> code_names<KeyPurpose>();
template <>
std::span<const CodeName<Anchor>> code_names<Anchor>();
template <>
std::span<const CodeName<AssignmentState>> code_names<AssignmentState>();
template <>
std::span<const CodeName<CaseStatus>> code_names<CaseStatus>();
template <>
std::span<const CodeName<Reason>> code_names<Reason>();
template <>
std::span<const CodeName<EvidenceKind>> code_names<EvidenceKind>();
template <>
std::span<const CodeName<MessageKind>> code_names<MessageKind>();
template <>
std::span<const CodeName<Subject>> code_names<Subject>();
template <>
std::span<const CodeName<OfferBasis>> code_names<OfferBasis>();
template <>
std::span<const CodeName<EventType>> code_names<EventType>();
template <>
std::span<const CodeName<SecondAgencyFor>> code_names<SecondAgencyFor>();

}  // namespace rujukan
