// RFC 6901 JSON pointers in which the token `*` stands for every element of an array.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "broker/base/result.h"

namespace rujukan::gateway {

struct FoundValue {
  std::string at;  // the pointer with indices in the place of `*`
  const nlohmann::json* value;
};

// What a path leads to in one document, in the document's order.
struct FoundValues {
  std::vector<FoundValue> values;
  std::vector<std::string> missing;  // pointers that lead to nothing or to null
};

class JsonPath {
 public:
  // Errors: config.value for a text that is no pointer.
  static Result<JsonPath> parse(std::string_view text);

  bool has_wildcard() const;
  // Lives as long as `document`. An empty array under a `*` is neither a value nor missing.
  FoundValues find(const nlohmann::json& document) const;

 private:
  std::vector<std::string> tokens_;
};

}  // namespace rujukan::gateway
