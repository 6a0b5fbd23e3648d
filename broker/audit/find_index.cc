#include "broker/audit/find_index.h"

#include <algorithm>
#include <iterator>

namespace rujukan::audit {
namespace {

// Entries that share one row per term. Only the last, unfinished chunk is ever written again, and a
// search reads one row per term and chunk: 245 at a million entries.
constexpr std::uint64_t kChunk = 4096;

constexpr const char* kSchema = R"sql(
CREATE TABLE IF NOT EXISTS postings (
  chunk INTEGER NOT NULL, term TEXT NOT NULL, offsets BLOB NOT NULL,
  PRIMARY KEY (chunk, term)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
  no INTEGER PRIMARY KEY, count INTEGER NOT NULL, last_leaf BLOB NOT NULL, times_us BLOB NOT NULL);
)sql";

using Offsets = std::vector<std::uint16_t>;

// Collects terms in any order.
class Terms {
 public:
  void add(std::string_view field, std::string_view value) {
    if (!value.empty()) terms_.push_back(std::string(field) + "/" + std::string(value));
  }
  void add(const CaseId& id) { add("case", to_string(id)); }
  void add(const Facts& facts) {
    for (const auto* areas : {&facts.victims, &facts.suspects, &facts.incidents}) {
      for (const AreaCode& area : *areas) {
        add("area", area.str());
        if (area.str().size() > 2) add("area", area.str().substr(0, 2));
      }
    }
  }
  std::vector<std::string> take() {
    std::sort(terms_.begin(), terms_.end());
    terms_.erase(std::unique(terms_.begin(), terms_.end()), terms_.end());
    return std::move(terms_);
  }

 private:
  std::vector<std::string> terms_;
};

// The state that the event brings; "" when it brings none.
std::string_view state_after(const Event& event) {
  switch (event.type) {
    case EventType::kOpened:
      return "open";
    case EventType::kClosed:
      return "closed";
    case EventType::kAssigned:
    case EventType::kEscalated:
    case EventType::kReopened:
      return name_of(AssignmentState::kRequested);
    case EventType::kReceived:
      return name_of(AssignmentState::kReceived);
    case EventType::kAccepted:
    case EventType::kTransferred:
      return name_of(AssignmentState::kAccepted);
    case EventType::kProgressed:
    case EventType::kMoved:
      return name_of(event.state);
    case EventType::kCompleted:
      return name_of(AssignmentState::kCompleted);
    case EventType::kCancelled:
      return name_of(AssignmentState::kCancelled);
    case EventType::kWithheld:
    case EventType::kInformed:
    case EventType::kDeclined:
    case EventType::kOverdue:
    case EventType::kNoted:
    case EventType::kDelivered:
    case EventType::kUnreadable:
    case EventType::kOffered:
    case EventType::kOfferEnded:
    case EventType::kTransferRequested:
    case EventType::kRequestEnded:
    case EventType::kFactsAdded:
    case EventType::kLed:
    case EventType::kLinked:
    case EventType::kErasureProposed:
    case EventType::kErased:
    case EventType::kHeld:
    case EventType::kHoldLifted:
    case EventType::kCarried:
    case EventType::kExcluded:
    case EventType::kFactsProposed:
    case EventType::kReadmitted:
      return "";
  }
  return "";
}

void add_event(Terms& terms, const Event& event) {
  terms.add("unit", event.unit.str());
  terms.add("state", state_after(event));
  terms.add("event", name_of(event.type));
  if (event.type == EventType::kLinked) terms.add(event.case_id);
  if (event.type != EventType::kInformed) return;
  for (const UnitId& unit : event.units) terms.add("unit", unit.str());
}

Bytes packed(const Offsets& offsets) {
  Bytes bytes;
  for (const std::uint16_t offset : offsets) {
    bytes.push_back(static_cast<std::uint8_t>(offset >> 8));
    bytes.push_back(static_cast<std::uint8_t>(offset));
  }
  return bytes;
}

Offsets unpacked(ByteView bytes) {
  Offsets offsets;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    offsets.push_back(static_cast<std::uint16_t>(bytes[i] << 8 | bytes[i + 1]));
  }
  return offsets;
}

