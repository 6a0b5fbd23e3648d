// Result<T>: a value or an Error. [[nodiscard]], so a dropped error does not compile.
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "broker/base/error.h"
#include "broker/base/invariant.h"

namespace rujukan {

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Requires: ok().
  const T& value() const& {
    INVARIANT(ok());
    return std::get<0>(state_);
  }
  T& value() & {
    INVARIANT(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    INVARIANT(ok());
    return std::get<0>(std::move(state_));
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  // Requires: !ok().
  const Error& error() const {
    INVARIANT(!ok());
    return std::get<1>(state_);
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }

  // Requires: !ok().
  const Error& error() const {
    INVARIANT(!ok());
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace rujukan
