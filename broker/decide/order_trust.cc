#include "broker/decide/order_trust.h"

#include "broker/wire/order_codec.h"

namespace rujukan::decide {
namespace {

// Nobody alone may give back what a court asked to be kept.
std::size_t signers_needed(OrderKind kind, const Trust& trust) {
  switch (kind) {
    case OrderKind::kHold:
    case OrderKind::kConsentToErasure:
      return 1;
    case OrderKind::kLiftHold:
      return trust.threshold;
  }
  return trust.threshold;
}

Error too_few(std::size_t signers, std::size_t needed) {
  return {ErrorCode::kOrderSignature, "signatures",
          std::to_string(signers) + " of " + std::to_string(needed)};
}

}  // namespace

Result<Order> verify_order(ByteView signed_order, const Trust& trust) {
  const auto opened = wire::decode_signed_order(signed_order);
  if (!opened) return opened.error();
  const auto signers =
      count_signers(opened->signatures, trust, wire::order_signing_bytes(opened->body),
                    ErrorCode::kOrderSignature);
  if (!signers) return signers.error();
  if (trust.threshold == 0 || *signers == 0) return too_few(*signers, 1);
  auto order = wire::decode_order(opened->body);
  if (!order) return order;
  const std::size_t needed = signers_needed(order->kind, trust);
  if (*signers < needed) return too_few(*signers, needed);
  return order;
}

Result<Order> verify_order(const OrderCause& cause, const Trust& trust) {
  auto order = verify_order(ByteView(cause.order), trust);
  if (order && order->case_id != cause.case_id) {
    return Error{ErrorCode::kOrderInvalid, "case_id", "it is of another case"};
  }
  return order;
}

}  // namespace rujukan::decide
