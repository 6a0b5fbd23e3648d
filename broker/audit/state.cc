#include "broker/audit/state.h"

#include <algorithm>
#include <bit>

#include "broker/base/packed.h"
#include "broker/store/row_check.h"

namespace rujukan::audit {
namespace {

constexpr std::uint64_t kFormat = 1;

constexpr const char* kSchema = R"sql(
PRAGMA locking_mode = EXCLUSIVE;
PRAGMA secure_delete = OFF;
CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL, chk INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS ids (id BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cases (
  id BLOB PRIMARY KEY, bytes BLOB NOT NULL, chk INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS missing (position INTEGER PRIMARY KEY, case_id BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS missing_case ON missing (case_id);
)sql";
// Nobody reads it after a crash.
constexpr const char* kPrivate = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;";

Error invalid(std::string field, std::string detail) {
  return {ErrorCode::kStateInvalid, std::move(field), std::move(detail)};
}
Error invalid(const Error& error) { return invalid(error.field, error.detail); }

Bytes pack(const Progress& progress) {
  Packer out;
  out.number(kFormat).text(progress.origin).number(progress.root.size());
  for (const Digest& peak : progress.root.peaks()) out.bytes(peak);
  out.number(progress.seen.size).bytes(progress.seen.root).number(progress.index);
  out.number(progress.last.has_value()).number(progress.last ? to_us(*progress.last) : 0);
  out.number(progress.releases.size());
  for (const Progress::InForce& release : progress.releases) {
    out.number(release.position).number(to_number(release.version)).bytes(release.digest);
  }
  out.number(progress.lost.has_value()).number(progress.lost.value_or(0));
  out.number(progress.entries_lost).number(progress.checkpoints);
  out.number(progress.senders_unchecked);
  const auto& cases = progress.cases;
  out.number(cases.cases).number(cases.sound).number(cases.open).number(cases.closed);
  out.number(progress.findings.size());
  for (const Finding& finding : progress.findings) {
    out.number(finding.position).number(static_cast<std::uint16_t>(finding.error.code));
    out.text(finding.error.field).text(finding.error.detail);
  }
  return out.packed();
}

std::optional<Digest> take_digest(Unpacker& in) { return to_array<32>(in.bytes()); }

std::optional<std::uint64_t> take_optional(Unpacker& in) {
  const bool present = in.number() != 0;
  const std::uint64_t value = in.number();
  return present ? std::optional(value) : std::nullopt;
}

bool take_root(Unpacker& in, RunningRoot& root) {
  const std::uint64_t size = in.number();
  std::vector<Digest> peaks;
  for (int i = std::popcount(size); i > 0; --i) {
    const auto peak = take_digest(in);
    if (!peak) return false;
    peaks.push_back(*peak);
  }
  root = RunningRoot(size, std::move(peaks));
  return true;
}

bool take_releases(Unpacker& in, std::vector<Progress::InForce>& releases) {
  for (std::size_t left = in.count(); left > 0; --left) {
    Progress::InForce release;
    release.position = in.number();
    release.version = ReleaseVersion{static_cast<std::uint32_t>(in.number())};
    const auto digest = take_digest(in);
    if (!digest) return false;
    release.digest = *digest;
    releases.push_back(release);
  }
  return true;
}

bool take_findings(Unpacker& in, Findings& findings) {
  for (std::size_t left = in.count(); left > 0; --left) {
    Finding finding{in.number(), {ErrorCode::kStateInvalid, {}, {}}};
    const auto code = error_code_from_number(static_cast<std::uint16_t>(in.number()));
    if (!code) return false;
    finding.error.code = *code;
    finding.error.field = in.text();
    finding.error.detail = in.text();
    findings.push_back(std::move(finding));
  }
  return true;
}

std::optional<Progress> unpack(ByteView bytes) {
  Unpacker in(bytes);
  if (in.number() != kFormat) return std::nullopt;
  Progress progress;
  progress.origin = in.text();
  if (!take_root(in, progress.root)) return std::nullopt;
  progress.seen.origin = progress.origin;
  progress.seen.size = in.number();
  const auto seen = take_digest(in);
  if (!seen) return std::nullopt;
  progress.seen.root = *seen;
  progress.index = in.number();
  if (const auto last = take_optional(in)) progress.last = time_from_us(*last);
  if (!take_releases(in, progress.releases)) return std::nullopt;
  progress.lost = take_optional(in);
  progress.entries_lost = in.number();
  progress.checkpoints = in.number();
  progress.senders_unchecked = in.number();
  auto& cases = progress.cases;
  for (std::uint64_t* count : {&cases.cases, &cases.sound, &cases.open, &cases.closed}) {
    *count = in.number();
  }
  if (!take_findings(in, progress.findings) || !in.done()) return std::nullopt;
  return progress;
}

// A damaged database may still open.
Result<void> check(store::Database& database) {
  store::Statement query = database.prepare("PRAGMA quick_check(1)");
  const auto row = query.step();
  if (!row) return row.error();
  if (query.text(0) != "ok") return invalid("state", std::string(query.text(0)));
  return {};
}

}  // namespace

Result<std::unique_ptr<State>> State::open(const std::string& file) {
  auto database = store::Database::open(file, store::Database::Access::kReadWrite);
  if (!database) return invalid(file, database.error().detail);
  if (file.empty()) {
    if (const auto done = (*database)->execute(kPrivate); !done) return invalid(done.error());
  }
  if (const auto done = (*database)->execute(kSchema); !done)
    return invalid(file, done.error().detail);
  if (const auto done = check(**database); !done) return invalid(file, done.error().detail);
  if (const auto done = (*database)->execute("BEGIN IMMEDIATE"); !done) {
    return invalid(file, done.error().detail);
  }
  return std::unique_ptr<State>(new State(*std::move(database)));
}

Result<std::optional<Progress>> State::load() {
  store::Statement query = database_->prepare("SELECT bytes, chk FROM progress WHERE id = 1");
  const auto row = query.step();
  if (!row) return invalid(row.error());
  if (!*row) return std::optional<Progress>();
  if (store::row_check({query.blob(0)}) != query.number(1)) return invalid("progress", "checksum");
  auto progress = unpack(query.blob(0));
  if (!progress) return invalid("progress", "of another version");
  return progress;
}

Result<void> State::save(const Progress& progress) {
  INVARIANT(recent_ids_.empty());
  const Bytes bytes = pack(progress);
  {
    store::Statement put =
        database_->prepare("INSERT OR REPLACE INTO progress (id, bytes, chk) VALUES (1, ?, ?)");
    const std::uint64_t chk = store::row_check({bytes});
    if (const auto done = put.bind(ByteView(bytes), chk).run(); !done) return invalid(done.error());
  }
  if (const auto done = database_->execute("COMMIT; BEGIN IMMEDIATE"); !done) {
    return invalid(done.error());
  }
  return {};
}

bool State::use_id(const MessageId& id, std::uint64_t position) {
  return recent_ids_.emplace(id, position).second;
}

Result<std::vector<std::uint64_t>> State::repeated() {
  // In the order of the index, so that neighbours share its pages.
  std::vector<std::pair<MessageId, std::uint64_t>> ids(recent_ids_.begin(), recent_ids_.end());
  std::sort(ids.begin(), ids.end());
  recent_ids_.clear();
  std::vector<std::uint64_t> repeated;
  for (const auto& [id, position] : ids) {
    store::Statement put =
        database_->prepare("INSERT INTO ids (id) VALUES (?) ON CONFLICT DO NOTHING RETURNING 1");
    const auto is_new = put.bind(ByteView(id.bytes)).step();
    if (!is_new) return invalid(is_new.error());
    if (!*is_new) repeated.push_back(position);
  }
  return repeated;
}

Result<std::optional<State::KeptCase>> State::find_case(const CaseId& id) {
  store::Statement query = database_->prepare("SELECT bytes, chk FROM cases WHERE id = ?");
  const auto row = query.bind(ByteView(id.bytes)).step();
  if (!row) return invalid(row.error());
  if (!*row) return std::optional<KeptCase>();
  Unpacker in(query.blob(0));
  KeptCase kept{in.number(), to_bytes(in.bytes())};
  if (!in.done() || store::row_check({id.bytes, query.blob(0)}) != query.number(1)) {
    return invalid("cases", "checksum");
  }
  return std::optional(std::move(kept));
}

Result<void> State::put_case(const CaseId& id, const KeptCase& kept) {
  const Bytes bytes = Packer().number(kept.opened).bytes(kept.state).packed();
  store::Statement put =
      database_->prepare("INSERT OR REPLACE INTO cases (id, bytes, chk) VALUES (?, ?, ?)");
  const std::uint64_t chk = store::row_check({id.bytes, bytes});
  const auto done = put.bind(ByteView(id.bytes), ByteView(bytes), chk).run();
  if (!done) return invalid(done.error());
  return {};
}

Result<void> State::add_missing(const CaseId& id, std::uint64_t position) {
  store::Statement put =
      database_->prepare("INSERT OR REPLACE INTO missing (position, case_id) VALUES (?, ?)");
  const auto done = put.bind(position, ByteView(id.bytes)).run();
  if (!done) return invalid(done.error());
  return {};
}

Result<void> State::forget_missing(const CaseId& id) {
  store::Statement remove = database_->prepare("DELETE FROM missing WHERE case_id = ?");
  const auto done = remove.bind(ByteView(id.bytes)).run();
  if (!done) return invalid(done.error());
  return {};
}

Result<std::vector<State::Missing>> State::missing() {
  store::Statement query =
      database_->prepare("SELECT position, case_id FROM missing ORDER BY position LIMIT ?");
  query.bind(std::uint64_t{kMostFindings});
  std::vector<Missing> out;
  for (;;) {
    const auto row = query.step();
    if (!row) return invalid(row.error());
    if (!*row) return out;
    const auto id = to_array<16>(query.blob(1));
    if (!id) return invalid("missing", "not a case");
    out.push_back({CaseId{*id}, query.number(0)});
  }
}

}  // namespace rujukan::audit
