#include "broker/app/order_folder.h"

#include <system_error>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "broker/runtime/trace.h"

namespace rujukan::app {
namespace {

constexpr const char* kSuffix = ".rjo";
// Of all files together: some ten thousand orders, which are small.
constexpr std::size_t kMostBytes = 16 * 1024 * 1024;

}  // namespace

Result<std::vector<sequencer::OfferedOrder>> read_orders(const std::filesystem::path& folder) {
  std::vector<sequencer::OfferedOrder> orders;
  std::error_code why;
  std::size_t bytes = 0;
  std::filesystem::directory_iterator file(folder, why);
  for (; !why && file != std::filesystem::directory_iterator(); file.increment(why)) {
    if (file->path().extension() != kSuffix) continue;
    const std::string name = file->path().filename().string();
    // Opening a pipe would wait for its writer.
    std::error_code gone;
    const auto text = file->is_regular_file(gone)
                          ? read_file(file->path(), limits::kOrderBytes)
                          : Result<std::string>(Error{ErrorCode::kFileUnreadable, name});
    if (!text) {
      trace::error("order.refused", text.error(), {{"file", name}});
      continue;
    }
    bytes += text->size();
    if (bytes > kMostBytes) {
      return Error{ErrorCode::kConfigTooLarge, folder.string(), "move older orders elsewhere"};
    }
    orders.push_back({name, to_bytes(as_bytes(*text))});
  }
  if (why) return Error{ErrorCode::kFileUnreadable, folder.string(), why.message()};
  return orders;
}

}  // namespace rujukan::app
