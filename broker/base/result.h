// Result<T>: a value or an Error. [[nodiscard]], so a dropped error does not compile.
#pragma once

#include <optional>
#include <utility>

#include "broker/base/error.h"
#include "broker/base/invariant.h"

namespace rujukan {

// Two optionals where one variant would do: this is instantiated for hundreds of types, and a
// variant costs the compiler several times as much.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Error error) : error_(std::move(error)) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }

  // Requires: ok().
  const T& value() const& {
    INVARIANT(ok());
    return *value_;
  }
  T& value() & {
    INVARIANT(ok());
    return *value_;
  }
  T&& value() && {
    INVARIANT(ok());
    return *std::move(value_);
  }
  const T& operator*() const& { return value(); }
  T& operator*() & { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  const T* operator->() const { return &value(); }
  T* operator->() { return &value(); }

  // Requires: !ok().
  const Error& error() const {
    INVARIANT(!ok());
    return *error_;
  }

 private:
  std::optional<T> value_;  // set exactly when error_ is not
  std::optional<Error> error_;
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
