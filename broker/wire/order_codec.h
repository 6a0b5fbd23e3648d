// Order <-> bytes (schemas/order.fbs), and its signed form (schemas/signed_order.fbs).
#pragma once

#include "broker/base/result.h"
#include "broker/model/order.h"
#include "broker/wire/signed_body.h"

namespace rujukan::wire {

Bytes encode_order(const Order& order);
// Errors: order.invalid (field named).
Result<Order> decode_order(ByteView body);

using SignedOrder = SignedBody;
Bytes encode_signed_order(const SignedOrder& order);
// Errors: order.invalid.
Result<SignedOrder> decode_signed_order(ByteView bytes);
// The order inside, whoever signed it. Errors: order.invalid.
Result<Order> order_in(ByteView signed_order);

// As check_exact_message(), of the order and its envelope. Errors: order.invalid, also when one is
// no buffer; identity.number.
Result<void> check_exact_order(ByteView signed_order);

// The bytes an administrator signs: the tuple ("rujukan/order/v1", body).
Bytes order_signing_bytes(ByteView body);

}  // namespace rujukan::wire
