#include "broker/audit/case_table.h"

#include <algorithm>

#include "broker/wire/case_codec.h"

namespace rujukan::audit {
namespace {

// Decoded records kept in memory: about 2 KiB each.
constexpr std::size_t kMostRecent = 16'384;

// The deadline of a row is that of a record that is not among the recent ones.
constexpr const char* kSchema = R"sql(
CREATE TABLE cases (
  case_id BLOB PRIMARY KEY, deadline INTEGER, record BLOB NOT NULL, hash BLOB NOT NULL)
  WITHOUT ROWID;
CREATE INDEX cases_deadline ON cases (deadline, case_id) WHERE deadline IS NOT NULL;
)sql";

// Less the shift, so that it stays when that changes.
std::optional<TimeUs> deadline_of(const CaseRecord& record) {
  const auto due = record.next_due();
  return due ? std::optional(due->at - record.shift) : std::nullopt;
}

Error corrupt() { return {ErrorCode::kStoreCorrupt, "cases"}; }

}  // namespace

Result<std::unique_ptr<CaseTable>> CaseTable::create(store::Database& database) {
  if (auto made = database.execute(kSchema); !made) return made.error();
  return std::unique_ptr<CaseTable>(new CaseTable(database));
}

Result<const CaseRecord*> CaseTable::find(const CaseId& id) {
  if (const auto at = recent_.find(id); at != recent_.end()) {
    at->second.record.follow(shift_);
    return &at->second.record;
  }
  const auto loaded = load(id);
  if (!loaded) return loaded.error();
  return *loaded == nullptr ? nullptr : &(*loaded)->record;
}

Result<void> CaseTable::put(CaseRecord record) {
  auto at = recent_.find(record.case_id);
  if (at == recent_.end()) {
    const auto loaded = load(record.case_id);
    if (!loaded) return loaded.error();
    at = recent_.find(record.case_id);
  }
  if (at == recent_.end()) {
    if (auto room = make_room(); !room) return room;
  } else if (const auto due = deadline_of(at->second.record)) {
    due_.erase({*due, record.case_id});
  }
  Recent& recent = keep(std::move(record));
  recent.changed = true;
  recent.written = false;
  return {};
}

CaseTable::Recent& CaseTable::keep(CaseRecord record) {
  const CaseId id = record.case_id;
  if (const auto due = deadline_of(record)) due_.emplace(*due, id);
  Recent& recent = recent_[id];
  recent.record = std::move(record);
  return recent;
}

Result<CaseTable::Recent*> CaseTable::load(const CaseId& id) {
  if (auto room = make_room(); !room) return room.error();
  Recent* loaded = nullptr;
  // Ids are in the order of opening: a new one need not be looked for.
  if (id > last_stored_) return loaded;
  bool awaits = false;
  {
    store::Statement query =
        database_.prepare("SELECT record, hash, deadline FROM cases WHERE case_id = ?");
    const auto row = query.bind(ByteView(id.bytes)).step();
    if (!row) return row.error();
    if (!*row) return loaded;
    const Bytes bytes = to_bytes(query.blob(0));  // aligned
    const auto hash = to_array<32>(query.blob(1));
    auto record = wire::decode_case(bytes, shift_);
    if (!record) return record.error();
    if (!hash) return corrupt();
    awaits = !query.is_null(2);
    loaded = &keep(*std::move(record));
    loaded->summed = *hash;
    loaded->written = true;
  }
  if (!awaits) return loaded;
  store::Statement taken = database_.prepare("UPDATE cases SET deadline = NULL WHERE case_id = ?");
  if (auto done = taken.bind(ByteView(id.bytes)).run(); !done) return done.error();
  // Its deadline is in memory now: the row has to be written again.
  loaded->written = false;
  if (stored_due_ && stored_due_->second == id) {
    if (auto done = find_stored_due(); !done) return done.error();
  }
  return loaded;
}

Result<void> CaseTable::make_room() {
  return recent_.size() < kMostRecent ? Result<void>() : write_all();
}

// Forgetting all at once keeps no order of use, and a case is mostly worked on when fresh.
Result<void> CaseTable::write_all() {
  std::vector<std::pair<const CaseId, Recent>*> rows;
  for (auto& row : recent_) {
    if (!row.second.written) rows.push_back(&row);
  }
  // The file is written from its beginning to its end.
  std::sort(rows.begin(), rows.end(),
            [](const auto* one, const auto* other) { return one->first < other->first; });
  for (auto* row : rows) {
    if (auto done = write(row->first, row->second); !done) return done;
  }
  for (const auto& [id, recent] : recent_) last_stored_ = std::max(last_stored_, id);
  recent_.clear();
  due_.clear();
  return find_stored_due();
}

Result<void> CaseTable::write(const CaseId& id, Recent& recent) {
  const Bytes bytes = wire::encode_case(recent.record);
  if (recent.changed) sum(recent, bytes);
  store::Statement upsert = database_.prepare(
      "INSERT OR REPLACE INTO cases (case_id, deadline, record, hash) VALUES (?, ?, ?, ?)");
  const auto due = deadline_of(recent.record);
  upsert.bind(ByteView(id.bytes), due ? std::optional(to_us(*due)) : std::nullopt, ByteView(bytes),
              ByteView(*recent.summed));
  recent.written = true;
  return upsert.run();
}

void CaseTable::sum(Recent& recent, ByteView bytes) {
  if (recent.summed) state_.remove(*recent.summed);
  recent.summed = merkle::record_hash(bytes);
  state_.add(*recent.summed);
  recent.changed = false;
}

merkle::StateDigest CaseTable::state() {
  for (auto& [id, recent] : recent_) {
    if (!recent.changed) continue;
    sum(recent, wire::encode_case(recent.record));
  }
  return state_;
}

Result<void> CaseTable::find_stored_due() {
  store::Statement query = database_.prepare(
      "SELECT deadline, case_id FROM cases WHERE deadline IS NOT NULL ORDER BY deadline, case_id "
      "LIMIT 1");
  const auto row = query.step();
  if (!row) return row.error();
  stored_due_.reset();
  if (!*row) return {};
  const auto id = to_array<16>(query.blob(1));
  if (!id) return corrupt();
  stored_due_ = Due(time_from_us(query.number(0)), CaseId{*id});
  return {};
}

std::optional<CaseTable::Due> CaseTable::next_due() const {
  auto next = stored_due_;
  if (!due_.empty() && (!next || *due_.begin() < *next)) next = *due_.begin();
  if (next) next->first += shift_;
  return next;
}

Result<void> CaseTable::for_each(const std::function<void(const CaseRecord&)>& visit) {
  if (auto done = write_all(); !done) return done;
  store::Statement query = database_.prepare("SELECT record FROM cases ORDER BY case_id");
  for (;;) {
    const auto row = query.step();
    if (!row) return row.error();
    if (!*row) return {};
    const Bytes bytes = to_bytes(query.blob(0));  // aligned
    const auto record = wire::decode_case(bytes, shift_);
    if (!record) return record.error();
    visit(*record);
  }
}

}  // namespace rujukan::audit