template <typename Algorithm>
Offsets merged(const Offsets& a, const Offsets& b, Algorithm algorithm) {
  Offsets out;
  algorithm(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

}  // namespace

std::string_view kind_name(const Cause& cause, const Message* message) {
  if (std::holds_alternative<MessageCause>(cause)) {
    return message == nullptr ? "unreadable" : name_of(kind_of(*message));
  }
  constexpr std::string_view kNames[] = {"message", "deadline",  "release", "succession",
                                         "link",    "state",     "order",   "genesis",
                                         "carry",   "exclusion", "time"};
  static_assert(std::size(kNames) == std::variant_size_v<Causes>);
  return kNames[cause.index()];
}

std::vector<std::string> terms_of(const Entry& entry, const Message* message) {
  Terms terms;
  terms.add("kind", kind_name(entry.cause, message));
  if (!entry.outcome.owner.empty()) terms.add("unit", entry.outcome.owner.str());
  if (const CaseId* id = case_of(entry.cause)) terms.add(*id);
  if (const auto* cause = std::get_if<MessageCause>(&entry.cause)) {
    terms.add("unit", cause->proof.unit.str());
  }
  if (message != nullptr) {
    terms.add(message->case_id);
    if (const auto* referral = std::get_if<Referral>(&message->body)) {
      terms.add(referral->facts);
      for (const CaseId& related : referral->related) terms.add(related);
    }
    if (const auto* facts = std::get_if<NewFacts>(&message->body)) terms.add(facts->facts);
  }
  if (const auto* link = std::get_if<LinkCause>(&entry.cause)) terms.add(link->related);
  for (const Event& event : entry.outcome.events) add_event(terms, event);
  if (entry.outcome.refusal) {
    terms.add("code", name_of(entry.outcome.refusal->code));
    terms.add("code", "any");
  }
  return terms.take();
}

Result<std::unique_ptr<FindIndex>> FindIndex::open(const std::string& path) {
  auto database = store::Database::open(path, store::Database::Access::kReadWrite);
  if (!database) return database.error();
  // It can be made again from the log at any time.
  if (auto done = (*database)->execute("PRAGMA synchronous = NORMAL"); !done) return done.error();
  if (auto made = (*database)->execute(kSchema); !made) return made.error();
  std::unique_ptr<FindIndex> index(new FindIndex(*std::move(database)));
  if (auto loaded = index->load(); !loaded) return loaded.error();
  return index;
}

// The unfinished chunk goes back into memory, so that it can grow.
Result<void> FindIndex::load() {
  store::Statement last = database_->prepare(
      "SELECT no, count, last_leaf, times_us FROM chunks ORDER BY no DESC LIMIT 1");
  const auto found = last.step();
  if (!found) return found.error();
  if (!*found) return {};
  const std::uint64_t chunk = last.number(0);
  size_ = chunk * kChunk + last.number(1);
  const ByteView leaf = last.blob(2);
  if (leaf.size() != last_leaf_.size()) return Error{ErrorCode::kStateInvalid, "index"};
  std::copy(leaf.begin(), leaf.end(), last_leaf_.begin());
  if (size_ % kChunk == 0) return {};
  const ByteView times = last.blob(3);
  for (std::size_t i = 0; i + 8 <= times.size(); i += 8) {
    times_us_.push_back(read_u64be(times.subspan(i, 8)));
  }
  store::Statement rows =
      database_->prepare("SELECT term, offsets FROM postings WHERE chunk = ? ORDER BY term");
  rows.bind(chunk);
  for (;;) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return {};
    postings_.emplace(std::string(rows.text(0)), unpacked(rows.blob(1)));
  }
}

