#include "broker/model/order.h"

namespace rujukan {
namespace {

constexpr CodeName<OrderKind> kOrderKindNames[] = {
    {OrderKind::kHold, "hold"},
    {OrderKind::kLiftHold, "lift-hold"},
    {OrderKind::kConsentToErasure, "consent-to-erasure"},
};

}  // namespace

template <>
std::span<const CodeName<OrderKind>> code_names<OrderKind>() {
  return kOrderKindNames;
}

}  // namespace rujukan
