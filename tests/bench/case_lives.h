// Cases from their opening to their close, as messages that are ready to be decided.
#pragma once

#include <vector>

#include "broker/decide/decide.h"

namespace rujukan::bench {

// One case: a referral, and then for each assignment an accept, a progress and a complete by its
// unit, and the owner's close. All are accepted in this order.
struct CaseLife {
  Message referral;
  std::vector<Message> accepts;
  std::vector<Message> rest;

  std::size_t messages() const { return 1 + accepts.size() + rest.size(); }
};

// Opened by the commission. Aborts unless the table accepts it.
CaseLife case_life(const Facts& facts, const routing::RoutingTable& table, TimeUs at,
                   std::uint32_t number);

// Decides and folds. Aborts when it is refused.
CaseRecord opened(const Message& referral, const routing::RoutingTable& table, TimeUs at);
void decide_and_apply(CaseRecord& record, const Message& message,
                      const routing::RoutingTable& table, TimeUs at);

}  // namespace rujukan::bench
