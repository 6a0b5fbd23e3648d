#include "broker/wire/order_codec.h"

#include <catch2/catch.hpp>

#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;
using namespace rujukan::wire;

namespace {

Order an_order(OrderKind kind = OrderKind::kHold) { return order_about(referral_message(), kind); }

std::string field_refused(const Order& order) {
  const auto decoded = decode_order(encode_order(order));
  return decoded ? "" : decoded.error().field;
}

}  // namespace

TEST_CASE("an order of every kind is read as it was written") {
  for (const auto& [kind, name] : code_names<OrderKind>()) {
    INFO(name);
    REQUIRE(*decode_order(encode_order(an_order(kind))) == an_order(kind));
  }
}

TEST_CASE("an order with a field that is not allowed is refused and the field named") {
  Order order = an_order();
  order.order_id.bytes[6] = 0;
  CHECK(field_refused(order) == "order_id");
  order = an_order();
  order.kind = static_cast<OrderKind>(0);
  CHECK(field_refused(order) == "kind");
  order.kind = static_cast<OrderKind>(4);
  CHECK(field_refused(order) == "kind");
  order = an_order();
  order.legal_basis = "";
  CHECK(field_refused(order) == "legal_basis");
  order.legal_basis = "Court Order";
  CHECK(field_refused(order) == "legal_basis");
  order = an_order();
  order.log_origin = std::string(limits::kIdBytes + 1, 'a');
  CHECK(field_refused(order) == "log_origin");
  order = an_order();
  order.issued_at = time_from_us(400'000'000'000'000'000ULL);
  CHECK(field_refused(order) == "issued_at_us");
}

TEST_CASE("an order that is cut or has a tail is refused") {
  for (Bytes bytes : {encode_order(an_order()), signed_order(an_order(), {"admin-1"})}) {
    const auto reads = [](ByteView part) { return decode_order(part) || order_in(part); };
    REQUIRE(reads(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      REQUIRE_FALSE(reads(ByteView(bytes).first(size)));
    }
    bytes.push_back(0);
    REQUIRE_FALSE(reads(bytes));
  }
}

TEST_CASE("a signed order of more bytes or signatures than there may be is refused") {
  SignedOrder order{encode_order(an_order()), {}};
  order.signatures.assign(64, AdministratorSignature{});
  REQUIRE(order_in(encode_signed_order(order)));
  order.signatures.assign(65, AdministratorSignature{});
  REQUIRE_FALSE(decode_signed_order(encode_signed_order(order)).ok());
  order.signatures.clear();
  order.body.assign(limits::kOrderBytes, 1);
  REQUIRE(decode_signed_order(encode_signed_order(order)).error().code == ErrorCode::kOrderInvalid);
}

TEST_CASE("what administrators sign for an order is its length-prefixed tuple") {
  REQUIRE(order_signing_bytes(Bytes{1, 2}) ==
          tuple_bytes({as_bytes("rujukan/order/v1"), Bytes{1, 2}}));
  REQUIRE(order_signing_bytes(encode_order(an_order())) !=
          order_signing_bytes(encode_order(an_order(OrderKind::kLiftHold))));
}