Result<void> FindIndex::clear() {
  size_ = 0;
  postings_.clear();
  times_us_.clear();
  return database_->execute("DELETE FROM postings; DELETE FROM chunks");
}

Result<void> FindIndex::add(const Entry& entry, const Message* message, const Digest& leaf) {
  const auto offset = static_cast<std::uint16_t>(size_ % kChunk);
  for (std::string& term : terms_of(entry, message)) postings_[std::move(term)].push_back(offset);
  times_us_.push_back(to_us(entry.time));
  last_leaf_ = leaf;
  ++size_;
  return size_ % kChunk == 0 ? save() : Result<void>();
}

Result<void> FindIndex::save() {
  if (times_us_.empty()) return {};
  if (auto begun = database_->execute("BEGIN"); !begun) return begun;
  if (auto written = write_chunk(); !written) return written;
  if (auto done = database_->execute("COMMIT"); !done) return done;
  if (size_ % kChunk != 0) return {};
  postings_.clear();
  times_us_.clear();
  return {};
}

Result<void> FindIndex::write_chunk() {
  const std::uint64_t chunk = (size_ - 1) / kChunk;
  for (const auto& [term, offsets] : postings_) {
    const Bytes blob = packed(offsets);
    store::Statement put = database_->prepare(
        "INSERT OR REPLACE INTO postings (chunk, term, offsets) VALUES (?, ?, ?)");
    if (auto done = put.bind(chunk, std::string_view(term), ByteView(blob)).run(); !done) {
      return done;
    }
  }
  Bytes times;
  for (const std::uint64_t time_us : times_us_) append_u64be(times, time_us);
  store::Statement put = database_->prepare(
      "INSERT OR REPLACE INTO chunks (no, count, last_leaf, times_us) VALUES (?, ?, ?, ?)");
  const std::uint64_t count = times_us_.size();
  return put.bind(chunk, count, ByteView(last_leaf_), ByteView(times)).run();
}

Result<std::vector<std::uint16_t>> FindIndex::any_of(std::uint64_t chunk,
                                                     const std::vector<std::string>& terms) {
  Offsets all;
  for (const std::string& term : terms) {
    store::Statement row =
        database_->prepare("SELECT offsets FROM postings WHERE chunk = ? AND term = ?");
    row.bind(chunk, std::string_view(term));
    const auto found = row.step();
    if (!found) return found.error();
    if (!*found) continue;
    all = merged(all, unpacked(row.blob(0)), [](auto... range) { std::set_union(range...); });
  }
  return all;
}

Result<std::vector<std::uint64_t>> FindIndex::find(const Query& query) {
  std::vector<std::uint64_t> positions;
  store::Statement chunks =
      database_->prepare("SELECT no, count, times_us FROM chunks ORDER BY no");
  for (;;) {
    const auto row = chunks.step();
    if (!row) return row.error();
    if (!*row) return positions;
    const std::uint64_t chunk = chunks.number(0);
    Offsets matching(chunks.number(1));
    for (std::size_t i = 0; i < matching.size(); ++i) matching[i] = static_cast<std::uint16_t>(i);
    for (const auto& alternatives : query.terms) {
      const auto some = any_of(chunk, alternatives);
      if (!some) return some.error();
      matching = merged(matching, *some, [](auto... range) { std::set_intersection(range...); });
    }
    const ByteView times = chunks.blob(2);
    for (const std::uint16_t offset : matching) {
      const std::size_t at = std::size_t{offset} * 8;
      if (at + 8 > times.size()) return Error{ErrorCode::kStateInvalid, "index"};
      const TimeUs time = time_from_us(read_u64be(times.subspan(at, 8)));
      if (query.from && time < *query.from) continue;
      if (query.until && time >= *query.until) continue;
      positions.push_back(chunk * kChunk + offset);
    }
  }
}

}  // namespace rujukan::audit
