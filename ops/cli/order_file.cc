#include "ops/cli/order_file.h"

#include "broker/base/limits.h"
#include "broker/runtime/file.h"

namespace rujukan::cli {
namespace {

Error at(const std::filesystem::path& path, const Error& error) {
  const std::string field = error.field.empty() ? "" : ": " + error.field;
  return {error.code, path.string() + field, error.detail};
}

}  // namespace

Result<OrderFile> read_order_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, limits::kOrderBytes);
  if (!bytes) return bytes.error();
  auto envelope = wire::decode_signed_order(as_bytes(*bytes));
  if (!envelope) return at(path, envelope.error());
  auto order = wire::decode_order(envelope->body);
  if (!order) return at(path, order.error());
  return OrderFile{*std::move(envelope), *std::move(order)};
}

Result<void> write_order_file(const std::filesystem::path& path,
                              const wire::SignedOrder& envelope) {
  return write_file_durably(path, wire::encode_signed_order(envelope));
}

}  // namespace rujukan::cli
