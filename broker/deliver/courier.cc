#include "broker/deliver/courier.h"

#include <utility>

#include "broker/base/limits.h"
#include "broker/decide/decide.h"
#include "broker/transport/inbound.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::deliver {

Courier::Courier(const store::Reader& reader, transport::Outbound& outbound, ReceiptSource receipts,
                 std::chrono::seconds redeliver_after)
    : reader_(reader),
      outbound_(outbound),
      receipts_(std::move(receipts)),
      redeliver_after_(redeliver_after) {}

void Courier::connected(const Station& station, const transport::ConnectionId& connection) {
  Live live;
  live.connection = connection;
  live.curve_key = station.curve_key;
  live.waiting.insert(station.units.begin(), station.units.end());
  live_.insert_or_assign(station.id, std::move(live));
  for (const UnitId& unit : station.units) stations_of_[unit].insert(station.id);
}

void Courier::follow(std::shared_ptr<const routing::RoutingTable> table) {
  table_ = std::move(table);
  std::map<StationId, Live> before = std::exchange(live_, {});
  stations_of_.clear();
  for (auto& [id, live] : before) {
    const Station* station = table_->station(id);
    // It has to prove itself again.
    if (station == nullptr || station->curve_key != live.curve_key) continue;
    connected(*station, live.connection);
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
    Live& live = live_.at(station);
    live.waiting.insert(unit);
    const auto last = live.sent_up_to.find(unit);
    if (last == live.sent_up_to.end() || last->second < earliest) continue;
    if (to_number(earliest) == 0) {
      live.sent_up_to.erase(last);
    } else {
      last->second = LogIndex{to_number(earliest) - 1};
    }
  }
}

void Courier::mail_removed(const UnitId& unit, const std::vector<LogIndex>& indices) {
  const auto stations = stations_of_.find(unit);
  if (stations == stations_of_.end()) return;
  for (const StationId& station : stations->second) {
    Live& live = live_.at(station);
    for (const LogIndex index : indices) {
      const auto sent = live.sent.find({unit, index});
      if (sent == live.sent.end()) continue;
      live.sent_bytes -= sent->second.bytes;
      live.sent.erase(sent);
    }
  }
}

Result<void> Courier::pump(SteadyTime now, TimeUs log_time) {
  log_time_ = log_time;
  for (auto& [station, live] : live_) {
    if (auto done = send_again(live, now); !done) return done;
    if (auto done = send_waiting(live, now); !done) return done;
  }
  return {};
}

Result<void> Courier::send_again(Live& live, SteadyTime now) {
  for (auto& [mail, sent] : live.sent) {
    if (now - sent.at < redeliver_after_) continue;
    if (auto again = send(live, mail); !again) return again.error();
    sent.at = now;
  }
  return {};
}

Result<void> Courier::send_waiting(Live& live, SteadyTime now) {
  const auto room = [&live] {
    return live.sent.size() < limits::kDeliveryWindow &&
           live.sent_bytes < limits::kDeliveryWindowBytes;
  };
  while (!live.waiting.empty() && room()) {
    const UnitId unit = *live.waiting.begin();
    const auto last = live.sent_up_to.find(unit);
    const auto after = last == live.sent_up_to.end() ? std::nullopt : std::optional(last->second);
    const auto mail = reader_.mailbox(unit, after, limits::kDeliveryWindow - live.sent.size());
    if (!mail) return mail.error();
    if (mail->empty()) live.waiting.erase(unit);
    for (const LogIndex index : *mail) {
      if (!room()) return {};
      live.sent_up_to.insert_or_assign(unit, index);
      // Looked at again, because something older came.
      if (live.sent.contains({unit, index})) continue;
      const auto bytes = send(live, {unit, index});
      if (!bytes) return bytes.error();
      live.sent.insert_or_assign({unit, index}, Sent{now, *bytes});
      live.sent_bytes += *bytes;
    }
  }
  return {};
}

Result<std::size_t> Courier::send(const Live& live, const Mail& mail) const {
  const auto& [unit, index] = mail;
  auto receipt = receipts_(index);
  if (!receipt) return receipt.error();
  const auto entry = wire::decode_entry(receipt->entry);
  if (!entry) return entry.error();
  std::optional<Message> message;
  if (const auto* cause = std::get_if<MessageCause>(&entry->cause)) {
    auto decoded = wire::decode_message(cause->message);
    if (!decoded) return decoded.error();
    message = *std::move(decoded);
  }
  const CaseId* of = message ? &message->case_id : case_of(entry->cause);
  INVARIANT(of != nullptr);
  const auto record = reader_.find_case(*of);
  if (!record) return record.error();
  INVARIANT(*record);
  // Mail of those that the facts keep out is removed with them; what a new release keeps out waits
  // here until its cases were looked through.
  const bool excludes = std::holds_alternative<ExclusionCause>(entry->cause);
  if (!excludes && !decide::may_know((*record)->facts, unit, *table_)) return std::size_t{0};
  if (const auto* link = std::get_if<LinkCause>(&entry->cause)) {
    const auto naming = reader_.find_case(link->related);
    if (!naming) return naming.error();
    INVARIANT(*naming);
    if (!decide::may_be_told(entry->cause, &**naming, unit, *table_)) return std::size_t{0};
  }
  std::optional<Bytes> payload;
  if (message) {
    auto found = payload_for(unit, entry->index, *message, **record);
    if (!found) return found.error();
    payload = *std::move(found);
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
