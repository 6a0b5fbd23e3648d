// Administrators' orders: who must sign them, and what holds, proposals and consents do together.
#include "broker/decide/order_trust.h"
#include "broker/decide/ownership.h"
#include "broker/wire/order_codec.h"
#include "tests/unit/decide/case_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const char* const kBasis = "uu-27-2022";

std::optional<ErrorCode> verify_fault(const Bytes& signed_order, const Release& release) {
  const auto order = decide::verify_order(signed_order, decide::trust_of(release));
  return order ? std::nullopt : std::optional(order.error().code);
}

// What may happen to the payloads of a closed case, and what stands of it.
struct PayloadModel {
  bool held = false;
  bool proposed = false;
  int erasures = 0;

  enum Step { kHold, kLift, kPropose, kUnitConsents, kAdministratorConsents, kReopenAndClose };
  static constexpr Step kSteps[] = {
      kHold, kLift, kPropose, kUnitConsents, kAdministratorConsents, kReopenAndClose};

  // False: refused.
  bool take(Step step) {
    switch (step) {
      case kHold:
        return !held && (held = true);
      case kLift:
        return held && !(held = false);
      case kPropose:
        return !held && (proposed = true);
      case kUnitConsents:
      case kAdministratorConsents:
        if (held || !proposed) return false;
        proposed = false;
        ++erasures;
        return true;
      case kReopenAndClose:
        if (erasures != 0) return false;
        proposed = false;
        return true;
    }
    return false;
  }
};

// Whether the code accepts the step; follows it.
bool take(CaseInTest& c, PayloadModel::Step step) {
  const auto order = [&c](OrderKind kind) {
    if (c.ask_order(kind, kBasis).refusal) return false;
    c.order(kind, kBasis);
    return true;
  };
  const auto message = [&c](const char* unit, const MessageBody& body) {
    if (c.ask(unit, body).refusal) return false;
    c.send(unit, body);
    return true;
  };
  switch (step) {
    case PayloadModel::kHold:
      return order(OrderKind::kHold);
    case PayloadModel::kLift:
      return order(OrderKind::kLiftHold);
    case PayloadModel::kPropose:
      return message("polres.a", Erase{kBasis});
    case PayloadModel::kUnitConsents:
      return message("kpai", Erase{kBasis});
    case PayloadModel::kAdministratorConsents:
      return order(OrderKind::kConsentToErasure);
    case PayloadModel::kReopenAndClose:
      if (!message("kpai", Reopen{})) return false;
      c.send("polres.a", Accept{Need::kInvestigation});
      c.send("polres.a", Complete{Need::kInvestigation});
      c.send("polres.a", Close{});
      return true;
  }
  return false;
}

Entry entry_of(const CaseInTest& c, const Order& order, EventType type, std::uint32_t version) {
  Entry entry;
  entry.cause = OrderCause{order.case_id, signed_order(order, {"admin-1"})};
  entry.outcome.events = {Event{.type = type}};
  entry.outcome.case_version = version;
  entry.outcome.owner = c.record().owner();
  return entry;
}

}  // namespace

TEST_CASE("every sequence of six holds proposals and consents ends as the model says") {
  constexpr std::size_t kLength = 6;
  std::size_t sequences = 1;
  for (std::size_t i = 0; i < kLength; ++i) sequences *= std::size(PayloadModel::kSteps);
  const CaseInTest closed = closed_case();
  int erased = 0;
  for (std::size_t number = 0; number < sequences; ++number) {
    CaseInTest c = closed;
    PayloadModel model;
    std::size_t rest = number;
    for (std::size_t i = 0; i < kLength; ++i, rest /= std::size(PayloadModel::kSteps)) {
      const auto step = PayloadModel::kSteps[rest % std::size(PayloadModel::kSteps)];
      const bool expected = model.take(step);
      if (take(c, step) != expected) FAIL("sequence " << number << ", step " << i);
    }
    const CaseRecord& record = c.record();
    const bool as_modelled = record.hold.has_value() == model.held &&
                             record.erasure.has_value() == model.proposed &&
                             record.erased == (model.erasures != 0);
    if (!as_modelled) FAIL("sequence " << number);
    erased += model.erasures;
  }
  REQUIRE(erased > 1000);
}

