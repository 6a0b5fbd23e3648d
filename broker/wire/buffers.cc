#include "broker/wire/buffers.h"

#include <algorithm>

namespace rujukan::wire {
namespace {

// 9999-12-31T23:59:59.999999Z; later times have no RFC 3339 form.
constexpr std::uint64_t kLastTimeUs = 253'402'300'799'999'999ULL;

}  // namespace

void FieldReader::fail(std::string field, std::string detail) {
  if (!error_) error_ = Error{code_, std::move(field), std::move(detail)};
}

std::string FieldReader::text(const char* field, const flatbuffers::String* value,
                              std::size_t max_bytes) {
  if (value == nullptr) return {};
  if (value->size() > max_bytes) {
    fail(field, "longer than " + std::to_string(max_bytes) + " bytes");
    return {};
  }
  std::string out = value->str();
  identity_number_ = identity_number_ || has_identity_number(out);
  return out;
}

std::string FieldReader::id(const char* field, const flatbuffers::String* value) {
  std::string out = text(field, value, limits::kIdBytes);
  if (!is_valid_id(out)) fail(field, "not an id");
  return out;
}

std::string FieldReader::optional_id(const char* field, const flatbuffers::String* value) {
  if (value == nullptr || value->size() == 0) return {};
  return id(field, value);
}

std::vector<AreaCode> FieldReader::areas(const char* field, const FbStrings* values) {
  std::vector<AreaCode> out;
  if (values == nullptr) return out;
  if (values->size() > limits::kAreasPerList) {
    fail(field, "more than " + std::to_string(limits::kAreasPerList) + " areas");
    return out;
  }
  for (const flatbuffers::String* value : *values) {
    std::string code = text(field, value, 5);
    for (const char c : code) {
      if (c <= ' ' || c > '~') fail(field, "not an area code");
    }
    if (code.empty()) fail(field, "an area code is empty");
    out.emplace_back(std::move(code));
  }
  return out;
}

std::vector<UnitId> FieldReader::unit_ids(const char* field, const FbStrings* values,
                                          std::size_t max_count) {
  std::vector<UnitId> out;
  if (values == nullptr) return out;
  if (values->size() > max_count) {
    fail(field, "more than " + std::to_string(max_count) + " units");
    return out;
  }
  std::set<std::string> seen;
  for (const flatbuffers::String* value : *values) {
    std::string unit = id(field, value);
    if (!seen.insert(unit).second) fail(field, "a unit stands twice");
    out.emplace_back(std::move(unit));
  }
  return out;
}

std::vector<Digest> FieldReader::digests(const char* field, const FbBytes* value,
                                         std::size_t max_count) {
  std::vector<Digest> out;
  if (value == nullptr) return out;
  if (value->size() % 32 != 0 || value->size() / 32 > max_count) {
    fail(field, "not a list of at most " + std::to_string(max_count) + " hashes");
    return out;
  }
  for (std::size_t at = 0; at < value->size(); at += 32) {
    out.push_back(*to_array<32>(ByteView(value->data() + at, 32)));
  }
  return out;
}

std::vector<CaseId> FieldReader::case_ids(const char* field, const FbBytes* value,
                                          std::size_t max_count) {
  std::vector<CaseId> out;
  if (value == nullptr) return out;
  if (value->size() % 16 != 0 || value->size() / 16 > max_count) {
    fail(field, "not a list of at most " + std::to_string(max_count) + " case ids");
    return out;
  }
  for (std::size_t at = 0; at < value->size(); at += 16) {
    const CaseId id{*to_array<16>(ByteView(value->data() + at, 16))};
    if (std::find(out.begin(), out.end(), id) != out.end()) fail(field, "a case stands twice");
    out.push_back(id);
  }
  return out;
}

std::optional<TimeUs> FieldReader::optional_time(const char* field, std::uint64_t us) {
  if (us == 0) return std::nullopt;
  return time(field, us);
}

TimeUs FieldReader::time(const char* field, std::uint64_t us) {
  if (us > kLastTimeUs) {
    fail(field, "after the year 9999");
    return {};
  }
  return time_from_us(us);
}

flatbuffers::Offset<FbBytes> put_digests(flatbuffers::FlatBufferBuilder& builder,
                                         const std::vector<Digest>& digests) {
  Bytes flat;
  flat.reserve(digests.size() * 32);
  for (const Digest& digest : digests) flat.insert(flat.end(), digest.begin(), digest.end());
  return put_bytes(builder, flat);
}

flatbuffers::Offset<FbBytes> put_case_ids(flatbuffers::FlatBufferBuilder& builder,
                                          const std::vector<CaseId>& ids) {
  Bytes flat;
  flat.reserve(ids.size() * 16);
  for (const CaseId& id : ids) flat.insert(flat.end(), id.bytes.begin(), id.bytes.end());
  return put_bytes(builder, flat);
}

}  // namespace rujukan::wire
