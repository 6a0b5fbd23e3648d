#include "adapters/sdk/strict_json.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rujukan {
namespace {

using nlohmann::json;

// Follows the parser and remembers the first thing that strict JSON does not allow.
class Strictness {
 public:
  bool operator()(int depth, json::parse_event_t event, json& parsed) {
    if (depth > kJsonDepth) too_deep_ = true;
    if (too_deep_) return false;
    switch (event) {
      case json::parse_event_t::object_start:
        keys_.emplace_back();
        break;
      case json::parse_event_t::object_end:
        keys_.pop_back();
        break;
      case json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get<std::string>()).second) {
          repeated_ = parsed.get<std::string>();
        }
        break;
      case json::parse_event_t::array_start:
      case json::parse_event_t::array_end:
      case json::parse_event_t::value:
        break;
    }
    return true;
  }

  bool too_deep() const { return too_deep_; }
  const std::optional<std::string>& repeated() const { return repeated_; }

 private:
  std::vector<std::set<std::string>> keys_;  // of the objects that are open
  bool too_deep_ = false;
  std::optional<std::string> repeated_;
};

}  // namespace

Result<json> parse_json_object(std::string_view text, std::size_t max_bytes, ErrorCode refusal) {
  if (text.size() > max_bytes) {
    return Error{refusal, "", "over " + std::to_string(max_bytes) + " bytes"};
  }
  if (text.starts_with("\xEF\xBB\xBF")) return Error{refusal, "", "starts with a byte order mark"};
  Strictness strictness;
  json value = json::parse(
      text,
      [&strictness](int depth, json::parse_event_t event, json& parsed) {
        return strictness(depth, event, parsed);
      },
      /*allow_exceptions=*/false);
  if (strictness.too_deep()) {
    return Error{refusal, "", "nested deeper than " + std::to_string(kJsonDepth)};
  }
  if (value.is_discarded()) return Error{refusal, "", "not JSON in UTF-8"};
  if (strictness.repeated()) return Error{refusal, *strictness.repeated(), "stands twice"};
  if (!value.is_object()) return Error{refusal, "", "not an object"};
  return value;
}

}  // namespace rujukan