TEST_CASE("an order is refused with the code that says why") {
  CaseInTest c = closed_case();
  REQUIRE(refusal_of(c.ask_order(OrderKind::kLiftHold)) == ErrorCode::kOrderInvalid);
  REQUIRE(refusal_of(c.ask_order(OrderKind::kConsentToErasure)) == ErrorCode::kOrderInvalid);
  c.send("polres.a", Erase{kBasis});
  const Outcome other = c.ask_order(OrderKind::kConsentToErasure, "uu-12-2022");
  REQUIRE(refusal_of(other) == ErrorCode::kOrderInvalid);
  REQUIRE(other.refusal->field == "legal_basis");
  c.order(OrderKind::kHold);
  REQUIRE(refusal_of(c.ask_order(OrderKind::kHold)) == ErrorCode::kCaseHeld);
  REQUIRE(refusal_of(c.ask_order(OrderKind::kConsentToErasure)) == ErrorCode::kCaseHeld);
  REQUIRE(refusal_of(c.ask("polres.a", Erase{kBasis})) == ErrorCode::kCaseHeld);
  REQUIRE(refusal_of(c.ask("kpai", Erase{kBasis})) == ErrorCode::kCaseHeld);
  // Refusals tell where the case stands.
  REQUIRE(c.ask_order(OrderKind::kHold).owner == c.record().owner());
  REQUIRE(c.ask_order(OrderKind::kHold).case_version == c.record().version);
}

TEST_CASE("an order about an unknown case or another log is refused") {
  const CaseInTest c;
  const Order order = order_about(c.opening(), OrderKind::kHold);
  const auto refusal = [&](const CaseRecord* record, const Order& given) {
    return refusal_of(decide::decide(record, decide::OrderCommand{given}, c.table(), c.now()));
  };
  REQUIRE(refusal(nullptr, order) == ErrorCode::kCaseUnknown);
  Order elsewhere = order;
  elsewhere.log_origin = "log.example/another";
  REQUIRE(refusal(&c.record(), elsewhere) == ErrorCode::kOrderInvalid);
  REQUIRE(refusal(nullptr, elsewhere) == ErrorCode::kOrderInvalid);
}

TEST_CASE("an order tells all parties and names no unit") {
  CaseInTest c;
  const CaseRecord before = c.record();
  const Outcome outcome = c.order(OrderKind::kHold, "uu-12-2022");
  REQUIRE(outcome.events.size() == 1);
  REQUIRE(outcome.events[0].type == EventType::kHeld);
  REQUIRE(outcome.events[0].unit.empty());
  REQUIRE(outcome.events[0].legal_basis == "uu-12-2022");
  REQUIRE(c.record().hold->legal_basis == "uu-12-2022");
  const auto told = decide::units_to_tell(&before, c.record(), nullptr, c.table());
  REQUIRE(names(told) == names(decide::parties(before, c.table())));
}

TEST_CASE("a hold and a consent need one administrator and lifting a hold the threshold") {
  const CaseInTest c;
  const Release release = small_release();
  for (const auto& [kind, name] : code_names<OrderKind>()) {
    INFO(name);
    const Order order = order_about(c.opening(), kind);
    const bool one_is_enough = kind != OrderKind::kLiftHold;
    REQUIRE(verify_fault(signed_order(order, {}), release) == ErrorCode::kOrderSignature);
    REQUIRE(verify_fault(signed_order(order, {"stranger"}), release) == ErrorCode::kOrderSignature);
    for (const std::vector<std::string>& one :
         {std::vector<std::string>{"admin-1"}, {"admin-2", "admin-2"}, {"admin-2", "stranger"}}) {
      REQUIRE(verify_fault(signed_order(order, one), release).has_value() != one_is_enough);
    }
    REQUIRE_FALSE(verify_fault(signed_order(order, {"admin-1", "admin-2"}), release));
  }
}

