#include "tests/sim/world.h"

#include <algorithm>

#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/order_codec.h"
#include "tests/sim/message_draw.h"
#include "tests/sim/story.h"

namespace rujukan::sim {
namespace {

constexpr std::size_t kCases = 3;
// Deadlines are a day at most and chains stay short; whatever is awaited is with its last unit long
// before.
constexpr std::size_t kSilentSteps = 2000;
// Without whom a guarantee keeps out, and with whom the message brings in.
constexpr int kSealings = 2;

// The outcome as the log has it.
Result<Outcome> logged_outcome(const Outcome& outcome) {
  Entry entry;
  entry.release = ReleaseVersion{1};
  entry.cause = SuccessionCause{};
  entry.outcome = outcome;
  const auto bytes = wire::encode_entry(entry);
  if (!bytes) return bytes.error();
  auto read = wire::decode_entry(*bytes);
  if (!read) return read.error();
  return std::move(read->outcome);
}

bool all_terminal(const CaseRecord& record) {
  bool all = true;
  record.for_each_assignment([&all](const Assignment& assignment, std::uint32_t) {
    if (is_pending(assignment.state) && !assignment.terminal()) all = false;
    if (assignment.offer && !assignment.offer->terminal()) all = false;
  });
  return all;
}

}  // namespace

std::optional<std::string> World::run(const std::vector<Command>& commands) {
  for (const Command& command : commands) {
    ++counts_.commands;
    now_ += std::chrono::microseconds(1);
    carry_out(command);
    if (fault_) return fault_;
  }
  for (Held& held : cases_) fall_silent(held);
  return fault_;
}

void World::carry_out(const Command& command) {
  Draw draw(command.draw);
  switch (static_cast<Step>(command.step)) {
    case Step::kAgain:
      return send_again(draw);
    case Step::kDue:
      if (Held* held = drawn_case(draw)) pass_deadline(*held);
      return;
    case Step::kWait:
      return wait(draw);
    case Step::kRelease:
      return activate(draw);
    case Step::kOrder:
      return order(draw);
    case Step::kRestart:
      return restart();
  }
  const auto kind = static_cast<MessageKind>(command.step);
  if (kind == MessageKind::kReferral) return open(draw);
  send(draw, kind);
}

World::Held* World::drawn_case(Draw& draw) {
  if (cases_.empty()) return nullptr;
  return &cases_[draw.below(cases_.size())];
}

void World::open(Draw& draw) {
  if (cases_.size() == kCases) return;
  Message message;
  message.message_id = MessageId{make_uuid7(1'780'000'000'000, {0, ++number_})};
  message.case_id = case_id_of(message.message_id);
  message.sender = drawn_unit(draw, *table_);
  message.release = table_->release().version;
  Referral referral{drawn_facts(draw), {}};
  referral.facts.victim_protected = message.victim_protected = draw.one_in(2);
  std::vector<const CaseRecord*> related;
  if (Held* other = drawn_case(draw); other != nullptr && draw.one_in(2)) {
    settle(*other);
    related.push_back(&other->record);
    referral.related.push_back(other->record.case_id);
    if (!draw.one_in(4)) message.sender = draw.of(other->record.told);
    if (table_->unit(message.sender) == nullptr) return;
  }
  message.body = std::move(referral);
  message.payload = PayloadRef{};
  Outcome outcome = decide::decide(nullptr, {message, related}, *table_, now_);
  if (!outcome.recipients.empty() && !draw.one_in(20)) {
    message.recipients = outcome.recipients;
    outcome = decide::decide(nullptr, {message, related}, *table_, now_);
  }
  tell(&message, outcome);
  if (outcome.refusal) {
    if (!outcome.events.empty() || !outcome.owner.empty()) fail("a refused opening has events");
    return;
  }
  Held held;
  held.opened = LogIndex{entries_};
  held.record = decide::opened_record(message, outcome, now_, table_->release().version);
  held.stored = wire::encode_case(held.record);
  for (const Event& event : outcome.events) held.model.follow(event);
  cases_.push_back(std::move(held));
  sent_.push_back(message);
  Held& opened = cases_.back();
  if (opened.record.version != 1) fail("a case opens with another version than 1");
  const Decided decided{outcome, &message, outcome.owner};
  verify(decided);
  check_accepted(opened.record, opened, decided);
  announce(opened);
  if (!related.empty()) link(message);
}

void World::link(const Message& opening) {
  for (const CaseId& id : std::get<Referral>(opening.body).related) {
    const auto at = std::find_if(cases_.begin(), cases_.end(),
                                 [&id](const Held& held) { return held.record.case_id == id; });
    settle(*at);
    const CaseRecord& record = at->record;
    fold(*at, {decide::decide(record, decide::LinkCommand{cases_.back().record}, *table_), nullptr,
               record.owner(), LinkCause{id, cases_.back().record.case_id}});
  }
}

void World::settle(Held& held) {
  if (broken_ == Break::kSuccession) return;
  // Whoever is kept out goes first, then whoever has ended.
  for (int step = 0; decide::needs_succession(held.record, *table_, now_); ++step) {
    if (fault_) return;
    if (step == 2) return fail("succession does not end");
    auto outcome = decide::decide_succession(held.record, *table_, now_);
    if (!outcome) return fail("there is no unit to succeed");
    settling_ = true;
    fold(held, {*std::move(outcome), nullptr, owner_after_succession(held.record, *table_, now_),
                SuccessionCause{held.record.case_id}});
  }
  settling_ = false;
  announce(held);
}

void World::announce(Held& held) {
  for (std::size_t step = 0; !fault_ && decide::needs_exclusion(held.record, *table_); ++step) {
    if (step > held.record.told.size()) return fail("exclusions do not end");
    Outcome outcome = decide::decide_exclusion(held.record, *table_);
    if (broken_ == Break::kExclusion) outcome.owner = held.record.owner();
    tell(nullptr, outcome);
    if (!outcome.owner.empty() || outcome.case_version != 0) {
      return fail("an exclusion tells who owns the case");
    }
    verify({outcome, nullptr, {}, ExclusionCause{held.record.case_id}});
    const CaseRecord before = held.record;
    decide::apply(held.record, outcome, nullptr, decide::kept_time(now_, table_->release()));
    held.stored = wire::encode_case(held.record);
    const bool same = before.version == held.record.version && before.facts == held.record.facts &&
                      before.assignments == held.record.assignments;
    if (!same) fail("an exclusion changes the case");
  }
  if (fault_) return;
  if (auto fault = untold_exclusion(held.record, *table_)) fail(*std::move(fault));
}

Outcome World::decide_message(Held& held, const Message& message) {
  const decide::Mail waiting[] = {decide::Mail::kWaiting};
  const std::span mail(waiting, decide::entries_named(message).size());
  if (broken_ == Break::kStale && compares_version(kind_of(message))) {
    Message fresh = message;
    fresh.expected_version = held.record.version;
    return decide::decide(&held.record, {fresh, {}, mail}, *table_, now_);
  }
  return decide::decide(&held.record, {message, {}, mail}, *table_, now_);
}

void World::send(Draw& draw, MessageKind kind) {
  Held* held = drawn_case(draw);
  if (held == nullptr) return;
  settle(*held);
  if (fault_) return;
  Message message = drawn_message(draw, kind, held->record, *table_);
  // The release in force names whoever has a key.
  if (table_->unit(message.sender) == nullptr) return;
  message.message_id = MessageId{make_uuid7(1'780'000'000'001, {0, ++number_})};
  message.release = table_->release().version;
  if (auto* received = std::get_if<Received>(&message.body)) received->entries = {held->opened};
  if (auto* unreadable = std::get_if<Unreadable>(&message.body)) unreadable->entry = held->opened;
  if (draw.one_in(2)) seal_as_planned(message, held->record);
  if (kind == MessageKind::kNote && !draw.one_in(8)) {
    message.payload = PayloadRef{};
    message.recipients = {draw.one_in(8) ? drawn_unit(draw, *table_) : held->record.owner()};
  }
  Outcome outcome = decide_message(*held, message);
  const bool gives_up = draw.one_in(20);
  for (int tried = 0; !outcome.recipients.empty() && !gives_up; ++tried) {
    if (tried == kSealings) return fail("nobody can seal it right");
    fold(*held, {outcome, &message, {}});
    message.payload = PayloadRef{};
    message.recipients = outcome.recipients;
    outcome = decide_message(*held, message);
  }
  sent_.push_back(message);
  auto owner = owner_after(held->record, message, *table_, now_);
  fold(*held, {std::move(outcome), &message, std::move(owner)});
}

// As a station would that knows the case: for whoever the table names for new facts and has not
// read it yet.
void World::seal_as_planned(Message& message, const CaseRecord& record) const {
  const auto* more = std::get_if<NewFacts>(&message.body);
  if (more == nullptr || only_proposes(record, message, *table_)) return;
  const auto route = table_->route(more->facts, now_);
  if (!route) return;
  for (const UnitId& unit : route->recipients()) {
    const auto& readers = record.readers;
    const bool reads = std::find(readers.begin(), readers.end(), unit) != readers.end();
    if (!reads) message.recipients.push_back(unit);
  }
  if (!message.recipients.empty()) message.payload = PayloadRef{};
}

void World::send_again(Draw& draw) {
  if (sent_.empty()) return;
  const Message message = draw.of(sent_);
  // Of an opening the sequencer knows the id.
  if (kind_of(message) == MessageKind::kReferral) return;
  if (table_->unit(message.sender) == nullptr) return;
  if (message.release > table_->release().version) return;
  const auto at = std::find_if(cases_.begin(), cases_.end(), [&](const Held& held) {
    return held.record.case_id == message.case_id;
  });
  if (at == cases_.end()) return;
  settle(*at);
  if (fault_) return;
  auto owner = owner_after(at->record, message, *table_, now_);
  fold(*at, {decide_message(*at, message), &message, std::move(owner)});
}

void World::pass_deadline(Held& held) {
  if (const auto due = held.record.next_due()) now_ = std::max(now_, due->at);
  settle(held);
  if (fault_) return;
  // A succession may have put it off.
  const auto due = held.record.next_due();
  if (!due || due->at > now_) return;
  Outcome outcome = decide::decide(
      held.record, decide::DeadlineCommand{due->need, due->assist, due->subject}, *table_, now_);
  const std::optional<UnitId> owner = owner_after(held.record, *due);
  fold(held, {std::move(outcome), nullptr, owner,
              DeadlineCause{held.record.case_id, due->need, due->assist, due->subject}});
  const auto next = held.record.next_due();
  const bool the_same = next && next->at == due->at && next->need == due->need &&
                        next->assist == due->assist && next->subject == due->subject;
  if (the_same) fail("what was missed is due again at once");
}

void World::wait(Draw& draw) {
  static constexpr std::int64_t kSeconds[] = {60,          3600,         86'400,
                                              10 * 86'400, 400 * 86'400, 1200 * 86'400};
  now_ += Seconds(static_cast<std::int64_t>(draw.below(kSeconds[draw.below(std::size(kSeconds))])));
  tell("it is " + to_rfc3339(now_));
}

void World::activate(Draw& draw) {
  const Table& drawn = draw.of(tables_);
  const routing::RoutingTable& next = *drawn;
  for (const Held& held : cases_) {
    const bool orphaned = decide::needs_succession(held.record, next, now_) &&
                          !decide::decide_succession(held.record, next, now_);
    if (orphaned) return fail("a release of the simulation orphans a case");
  }
  table_ = &next;
  verify_under(drawn);
  tell("release " + std::to_string(to_number(next.release().version)));
  if (draw.one_in(2)) return;
  for (Held& held : cases_) settle(held);
}

void World::order(Draw& draw) {
  Held* held = drawn_case(draw);
  if (held == nullptr) return;
  settle(*held);
  if (fault_) return;
  Order order = drawn_order(draw, held->record, *table_);
  order.order_id = MessageId{make_uuid7(1'780'000'000'002, {0, ++number_})};
  order.issued_at = now_;
  Outcome outcome = decide::decide(&held->record, decide::OrderCommand{order}, *table_, now_);
  const bool ours = order.log_origin == table_->release().log_origin;
  const bool may = ours && held->payloads.permits(order);
  if (may == outcome.refusal.has_value()) fail("the order " + std::string(name_of(order.kind)));
  // Nobody here looks at who signed it.
  const wire::SignedOrder envelope{wire::encode_order(order), {{}}};
  fold(*held, {std::move(outcome), nullptr, held->record.owner(),
               OrderCause{held->record.case_id, wire::encode_signed_order(envelope)}});
}

void World::restart() {
  for (Held& held : cases_) {
    auto record = wire::decode_case(held.stored);
    if (!record) return fail("what was stored cannot be read: " + to_string(record.error()));
    if (!(*record == held.record)) return fail("what was stored is not the record");
    held.record = *std::move(record);
  }
}

void World::fall_silent(Held& held) {
  settle(held);
  for (std::size_t step = 0; !fault_ && !all_terminal(held.record); ++step) {
    if (step == kSilentSteps) return fail("an assignment never reaches its last unit");
    pass_deadline(held);
  }
}

void World::fold(Held& held, Decided decided) {
  if (fault_) return;
  spoil(held.record, decided.outcome);
  tell(decided.message, decided.outcome);
  verify(decided);
  const bool planned = decided.message != nullptr && !decided.message->recipients.empty() &&
                       std::holds_alternative<NewFacts>(decided.message->body);
  if (planned && decided.outcome.refusal &&
      decided.outcome.refusal->code == ErrorCode::kRecipientsNotPermitted) {
    fail("facts sealed as the table names may not be");
  }
  if (decided.outcome.refusal) {
    if (broken_ == Break::kRefusal) held.record.told.push_back(UnitId("kpai.two"));
    return check_refused(held, decided);
  }
  if (decided.message != nullptr && !may_be_accepted(held.record, *decided.message, *table_)) {
    return fail("accepted, although stale, taking back or of somebody who is kept out");
  }
  auto before = wire::decode_case(held.stored);
  if (!before) return fail("what was stored cannot be read: " + to_string(before.error()));
  CaseRecord replayed = *before;
  const auto kept = decide::kept_time(now_, table_->release());
  decide::apply(held.record, decided.outcome, decided.message, kept);
  const auto logged = logged_outcome(decided.outcome);
  if (!logged) return fail("what was logged cannot be read: " + to_string(logged.error()));
  decide::apply(replayed, *logged, decided.message, kept);
  for (const Event& event : decided.outcome.events) {
    held.model.follow(event);
    if (!held.payloads.follow(event)) fail("it may not be " + std::string(name_of(event.type)));
  }
  held.stored = wire::encode_case(held.record);
  if (wire::encode_case(replayed) != held.stored) fail("a replay gives another record");
  check_accepted(*before, held, decided);
  announce(held);
}

void World::verify_under(const Table& table) { check_.follow({table, &table->release()}); }

void World::verify(const Decided& decided) {
  Entry entry;
  entry.index = LogIndex{entries_++};
  entry.time = now_;
  entry.release = table_->release().version;
  entry.cause = decided.cause;
  entry.outcome = decided.outcome;
  if (auto fault = check_.add(entry, decided.message)) fail("a verifier says: " + *fault);
}

void World::check_refused(const Held& held, const Decided& decided) {
  const Outcome& outcome = decided.outcome;
  if (!outcome.events.empty()) fail("a refusal has events");
  if (wire::encode_case(held.record) != held.stored) fail("a refusal changed the record");
  if (outcome.case_version != 0 && outcome.case_version != held.record.version) {
    fail("a refusal tells another version");
  }
}

void World::check_accepted(const CaseRecord& before, const Held& held, const Decided& decided) {
  const Outcome& outcome = decided.outcome;
  const CaseRecord& record = held.record;
  const bool opens = !outcome.events.empty() && outcome.events.front().type == EventType::kOpened;
  const EventType first = outcome.events.empty() ? EventType::kNoted : outcome.events.front().type;
  // Whoever may not know of a linked case is not told, and so misses no version.
  const bool links = first == EventType::kLinked;
  const bool changes = first != EventType::kNoted && first != EventType::kDelivered &&
                       first != EventType::kUnreadable && !links;
  if (outcome.events.empty()) fail("accepted without an event");
  if (!opens && record.version != before.version + (changes ? 1 : 0)) {
    fail("version " + std::to_string(record.version) + " after " + std::to_string(before.version));
  }
  if (!opens && !changes && !links && !(record == before)) {
    fail("it changed without a new version");
  }
  const bool to_kept_out = decided.message != nullptr && !opens &&
                           is_kept_out(decided.message->sender, record.facts, *table_) &&
                           std::holds_alternative<Received>(decided.message->body);
  if (to_kept_out) {
    if (outcome.case_version != 0 || !outcome.owner.empty()) {
      fail("who is kept out is told who owns the case");
    }
    return;
  }
  if (outcome.case_version != record.version) fail("the outcome tells another version");
  if (outcome.owner != record.owner()) fail("the outcome tells another owner");
  if (held.model.owner() != record.owner()) {
    fail("by its events " + held.model.owner().str() + " owns it, not " + record.owner().str());
  }
  if (decided.owner && *decided.owner != record.owner()) {
    fail(decided.owner->str() + " should own it, not " + record.owner().str());
  }
  const bool has_facts = std::ranges::any_of(
      outcome.events, [](const Event& event) { return event.type == EventType::kFactsAdded; });
  if (has_facts && record.status == CaseStatus::kOpen) {
    if (auto fault = unanswered_need(before, record, *table_, now_)) fail(*std::move(fault));
  }
  if (settling_ && decide::needs_succession(record, *table_, now_)) return;
  if (auto fault = fault_of(record, *table_, now_)) fail(*std::move(fault));
}

void World::tell(const std::string& what) {
  if (story_ != nullptr) *story_ << "  " << counts_.commands << " " << what << std::endl;
}

void World::tell(const Message* message, const Outcome& outcome) {
  if (outcome.refusal) {
    ++counts_.refused;
    ++counts_.refusals[outcome.refusal->code];
  }
  for (const Event& event : outcome.events) ++counts_.events[event.type];
  if (story_ == nullptr) return;
  std::string line = message != nullptr ? described(*message) : "the broker";
  line += " -> ";
  for (const Event& event : outcome.events) {
    line += std::string(name_of(event.type)) + " " + event.unit.str() + ", ";
  }
  if (outcome.refusal) line += to_string(*outcome.refusal) + ", ";
  tell(line + "version " + std::to_string(outcome.case_version) + ", owner " + outcome.owner.str());
}

void World::spoil(const CaseRecord& record, Outcome& outcome) const {
  if (outcome.refusal || broken_ == Break::kNothing) return;
  const auto drop = [&outcome](EventType type) {
    return std::erase_if(outcome.events, [type](const Event& e) { return e.type == type; }) != 0;
  };
  const auto holds = [&outcome](EventType type) {
    return std::any_of(outcome.events.begin(), outcome.events.end(),
                       [type](const Event& e) { return e.type == type; });
  };
  const auto turn = [&](EventType from, EventType to) {
    if (!holds(from)) return;
    for (Event& event : outcome.events) {
      if (event.type == from) event.type = to;
    }
    outcome.owner = record.owner();
  };
  if (broken_ == Break::kOwner) turn(EventType::kEscalated, EventType::kOverdue);
  if (broken_ == Break::kTransfer) turn(EventType::kTransferred, EventType::kOfferEnded);
  if (broken_ == Break::kVersion) outcome.case_version = record.version;
  if (broken_ == Break::kOverdue && drop(EventType::kOverdue)) {
    outcome.events.push_back({.type = EventType::kWithheld, .need = Need::kWitnessProtection});
  }
  if (broken_ == Break::kDeadline) {
    for (Event& event : outcome.events) {
      if (event.type == EventType::kEscalated) event.deadline.reset();
    }
  }
  if (broken_ == Break::kProposal) turn(EventType::kFactsProposed, EventType::kFactsAdded);
  if (broken_ == Break::kInformed && holds(EventType::kDeclined)) {
    outcome.events.push_back({.type = EventType::kInformed, .units = {UnitId("nation.ppa")}});
  }
}

}  // namespace rujukan::sim
