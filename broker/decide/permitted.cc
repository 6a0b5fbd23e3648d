#include "broker/decide/permitted.h"

#include "broker/decide/events.h"
#include "broker/decide/parties.h"

namespace rujukan::decide {
namespace {

constexpr States kPending =
    state_bit(AssignmentState::kRequested) | state_bit(AssignmentState::kReceived);
constexpr States kTaken = state_bit(AssignmentState::kAccepted) |
                          state_bit(AssignmentState::kInProgress) |
                          state_bit(AssignmentState::kOnHold);
constexpr States kUndone = kPending | kTaken;
constexpr States kAlways = kOpenCase | kClosedCase;

using K = MessageKind;
using S = Subject;

// clang-format off
constexpr Cell kCells[] = {
    // kind               about            from whom                           in which state
    {K::kAccept,          S::kAssignment,  kResponsible,                       kPending},
    {K::kAccept,          S::kOffer,       kOffered,                           kUndone},
    {K::kDecline,         S::kAssignment,  kResponsible,                       kPending},
    {K::kDecline,         S::kOffer,       kOffered,                           kUndone},
    {K::kDecline,         S::kRequest,     kDecider,                           kOpenCase},
    {K::kProgress,        S::kAssignment,  kResponsible,                       kTaken},
    {K::kComplete,        S::kAssignment,  kResponsible,                       kTaken},
    {K::kTransfer,        S::kAssignment,  kResponsible,                       kTaken},
    {K::kTransfer,        S::kAssignment,  kDecider,                           kUndone},
    {K::kTransferRequest, S::kAssignment,  kOpener | kInformed | kAssigned | kFormer, kOpenCase},
    {K::kAssist,          S::kAssignment,  kAssigned,                          kOpenCase},
    {K::kFacts,           S::kAssignment,  kAssigned,                          kAlways},
    {K::kCancel,          S::kAssignment,  kOwner,                             kUndone},
    {K::kCancel,          S::kOffer,       kOfferer,                           kUndone},
    {K::kCancel,          S::kRequest,     kRequester,                         kOpenCase},
    {K::kClose,           S::kAssignment,  kOwner,                             kOpenCase},
    {K::kReopen,          S::kAssignment,  kOpener | kAssigned,                kClosedCase},
    {K::kErase,           S::kAssignment,  kOpener | kAssigned,                kClosedCase},
    {K::kNote,            S::kAssignment,  kParty,                             kAlways},
    {K::kReceived,        S::kAssignment,  kParty | kFormer,                   kAlways},
    {K::kUnreadable,      S::kAssignment,  kParty,                             kAlways},
};
// clang-format on

// The kinds that name an assignment, an offer or a request by its need.
// How well an assignment of the right need fits a message: it is the sender's to answer, and it is
// in a state that waits for it. 0: not at all.
int fit(const CaseRecord& record, const Message& message, const Assignment& assignment) {
  const Subject subject = subject_of(message.body);
  if (subject == Subject::kOffer) {
    if (!assignment.offer) return 1;
    const bool withdraws = kind_of(message) == MessageKind::kCancel;
    const UnitId& unit = withdraws ? assignment.offer->by : assignment.offer->unit();
    return unit == message.sender ? 3 : 2;
  }
  if (const auto* cancel = std::get_if<Cancel>(&message.body)) {
    if (assignment.unit() != cancel->unit) return 1;
    return is_open(assignment.state) ? 3 : 2;
  }
  if (assignment.unit() != message.sender) return 1;
  for (const Cell& cell : kCells) {
    const bool waits = cell.kind == kind_of(message) && cell.subject == subject &&
                       (cell.roles & kResponsible) != 0 &&
                       (cell.states & state_bit(assignment.state)) != 0;
    if (waits && record.status == CaseStatus::kOpen) return 3;
  }
  return 2;
}

Roles roles_towards(const CaseRecord& record, const Message& message, const Named& named) {
  Roles roles = roles_of(record, message.sender);
  if (named.assignment == nullptr) return roles;
  // Of this assignment, not of another.
  roles &= static_cast<Roles>(~kOffered);
  if (named.assignment->unit() == message.sender) roles |= kResponsible;
  if (named.assignment->offer) {
    if (named.assignment->offer->unit() == message.sender) roles |= kOffered;
    if (named.assignment->offer->by == message.sender) roles |= kOfferer;
  }
  return roles;
}

ErrorCode not_yours(const Message& message) {
  switch (kind_of(message)) {
    case MessageKind::kClose:
    case MessageKind::kReopen:
    case MessageKind::kErase:
      return ErrorCode::kCaseNotOwner;
    case MessageKind::kCancel:
      return subject_of(message.body) == Subject::kAssignment ? ErrorCode::kCaseNotOwner
                                                              : ErrorCode::kAssignmentNotYours;
    case MessageKind::kReferral:
    case MessageKind::kAccept:
    case MessageKind::kDecline:
    case MessageKind::kReceived:
    case MessageKind::kNote:
    case MessageKind::kProgress:
    case MessageKind::kComplete:
    case MessageKind::kTransfer:
    case MessageKind::kTransferRequest:
    case MessageKind::kAssist:
    case MessageKind::kFacts:
    case MessageKind::kUnreadable:
      return ErrorCode::kAssignmentNotYours;
  }
  return ErrorCode::kAssignmentNotYours;
}

// What a message names must be there, whoever may answer it.
std::optional<Error> check_there(const CaseRecord& record, const Message& message,
                                 const Named& named) {
  const Subject subject = subject_of(message.body);
  if (subject == Subject::kRequest) {
    if (!record.request) return Error{ErrorCode::kRequestUnknown, "subject"};
    return std::nullopt;
  }
  if (!need_of(message.body)) return std::nullopt;
  if (named.assignment == nullptr) return Error{ErrorCode::kAssignmentUnknown, "need"};
  const auto* cancel = std::get_if<Cancel>(&message.body);
  if (subject == Subject::kAssignment && cancel != nullptr &&
      named.assignment->unit() != cancel->unit) {
    return Error{ErrorCode::kAssignmentUnknown, "unit"};
  }
  if (subject == Subject::kOffer && !named.assignment->offer) {
    return Error{ErrorCode::kOfferUnknown, "need"};
  }
  return std::nullopt;
}

}  // namespace

std::span<const Cell> permitted_cells() { return kCells; }

std::optional<Need> need_of(const MessageBody& body) {
  if (const auto* accept = std::get_if<Accept>(&body)) return accept->need;
  if (const auto* decline = std::get_if<Decline>(&body)) return decline->need;
  if (const auto* progress = std::get_if<Progress>(&body)) return progress->need;
  if (const auto* complete = std::get_if<Complete>(&body)) return complete->need;
  if (const auto* transfer = std::get_if<Transfer>(&body)) return transfer->need;
  if (const auto* cancel = std::get_if<Cancel>(&body)) return cancel->need;
  return std::nullopt;
}

Subject subject_of(const MessageBody& body) {
  if (const auto* accept = std::get_if<Accept>(&body)) return accept->subject;
  if (const auto* decline = std::get_if<Decline>(&body)) return decline->subject;
  if (const auto* cancel = std::get_if<Cancel>(&body)) return cancel->subject;
  return Subject::kAssignment;
}

Named find_named(const CaseRecord& record, const Message& message) {
  Named named;
  const auto need = need_of(message.body);
  if (!need || subject_of(message.body) == Subject::kRequest) return named;
  int best = 0;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t assist) {
    if (assignment.need != *need) return;
    const int fits = fit(record, message, assignment);
    if (fits > best) {
      best = fits;
      named = {&assignment, assist};
    }
  });
  return named;
}

