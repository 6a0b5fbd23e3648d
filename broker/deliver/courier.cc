#include "broker/deliver/courier.h"

#include <utility>

#include "broker/base/limits.h"
#include "broker/decide/decide.h"
#include "broker/runtime/trace.h"
#include "broker/transport/inbound.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::deliver {
namespace {

// Of a unit that does not acknowledge: sent so often, then parked.
constexpr int kTries = 4;
// Mail of a station that is ranked in one round: some milliseconds of work.
constexpr std::size_t kRankedAtOnce = 256;

// Whether somebody waits for the unit, or it has work with the case, as it stands now.
Rank::Part part_of(const CaseRecord& record, const UnitId& unit) {
  if (record.status == CaseStatus::kClosed) return Rank::Part::kTold;
  Rank::Part part = Rank::Part::kTold;
  const auto at_least = [&part](Rank::Part other) { part = std::min(part, other); };
  record.for_each_assignment([&](const Assignment& assignment, std::uint32_t) {
    if (assignment.unit() == unit) {
      if (is_pending(assignment.state)) at_least(Rank::Part::kAsked);
      if (is_open(assignment.state)) at_least(Rank::Part::kResponsible);
    }
    if (assignment.offer && assignment.offer->unit() == unit) at_least(Rank::Part::kAsked);
  });
  if (record.owner() == unit) at_least(Rank::Part::kResponsible);
  if (record.request && record.decider() == unit) at_least(Rank::Part::kAsked);
  return part;
}

std::uint8_t calm_of(Urgency urgency) {
  switch (urgency) {
    case Urgency::kImmediate:
      return 0;
    case Urgency::kUrgent:
      return 1;
    case Urgency::kRoutine:
      return 2;
  }
  INVARIANT(false);
}

}  // namespace

Courier::Courier(const store::Reader& reader, transport::Outbound& outbound, ReceiptSource receipts,
                 std::chrono::seconds redeliver_after)
    : reader_(reader),
      outbound_(outbound),
      receipts_(std::move(receipts)),
      window_{limits::kUnitWindow, redeliver_after, kTries} {}

bool Courier::Live::has_room() const {
  return sent < limits::kDeliveryWindow && sent_bytes < limits::kDeliveryWindowBytes;
}

void Courier::connected(const Station& station, const transport::ConnectionId& connection,
                        std::optional<std::set<UnitId>> serves) {
  Live live;
  live.connection = connection;
  live.curve_key = station.curve_key;
  for (const UnitId& unit : station.units) {
    if (serves && !serves->contains(unit)) continue;
    live.units.emplace(unit, Unit{UnitMail(window_)});
    live.unranked.insert(unit);
    stations_of_[unit].insert(station.id);
  }
  live.serves = std::move(serves);
  live_.insert_or_assign(station.id, std::move(live));
}

void Courier::follow(std::shared_ptr<const routing::RoutingTable> table) {
  table_ = std::move(table);
  std::map<StationId, Live> before = std::exchange(live_, {});
  stations_of_.clear();
  for (auto& [id, live] : before) {
    const Station* station = table_->station(id);
    // It has to prove itself again.
    if (station == nullptr || station->curve_key != live.curve_key) continue;
    connected(*station, live.connection, std::move(live.serves));
  }
}

void Courier::gone(const transport::ConnectionId& connection) {
  for (auto at = live_.begin(); at != live_.end(); ++at) {
    if (at->second.connection != connection) continue;
    for (auto& [unit, stations] : stations_of_) stations.erase(at->first);
    live_.erase(at);
    return;
  }
}

void Courier::mail_added(const UnitId& unit, LogIndex earliest) {
  const auto stations = stations_of_.find(unit);
  if (stations == stations_of_.end()) return;
  for (const StationId& station : stations->second) {
    const auto live = live_.find(station);
    if (live == live_.end()) continue;
    const auto at = live->second.units.find(unit);
    if (at == live->second.units.end()) continue;
    at->second.mail.rewind(earliest);
    live->second.unranked.insert(unit);
  }
}

void Courier::mail_removed(const UnitId& unit, const std::vector<LogIndex>& indices) {
  const auto stations = stations_of_.find(unit);
  if (stations == stations_of_.end()) return;
  for (const StationId& station : stations->second) {
    const auto at = live_.find(station);
    if (at == live_.end()) continue;
    Live& live = at->second;
    const auto of_unit = live.units.find(unit);
    if (of_unit == live.units.end()) continue;
    UnitMail& mail = of_unit->second.mail;
    for (const LogIndex index : indices) {
      const std::size_t before = mail.on_its_way();
      live.sent_bytes -= mail.removed(index);
      live.sent -= before - mail.on_its_way();
    }
    live.ready.insert(unit);
  }
}

Result<void> Courier::pump(SteadyTime now, TimeUs log_time) {
  log_time_ = log_time;
  for (auto& [station, live] : live_) {
    if (auto done = send_again(station, live, now); !done) return done;
    if (auto done = rank_some(live); !done) return done;
    if (auto done = send_waiting(live, now); !done) return done;
  }
  return {};
}

