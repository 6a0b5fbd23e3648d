#include "broker/wire/exact.h"

#include <algorithm>
#include <vector>

#include "broker/model/ids.h"

namespace rujukan::wire {
namespace {

using flatbuffers::ElementaryType;
using flatbuffers::TypeCode;
using flatbuffers::TypeTable;

// Of a number in a table or vector; of everything else the offset to it.
std::size_t width_of(const TypeCode& code) {
  switch (static_cast<ElementaryType>(code.base_type)) {
    case flatbuffers::ET_UTYPE:
    case flatbuffers::ET_BOOL:
    case flatbuffers::ET_CHAR:
    case flatbuffers::ET_UCHAR:
      return 1;
    case flatbuffers::ET_SHORT:
    case flatbuffers::ET_USHORT:
      return 2;
    case flatbuffers::ET_LONG:
    case flatbuffers::ET_ULONG:
    case flatbuffers::ET_DOUBLE:
      return 8;
    case flatbuffers::ET_INT:
    case flatbuffers::ET_UINT:
    case flatbuffers::ET_FLOAT:
    case flatbuffers::ET_STRING:
    case flatbuffers::ET_SEQUENCE:
      return 4;
  }
  return 4;
}

bool is_number(const TypeCode& code) {
  return code.base_type != flatbuffers::ET_STRING && code.base_type != flatbuffers::ET_SEQUENCE;
}

// The prefix, the offset of the root and the identifier.
constexpr std::size_t kHeader = 12;

class Exactness {
 public:
  Exactness(ByteView bytes, Texts texts, ErrorCode malformed)
      : bytes_(bytes), texts_(texts), malformed_(malformed) {}

  std::optional<Error> find(const TypeTable* type) {
    add({0, kHeader, nullptr, flatbuffers::ET_UTYPE, kFour});
    table(4 + read<std::uint32_t>(4), type);
    if (!fault_) check_places();
    return std::move(fault_);
  }

 private:
  // How much padding may follow: less than this.
  enum Padding : std::uint8_t { kNone = 1, kFour = 4, kEight = 8 };
  struct Object {
    std::size_t begin;
    std::size_t end;
    const TypeTable* type;  // of a table; of others nullptr
    unsigned short element;
    Padding padding;
    friend bool operator==(const Object&, const Object&) = default;
  };
  struct Inline {
    std::size_t begin;
    std::size_t end;
  };

  template <typename T>
  T read(std::size_t at) const {
    return flatbuffers::ReadScalar<T>(bytes_.data() + at);
  }
  std::size_t follow(std::size_t at) const { return at + read<std::uint32_t>(at); }
  void fail(const char* what) {
    if (!fault_) fault_ = Error{malformed_, "", what};
  }
  bool all_zero(std::size_t begin, std::size_t end) const {
    return std::all_of(bytes_.begin() + begin, bytes_.begin() + end,
                       [](std::uint8_t byte) { return byte == 0; });
  }
  void add(const Object& object) { objects_.push_back(object); }
  // False: it was looked at before; builders may refer to one object twice. Verification bounds how
  // many there are that refer to others.
  bool enter(const Object& object) {
    if (std::find(entered_.begin(), entered_.end(), object) != entered_.end()) return false;
    entered_.push_back(object);
    add(object);
    return true;
  }

  void table(std::size_t at, const TypeTable* type) {
    const std::size_t vtable = at - static_cast<std::size_t>(read<std::int32_t>(at));
    const std::size_t vtable_size = read<std::uint16_t>(vtable);
    const std::size_t size = read<std::uint16_t>(vtable + 2);
    if (vtable_size < 4 || vtable_size > 4 + 2 * type->num_elems) {
      return fail("a table has slots that the schema does not name");
    }
    if (size < 4 || at + size > bytes_.size()) return fail("a table has another size");
    add({vtable, vtable + vtable_size, nullptr, flatbuffers::ET_USHORT, kNone});
    if (!enter({at, at + size, type, flatbuffers::ET_SEQUENCE, kNone})) return;
    std::vector<Inline> fields{{at, at + 4}};
    for (std::size_t i = 0; i < (vtable_size - 4) / 2; ++i) {
      const std::size_t offset = read<std::uint16_t>(vtable + 4 + 2 * i);
      const TypeCode& code = type->type_codes[i];
      const bool is_union = code.base_type == flatbuffers::ET_SEQUENCE && !code.is_repeating &&
                            type->type_refs[code.sequence_ref]()->st == flatbuffers::ST_UNION;
      if (is_union) check_union(at, vtable, i, offset != 0);
      if (offset == 0 || fault_) continue;
      const std::size_t width = code.is_repeating ? 4 : width_of(code);
      if (offset + width > size) return fail("a field lies beyond its table");
      fields.push_back({at + offset, at + offset + width});
      if (is_union) {
        union_value(at, vtable, i, type);
      } else {
        field(at + offset, code, type);
      }
      if (fault_) return;
    }
    check_inline(std::move(fields), at + size);
  }

