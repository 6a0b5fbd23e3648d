#include "adapters/sdk/outbox.h"

#include "adapters/sdk/station_database.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

enum class State : std::uint64_t { kWaiting = 0, kSettled = 1 };

std::uint64_t number(State state) { return static_cast<std::uint64_t>(state); }
std::uint64_t number(OutboxSeq seq) { return static_cast<std::uint64_t>(seq); }

std::optional<ByteView> view_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::optional<ByteView>(*bytes) : std::nullopt;
}

}  // namespace

Result<bool> Outbox::holds(const std::string& ticket) const {
  return database_.prepare("SELECT 1 FROM outbox WHERE ticket = ?").bind(ticket).step();
}

Result<bool> Outbox::add(const std::string& ticket, const Planned& planned) {
  const auto known = holds(ticket);
  if (!known) return known.error();
  if (*known) return false;
  const auto added =
      database_
          .prepare(
              "INSERT INTO outbox(ticket, unit, state, message, payload, plaintext, case_line, "
              "urgency, replans, receipt, case_version, error_code, error_field, error_detail) "
              "VALUES(?, ?, ?, ?, ?, ?, ?, ?, 0, '', 0, 0, '', '')")
          .bind(ticket, planned.message.sender.str(), number(State::kWaiting), planned.bytes,
                view_of(planned.payload), planned.plaintext, case_line_of(planned.message),
                static_cast<std::uint64_t>(planned.urgency))
          .run();
  if (!added) return added.error();
  return true;
}

Result<std::vector<OutboxItem>> Outbox::waiting(const std::set<OutboxSeq>& busy,
                                                std::size_t limit) const {
  std::vector<OutboxItem> out;
  Statement rows = database_.prepare(
      "SELECT seq, ticket, unit, message, payload, plaintext, replans FROM outbox AS item "
      "WHERE state = ?1 AND NOT EXISTS (SELECT 1 FROM outbox AS before WHERE before.state = ?1 "
      "AND before.unit = item.unit AND before.case_line = item.case_line "
      "AND before.seq < item.seq) ORDER BY urgency DESC, seq");
  rows.bind(number(State::kWaiting));
  while (out.size() < limit) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    const OutboxSeq seq{rows.number(0)};
    if (busy.contains(seq)) continue;
    OutboxItem item{seq,
                    std::string(rows.text(1)),
                    UnitId(rows.text(2)),
                    to_bytes(rows.blob(3)),
                    std::nullopt,
                    to_bytes(rows.blob(5)),
                    static_cast<std::uint32_t>(rows.number(6))};
    if (!rows.is_null(4)) item.payload = to_bytes(rows.blob(4));
    out.push_back(std::move(item));
  }
  return out;
}

Result<bool> Outbox::in_line(const UnitId& unit, const CaseId& case_id) const {
  return database_
      .prepare("SELECT 1 FROM outbox WHERE state = ? AND unit = ? AND case_line = ? LIMIT 1")
      .bind(number(State::kWaiting), unit.str(), case_id.bytes)
      .step();
}

Result<void> Outbox::replace(OutboxSeq seq, const Planned& planned, bool moved) {
  return database_
      .prepare(
          "UPDATE outbox SET message = ?, payload = ?, plaintext = ?, case_line = ?, urgency = ?, "
          "replans = replans + ? WHERE seq = ? AND state = ?")
      .bind(planned.bytes, view_of(planned.payload), planned.plaintext,
            case_line_of(planned.message), static_cast<std::uint64_t>(planned.urgency),
            std::uint64_t{moved}, number(seq), number(State::kWaiting))
      .run();
}

