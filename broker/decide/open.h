// Opening a case: from a referral to its assignments.
#pragma once

#include "broker/decide/decide.h"

namespace rujukan::decide {

// Requires: a referral.
Outcome open_case(const CaseRecord* record, const MessageCommand& command,
                  const routing::RoutingTable& table, TimeUs now);

}  // namespace rujukan::decide
