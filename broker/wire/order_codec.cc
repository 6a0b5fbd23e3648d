#include "broker/wire/order_codec.h"

#include "broker/wire/exact.h"
#include "broker/wire/signed_body_wire.h"
#include "schemas/order_generated.h"
#include "schemas/signed_order_generated.h"

namespace rujukan::wire {
namespace {

constexpr char kIdentifier[] = "RJO1";
constexpr char kSignedIdentifier[] = "RJOS";
constexpr ErrorCode kInvalid = ErrorCode::kOrderInvalid;

}  // namespace

Bytes encode_order(const Order& order) {
  flatbuffers::FlatBufferBuilder out(256);
  const auto order_id = put_bytes(out, order.order_id.bytes);
  const auto log_origin = out.CreateString(order.log_origin);
  const auto case_id = put_bytes(out, order.case_id.bytes);
  const auto legal_basis = out.CreateString(order.legal_basis);
  return finish(
      out,
      fb::CreateOrder(out, order_id, log_origin, case_id, static_cast<std::uint8_t>(order.kind),
                      legal_basis, to_us(order.issued_at)),
      kIdentifier);
}

Result<Order> decode_order(ByteView body) {
  const auto* table =
      body.size() > limits::kOrderBytes ? nullptr : verified_root<fb::Order>(body, kIdentifier, 1);
  if (table == nullptr) return Error{kInvalid, "", "not a valid buffer"};
  FieldReader fields(kInvalid);
  Order order;
  order.order_id.bytes = fields.fixed<16>("order_id", table->order_id());
  if (!is_uuid7(order.order_id.bytes)) fields.fail("order_id", "not a UUIDv7");
  order.log_origin = fields.text("log_origin", table->log_origin(), limits::kIdBytes);
  order.case_id.bytes = fields.fixed<16>("case_id", table->case_id());
  order.kind = fields.code<OrderKind>("kind", table->kind());
  order.legal_basis = fields.id("legal_basis", table->legal_basis());
  order.issued_at = fields.time("issued_at_us", table->issued_at_us());
  if (fields.failed()) return fields.error();
  return order;
}

Bytes encode_signed_order(const SignedOrder& order) {
  return encode_signed_body<fb::SignedOrder, fb::OrderSignature>(order, kSignedIdentifier);
}

Result<SignedOrder> decode_signed_order(ByteView bytes) {
  return decode_signed_body<fb::SignedOrder>(bytes, kSignedIdentifier, limits::kOrderBytes,
                                             kInvalid);
}

Result<Order> order_in(ByteView signed_order) {
  const auto opened = decode_signed_order(signed_order);
  return opened ? decode_order(opened->body) : Result<Order>(opened.error());
}

Bytes order_signing_bytes(ByteView body) {
  return tuple_bytes({as_bytes("rujukan/order/v1"), body});
}

Result<void> check_exact_order(ByteView signed_order) {
  const auto opened = decode_signed_order(signed_order);
  if (!opened) return opened.error();
  if (verified_root<fb::Order>(opened->body, kIdentifier, 1) == nullptr) {
    return Error{kInvalid, "", "not a valid buffer"};
  }
  auto extra = find_inexact(signed_order, fb::SignedOrderTypeTable(), Texts::kCoded, kInvalid);
  if (!extra) extra = find_inexact(opened->body, fb::OrderTypeTable(), Texts::kCoded, kInvalid);
  return extra ? Result<void>(*std::move(extra)) : Result<void>();
}

}  // namespace rujukan::wire
