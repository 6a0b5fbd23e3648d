// Special members that are compiled once. A struct of many strings and vectors has large ones, and
// each source that copies, moves or destroys it would compile them anew.
#pragma once

// In the struct, instead of its defaulted comparison. It is no aggregate then: set its members.
#define DECLARE_VALUE(Type) \
  Type();                   \
  DECLARE_COPIES(Type)

// The same without a default constructor.
#define DECLARE_COPIES(Type)        \
  Type(const Type&);                \
  Type(Type&&) noexcept;            \
  Type& operator=(const Type&);     \
  Type& operator=(Type&&) noexcept; \
  ~Type();                          \
  friend bool operator==(const Type&, const Type&)

// In one source.
#define DEFINE_VALUE(Type) \
  Type::Type() = default;  \
  DEFINE_COPIES(Type)

#define DEFINE_COPIES(Type)                         \
  Type::Type(const Type&) = default;                \
  Type::Type(Type&&) noexcept = default;            \
  Type& Type::operator=(const Type&) = default;     \
  Type& Type::operator=(Type&&) noexcept = default; \
  Type::~Type() = default;                          \
  bool operator==(const Type&, const Type&) = default
