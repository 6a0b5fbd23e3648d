#include "broker/decide/legal_events.h"

#include "broker/wire/order_codec.h"

namespace rujukan::decide {
namespace {

// By an administrators' order of this kind. Who signed it is another check's matter.
bool ordered(const Entry& entry, OrderKind kind) {
  const auto* cause = std::get_if<OrderCause>(&entry.cause);
  if (cause == nullptr) return false;
  const auto order = wire::order_in(cause->order);
  return order && order->kind == kind && order->case_id == cause->case_id;
}

}  // namespace

bool is_silent(EventType type) {
  return type == EventType::kDelivered || type == EventType::kNoted ||
         type == EventType::kUnreadable || type == EventType::kCarried ||
         type == EventType::kExcluded || type == EventType::kReadmitted;
}

bool may_follow_closing(EventType type) {
  switch (type) {
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kNoted:
    case EventType::kReopened:
    case EventType::kLinked:
    case EventType::kInformed:
    case EventType::kFactsAdded:
    case EventType::kFactsProposed:
    case EventType::kErasureProposed:
    case EventType::kErased:
    case EventType::kHeld:
    case EventType::kHoldLifted:
    case EventType::kCarried:
    case EventType::kExcluded:
    case EventType::kReadmitted:
      return true;
    case EventType::kOpened:
    case EventType::kAssigned:
    case EventType::kWithheld:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kDeclined:
    case EventType::kEscalated:
    case EventType::kOverdue:
    case EventType::kProgressed:
    case EventType::kCompleted:
    case EventType::kClosed:
    case EventType::kOffered:
    case EventType::kOfferEnded:
    case EventType::kTransferred:
    case EventType::kTransferRequested:
    case EventType::kRequestEnded:
    case EventType::kMoved:
    case EventType::kLed:
    case EventType::kCancelled:
      return false;
  }
  return false;
}

bool may_bring(const Entry& entry, const Message* message, const Event& event) {
  const auto is = [message](MessageKind kind) {
    return message != nullptr && kind_of(*message) == kind;
  };
  switch (event.type) {
    case EventType::kOpened:
      return is(MessageKind::kReferral);
    case EventType::kAssigned:
      return is(MessageKind::kReferral) || is(MessageKind::kFacts) || is(MessageKind::kAssist) ||
             std::holds_alternative<SuccessionCause>(entry.cause);
    case EventType::kEscalated:
      return is(MessageKind::kDecline) || std::holds_alternative<DeadlineCause>(entry.cause);
    case EventType::kTransferred:
      return is(MessageKind::kAccept) && message->sender == event.unit;
    case EventType::kMoved:
      return is(MessageKind::kFacts) || std::holds_alternative<SuccessionCause>(entry.cause);
    case EventType::kLed:
      return is(MessageKind::kAccept) || is(MessageKind::kFacts) ||
             std::holds_alternative<SuccessionCause>(entry.cause);
    case EventType::kReopened:
      return is(MessageKind::kReopen) || is(MessageKind::kFacts);
    case EventType::kClosed:
      return is(MessageKind::kClose);
    case EventType::kLinked:
      return is(MessageKind::kReferral) || std::holds_alternative<LinkCause>(entry.cause);
    case EventType::kWithheld:
    case EventType::kInformed:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kDeclined:
    case EventType::kOverdue:
    case EventType::kProgressed:
    case EventType::kCompleted:
    case EventType::kNoted:
    case EventType::kDelivered:
    case EventType::kOffered:
    case EventType::kOfferEnded:
    case EventType::kTransferRequested:
    case EventType::kRequestEnded:
    case EventType::kCancelled:
      return true;
    case EventType::kFactsAdded:
    case EventType::kFactsProposed:
      return is(MessageKind::kFacts);
    case EventType::kExcluded:
    case EventType::kReadmitted:
      return std::holds_alternative<ExclusionCause>(entry.cause);
    case EventType::kUnreadable:
      return is(MessageKind::kUnreadable) && message->sender == event.unit;
    case EventType::kErasureProposed:
      return is(MessageKind::kErase);
    case EventType::kErased:
      return is(MessageKind::kErase) || ordered(entry, OrderKind::kConsentToErasure);
    case EventType::kHeld:
      return ordered(entry, OrderKind::kHold);
    case EventType::kHoldLifted:
      return ordered(entry, OrderKind::kLiftHold);
    case EventType::kCarried:
      return std::holds_alternative<CarryCause>(entry.cause);
  }
  return false;
}

}  // namespace rujukan::decide
