// Messages about a case, drawn: mostly ones that somebody might send, and any other.
#pragma once

#include "broker/model/case_record.h"
#include "broker/model/order.h"
#include "broker/routing/table.h"
#include "tests/sim/command.h"

namespace rujukan::sim {

// Any facts, also such as cannot be routed.
Facts drawn_facts(Draw& draw);

// A message of the kind to the case as it stands, with its version and no recipients, or another
// version. `kind` is not a referral.
Message drawn_message(Draw& draw, MessageKind kind, const CaseRecord& record,
                      const routing::RoutingTable& table);

// About the case; now and then of another log.
Order drawn_order(Draw& draw, const CaseRecord& record, const routing::RoutingTable& table);

UnitId drawn_unit(Draw& draw, const routing::RoutingTable& table);

}  // namespace rujukan::sim
