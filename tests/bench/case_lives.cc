#include "tests/bench/case_lives.h"

#include <cstdio>
#include <cstdlib>

namespace rujukan::bench {
namespace {

[[noreturn]] void refused(const Outcome& outcome) {
  std::fprintf(stderr, "refused: %s\n", to_string(*outcome.refusal).c_str());
  std::abort();
}

Message message_of(const Message& referral, const UnitId& sender, MessageBody body) {
  Message message;
  message.case_id = referral.case_id;
  message.sender = sender;
  message.release = referral.release;
  message.body = std::move(body);
  return message;
}

}  // namespace

CaseRecord opened(const Message& referral, const routing::RoutingTable& table, TimeUs at) {
  const Outcome outcome = decide::decide(nullptr, {referral}, table, at);
  if (outcome.refusal) refused(outcome);
  return decide::opened_record(referral, outcome, at, table.release().version);
}

void decide_and_apply(CaseRecord& record, const Message& message,
                      const routing::RoutingTable& table, TimeUs at) {
  const Outcome outcome = decide::decide(&record, {message}, table, at);
  if (outcome.refusal) refused(outcome);
  decide::apply(record, outcome, &message);
}

CaseLife case_life(const Facts& facts, const routing::RoutingTable& table, TimeUs at,
                   std::uint32_t number) {
  CaseLife life;
  Message& referral = life.referral;
  referral.message_id.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  referral.message_id.bytes[15] = static_cast<std::uint8_t>(number);
  referral.case_id = case_id_of(referral.message_id);
  referral.sender = UnitId("kpai");
  referral.release = table.release().version;
  referral.payload = PayloadRef{};
  referral.body = Referral{facts, {}};
  const auto route = table.route(facts, at);
  if (!route) std::abort();
  referral.recipients = route->recipients();
  CaseRecord record = opened(referral, table, at);
  const auto add = [&](std::vector<Message>& list, const UnitId& sender, MessageBody body) {
    Message message = message_of(referral, sender, std::move(body));
    message.expected_version = record.version;
    decide_and_apply(record, message, table, at);
    list.push_back(std::move(message));
  };
  for (const routing::RoutedAssignment& routed : route->assignments) {
    add(life.accepts, routed.chain.front(), Accept{routed.need});
  }
  for (const routing::RoutedAssignment& routed : route->assignments) {
    const UnitId& unit = routed.chain.front();
    add(life.rest, unit, Progress{routed.need, AssignmentState::kInProgress});
    add(life.rest, unit, Complete{routed.need});
  }
  add(life.rest, route->owner(), Close{});
  return life;
}

}  // namespace rujukan::bench
