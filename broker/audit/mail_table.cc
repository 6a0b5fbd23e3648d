#include "broker/audit/mail_table.h"

#include <algorithm>

#include "broker/base/packed.h"

namespace rujukan::audit {
namespace {

// About 1 KiB each.
constexpr std::size_t kMostRecent = 16'384;

constexpr const char* kSchema =
    "CREATE TABLE mail (case_id BLOB PRIMARY KEY, bytes BLOB NOT NULL) WITHOUT ROWID";

bool lists(const std::vector<LogIndex>& list, LogIndex index) {
  return std::binary_search(list.begin(), list.end(), index);
}

// Ascending, so that a difference is a small number.
void put_list(Packer& out, const std::vector<LogIndex>& list) {
  out.number(list.size());
  std::uint64_t last = 0;
  for (const LogIndex index : list) {
    out.number(to_number(index) - last);
    last = to_number(index);
  }
}

std::vector<LogIndex> take_list(Unpacker& in) {
  std::vector<LogIndex> list(in.count());
  std::uint64_t last = 0;
  for (LogIndex& index : list) {
    last += in.number();
    index = LogIndex{last};
  }
  return list;
}

}  // namespace

Result<std::unique_ptr<MailTable>> MailTable::create(store::Database& database) {
  if (auto made = database.execute(kSchema); !made) return made.error();
  return std::unique_ptr<MailTable>(new MailTable(database));
}

MailTable::Mailbox& MailTable::mailbox(Mailboxes& of, const UnitId& unit) {
  const auto at = std::find_if(of.units.begin(), of.units.end(),
                               [&unit](const Mailbox& box) { return box.unit == unit; });
  if (at != of.units.end()) return *at;
  of.units.push_back({unit, {}});
  return of.units.back();
}

bool MailTable::holds(const Mailboxes& mailboxes, LogIndex index) {
  const auto& entries = mailboxes.entries;
  const auto at = std::ranges::lower_bound(entries, index, {}, &CaseEntry::index);
  return at != entries.end() && at->index == index;
}

Result<void> MailTable::add(const CaseId& id, const CaseEntry& entry) {
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  (*loaded)->entries.push_back(entry);
  return {};
}

Result<std::vector<MailTable::CaseEntry>> MailTable::entries_of(const CaseId& id) {
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  return (*loaded)->entries;
}

Result<void> MailTable::put(const CaseId& id, const UnitId& unit, LogIndex index) {
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  auto& waiting = mailbox(**loaded, unit).waiting;
  const auto at = std::lower_bound(waiting.begin(), waiting.end(), index);
  if (at == waiting.end() || *at != index) waiting.insert(at, index);
  removed_elsewhere_.erase({unit, index});
  return {};
}

Result<void> MailTable::take_back(const CaseId& id, const UnitId& unit, bool only_exclusions) {
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  auto& waiting = mailbox(**loaded, unit).waiting;
  if (!only_exclusions) {
    waiting.clear();
    return {};
  }
  for (const CaseEntry& entry : (*loaded)->entries) {
    if (entry.excludes) std::erase(waiting, entry.index);
  }
  return {};
}

Result<void> MailTable::remove(const CaseId& id, const UnitId& unit,
                               const std::vector<LogIndex>& entries) {
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  auto& waiting = mailbox(**loaded, unit).waiting;
  for (const LogIndex index : entries) {
    const auto at = std::lower_bound(waiting.begin(), waiting.end(), index);
    if (at != waiting.end() && *at == index) {
      waiting.erase(at);
    } else if (!holds(**loaded, index)) {
      removed_elsewhere_.emplace(unit, index);
    }
  }
  return {};
}

Result<decide::Mail> MailTable::find(const CaseId& id, const UnitId& unit, LogIndex index) {
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  if (!holds(**loaded, index)) return decide::Mail::kNone;
  const bool waits =
      lists(mailbox(**loaded, unit).waiting, index) && !removed_elsewhere_.contains({unit, index});
  return waits ? decide::Mail::kWaiting : decide::Mail::kOfCase;
}

Result<MailTable::Mailboxes*> MailTable::load(const CaseId& id) {
  if (const auto at = recent_.find(id); at != recent_.end()) return &at->second;
  if (recent_.size() >= kMostRecent) {
    if (auto done = write_all(); !done) return done.error();
  }
  Mailboxes mailboxes;
  // Ids are in the order of opening: a new one need not be looked for.
  if (id <= last_stored_) {
    store::Statement query = database_.prepare("SELECT bytes FROM mail WHERE case_id = ?");
    const auto row = query.bind(ByteView(id.bytes)).step();
    if (!row) return row.error();
    if (*row && !unpack(query.blob(0), mailboxes)) return Error{ErrorCode::kStoreCorrupt, "mail"};
  }
  return &recent_.emplace(id, std::move(mailboxes)).first->second;
}

// Forgetting all at once keeps no order of use, and a case is mostly worked on when fresh.
Result<void> MailTable::write_all() {
  std::vector<CaseId> ids;
  ids.reserve(recent_.size());
  for (const auto& [id, mailboxes] : recent_) ids.push_back(id);
  // The file is written from its beginning to its end.
  std::sort(ids.begin(), ids.end());
  for (const CaseId& id : ids) {
    store::Statement put =
        database_.prepare("INSERT OR REPLACE INTO mail (case_id, bytes) VALUES (?, ?)");
    const Bytes bytes = pack(recent_.at(id));
    if (auto done = put.bind(ByteView(id.bytes), ByteView(bytes)).run(); !done) return done;
  }
  if (!ids.empty()) last_stored_ = std::max(last_stored_, ids.back());
  recent_.clear();
  return {};
}

Bytes MailTable::pack(const Mailboxes& mailboxes) {
  Packer out;
  out.number(mailboxes.entries.size());
  for (const CaseEntry& entry : mailboxes.entries) {
    out.number(to_number(entry.index)).number(entry.excludes);
    out.bytes(entry.linked ? ByteView(entry.linked->bytes) : ByteView());
  }
  out.number(mailboxes.units.size());
  for (const Mailbox& box : mailboxes.units) {
    out.text(box.unit.view());
    put_list(out, box.waiting);
  }
  return out.packed();
}

bool MailTable::unpack(ByteView bytes, Mailboxes& mailboxes) {
  Unpacker in(bytes);
  mailboxes.entries.resize(in.count());
  for (CaseEntry& entry : mailboxes.entries) {
    entry.index = LogIndex{in.number()};
    entry.excludes = in.number() != 0;
    if (const auto linked = to_array<16>(in.bytes())) entry.linked = CaseId{*linked};
  }
  mailboxes.units.resize(in.count());
  for (Mailbox& box : mailboxes.units) {
    box.unit = UnitId(in.text());
    box.waiting = take_list(in);
  }
  return in.done();
}

}  // namespace rujukan::audit
