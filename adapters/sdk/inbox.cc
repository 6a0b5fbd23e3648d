#include "adapters/sdk/inbox.h"

#include "broker/base/limits.h"

namespace rujukan::sdk {

Result<bool> Inbox::holds(const UnitId& unit, LogIndex index) const {
  return database_.prepare("SELECT 1 FROM inbox WHERE unit = ? AND entry_index = ?")
      .bind(unit.str(), to_number(index))
      .step();
}

Result<void> Inbox::add(const UnitId& unit, LogIndex index, const CaseId& case_id) {
  return database_
      .prepare("INSERT INTO inbox(unit, entry_index, case_id, acknowledged) VALUES(?, ?, ?, 0)")
      .bind(unit.str(), to_number(index), case_id.bytes)
      .run();
}

Result<void> Inbox::add_notice(const UnitId& unit, LogIndex index, const CaseId& case_id) {
  return database_
      .prepare(
          "INSERT INTO inbox(unit, entry_index, case_id, acknowledged, notice) "
          "VALUES(?, ?, ?, 0, 1)")
      .bind(unit.str(), to_number(index), case_id.bytes)
      .run();
}

Result<std::vector<LogIndex>> Inbox::entries_of(const UnitId& unit, const CaseId& case_id) const {
  Statement rows = database_.prepare(
      "SELECT entry_index FROM inbox WHERE case_id = ? AND unit = ? ORDER BY entry_index");
  rows.bind(case_id.bytes, unit.str());
  std::vector<LogIndex> out;
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return out;
    out.push_back(LogIndex{rows.number(0)});
  }
}

Result<bool> Inbox::holds_case(const CaseId& case_id) const {
  return database_.prepare("SELECT 1 FROM inbox WHERE case_id = ? AND notice = 0 LIMIT 1")
      .bind(case_id.bytes)
      .step();
}

Result<bool> Inbox::has_left(const UnitId& unit, const CaseId& case_id) const {
  return database_.prepare("SELECT 1 FROM inbox WHERE case_id = ? AND unit = ? AND notice = 1")
      .bind(case_id.bytes, unit.str())
      .step();
}

Result<void> Inbox::forget(const UnitId& unit, const CaseId& case_id) {
  const auto entries = entries_of(unit, case_id);
  if (!entries) return entries.error();
  for (const LogIndex index : *entries) {
    if (auto done = database_.prepare("DELETE FROM duty WHERE unit = ? AND entry_index = ?")
                        .bind(unit.str(), to_number(index))
                        .run();
        !done) {
      return done;
    }
  }
  if (auto done = database_.prepare("DELETE FROM unreadable WHERE case_id = ? AND unit = ?")
                      .bind(case_id.bytes, unit.str())
                      .run();
      !done) {
    return done;
  }
  return database_.prepare("DELETE FROM inbox WHERE case_id = ? AND unit = ?")
      .bind(case_id.bytes, unit.str())
      .run();
}

Result<void> Inbox::add_duty(const Duty& duty) {
  return database_
      .prepare("INSERT OR IGNORE INTO duty(unit, entry_index, need, subject) VALUES(?, ?, ?, ?)")
      .bind(duty.unit.str(), to_number(duty.entry), static_cast<std::uint64_t>(duty.need),
            static_cast<std::uint64_t>(duty.subject))
      .run();
}

Result<void> Inbox::add_unread(const UnreadEntry& unread) {
  return database_
      .prepare(
          "INSERT OR IGNORE INTO unreadable(unit, entry_index, case_id, told) VALUES(?, ?, ?, 0)")
      .bind(unread.unit.str(), to_number(unread.entry), unread.case_id.bytes)
      .run();
}

Result<std::vector<Inbox::UnreadEntry>> Inbox::unread(const std::set<UnitId>& without) const {
  Statement rows = database_.prepare(
      "SELECT unit, entry_index, case_id FROM unreadable WHERE told = 0 "
      "ORDER BY unit, entry_index");
  std::vector<UnreadEntry> out;
  while (out.size() < limits::kDeliveryWindow) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    const UnitId unit(rows.text(0));
    if (without.contains(unit)) continue;
    const auto case_bytes = to_array<16>(rows.blob(2));
    if (!case_bytes) return Error{ErrorCode::kStoreCorrupt, "unreadable.case_id"};
    out.push_back({unit, LogIndex{rows.number(1)}, CaseId{*case_bytes}});
  }
  return out;
}

