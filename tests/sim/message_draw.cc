#include "tests/sim/message_draw.h"

#include <algorithm>

namespace rujukan::sim {
namespace {

const std::vector<AreaCode> kAreas = {AreaCode("11.01"), AreaCode("11.02"), AreaCode("12.01"),
                                      AreaCode("12.02"), AreaCode("11"),    AreaCode("12"),
                                      AreaCode("XX"),    AreaCode("00")};
constexpr const char* kLegalBases[] = {"uu-12-2022", "uu-27-2022"};

std::string drawn_legal_basis(Draw& draw) { return kLegalBases[draw.one_in(4) ? 1 : 0]; }

template <typename E>
E drawn_code(Draw& draw) {
  return draw.of(code_names<E>()).value;
}

std::vector<AreaCode> drawn_areas(Draw& draw) {
  std::vector<AreaCode> areas;
  while (draw.one_in(2)) {
    const AreaCode& area = kAreas[draw.below(draw.one_in(4) ? kAreas.size() : 2)];
    if (std::find(areas.begin(), areas.end(), area) == areas.end()) areas.push_back(area);
  }
  return areas;
}

// Adds something to a list, or takes something away.
template <typename T>
void change_list(Draw& draw, std::vector<T>& list, const T& value) {
  if (draw.one_in(12) && !list.empty()) {
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(draw.below(list.size())));
  } else if (std::find(list.begin(), list.end(), value) == list.end()) {
    list.push_back(value);
  }
}

Facts changed_facts(Draw& draw, Facts facts) {
  do {
    switch (draw.below(11)) {
      case 0:
        facts.mode = drawn_code<Mode>(draw);
        break;
      case 1:
        facts.victim_age = drawn_code<VictimAge>(draw);
        break;
      case 2:
        facts.urgency = drawn_code<Urgency>(draw);
        break;
      case 3:
      case 4:
        facts.consent = draw.one_in(2) ? Consent::kWithheldPolice : drawn_code<Consent>(draw);
        if (draw.one_in(2)) facts.victim_age = VictimAge::kAdult;
        break;
      case 5:
        change_list(draw, facts.categories, drawn_code<Category>(draw));
        break;
      case 6:
        change_list(draw, facts.needs, drawn_code<Need>(draw));
        break;
      case 7:
        change_list(draw, facts.suspects, draw.of(kAreas));
        break;
      case 8:
        change_list(draw, facts.incidents, draw.of(kAreas));
        break;
      default:
        change_list(draw, facts.victims, draw.of(kAreas));
        break;
    }
  } while (draw.one_in(3));
  return facts;
}

const Assignment& any_assignment(Draw& draw, const CaseRecord& record) {
  if (!record.assists.empty() && draw.one_in(3)) return draw.of(record.assists);
  if (draw.one_in(2)) return record.lead_assignment();
  return draw.of(record.assignments);
}

bool waits_for(const Assignment& assignment, MessageKind kind) {
  if (kind == MessageKind::kAccept || kind == MessageKind::kDecline) {
    return is_pending(assignment.state) || assignment.offer;
  }
  return is_open(assignment.state) && !is_pending(assignment.state);
}

// The assignment that a message will be about; the record has at least one.
const Assignment& drawn_assignment(Draw& draw, MessageKind kind, const CaseRecord& record) {
  for (int again = 0; again < 3; ++again) {
    const Assignment& assignment = any_assignment(draw, record);
    if (waits_for(assignment, kind)) return assignment;
  }
  return any_assignment(draw, record);
}

Subject drawn_subject(Draw& draw, const Assignment& assignment, const CaseRecord& record) {
  if (draw.one_in(20)) return drawn_code<Subject>(draw);
  if (assignment.offer && !draw.one_in(4)) return Subject::kOffer;
  if (record.request && draw.one_in(2)) return Subject::kRequest;
  return Subject::kAssignment;
}

// A unit that could do the assignment's work.
UnitId drawn_target(Draw& draw, const Assignment& assignment, const CaseRecord& record,
                    const routing::RoutingTable& table) {
  if (record.request && draw.one_in(2)) return record.request->unit;
  if (draw.one_in(8)) return drawn_unit(draw, table);
  std::vector<UnitId> units;
  for (const Unit& unit : table.release().units) {
    if (unit.function == assignment.function) units.push_back(unit.id);
  }
  return units.empty() ? drawn_unit(draw, table) : draw.of(units);
}

struct Drawing {
  Draw& draw;
  const CaseRecord& record;
  const routing::RoutingTable& table;
  const Assignment& assignment;
  const Subject subject;

  Need need() const { return draw.one_in(20) ? drawn_code<Need>(draw) : assignment.need; }