  std::uint8_t union_type(std::size_t at, std::size_t vtable, std::size_t i) const {
    const std::size_t offset = read<std::uint16_t>(vtable + 2 + 2 * i);
    return offset == 0 ? std::uint8_t{0} : read<std::uint8_t>(at + offset);
  }
  void check_union(std::size_t at, std::size_t vtable, std::size_t i, bool has_value) {
    if ((union_type(at, vtable, i) != 0) != has_value) fail("a union without type or value");
  }
  void union_value(std::size_t at, std::size_t vtable, std::size_t i, const TypeTable* type) {
    const TypeTable* of = type->type_refs[type->type_codes[i].sequence_ref]();
    const std::uint8_t member = union_type(at, vtable, i);
    if (member >= of->num_elems) return fail("a union of a type that the schema does not name");
    const std::size_t offset = read<std::uint16_t>(vtable + 4 + 2 * i);
    table(follow(at + offset), of->type_refs[of->type_codes[member].sequence_ref]());
  }

  void field(std::size_t at, const TypeCode& code, const TypeTable* type) {
    if (code.is_repeating) return vector(follow(at), code, type);
    if (!is_number(code)) return element(at, code, type);
    if (all_zero(at, at + width_of(code))) return fail("a number that is 0 is not left out");
    const bool is_bool = code.base_type == flatbuffers::ET_BOOL;
    if (is_bool && read<std::uint8_t>(at) != 1) fail("a truth value is neither 0 nor 1");
  }
  // A text or a table, referred to from `at`.
  void element(std::size_t at, const TypeCode& code, const TypeTable* type) {
    if (code.base_type == flatbuffers::ET_STRING) return text(follow(at));
    table(follow(at), type->type_refs[code.sequence_ref]());
  }
  void text(std::size_t at) {
    const std::size_t size = read<std::uint32_t>(at);
    add({at, at + 4 + size + 1, nullptr, flatbuffers::ET_STRING, kFour});
    const std::string_view view(reinterpret_cast<const char*>(bytes_.data() + at + 4), size);
    if (texts_ == Texts::kCoded && has_identity_number(view)) {
      if (!fault_) fault_ = Error{ErrorCode::kIdentityNumber, ""};
    }
  }
  void vector(std::size_t at, const TypeCode& code, const TypeTable* type) {
    const std::size_t count = read<std::uint32_t>(at);
    const std::size_t width = width_of(code);
    const Object object{at, at + 4 + count * width, type, code.base_type,
                        width == 8 ? kEight : kFour};
    if (is_number(code)) return add(object);
    if (!enter(object)) return;
    for (std::size_t i = 0; i < count && !fault_; ++i) element(at + 4 + 4 * i, code, type);
  }

  void check_inline(std::vector<Inline> fields, std::size_t end) {
    std::sort(fields.begin(), fields.end(),
              [](const Inline& a, const Inline& b) { return a.begin < b.begin; });
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::size_t next = i + 1 < fields.size() ? fields[i + 1].begin : end;
      if (next < fields[i].end) return fail("two fields overlap");
      if (!all_zero(fields[i].end, next)) return fail("bytes of a table that are no field");
    }
  }

  // From the beginning to the end of the buffer there are objects, and zeros where they are
  // aligned.
  void check_places() {
    std::sort(objects_.begin(), objects_.end(),
              [](const Object& a, const Object& b) { return a.begin < b.begin; });
    objects_.erase(std::unique(objects_.begin(), objects_.end()), objects_.end());
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      const Object& object = objects_[i];
      const std::size_t next = i + 1 < objects_.size() ? objects_[i + 1].begin : bytes_.size();
      if (next < object.end) return fail("two objects overlap");
      // The header is padded for what is aligned most.
      const Padding padding = i == 0 ? kEight : object.padding;
      if (next - object.end >= padding || !all_zero(object.end, next)) {
        return fail("bytes that nothing refers to");
      }
    }
    if (bytes_.size() % 4 != 0) fail("bytes after the end");
  }

  const ByteView bytes_;
  const Texts texts_;
  const ErrorCode malformed_;
  std::vector<Object> entered_;  // tables and vectors of what lies elsewhere
  std::vector<Object> objects_;
  std::optional<Error> fault_;
};

}  // namespace

std::optional<Error> find_inexact(ByteView bytes, const TypeTable* type, Texts texts,
                                  ErrorCode malformed) {
  return Exactness(bytes, texts, malformed).find(type);
}

}  // namespace rujukan::wire
