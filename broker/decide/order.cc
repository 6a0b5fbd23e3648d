#include "broker/decide/events.h"

namespace rujukan::decide {
namespace {

Outcome hold(const CaseRecord& record, const Order& order) {
  // A proposed erasure stays proposed: once the hold is lifted somebody still has to consent.
  if (record.hold) return refuse(&record, {ErrorCode::kCaseHeld, "case_id"});
  Event event{.type = EventType::kHeld};
  event.legal_basis = order.legal_basis;
  return changed(record, {std::move(event)});
}

Outcome lift_hold(const CaseRecord& record, const Order& order) {
  if (!record.hold) {
    return refuse(&record, {ErrorCode::kOrderInvalid, "kind", "no hold stands"});
  }
  Event event{.type = EventType::kHoldLifted};
  event.legal_basis = order.legal_basis;
  return changed(record, {std::move(event)});
}

// In the place of a second unit's consent.
Outcome consent(const CaseRecord& record, const Order& order) {
  if (record.hold) return refuse(&record, {ErrorCode::kCaseHeld, "case_id"});
  if (!record.erasure) {
    return refuse(&record, {ErrorCode::kOrderInvalid, "kind", "no erasure is proposed"});
  }
  if (record.erasure->legal_basis != order.legal_basis) {
    return refuse(&record, {ErrorCode::kOrderInvalid, "legal_basis", "another one was proposed"});
  }
  INVARIANT(record.status == CaseStatus::kClosed);
  Event event{.type = EventType::kErased};
  event.legal_basis = order.legal_basis;
  return changed(record, {std::move(event)});
}

}  // namespace

std::optional<Error> check_vouched(const Order& order, const Release& release) {
  if (release.edition < Edition::kPresentFacts || knows_legal_basis(release, order.legal_basis)) {
    return std::nullopt;
  }
  return Error{ErrorCode::kLegalBasisUnknown, "legal_basis"};
}

Outcome decide(const CaseRecord* record, const OrderCommand& command,
               const routing::RoutingTable& table, TimeUs now) {
  const Order& order = command.order;
  if (order.log_origin != table.release().log_origin) {
    return refuse(nullptr, {ErrorCode::kOrderInvalid, "log_origin", "it is of another log"});
  }
  if (auto error = check_vouched(order, table.release())) return refuse(nullptr, *std::move(error));
  if (record == nullptr) return refuse(nullptr, {ErrorCode::kCaseUnknown, "case_id"});
  INVARIANT(record->case_id == order.case_id);
  INVARIANT(!needs_succession(*record, table, now));
  switch (order.kind) {
    case OrderKind::kHold:
      return hold(*record, order);
    case OrderKind::kLiftHold:
      return lift_hold(*record, order);
    case OrderKind::kConsentToErasure:
      return consent(*record, order);
  }
  INVARIANT(false);
}

}  // namespace rujukan::decide
