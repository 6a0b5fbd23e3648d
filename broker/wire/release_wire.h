// Numbers of schemas/release.fbs that stand for "not set", shared by its encoder and decoder.
#pragma once

#include <cstdint>
#include <vector>

namespace rujukan::wire {

inline constexpr char kReleaseIdentifier[] = "RJR1";
inline constexpr std::uint8_t kNotAsked = 2;    // Condition.suspect_abroad
inline constexpr std::uint8_t kNoAnchor = 255;  // Inform.of

// `read_item` turns one table of a vector, which may be missing, into an item.
template <typename Fields, typename Tables, typename ReadItem>
auto read_tables(Fields& fields, const Tables* tables, ReadItem read_item) {
  std::vector<decltype(read_item(fields, *tables->Get(0)))> out;
  if (tables == nullptr) return out;
  out.reserve(tables->size());
  for (const auto* table : *tables) out.push_back(read_item(fields, *table));
  return out;
}

}  // namespace rujukan::wire