TEST_CASE("a changed order or a bad signature beside a good one is refused") {
  const CaseInTest c;
  const Order order = order_about(c.opening(), OrderKind::kHold);
  const Bytes good = signed_order(order, {"admin-1", "admin-2"});
  auto envelope = *wire::decode_signed_order(good);
  envelope.signatures[1].signature[0] ^= 1;
  REQUIRE(verify_fault(wire::encode_signed_order(envelope), small_release()) ==
          ErrorCode::kOrderSignature);
  envelope = *wire::decode_signed_order(good);
  Order other = order;
  other.kind = OrderKind::kConsentToErasure;
  envelope.body = wire::encode_order(other);
  REQUIRE(verify_fault(wire::encode_signed_order(envelope), small_release()) ==
          ErrorCode::kOrderSignature);
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes damaged = good;
    damaged[at] ^= 0x20;
    const auto read = decide::verify_order(damaged, decide::trust_of(small_release()));
    if (read) REQUIRE(*read == order);
  }
}

TEST_CASE("an entry's order must be of the case that the entry names") {
  const CaseInTest c;
  const Order order = order_about(c.opening(), OrderKind::kHold);
  OrderCause cause{order.case_id, signed_order(order, {"admin-1"})};
  const decide::Trust trust = decide::trust_of(small_release());
  REQUIRE(*decide::verify_order(cause, trust) == order);
  cause.case_id = referral_message(offline_facts(), 2).case_id;
  REQUIRE(decide::verify_order(cause, trust).error().code == ErrorCode::kOrderInvalid);
}

TEST_CASE("events of holds and erasures are a fault where they may not stand") {
  const CaseInTest c;
  const auto order = [&c](OrderKind kind) { return order_about(c.opening(), kind); };
  const Order hold = order(OrderKind::kHold);
  const Order lift = order(OrderKind::kLiftHold);
  const Order consent = order(OrderKind::kConsentToErasure);
  decide::OwnershipCheck sound;
  Entry opening;
  opening.cause = MessageCause{};
  opening.outcome = decide::decide(nullptr, {c.opening()}, c.table(), c.now());
  REQUIRE_FALSE(sound.add(opening, &c.opening()));
  const std::uint32_t next = c.record().version + 1;
  const auto fault_of = [&](decide::OwnershipCheck check, const Entry& entry) {
    return check.add(entry, nullptr).has_value();
  };
  REQUIRE_FALSE(fault_of(sound, entry_of(c, hold, EventType::kHeld, next)));
  // By another order, another cause, or without what it undoes.
  REQUIRE(fault_of(sound, entry_of(c, lift, EventType::kHeld, next)));
  REQUIRE(fault_of(sound, entry_of(c, hold, EventType::kHoldLifted, next)));
  REQUIRE(fault_of(sound, entry_of(c, lift, EventType::kHoldLifted, next)));
  REQUIRE(fault_of(sound, entry_of(c, consent, EventType::kErased, next)));
  REQUIRE(fault_of(sound, entry_of(c, hold, EventType::kErasureProposed, next)));
  Entry by_deadline = entry_of(c, hold, EventType::kHeld, next);
  by_deadline.cause = SuccessionCause{hold.case_id};
  REQUIRE(fault_of(sound, by_deadline));
  Entry unreadable = entry_of(c, hold, EventType::kHeld, next);
  unreadable.cause = OrderCause{hold.case_id, {1, 2, 3}};
  REQUIRE(fault_of(sound, unreadable));

  decide::OwnershipCheck held = sound;
  REQUIRE_FALSE(held.add(entry_of(c, hold, EventType::kHeld, next), nullptr));
  REQUIRE(fault_of(held, entry_of(c, hold, EventType::kHeld, next + 1)));
  REQUIRE(fault_of(held, entry_of(c, consent, EventType::kErased, next + 1)));
  REQUIRE_FALSE(fault_of(held, entry_of(c, lift, EventType::kHoldLifted, next + 1)));
}