  MessageBody body(MessageKind kind) const {
    switch (kind) {
      case MessageKind::kReferral:
      case MessageKind::kNote:
        return Note{};
      case MessageKind::kAccept:
        return Accept{need(), subject == Subject::kRequest ? Subject::kAssignment : subject};
      case MessageKind::kDecline:
        return Decline{need(), drawn_code<Reason>(draw), subject};
      case MessageKind::kReceived:
        return Received{{LogIndex{1}}};
      case MessageKind::kUnreadable:
        return Unreadable{LogIndex{1}};
      case MessageKind::kProgress:
        return Progress{need(),
                        draw.one_in(2) ? AssignmentState::kInProgress : AssignmentState::kOnHold};
      case MessageKind::kComplete:
        return Complete{need()};
      case MessageKind::kClose:
        return Close{};
      case MessageKind::kTransfer:
        return Transfer{need(), drawn_target(draw, assignment, record, table),
                        drawn_code<Reason>(draw)};
      case MessageKind::kTransferRequest:
        return TransferRequest{};
      case MessageKind::kAssist: {
        const Need asked = draw.one_in(2) ? drawn_code<Need>(draw) : assignment.need;
        return Assist{asked, drawn_target(draw, assignment, record, table)};
      }
      case MessageKind::kFacts:
        return NewFacts{changed_facts(draw, record.facts), record.facts_version};
      case MessageKind::kCancel:
        return Cancel{need(), subject == Subject::kAssignment ? assignment.unit() : UnitId(),
                      drawn_code<Reason>(draw), subject};
      case MessageKind::kReopen:
        return Reopen{};
      case MessageKind::kErase:
        return Erase{drawn_legal_basis(draw)};
    }
    return Note{};
  }

  // Who would send it.
  UnitId sender(MessageKind kind) const {
    const bool withdraws = kind == MessageKind::kCancel;
    if (subject == Subject::kOffer && assignment.offer &&
        (withdraws || kind == MessageKind::kAccept || kind == MessageKind::kDecline)) {
      return withdraws ? assignment.offer->by : assignment.offer->unit();
    }
    if (subject == Subject::kRequest && record.request &&
        (withdraws || kind == MessageKind::kDecline)) {
      return withdraws ? record.request->unit : record.decider();
    }
    switch (kind) {
      case MessageKind::kCancel:
      case MessageKind::kClose:
        return record.owner();
      case MessageKind::kErase:
      case MessageKind::kReopen:
        return draw.one_in(2) ? record.owner() : draw.of(record.told);
      case MessageKind::kTransfer:
        return record.request && draw.one_in(2) ? record.decider() : assignment.unit();
      case MessageKind::kTransferRequest:
        return drawn_target(draw, record.lead_assignment(), record, table);
      case MessageKind::kReferral:
      case MessageKind::kReceived:
      case MessageKind::kUnreadable:
      case MessageKind::kNote:
        return draw.of(record.told);
      case MessageKind::kAccept:
      case MessageKind::kDecline:
      case MessageKind::kProgress:
      case MessageKind::kComplete:
      case MessageKind::kAssist:
      case MessageKind::kFacts:
        return assignment.unit();
    }
    return record.owner();
  }
};

std::uint32_t drawn_version(Draw& draw, const CaseRecord& record) {
  if (!draw.one_in(12)) return record.version;
  return static_cast<std::uint32_t>(1 + draw.below(record.version + 2));
}

}  // namespace

Facts drawn_facts(Draw& draw) {
  Facts facts;
  facts.mode = drawn_code<Mode>(draw);
  facts.categories = {drawn_code<Category>(draw)};
  facts.victim_age = drawn_code<VictimAge>(draw);
  facts.victims = drawn_areas(draw);
  facts.suspects = drawn_areas(draw);
  facts.incidents = drawn_areas(draw);
  facts.urgency = drawn_code<Urgency>(draw);
  facts.consent = drawn_code<Consent>(draw);
  while (draw.one_in(2)) change_list(draw, facts.needs, drawn_code<Need>(draw));
  return facts;
}

UnitId drawn_unit(Draw& draw, const routing::RoutingTable& table) {
  return draw.of(table.release().units).id;
}

Message drawn_message(Draw& draw, MessageKind kind, const CaseRecord& record,
                      const routing::RoutingTable& table) {
  const Assignment& assignment = drawn_assignment(draw, kind, record);
  const Drawing drawing{draw, record, table, assignment, drawn_subject(draw, assignment, record)};
  Message message;
  message.case_id = record.case_id;
  message.body = drawing.body(kind);
  message.sender = draw.one_in(6) ? drawn_unit(draw, table) : drawing.sender(kind);
  if (compares_version(kind)) message.expected_version = drawn_version(draw, record);
  message.victim_protected = record.facts.victim_protected != draw.one_in(60);
  if (auto* more = std::get_if<NewFacts>(&message.body)) {
    more->facts.victim_protected = message.victim_protected;
  }
  return message;
}

Order drawn_order(Draw& draw, const CaseRecord& record, const routing::RoutingTable& table) {
  Order order;
  order.log_origin = draw.one_in(20) ? "log.example/another" : table.release().log_origin;
  order.case_id = record.case_id;
  order.kind = drawn_code<OrderKind>(draw);
  order.legal_basis = drawn_legal_basis(draw);
  return order;
}

}  // namespace rujukan::sim
