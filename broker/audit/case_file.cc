#include "broker/audit/case_file.h"

#include <algorithm>

#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::audit {
namespace {

class CaseFold {
 public:
  explicit CaseFold(CaseFile& file) : file_(file) {}

  void add(std::size_t at) {
    at_ = at;
    const CaseStep& step = file_.steps[at];
    const auto* carry = std::get_if<CarryCause>(&step.entry.cause);
    // A later one repeats what the steps before it gave.
    if (carry != nullptr && at == 0) take_over(carry->record);
    for (const Event& event : step.entry.outcome.events) fold(event, step);
    if (!names_nobody(step.entry)) own(step.entry.outcome.owner);
  }

 private:
  using State = Holding::State;

  // The open holding of an assignment, or of an offer of it.
  Holding* find(Need need, std::uint32_t assist, bool offered) {
    auto& all = file_.holdings;
    const auto at = std::find_if(all.rbegin(), all.rend(), [&](const Holding& h) {
      return !h.to && h.need == need && h.assist == assist &&
             (h.state == State::kOffered) == offered;
    });
    return at == all.rend() ? nullptr : &*at;
  }
  void end(Need need, std::uint32_t assist, bool offered) {
    if (Holding* held = find(need, assist, offered)) held->to = at_;
  }
  void begin(const Event& event, State state) {
    end(event.need, event.assist, state == State::kOffered);
    file_.holdings.push_back({event.unit, event.need, event.assist, state, at_, std::nullopt});
  }
  void end_both(const Event& event) {
    end(event.need, event.assist, false);
    end(event.need, event.assist, true);
  }
  void end_all() {
    for (Holding& held : file_.holdings) {
      if (!held.to) held.to = at_;
    }
  }
  static State state_of(AssignmentState state) {
    return is_pending(state) ? State::kAwaited : State::kAccepted;
  }

  void take_over(ByteView bytes) {
    const auto record = wire::decode_case(bytes);
    if (!record) return;  // make_case_file refuses the file
    record->for_each_assignment([&](const Assignment& part, std::uint32_t assist) {
      if (!is_open(part.state)) return;
      const Event event{.need = part.need, .unit = part.unit(), .assist = assist};
      begin(event, state_of(part.state));
      if (!part.offer) return;
      begin({.need = part.need, .unit = part.offer->unit(), .assist = assist}, State::kOffered);
    });
  }

  void own(const UnitId& unit) {
    auto& owners = file_.owners;
    const bool closed = file_.status == CaseStatus::kClosed;
    const bool owned = !owners.empty() && !owners.back().to;
    if (owned && !closed && owners.back().unit == unit) return;
    if (owned) owners.back().to = at_;
    if (!closed && !unit.empty()) owners.push_back({unit, at_, std::nullopt});
  }

  void fold(const Event& event, const CaseStep& step);
  void fold_part(const Event& event);

