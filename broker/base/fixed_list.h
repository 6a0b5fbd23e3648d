// FixedList: a list that never allocates.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "broker/base/invariant.h"

namespace rujukan {

// At most N values, kept in place; those beyond the size are not initialised.
template <typename T, std::size_t N>
class FixedList {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T* begin() const { return items_.data(); }
  const T* end() const { return items_.data() + size_; }
  // Requires: i < size().
  const T& operator[](std::size_t i) const { return items_[i]; }
  const T& front() const { return items_[0]; }
  const T& back() const { return items_[size_ - 1]; }
  std::span<const T> view() const { return {items_.data(), size_}; }

  void clear() { size_ = 0; }
  // Requires: size() < N.
  void push_back(const T& item) {
    INVARIANT(size_ < N);
    items_[size_++] = item;
  }

 private:
  std::array<T, N> items_;
  std::size_t size_ = 0;
};

}  // namespace rujukan
