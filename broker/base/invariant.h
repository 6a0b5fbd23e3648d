// INVARIANT(cond): on in every build. A false one is a defect of this program, never of its input;
// it prints where and aborts, because a broker that goes on could fork an ownership.
#pragma once

namespace rujukan {

[[noreturn]] void invariant_failed(const char* condition, const char* file, int line);

}  // namespace rujukan

#define INVARIANT(cond) \
  ((cond) ? static_cast<void>(0) : ::rujukan::invariant_failed(#cond, __FILE__, __LINE__))
