// Whether administrators signed an order, and enough of them.
#pragma once

#include "broker/decide/trust.h"
#include "broker/model/entry.h"
#include "broker/model/order.h"

namespace rujukan::decide {

// Under the administrators of the release in force: a hold and a consent need one of them, lifting
// a hold `threshold`. The body is read only after a signature verified. Whether the order may be
// carried out is decide()'s matter. Errors: order.invalid, order.signature.
Result<Order> verify_order(ByteView signed_order, const Trust& trust);
// The order of an entry, which is of the case that the entry names. Errors: as above.
Result<Order> verify_order(const OrderCause& cause, const Trust& trust);

}  // namespace rujukan::decide