  CaseFile& file_;
  std::size_t at_ = 0;
};

// What changes the case as a whole.
void CaseFold::fold(const Event& event, const CaseStep& step) {
  switch (event.type) {
    case EventType::kOpened:
    case EventType::kLed:
      file_.lead = event.need;
      return;
    case EventType::kFactsAdded:
      if (const auto* body = step.message ? std::get_if<NewFacts>(&step.message->body) : nullptr) {
        file_.facts = body->facts;
      }
      return;
    case EventType::kClosed:
      file_.status = CaseStatus::kClosed;
      file_.closed_at = step.entry.time;
      return end_all();
    case EventType::kReopened:
      file_.status = CaseStatus::kOpen;
      file_.closed_at.reset();
      return begin(event, State::kAwaited);
    case EventType::kLinked:
      file_.related.push_back(event.case_id);
      return;
    case EventType::kErased:
      file_.erased = true;
      return;
    case EventType::kHeld:
      file_.hold = event.legal_basis;
      return;
    case EventType::kHoldLifted:
      file_.hold.reset();
      return;
    case EventType::kInformed:
    case EventType::kNoted:
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kErasureProposed:
    case EventType::kCarried:
    case EventType::kExcluded:
    case EventType::kReadmitted:
    case EventType::kFactsProposed:
    case EventType::kTransferRequested:
    case EventType::kRequestEnded:
      return;
    case EventType::kAssigned:
    case EventType::kWithheld:
    case EventType::kReceived:
    case EventType::kAccepted:
    case EventType::kDeclined:
    case EventType::kEscalated:
    case EventType::kOverdue:
    case EventType::kProgressed:
    case EventType::kCompleted:
    case EventType::kOffered:
    case EventType::kOfferEnded:
    case EventType::kTransferred:
    case EventType::kMoved:
    case EventType::kCancelled:
      return fold_part(event);
  }
}

// What changes one assignment, or the offer of one.
void CaseFold::fold_part(const Event& event) {
  using enum EventType;
  const bool of_offer = event.subject == Subject::kOffer;
  if (event.subject == Subject::kRequest) return;
  if (event.type == kAssigned) return begin(event, State::kAwaited);
  if (event.type == kAccepted || event.type == kTransferred) {
    if (event.type == kTransferred) end(event.need, event.assist, true);
    return begin(event, State::kAccepted);
  }
  if (event.type == kEscalated) return begin(event, of_offer ? State::kOffered : State::kAwaited);
  if (event.type == kOffered) return begin(event, State::kOffered);
  if (event.type == kMoved) return begin(event, state_of(event.state));
  if (event.type == kCompleted || event.type == kCancelled) return end_both(event);
  if (event.type == kOfferEnded) return end(event.need, event.assist, true);
  // An assignment that is declined, and an offer by new facts, go to the next by an escalation.
  if (event.type == kDeclined && of_offer) return end(event.need, event.assist, true);
  if (event.type != kWithheld) return;
  for (Holding& held : file_.holdings) {
    if (!held.to && held.need == event.need) held.to = at_;
  }
}

// Who opened the case, when and with which facts: from its first entry.
Result<void> begin_file(CaseFile& file) {
  const CaseStep& first = file.steps.front();
  if (const auto* carry = std::get_if<CarryCause>(&first.entry.cause)) {
    const auto record = wire::decode_case(carry->record);
    if (!record)
      return Error{ErrorCode::kEntryMalformed, "cause.record", to_string(record.error())};
    file.carried = true;
    file.opened_at = record->opened_at;
    file.opener = record->opener;
    file.facts = record->facts;
    file.lead = record->lead;
    file.status = record->status;
    file.related = record->related;
    if (record->hold) file.hold = record->hold->legal_basis;
    file.erased = record->erased;
    return {};
  }
  const auto* referral = first.message ? std::get_if<Referral>(&first.message->body) : nullptr;
  if (referral == nullptr) {
    return Error{ErrorCode::kEntryMalformed, "cause", "the first entry does not open the case"};
  }
  file.opened_at = first.entry.time;
  file.opener = first.message->sender;
  file.facts = referral->facts;
  return {};
}

}  // namespace

std::optional<CaseId> case_of_step(const CaseStep& step) {
  if (const CaseId* id = case_of(step.entry.cause)) return *id;
  if (step.message) return step.message->case_id;
  return std::nullopt;
}

Result<CaseStep> read_case_step(std::uint64_t position, ByteView bytes) {
  auto entry = wire::decode_entry(bytes);
  if (!entry) return entry.error();
  CaseStep step{position, to_bytes(bytes), *std::move(entry), std::nullopt};
  if (const auto* cause = std::get_if<MessageCause>(&step.entry.cause)) {
    if (auto message = wire::decode_message(cause->message)) step.message = *std::move(message);
  }
  return step;
}

Result<CaseFile> make_case_file(const CaseId& id, std::vector<CaseStep> steps, TimeUs as_of) {
  if (steps.empty()) return Error{ErrorCode::kCaseUnknown, to_string(id)};
  CaseFile file;
  file.case_id = id;
  file.steps = std::move(steps);
  file.as_of = as_of;
  if (const auto begun = begin_file(file); !begun) return begun.error();
  CaseFold fold(file);
  for (std::size_t at = 0; at < file.steps.size(); ++at) fold.add(at);
  return file;
}

}  // namespace rujukan::audit
