#include "adapters/sdk/seen_log.h"

#include <algorithm>

#include "adapters/sdk/shard_link.h"
#include "broker/merkle/proof.h"

namespace rujukan::sdk {
namespace {

// Receipts of one size come close together; older ones only serve to find forks.
constexpr std::uint64_t kCheckpointsKept = 1000;
// A station that comes back after a long time gets a window of deliveries, each with a checkpoint
// of its own; a broker that proves nothing must not fill the disk.
constexpr std::uint64_t kUnprovenAtMost = 4096;
// Proofs are small and quickly made.
constexpr std::size_t kQuestionsAtOnce = 8;

std::string from_to(std::uint64_t first, std::uint64_t second) {
  return "from size " + std::to_string(first) + " to " + std::to_string(second);
}

}  // namespace

Result<std::optional<Contradiction>> find_contradiction(Database& database) {
  Statement row = database.prepare(
      "SELECT code, first, second, detail FROM contradiction ORDER BY rowid LIMIT 1");
  const auto found = row.step();
  if (!found) return found.error();
  if (!*found) return std::optional<Contradiction>();
  const auto code = error_code_from_number(static_cast<std::uint16_t>(row.number(0)));
  if (!code) return Error{ErrorCode::kStoreCorrupt, "contradiction.code"};
  return std::optional(Contradiction{*code, std::string(row.text(1)), std::string(row.text(2)),
                                     std::string(row.text(3))});
}

Result<void> accept_log(Database& database) {
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  if (auto done = database.execute("DELETE FROM contradiction; DELETE FROM seen; DELETE FROM shard;"
                                   "DELETE FROM inbox; DELETE FROM duty;");
      !done) {
    return done;
  }
  return transaction->commit();
}

Result<void> SeenLog::load() {
  if (!shards_.empty()) return {};
  {
    Statement row = database_.prepare("SELECT origin, first FROM shard ORDER BY no");
    for (;;) {
      const auto found = row.step();
      if (!found) return found.error();
      if (!*found) break;
      std::optional<std::uint64_t> first;
      if (!row.is_null(1)) first = row.number(1);
      shards_.push_back({shards_.size(), {std::string(row.text(0)), log_.key}, first});
    }
  }
  return shards_.empty() ? add_shard(log_.name, std::nullopt) : Result<void>();
}

Result<void> SeenLog::add_shard(const std::string& origin, std::optional<std::uint64_t> first) {
  const std::uint64_t number = shards_.size();
  if (auto added = database_.prepare("INSERT INTO shard(no, origin, first) VALUES(?, ?, ?)")
                       .bind(number, std::string_view(origin), first)
                       .run();
      !added) {
    return added;
  }
  shards_.push_back({number, {origin, log_.key}, first});
  return {};
}

Result<KnownShard> SeenLog::newest() {
  if (auto loaded = load(); !loaded) return loaded.error();
  return shards_.back();
}

Result<const KnownShard*> SeenLog::shard_of(const std::string& note) {
  if (auto loaded = load(); !loaded) return loaded.error();
  const std::string origin = merkle::origin_line(note);
  for (const KnownShard& shard : shards_) {
    if (shard.key.name == origin) return &shard;
  }
  return nullptr;
}

Result<bool> SeenLog::knows(const std::string& note) {
  const auto shard = shard_of(note);
  if (!shard) return shard.error();
  return note.empty() || *shard != nullptr;
}

// One of the database.
Result<merkle::Checkpoint> SeenLog::stored(const std::string& note) {
  const auto shard = shard_of(note);
  if (!shard) return shard.error();
  auto checkpoint = merkle::verify_checkpoint(note, *shard != nullptr ? (*shard)->key : log_);
  if (!checkpoint) {
    return Error{ErrorCode::kStoreCorrupt, "checkpoint", to_string(checkpoint.error())};
  }
  return checkpoint;
}

Result<std::string> SeenLog::latest() const {
  Statement row = database_.prepare("SELECT note FROM seen ORDER BY shard DESC, size DESC LIMIT 1");
  const auto found = row.step();
  if (!found) return found.error();
  return *found ? std::string(row.text(0)) : std::string();
}

Result<void> SeenLog::welcome(const wire::Welcome& welcome, const std::vector<std::string>& since) {
  const auto last_note = latest();
  if (!last_note) return last_note.error();
  if (welcome.checkpoint.empty() && last_note->empty()) return {};
  const auto shard = shard_of(welcome.checkpoint);
  if (!shard) return shard.error();
  const auto now = merkle::verify_checkpoint(
      welcome.checkpoint, *shard != nullptr ? (*shard)->key : shards_.back().key);
  if (!now) return now.error();
  const std::uint64_t number = (*shard)->number;
  if (last_note->empty()) return remember(number, *now, welcome.checkpoint, true);
  const auto last = stored(*last_note);
  if (!last) return last.error();
  if (number + 1 < shards_.size() || (now->origin == last->origin && now->size < last->size)) {
    return contradicted(
        {ErrorCode::kCheckpointBehind, *last_note, welcome.checkpoint,
         "size " + std::to_string(now->size) + " after " + std::to_string(last->size)});
  }
  return welcome_since(welcome, *now, number, since);
}

Result<void> SeenLog::welcome_since(const wire::Welcome& welcome, const merkle::Checkpoint& now,
                                    std::uint64_t number, const std::vector<std::string>& since) {
  INVARIANT(!since.empty());
  std::uint64_t latest_size = 0;
  for (auto note = since.rbegin(); note != since.rend(); ++note) {
    // Of another shard, or none: a proof is asked for.
    if (merkle::origin_line(*note) != now.origin) {
      return remember(number, now, welcome.checkpoint, false);
    }
    const auto said = stored(*note);
    if (!said) return said.error();
    if (note == since.rbegin()) latest_size = said->size;
    const auto proven = is_proven(number, said->size);
    if (!proven) return proven.error();
    const bool continues =
        now.size == said->size ||
        merkle::verify_consistency(said->size, said->root, now.size, now.root, welcome.consistency);
    if (continues) return remember(number, now, welcome.checkpoint, *proven);
  }
  return contradicted({ErrorCode::kCheckpointFork, since.back(), welcome.checkpoint,
                       "no proof " + from_to(latest_size, now.size)});
}

Result<KnownShard> SeenLog::receipt(const Receipt& receipt) {
  const auto found = shard_of(receipt.checkpoint);
  if (!found) return found.error();
  if (*found == nullptr) {
    return Error{ErrorCode::kCheckpointInvalid, "origin", "of a shard that is not known"};
  }
  const KnownShard shard = **found;
  const auto checkpoint = merkle::verify_receipt(receipt, shard.key);
  if (!checkpoint) return checkpoint.error();
  const auto last = latest();
  if (!last) return last.error();
  const auto done = remember(shard.number, *checkpoint, receipt.checkpoint, last->empty());
  if (!done) return done.error();
  return shard;
}

Result<void> SeenLog::check_place(const KnownShard& shard, const Receipt& receipt, LogIndex index) {
  const std::uint64_t position = to_number(receipt.index);
  const bool possible = to_number(index) >= position;
  if (possible && !shard.first) return learn_first(shard.number, to_number(index) - position);
  if (possible && *shard.first + position == to_number(index)) return {};
  return Error{ErrorCode::kEntryMalformed, "index", "is not the receipt's"};
}

Result<void> SeenLog::learn_first(std::uint64_t number, std::uint64_t first) {
  shards_[number].first = first;
  return database_.prepare("UPDATE shard SET first = ? WHERE no = ?").bind(first, number).run();
}

Result<std::optional<wire::GetConsistency>> SeenLog::ask_for_link(const std::string& note) {
  const merkle::NoteKey key{merkle::origin_line(note), log_.key};
  const auto checkpoint = merkle::verify_checkpoint(note, key);
  if (!checkpoint) return checkpoint.error();
  auto last = latest();
  if (!last) return last.error();
  if (last->empty()) {
    if (auto added = add_shard(key.name, std::nullopt); !added) return added.error();
    return std::optional<wire::GetConsistency>();
  }
  link_ = wire::GetConsistency{*std::move(last), note};
  return link_;
}

Result<void> SeenLog::denied(const std::string& note, const Error& why) {
  return contradicted({why.code, note, "", "the broker denies it: " + to_string(why)});
}

Result<void> SeenLog::remember(std::uint64_t shard, const merkle::Checkpoint& checkpoint,
                               const std::string& note, bool proven) {
  {
    Statement known =
        database_.prepare("SELECT note, proven FROM seen WHERE shard = ? AND size = ?");
    const auto found = known.bind(shard, checkpoint.size).step();
    if (!found) return found.error();
    if (*found) {
      const std::string first(known.text(0));
      const auto same = stored(first);
      if (!same) return same.error();
      if (same->root != checkpoint.root) {
        return contradicted({ErrorCode::kCheckpointFork, first, note,
                             "two roots at size " + std::to_string(checkpoint.size)});
      }
      if (!proven || known.number(1) == 1) return {};
    }
  }
  if (auto added = database_
                       .prepare("INSERT INTO seen(shard, size, note, proven) VALUES(?, ?, ?, ?) "
                                "ON CONFLICT DO UPDATE SET proven = excluded.proven")
                       .bind(shard, checkpoint.size, std::string_view(note), std::uint64_t{proven})
                       .run();
      !added) {
    return added;
  }
  return forget_old(shard);
}

Result<void> SeenLog::forget_old(std::uint64_t shard) {
  if (auto done =
          database_
              .prepare("DELETE FROM seen WHERE shard = ?1 AND proven = 1 AND size < (SELECT size "
                       "FROM seen WHERE shard = ?1 AND proven = 1 ORDER BY size DESC "
                       "LIMIT 1 OFFSET ?2)")
              .bind(shard, kCheckpointsKept - 1)
              .run();
      !done) {
    return done;
  }
  Statement waiting = database_.prepare("SELECT count(*) FROM seen WHERE proven = 0");
  const auto counted = waiting.step();
  if (!counted) return counted.error();
  if (waiting.number(0) <= kUnprovenAtMost) return {};
  return Error{ErrorCode::kProofInvalid, "consistency", "too many checkpoints wait for a proof"};
}

Result<bool> SeenLog::is_proven(std::uint64_t shard, std::uint64_t size) const {
  Statement row = database_.prepare("SELECT proven FROM seen WHERE shard = ? AND size = ?");
  const auto found = row.bind(shard, size).step();
  if (!found) return found.error();
  return *found && row.number(0) == 1;
}

Result<std::vector<wire::GetConsistency>> SeenLog::questions() {
  std::vector<wire::GetConsistency> fresh;
  Statement row = database_.prepare(
      "SELECT shard, size, note FROM seen WHERE proven = 0 ORDER BY shard, size LIMIT ?");
  row.bind(std::uint64_t{kQuestionsAtOnce});
  for (;;) {
    const auto found = row.step();
    if (!found) return found.error();
    if (!*found || asked_.size() == kQuestionsAtOnce) return fresh;
    const Place place{row.number(0), row.number(1)};
    if (asked_.contains(place)) continue;
    auto question = question_about(place, std::string(row.text(2)));
    if (!question) return question.error();
    asked_.emplace(place, *question);
    fresh.push_back(*std::move(question));
  }
}

// With the latest proven one of the shard, or the first one after it: the first ever is proven, and
// none is forgotten before another one is.
Result<wire::GetConsistency> SeenLog::question_about(const Place& place,
                                                     const std::string& note) const {
  Statement row = database_.prepare(
      "SELECT shard, size, note FROM seen WHERE shard >= ?1 AND proven = 1 "
      "ORDER BY shard, CASE shard WHEN ?1 THEN -size ELSE size END LIMIT 1");
  const auto found = row.bind(place.first).step();
  if (!found) return found.error();
  if (!*found) return Error{ErrorCode::kStoreCorrupt, "checkpoint", "none is proven"};
  const std::string proven(row.text(2));
  return Place(row.number(0), row.number(1)) < place ? wire::GetConsistency{proven, note}
                                                     : wire::GetConsistency{note, proven};
}

Result<bool> SeenLog::answer(const wire::Consistency& answer) {
  const bool links = link_ && *link_ == answer.asked;
  const auto at = std::find_if(asked_.begin(), asked_.end(), [&answer](const auto& asked) {
    return asked.second == answer.asked;
  });
  if (!links && at == asked_.end()) {
    return Error{ErrorCode::kFrameMalformed, "consistency", "not asked for"};
  }
  if (answer.refusal) {
    const auto denied =
        contradicted({ErrorCode::kCheckpointFork, answer.asked.first, answer.asked.second,
                      "the broker denies one: " + to_string(*answer.refusal)});
    return denied.error();
  }
  if (links) {
    link_.reset();
    const auto followed = follow(answer);
    return followed ? Result<bool>(true) : followed.error();
  }
  const Place place = at->first;
  asked_.erase(at);
  if (const auto sound = check_proof(answer); !sound) return sound.error();
  const auto marked = database_.prepare("UPDATE seen SET proven = 1 WHERE shard = ? AND size = ?")
                          .bind(place.first, place.second)
                          .run();
  return marked ? Result<bool>(false) : marked.error();
}

Result<void> SeenLog::check_proof(const wire::Consistency& answer) {
  const auto first = stored(answer.asked.first);
  if (!first) return first.error();
  const auto second = stored(answer.asked.second);
  if (!second) return second.error();
  const bool sound = first->origin == second->origin
                         ? merkle::verify_consistency(first->size, first->root, second->size,
                                                      second->root, answer.path)
                         : verify_link(answer, log_.key).ok();
  if (sound) return {};
  return contradicted({ErrorCode::kCheckpointFork, answer.asked.first, answer.asked.second,
                       "no proof " + from_to(first->size, second->size)});
}

Result<void> SeenLog::follow(const wire::Consistency& answer) {
  const auto from = shard_of(answer.asked.first);
  if (!from || *from == nullptr) return Error{ErrorCode::kStoreCorrupt, "shard"};
  auto linked = verify_link(answer, log_.key);
  for (std::size_t i = 0; linked && i < linked->size(); ++i) {
    const auto known = knows(linked->at(i).origin);
    if (!known) return known.error();
    if (*known) linked = Error{ErrorCode::kLogGenesis, "origin", "of an earlier shard"};
  }
  const bool fits =
      linked && (*from)->first.value_or(linked->front().before) == linked->front().before;
  if (!fits) {
    return contradicted({ErrorCode::kCheckpointFork, answer.asked.first, answer.asked.second,
                         linked ? "entries are not numbered on" : to_string(linked.error())});
  }
  auto kept = keep_link((*from)->number, *linked, answer.asked.second);
  if (kept) return kept;
  // What was rolled back is read again, and the evidence is not rolled back.
  shards_.clear();
  if (kept.error().code != ErrorCode::kCheckpointFork) return kept;
  return contradicted(
      {ErrorCode::kCheckpointFork, answer.asked.first, answer.asked.second, kept.error().detail});
}

Result<void> SeenLog::keep_link(std::uint64_t number, const std::vector<LinkedShard>& linked,
                                const std::string& note) {
  auto transaction = Transaction::begin(database_);
  if (!transaction) return transaction.error();
  if (auto done = learn_first(number, linked.front().before); !done) return done;
  for (const LinkedShard& shard : linked) {
    const auto last = stored(shard.previous);
    if (!last) return last.error();
    if (auto done = remember(number, *last, shard.previous, true); !done) return done;
    if (auto done = add_shard(shard.origin, shard.first); !done) return done;
    number = shards_.back().number;
  }
  const auto newest = stored(note);
  if (!newest) return newest.error();
  if (auto done = remember(number, *newest, note, true); !done) return done;
  return transaction->commit();
}

Result<void> SeenLog::contradicted(const Contradiction& found) {
  if (auto kept =
          database_
              .prepare("INSERT INTO contradiction(code, first, second, detail) "
                       "VALUES(?, ?, ?, ?)")
              .bind(static_cast<std::uint64_t>(found.code), found.first, found.second, found.detail)
              .run();
      !kept) {
    return kept;
  }
  return Error{found.code, "checkpoint", found.detail};
}

}  // namespace rujukan::sdk