TEST_CASE("an erasure that was not proposed or is held is a fault") {
  CaseInTest c;
  decide::OwnershipCheck check;
  Entry entry;
  entry.cause = MessageCause{};
  entry.outcome = decide::decide(nullptr, {c.opening()}, c.table(), c.now());
  REQUIRE_FALSE(check.add(entry, &c.opening()));
  const auto send = [&](const char* unit, const MessageBody& body) {
    entry.outcome = c.send(unit, body);
    const auto fault = check.add(entry, &c.last());
    INFO(fault.value_or(""));
    REQUIRE_FALSE(fault);
  };
  send("polres.a", Accept{Need::kInvestigation});
  send("polres.a", Complete{Need::kInvestigation});
  send("uptd", Accept{Need::kProtection});
  send("uptd", Complete{Need::kProtection});
  send("polres.a", Close{});
  const Order consent = order_about(c.opening(), OrderKind::kConsentToErasure);
  const auto erased = [&] {
    return entry_of(c, consent, EventType::kErased, c.record().version + 1);
  };
  decide::OwnershipCheck unproposed = check;
  REQUIRE(unproposed.add(erased(), nullptr));
  send("polres.a", Erase{kBasis});
  decide::OwnershipCheck proposed = check;
  REQUIRE_FALSE(proposed.add(erased(), nullptr));
  const Order hold = order_about(c.opening(), OrderKind::kHold);
  decide::OwnershipCheck held = check;
  REQUIRE_FALSE(held.add(entry_of(c, hold, EventType::kHeld, c.record().version + 1), nullptr));
  Entry after_hold = erased();
  ++after_hold.outcome.case_version;
  REQUIRE(held.add(after_hold, nullptr));
  // Reopening takes the proposal back.
  send("kpai", Reopen{});
  send("polres.a", Accept{Need::kInvestigation});
  send("polres.a", Complete{Need::kInvestigation});
  send("polres.a", Close{});
  REQUIRE(check.add(erased(), nullptr));
}

TEST_CASE("an erasure is told to whoever had a part and nothing else is told to former parties") {
  CaseInTest c(facts_of_both_regencies());
  c.send("polres.a", Accept{Need::kInvestigation});
  c.send("polres.a", Transfer{Need::kInvestigation, UnitId("polres.b"), Reason::kOther});
  c.send("polres.b", Accept{Need::kInvestigation, Subject::kOffer});
  c.send("polres.b", Complete{Need::kInvestigation});
  c.send("uptd", Accept{Need::kProtection});
  c.send("uptd", Complete{Need::kProtection});
  c.send("polres.b", Close{});
  const auto told = [&c](OrderKind kind) {
    const CaseRecord before = c.record();
    c.order(kind);
    const auto units = decide::units_to_tell(&before, c.record(), nullptr, c.table());
    return std::find(units.begin(), units.end(), UnitId("polres.a")) != units.end();
  };
  c.send("polres.b", Erase{kBasis});
  REQUIRE_FALSE(told(OrderKind::kHold));
  REQUIRE_FALSE(told(OrderKind::kLiftHold));
  REQUIRE_FALSE(c.is_party("polres.a"));
  REQUIRE(told(OrderKind::kConsentToErasure));
}

TEST_CASE("a unit that left before the caveat came may acknowledge and do nothing else") {
  CaseInTest c(facts_of_both_regencies());
  c.send("polres.a", Accept{Need::kInvestigation});
  c.send("polres.a", Transfer{Need::kInvestigation, UnitId("polres.b"), Reason::kOther});
  c.send("polres.b", Accept{Need::kInvestigation, Subject::kOffer});
  const auto unaware = [&c](const char* sender, MessageBody body) {
    CaseRecord record = c.record();
    record.facts.victim_protected = true;
    const Message message =
        case_message(c.opening(), UnitId(sender), record.version, std::move(body), 200);
    const decide::Mail waiting[] = {decide::Mail::kWaiting};
    const bool received = std::holds_alternative<Received>(message.body);
    const decide::MessageCommand command{message, {}, std::span(waiting, received ? 1 : 0)};
    return decide::decide(&record, command, c.table(), c.now()).refusal;
  };
  REQUIRE_FALSE(unaware("polres.a", Received{{LogIndex{1}}}));
  REQUIRE(unaware("polres.b", Received{{LogIndex{1}}})->code == ErrorCode::kHandlingMismatch);
  REQUIRE(unaware("polres.a", TransferRequest{})->code == ErrorCode::kHandlingMismatch);
}
