#include "broker/model/codes.h"

namespace rujukan {
namespace {

constexpr CodeName<Mode> kModeNames[] = {
    {Mode::kOnline, "online"},
    {Mode::kOffline, "offline"},
    {Mode::kMixed, "mixed"},
};

constexpr CodeName<Category> kCategoryNames[] = {
    {Category::kGrooming, "grooming"},
    {Category::kSexualExtortion, "sexual_extortion"},
    {Category::kCsam, "csam"},
    {Category::kLivestreamedAbuse, "livestreamed_abuse"},
    {Category::kSelfGeneratedImagery, "self_generated_imagery"},
    {Category::kOnlineHarassment, "online_harassment"},
    {Category::kTrafficking, "trafficking"},
    {Category::kSexualExploitation, "sexual_exploitation"},
    {Category::kContactSexualAbuse, "contact_sexual_abuse"},
    {Category::kPhysicalViolence, "physical_violence"},
    {Category::kPsychologicalViolence, "psychological_violence"},
    {Category::kNeglect, "neglect"},
    {Category::kEconomicExploitation, "economic_exploitation"},
    {Category::kPropertyCrime, "property_crime"},
};

constexpr CodeName<VictimAge> kVictimAgeNames[] = {
    {VictimAge::kChild, "child"},
    {VictimAge::kAdult, "adult"},
    {VictimAge::kUnknown, "unknown"},
};

constexpr CodeName<Urgency> kUrgencyNames[] = {
    {Urgency::kRoutine, "routine"},
    {Urgency::kUrgent, "urgent"},
    {Urgency::kImmediate, "immediate"},
};

constexpr CodeName<Consent> kConsentNames[] = {
    {Consent::kGiven, "given"},
    {Consent::kNotRequired, "not_required"},
    {Consent::kWithheldPolice, "withheld_police"},
    {Consent::kPending, "pending"},
};

constexpr CodeName<Need> kNeedNames[] = {
    {Need::kInvestigation, "investigation"},
    {Need::kProtection, "protection"},
    {Need::kPsychological, "psychological"},
    {Need::kShelter, "shelter"},
    {Need::kLegalAid, "legal_aid"},
    {Need::kRehabilitation, "rehabilitation"},
    {Need::kMedical, "medical"},
    {Need::kTakedown, "takedown"},
    {Need::kProsecution, "prosecution"},
    {Need::kWitnessProtection, "witness_protection"},
};

constexpr CodeName<Level> kLevelNames[] = {
    {Level::kNational, "national"},
    {Level::kProvince, "province"},
    {Level::kRegency, "regency"},
};

constexpr CodeName<Handling> kHandlingNames[] = {
    {Handling::kVictimProtected, "victim_protected"},
};

constexpr CodeName<KeyPurpose> kKeyPurposeNames[] = {
    {KeyPurpose::kSign, "sign"},
    {KeyPurpose::kSeal, "seal"},
};

constexpr CodeName<Anchor> kAnchorNames[] = {
    {Anchor::kVictims, "victims"},
    {Anchor::kSuspects, "suspects"},
    {Anchor::kIncidents, "incidents"},
};

constexpr CodeName<AssignmentState> kAssignmentStateNames[] = {
    {AssignmentState::kRequested, "requested"}, {AssignmentState::kReceived, "received"},
    {AssignmentState::kAccepted, "accepted"},   {AssignmentState::kInProgress, "in-progress"},
    {AssignmentState::kOnHold, "on-hold"},      {AssignmentState::kCompleted, "completed"},
    {AssignmentState::kCancelled, "cancelled"},
};

constexpr CodeName<CaseStatus> kCaseStatusNames[] = {
    {CaseStatus::kOpen, "open"},
    {CaseStatus::kClosed, "closed"},
};

constexpr CodeName<Reason> kReasonNames[] = {
    {Reason::kOutOfJurisdiction, "out_of_jurisdiction"},
    {Reason::kNoCapacity, "no_capacity"},
    {Reason::kConflictOfInterest, "conflict_of_interest"},
    {Reason::kDuplicate, "duplicate"},
    {Reason::kInsufficientInformation, "insufficient_information"},
    {Reason::kOther, "other"},
    {Reason::kUnreadable, "unreadable"},
};

constexpr CodeName<EvidenceKind> kEvidenceKindNames[] = {
    {EvidenceKind::kImage, "image"},         {EvidenceKind::kVideo, "video"},
    {EvidenceKind::kText, "text"},           {EvidenceKind::kDevice, "device"},
    {EvidenceKind::kReference, "reference"},
};

constexpr CodeName<MessageKind> kMessageKindNames[] = {
    {MessageKind::kReferral, "referral"}, {MessageKind::kAccept, "accept"},
    {MessageKind::kDecline, "decline"},   {MessageKind::kReceived, "received"},
    {MessageKind::kNote, "note"},         {MessageKind::kProgress, "progress"},
    {MessageKind::kComplete, "complete"}, {MessageKind::kClose, "close"},
    {MessageKind::kTransfer, "transfer"}, {MessageKind::kTransferRequest, "transfer_request"},
    {MessageKind::kAssist, "assist"},     {MessageKind::kFacts, "facts"},
    {MessageKind::kCancel, "cancel"},     {MessageKind::kReopen, "reopen"},
    {MessageKind::kErase, "erase"},       {MessageKind::kUnreadable, "unreadable"},
};

constexpr CodeName<Subject> kSubjectNames[] = {
    {Subject::kAssignment, "assignment"},
    {Subject::kOffer, "offer"},
    {Subject::kRequest, "request"},
};

constexpr CodeName<OfferBasis> kOfferBasisNames[] = {
    {OfferBasis::kTransfer, "transfer"},
    {OfferBasis::kFacts, "facts"},
};

constexpr CodeName<EventType> kEventTypeNames[] = {
    {EventType::kOpened, "opened"},
    {EventType::kAssigned, "assigned"},
    {EventType::kWithheld, "withheld"},
    {EventType::kInformed, "informed"},
    {EventType::kReceived, "received"},
    {EventType::kAccepted, "accepted"},
    {EventType::kDeclined, "declined"},
    {EventType::kEscalated, "escalated"},
    {EventType::kOverdue, "overdue"},
    {EventType::kProgressed, "progressed"},
    {EventType::kCompleted, "completed"},
    {EventType::kNoted, "noted"},
    {EventType::kClosed, "closed"},
    {EventType::kDelivered, "delivered"},
    {EventType::kOffered, "offered"},
    {EventType::kOfferEnded, "offer_ended"},
    {EventType::kTransferred, "transferred"},
    {EventType::kTransferRequested, "transfer_requested"},
    {EventType::kRequestEnded, "request_ended"},
    {EventType::kMoved, "moved"},
    {EventType::kFactsAdded, "facts_added"},
    {EventType::kLed, "led"},
    {EventType::kCancelled, "cancelled"},
    {EventType::kReopened, "reopened"},
    {EventType::kLinked, "linked"},
    {EventType::kErasureProposed, "erasure_proposed"},
    {EventType::kErased, "erased"},
    {EventType::kHeld, "held"},
    {EventType::kHoldLifted, "hold_lifted"},
    {EventType::kCarried, "carried"},
    {EventType::kExcluded, "excluded"},
    {EventType::kFactsProposed, "facts_proposed"},
    {EventType::kReadmitted, "readmitted"},
    {EventType::kUnreadable, "unreadable"},
};
constexpr CodeName<SecondAgencyFor> kSecondAgencyNames[] = {
    {SecondAgencyFor::kWithdrawalLifted, "withdrawal_lifted"},
    {SecondAgencyFor::kAdulthoodChanged, "adulthood_changed"},
    {SecondAgencyFor::kErasure, "erasure"},
};

}  // namespace

template <>
std::span<const CodeName<Mode>> code_names<Mode>() {
  return kModeNames;
}
template <>
std::span<const CodeName<Category>> code_names<Category>() {
  return kCategoryNames;
}
template <>
std::span<const CodeName<VictimAge>> code_names<VictimAge>() {
  return kVictimAgeNames;
}
template <>
std::span<const CodeName<Urgency>> code_names<Urgency>() {
  return kUrgencyNames;
}
template <>
std::span<const CodeName<Consent>> code_names<Consent>() {
  return kConsentNames;
}
template <>
std::span<const CodeName<Need>> code_names<Need>() {
  return kNeedNames;
}
template <>
std::span<const CodeName<Level>> code_names<Level>() {
  return kLevelNames;
}
template <>
std::span<const CodeName<Handling>> code_names<Handling>() {
  return kHandlingNames;
}
template <>
std::span<const CodeName<KeyPurpose>> code_names<KeyPurpose>() {
  return kKeyPurposeNames;
}
template <>
std::span<const CodeName<Anchor>> code_names<Anchor>() {
  return kAnchorNames;
}
template <>
std::span<const CodeName<AssignmentState>> code_names<AssignmentState>() {
  return kAssignmentStateNames;
}
template <>
std::span<const CodeName<CaseStatus>> code_names<CaseStatus>() {
  return kCaseStatusNames;
}
template <>
std::span<const CodeName<Reason>> code_names<Reason>() {
  return kReasonNames;
}
template <>
std::span<const CodeName<EvidenceKind>> code_names<EvidenceKind>() {
  return kEvidenceKindNames;
}
template <>
std::span<const CodeName<MessageKind>> code_names<MessageKind>() {
  return kMessageKindNames;
}
template <>
std::span<const CodeName<Subject>> code_names<Subject>() {
  return kSubjectNames;
}
template <>
std::span<const CodeName<OfferBasis>> code_names<OfferBasis>() {
  return kOfferBasisNames;
}
template <>
std::span<const CodeName<EventType>> code_names<EventType>() {
  return kEventTypeNames;
}
template <>
std::span<const CodeName<SecondAgencyFor>> code_names<SecondAgencyFor>() {
  return kSecondAgencyNames;
}

}  // namespace rujukan
