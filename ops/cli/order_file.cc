#include "ops/cli/order_file.h"

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "ops/cli/file_error.h"

namespace rujukan::cli {

Result<OrderFile> read_order_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, limits::kOrderBytes);
  if (!bytes) return bytes.error();
  auto envelope = wire::decode_signed_order(as_bytes(*bytes));
  if (!envelope) return in_file(path, envelope.error());
  auto order = wire::decode_order(envelope->body);
  if (!order) return in_file(path, order.error());
  return OrderFile{*std::move(envelope), *std::move(order)};
}

Result<void> write_order_file(const std::filesystem::path& path,
                              const wire::SignedOrder& envelope) {
  return write_file_durably(path, wire::encode_signed_order(envelope));
}

}  // namespace rujukan::cli
