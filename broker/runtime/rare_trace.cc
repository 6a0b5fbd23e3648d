#include "broker/runtime/rare_trace.h"

#include <vector>

namespace rujukan::trace {

void RareTrace::happened(std::initializer_list<Field> fields, SteadyTime now) {
  ++count_;
  if (written_ && now - *written_ < std::chrono::seconds(1)) return;
  std::vector<Field> all(fields);
  all.emplace_back("count", count_);
  write(level_, event_, all);
  count_ = 0;
  written_ = now;
}

}  // namespace rujukan::trace