Roles roles_of(const CaseRecord& record, const UnitId& sender) {
  Roles roles = 0;
  if (contains(record.told, sender)) roles |= kFormer;
  if (record.opener == sender) roles |= kOpener;
  if (contains(record.informed, sender)) roles |= kInformed;
  if (record.owner() == sender) roles |= kOwner | kAssigned;
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    const bool held = assignment.state != AssignmentState::kCancelled;
    if (held && assignment.unit() == sender) roles |= kAssigned;
    if (assignment.offer && assignment.offer->unit() == sender) roles |= kOffered;
  });
  if (record.request) {
    if (record.request->unit == sender) roles |= kRequester;
    if (record.decider() == sender) roles |= kDecider;
  }
  return roles;
}

std::optional<Error> check_known(const CaseRecord& record, const Message& message, Roles roles,
                                 Edition edition) {
  const MessageKind kind = kind_of(message);
  Roles heard = kParty;
  States states = 0;
  for (const Cell& cell : kCells) {
    if (cell.kind != kind) continue;
    heard |= cell.roles;
    states |= cell.states;
  }
  if ((roles & heard) == 0) {
    return Error{ErrorCode::kCaseUnknown, "case_id"};
  }
  if (message.victim_protected != record.facts.victim_protected) {
    // The caveat may come with new facts, and never goes. Who has left may not have heard of it.
    const bool added = kind == MessageKind::kFacts && message.victim_protected;
    const bool has_left = kind == MessageKind::kReceived && (roles & kParty) == 0;
    if (!added && !has_left) return Error{ErrorCode::kHandlingMismatch, "handling"};
  }
  const bool closed = record.status == CaseStatus::kClosed;
  const bool reopens = kind != MessageKind::kFacts || edition >= Edition::kPresentFacts;
  if (closed && ((states & kClosedCase) == 0 || !reopens)) {
    return Error{ErrorCode::kCaseClosed, "case_id"};
  }
  if (!closed && (states & ~kClosedCase) == 0) return Error{ErrorCode::kCaseOpen, "case_id"};
  return std::nullopt;
}

std::optional<Error> check_permitted(const CaseRecord& record, const Message& message,
                                     const Named& named) {
  if (auto error = check_there(record, message, named)) return error;
  const Subject subject = subject_of(message.body);
  const Roles roles = roles_towards(record, message, named);
  const bool closed = record.status == CaseStatus::kClosed;
  const States state = closed                        ? kClosedCase
                       : named.assignment != nullptr ? state_bit(named.assignment->state)
                                                     : kOpenCase;
  bool right_role = false;
  for (const Cell& cell : kCells) {
    if (cell.kind != kind_of(message) || cell.subject != subject) continue;
    if ((cell.roles & roles) == 0) continue;
    if ((cell.states & state) != 0) return std::nullopt;
    right_role = true;
  }
  if (!right_role) {
    const bool moved = not_yours(message) == ErrorCode::kAssignmentNotYours &&
                       named.assignment != nullptr && named.assignment->asked_at &&
                       contains(record.holders, message.sender);
    return Error{not_yours(message), "sender",
                 moved ? moved_to(record, *named.assignment) : std::string()};
  }
  INVARIANT(named.assignment != nullptr);
  return Error{ErrorCode::kAssignmentState, "need",
               "the assignment is " + std::string(name_of(named.assignment->state))};
}

}  // namespace rujukan::decide