Result<void> Courier::send_again(const StationId& station, Live& live, SteadyTime now) {
  for (auto& [unit, at] : live.units) {
    UnitMail& mail = at.mail;
    for (const LogIndex index : mail.due(now)) {
      if (auto again = send(live, unit, index); !again) return again.error();
      const std::size_t before = mail.on_its_way();
      live.sent_bytes -= mail.sent_again(index, now);
      const bool parked = mail.on_its_way() < before;
      live.sent -= before - mail.on_its_way();
      if (!parked || mail.unanswered() != 1) continue;
      trace::warning("mail.parked", {{"station", station.str()}, {"unit", unit.str()}});
    }
  }
  return {};
}

// In turns, so that a long mailbox does not hold up the short ones.
Result<void> Courier::rank_some(Live& live) {
  std::size_t ranked = 0;
  while (!live.unranked.empty() && ranked < kRankedAtOnce) {
    const std::size_t each = std::max<std::size_t>(1, kRankedAtOnce / live.unranked.size());
    const std::vector<UnitId> units(live.unranked.begin(), live.unranked.end());
    for (const UnitId& unit : units) {
      if (ranked >= kRankedAtOnce) break;
      if (auto done = rank_page(unit, live, each, ranked); !done) return done;
    }
  }
  return {};
}

Result<void> Courier::rank_page(const UnitId& id, Live& live, std::size_t limit,
                                std::size_t& ranked) {
  UnitMail& mail = live.units.at(id).mail;
  const auto page = reader_.mailbox(id, mail.ranked_up_to(), limit);
  if (!page) return page.error();
  if (page->size() < limit) live.unranked.erase(id);
  for (const LogIndex index : *page) {
    const auto bytes = reader_.entry(index);
    if (!bytes) return bytes.error();
    const auto found = read(*bytes);
    if (!found) return found.error();
    Rank rank{part_of(found->record, id), calm_of(found->record.facts.urgency)};
    // Who is to have no part any more hears it first.
    if (std::holds_alternative<ExclusionCause>(found->entry.cause)) rank = {Rank::Part::kAsked, 0};
    mail.add(found->record.case_id, index, rank);
    mail.ranked(index);
    ++ranked;
  }
  if (!page->empty()) live.ready.insert(id);
  return {};
}

Result<void> Courier::send_waiting(Live& live, SteadyTime now) {
  std::set<std::tuple<Rank, std::uint64_t, UnitId>> next;
  const auto consider = [&](const UnitId& id) {
    const Unit& unit = live.units.at(id);
    if (const auto rank = unit.mail.best()) next.emplace(*rank, unit.turn, id);
  };
  for (const UnitId& id : live.ready) consider(id);
  live.ready.clear();
  while (!next.empty() && live.has_room()) {
    const UnitId id = std::get<UnitId>(next.extract(next.begin()).value());
    Unit& unit = live.units.at(id);
    const LogIndex index = unit.mail.take();
    const auto bytes = send(live, id, index);
    if (!bytes) return bytes.error();
    unit.mail.sent(index, now, *bytes);
    unit.turn = ++live.turns;
    ++live.sent;
    live.sent_bytes += *bytes;
    consider(id);
  }
  for (const auto& [rank, turn, id] : next) live.ready.insert(id);
  return {};
}

Result<Courier::Read> Courier::read(ByteView bytes) const {
  auto entry = wire::decode_entry(bytes);
  if (!entry) return entry.error();
  std::optional<Message> message;
  if (const auto* cause = std::get_if<MessageCause>(&entry->cause)) {
    auto decoded = wire::decode_message(cause->message);
    if (!decoded) return decoded.error();
    message = *std::move(decoded);
  }
  const CaseId* of = message ? &message->case_id : case_of(entry->cause);
  INVARIANT(of != nullptr);
  auto record = reader_.find_case(*of);
  if (!record) return record.error();
  INVARIANT(*record);
  return Read{*std::move(entry), std::move(message), **std::move(record)};
}

Result<std::size_t> Courier::send(const Live& live, const UnitId& unit, LogIndex index) const {
  auto receipt = receipts_(index);
  if (!receipt) return receipt.error();
  const auto found = read(receipt->entry);
  if (!found) return found.error();
  const auto& [entry, message, record] = *found;
  // Mail of those that the facts keep out is removed with them; what a new release keeps out waits
  // here until its cases were looked through.
  const bool excludes = std::holds_alternative<ExclusionCause>(entry.cause);
  if (!excludes && !decide::may_know(record.facts, unit, *table_)) return std::size_t{0};
  if (const auto* link = std::get_if<LinkCause>(&entry.cause)) {
    const auto naming = reader_.find_case(link->related);
    if (!naming) return naming.error();
    INVARIANT(*naming);
    if (!decide::may_be_told(entry.cause, &**naming, unit, *table_)) return std::size_t{0};
  }
  std::optional<Bytes> payload;
  if (message) {
    auto sealed = payload_for(unit, entry.index, *message, record);
    if (!sealed) return sealed.error();
    payload = *std::move(sealed);
  }
  wire::Frames frames = wire::encode(wire::Delivery{unit, *std::move(receipt), std::move(payload)});
  const std::size_t bytes = transport::bytes_of(frames);
  outbound_.send(live.connection, std::move(frames));
  return bytes;
}

Result<std::optional<Bytes>> Courier::payload_for(const UnitId& unit, LogIndex index,
                                                  const Message& message,
                                                  const CaseRecord& record) const {
  if (!message.payload) return std::optional<Bytes>();
  if (!decide::may_read_payload(record, message, unit, *table_, log_time_)) {
    return std::optional<Bytes>();
  }
  return reader_.payload(index);
}

}  // namespace rujukan::deliver
