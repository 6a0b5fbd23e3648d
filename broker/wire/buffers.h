// Shared by the codecs of this folder: verified reading and building of FlatBuffers.
#pragma once

#include <flatbuffers/flatbuffers.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/limits.h"
#include "broker/base/result.h"
#include "broker/base/time.h"
#include "broker/model/codes.h"
#include "broker/model/ids.h"

namespace rujukan::wire {

using FbStrings = flatbuffers::Vector<flatbuffers::Offset<flatbuffers::String>>;
using FbBytes = flatbuffers::Vector<std::uint8_t>;

// The bytes themselves, or a copy kept in `copy`: FlatBuffers reads aligned integers, and what
// others send may lie at any byte of a larger message.
inline ByteView aligned(ByteView bytes, Bytes& copy) {
  constexpr std::size_t kAlignment = alignof(flatbuffers::largest_scalar_t);
  if (reinterpret_cast<std::uintptr_t>(bytes.data()) % kAlignment == 0) return bytes;
  copy = to_bytes(bytes);
  return copy;
}

// The root of a size-prefixed buffer that fills `bytes` exactly; nullptr when it does not verify.
// Requires: aligned bytes.
template <typename T>
const T* verified_root(ByteView bytes, const char* identifier, std::uint32_t max_tables) {
  if (bytes.size() < 12) return nullptr;
  const auto prefix = flatbuffers::ReadScalar<flatbuffers::uoffset_t>(bytes.data());
  if (prefix != bytes.size() - sizeof prefix) return nullptr;
  flatbuffers::Verifier verifier(bytes.data(), bytes.size(), limits::kFlatBufferDepth, max_tables);
  if (!verifier.VerifySizePrefixedBuffer<T>(identifier)) return nullptr;
  return flatbuffers::GetSizePrefixedRoot<T>(bytes.data());
}

template <typename T>
Bytes finish(flatbuffers::FlatBufferBuilder& builder, flatbuffers::Offset<T> root,
             const char* identifier) {
  builder.FinishSizePrefixed(root, identifier);
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

// Reads fields and remembers the first that is not allowed; what follows a failure is meaningless
// but safe to read.
class FieldReader {
 public:
  // Every failure gets this code.
  explicit FieldReader(ErrorCode code) : code_(code) {}

  bool failed() const { return error_.has_value(); }
  // Requires: failed().
  const Error& error() const { return *error_; }
  void fail(std::string field, std::string detail);
  // In some text so far.
  bool saw_identity_number() const { return identity_number_; }

  // A missing string is "".
  std::string text(const char* field, const flatbuffers::String* value, std::size_t max_bytes);
  // Lower-case id, not empty.
  std::string id(const char* field, const flatbuffers::String* value);
  // Empty or an id.
  std::string optional_id(const char* field, const flatbuffers::String* value);
  // Printable ASCII of 1..5 bytes; whether it exists is the release's matter.
  std::vector<AreaCode> areas(const char* field, const FbStrings* values);
  std::vector<UnitId> unit_ids(const char* field, const FbStrings* values, std::size_t max_count);
  std::vector<Digest> digests(const char* field, const FbBytes* value, std::size_t max_count);
  // 16 bytes each, none twice.
  std::vector<CaseId> case_ids(const char* field, const FbBytes* value, std::size_t max_count);

  template <std::size_t N>
  std::array<std::uint8_t, N> fixed(const char* field, const FbBytes* value) {
    if (value == nullptr || value->size() != N) {
      fail(field, "must have " + std::to_string(N) + " bytes");
      return {};
    }
    return *to_array<N>(ByteView(value->data(), value->size()));
  }
  template <typename E>
  E code(const char* field, std::uint8_t number) {
    const auto value = code_from_number<E>(number);
    if (!value) fail(field, "unknown code " + std::to_string(number));
    return value.value_or(E{});
  }
  // Each code at most once.
  template <typename E>
  std::vector<E> codes(const char* field, const FbBytes* values) {
    std::vector<E> out;
    if (values == nullptr) return out;
    if (values->size() > code_names<E>().size()) {
      fail(field, "more values than there are codes");
      return out;
    }
    std::set<std::uint8_t> seen;
    for (const std::uint8_t number : *values) {
      if (!seen.insert(number).second) fail(field, "a code stands twice");
      out.push_back(code<E>(field, number));
    }
    return out;
  }
  // Microseconds since 1970, before the year 10000; 0 is not set.
  std::optional<TimeUs> optional_time(const char* field, std::uint64_t us);
  TimeUs time(const char* field, std::uint64_t us);

 private:
  ErrorCode code_;
  std::optional<Error> error_;
  bool identity_number_ = false;
};

template <typename E>
std::vector<std::uint8_t> to_numbers(const std::vector<E>& values) {
  std::vector<std::uint8_t> out;
  out.reserve(values.size());
  for (const E value : values) out.push_back(static_cast<std::uint8_t>(value));
  return out;
}
template <typename T>
flatbuffers::Offset<FbStrings> put_strings(flatbuffers::FlatBufferBuilder& builder,
                                           const std::vector<T>& values) {
  std::vector<flatbuffers::Offset<flatbuffers::String>> offsets;
  offsets.reserve(values.size());
  for (const T& value : values) offsets.push_back(builder.CreateString(value.str()));
  return builder.CreateVector(offsets);
}
template <typename E>
flatbuffers::Offset<FbBytes> put_codes(flatbuffers::FlatBufferBuilder& builder,
                                       const std::vector<E>& values) {
  return builder.CreateVector(to_numbers(values));
}
inline flatbuffers::Offset<FbBytes> put_bytes(flatbuffers::FlatBufferBuilder& builder,
                                              ByteView bytes) {
  return builder.CreateVector(bytes.data(), bytes.size());
}
flatbuffers::Offset<FbBytes> put_digests(flatbuffers::FlatBufferBuilder& builder,
                                         const std::vector<Digest>& digests);
flatbuffers::Offset<FbBytes> put_case_ids(flatbuffers::FlatBufferBuilder& builder,
                                          const std::vector<CaseId>& ids);
inline std::uint64_t us_or_zero(const std::optional<TimeUs>& t) { return t ? to_us(*t) : 0; }

}  // namespace rujukan::wire
