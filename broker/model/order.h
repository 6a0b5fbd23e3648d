// An administrators' order about one case: see schemas/order.fbs.
#pragma once

#include <string>

#include "broker/base/time.h"
#include "broker/model/codes.h"
#include "broker/model/ids.h"

namespace rujukan {

// Wire numbers follow schemas/order.fbs.
enum class OrderKind : std::uint8_t { kHold = 1, kLiftHold = 2, kConsentToErasure = 3 };

struct Order {
  MessageId order_id;      // used up like a message's
  std::string log_origin;  // an order is of one log
  CaseId case_id;
  OrderKind kind = OrderKind::kHold;
  std::string legal_basis;
  TimeUs issued_at;

  friend bool operator==(const Order&, const Order&) = default;
};

template <>
std::span<const CodeName<OrderKind>> code_names<OrderKind>();

}  // namespace rujukan
