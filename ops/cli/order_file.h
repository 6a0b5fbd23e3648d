// Order files: a signed order with its decoded body.
#pragma once

#include <filesystem>

#include "broker/wire/order_codec.h"

namespace rujukan::cli {

struct OrderFile {
  wire::SignedOrder envelope;
  Order order;
};

// Errors: file.unreadable, config.too_large, order.invalid; each names the file. Signatures are not
// looked at.
Result<OrderFile> read_order_file(const std::filesystem::path& path);
// Errors: file.unwritable.
Result<void> write_order_file(const std::filesystem::path& path, const wire::SignedOrder& envelope);

}  // namespace rujukan::cli