Result<void> Outbox::settle(OutboxSeq seq, const std::string& receipt, std::uint32_t case_version,
                            const std::optional<Error>& refusal) {
  const std::uint64_t code = refusal ? static_cast<std::uint64_t>(refusal->code) : 0;
  const std::string none;
  return database_
      .prepare(
          "UPDATE outbox SET state = ?, receipt = ?, case_version = ?, error_code = ?, "
          "error_field = ?, error_detail = ?, payload = NULL, plaintext = x'' WHERE seq = ?")
      .bind(number(State::kSettled), receipt, std::uint64_t{case_version}, code,
            refusal ? refusal->field : none, refusal ? refusal->detail : none, number(seq))
      .run();
}

Result<void> Outbox::forget_plaintext(const UnitId& unit, const CaseId& case_id) {
  return forget_plaintext_if(
      [&](const Message& message) { return message.sender == unit && message.case_id == case_id; });
}

Result<void> Outbox::forget_narratives(const CaseId& case_id) {
  return forget_plaintext_if([&](const Message& message) {
    return message.case_id == case_id && kind_of(message) != MessageKind::kNote;
  });
}

Result<void> Outbox::forget_plaintext_if(const std::function<bool(const Message&)>& fits) {
  Statement rows = database_.prepare(
      "SELECT seq, message FROM outbox WHERE state = ? AND length(plaintext) > 0 ORDER BY seq");
  rows.bind(number(State::kWaiting));
  std::vector<OutboxSeq> found;
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    const auto message = wire::decode_message(rows.blob(1));
    if (!message) return Error{ErrorCode::kStoreCorrupt, "outbox", to_string(message.error())};
    if (fits(*message)) found.push_back(OutboxSeq{rows.number(0)});
  }
  for (const OutboxSeq seq : found) {
    if (auto done = database_.prepare("UPDATE outbox SET plaintext = x'' WHERE seq = ?")
                        .bind(number(seq))
                        .run();
        !done) {
      return done;
    }
  }
  return {};
}

Result<std::vector<SettledItem>> Outbox::settled(Asker asker, std::size_t limit,
                                                 const std::set<OutboxSeq>& busy) const {
  std::vector<SettledItem> out;
  Statement rows = database_.prepare(
      "SELECT seq, ticket, message, receipt, case_version, error_code, error_field, error_detail "
      "FROM outbox WHERE state = ? AND (substr(ticket, 1, 1) = ?) = ? ORDER BY seq");
  const std::string own(1, kOwnTicket);
  rows.bind(number(State::kSettled), own, std::uint64_t{asker == Asker::kStation});
  while (out.size() < limit) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    if (busy.contains(OutboxSeq{rows.number(0)})) continue;
    SettledItem item{OutboxSeq{rows.number(0)},
                     std::string(rows.text(1)),
                     to_bytes(rows.blob(2)),
                     std::string(rows.text(3)),
                     static_cast<std::uint32_t>(rows.number(4)),
                     std::nullopt};
    if (const auto number = static_cast<std::uint16_t>(rows.number(5)); number != 0) {
      const auto code = error_code_from_number(number);
      if (!code) return Error{ErrorCode::kStoreCorrupt, "outbox", "unknown error code"};
      item.refusal = Error{*code, std::string(rows.text(6)), std::string(rows.text(7))};
    }
    out.push_back(std::move(item));
  }
  return out;
}

Result<std::optional<OutboxSeq>> Outbox::waiting_as(const std::string& ticket) const {
  Statement row = database_.prepare("SELECT seq FROM outbox WHERE ticket = ? AND state = ?");
  const auto found = row.bind(ticket, number(State::kWaiting)).step();
  if (!found) return found.error();
  return *found ? std::optional(OutboxSeq{row.number(0)}) : std::nullopt;
}

Result<void> Outbox::forget(OutboxSeq seq) {
  return database_.prepare("DELETE FROM outbox WHERE seq = ?").bind(number(seq)).run();
}

Result<std::size_t> Outbox::size() const {
  Statement row = database_.prepare("SELECT count(*) FROM outbox");
  const auto found = row.step();
  if (!found) return found.error();
  return static_cast<std::size_t>(row.number(0));
}

}  // namespace rujukan::sdk