Result<void> Inbox::told_unread(const UnreadEntry& unread) {
  return database_.prepare("UPDATE unreadable SET told = 1 WHERE unit = ? AND entry_index = ?")
      .bind(unread.unit.str(), to_number(unread.entry))
      .run();
}

Result<bool> Inbox::cannot_read(const UnitId& unit, const CaseId& case_id) const {
  return database_.prepare("SELECT 1 FROM unreadable WHERE unit = ? AND case_id = ?")
      .bind(unit.str(), case_id.bytes)
      .step();
}

Result<std::vector<Unacknowledged>> Inbox::unacknowledged(const std::set<UnitId>& without) const {
  Statement rows = database_.prepare(
      "SELECT unit, case_id, entry_index, notice FROM inbox WHERE acknowledged = 0 "
      "ORDER BY unit, case_id, entry_index");
  std::vector<Unacknowledged> groups;
  for (std::size_t count = 0; count < limits::kDeliveryWindow;) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) break;
    const UnitId unit(rows.text(0));
    if (without.contains(unit)) continue;
    ++count;
    const auto case_bytes = to_array<16>(rows.blob(1));
    if (!case_bytes) return Error{ErrorCode::kStoreCorrupt, "inbox.case_id"};
    const CaseId case_id{*case_bytes};
    const bool same =
        !groups.empty() && groups.back().unit == unit && groups.back().case_id == case_id;
    if (!same) groups.push_back({unit, case_id, {}});
    groups.back().entries.push_back(LogIndex{rows.number(2)});
    groups.back().of_unknown_case = groups.back().of_unknown_case || rows.number(3) != 0;
  }
  return groups;
}

Result<bool> Inbox::owes_acknowledgement(const UnitId& unit) const {
  return database_.prepare("SELECT 1 FROM inbox WHERE acknowledged = 0 AND unit = ? LIMIT 1")
      .bind(unit.str())
      .step();
}

Result<void> Inbox::acknowledged(const Unacknowledged& group) {
  for (const LogIndex index : group.entries) {
    if (auto done = database_
                        .prepare("UPDATE inbox SET acknowledged = 1 "
                                 "WHERE unit = ? AND entry_index = ?")
                        .bind(group.unit.str(), to_number(index))
                        .run();
        !done) {
      return done;
    }
  }
  return {};
}

Result<void> Inbox::acknowledge_again(const UnitId& unit, LogIndex index) {
  return database_.prepare("UPDATE inbox SET acknowledged = 0 WHERE unit = ? AND entry_index = ?")
      .bind(unit.str(), to_number(index))
      .run();
}

Result<std::vector<Duty>> Inbox::duties(const UnitId& unit,
                                        const std::vector<LogIndex>& entries) const {
  std::vector<Duty> out;
  for (const LogIndex index : entries) {
    Statement rows = database_.prepare(
        "SELECT need, subject FROM duty WHERE unit = ? AND entry_index = ? ORDER BY need");
    rows.bind(unit.str(), to_number(index));
    while (true) {
      const auto row = rows.step();
      if (!row) return row.error();
      if (!*row) break;
      const auto need = code_from_number<Need>(static_cast<std::uint8_t>(rows.number(0)));
      const auto subject = code_from_number<Subject>(static_cast<std::uint8_t>(rows.number(1)));
      if (!need || !subject) return Error{ErrorCode::kStoreCorrupt, "duty"};
      out.push_back({unit, index, *need, *subject});
    }
  }
  return out;
}

Result<void> Inbox::remove(const Duty& duty) {
  return database_.prepare("DELETE FROM duty WHERE unit = ? AND entry_index = ? AND need = ?")
      .bind(duty.unit.str(), to_number(duty.entry), static_cast<std::uint64_t>(duty.need))
      .run();
}

}  // namespace rujukan::sdk
