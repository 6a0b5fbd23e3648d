// A type per meaning: strings and numbers that cannot be mistaken for each other.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace rujukan {

template <typename Tag>
class NamedString {
 public:
  NamedString() = default;
  explicit NamedString(std::string value) : value_(std::move(value)) {}
  explicit NamedString(std::string_view value) : value_(value) {}
  explicit NamedString(const char* value) : value_(value) {}

  const std::string& str() const { return value_; }
  std::string_view view() const { return value_; }
  bool empty() const { return value_.empty(); }

  friend auto operator<=>(const NamedString&, const NamedString&) = default;
  friend bool operator==(const NamedString&, const NamedString&) = default;

 private:
  std::string value_;
};

}  // namespace rujukan

template <typename Tag>
struct std::hash<rujukan::NamedString<Tag>> {
  std::size_t operator()(const rujukan::NamedString<Tag>& s) const noexcept {
    return std::hash<std::string_view>{}(s.view());
  }
};
