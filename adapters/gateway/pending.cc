// What the gateway does with taken files until each has its outcome.
#include <algorithm>
#include <functional>
#include <set>

#include "adapters/gateway/answer_file.h"
#include "adapters/gateway/case_json.h"
#include "adapters/gateway/gateway.h"

namespace rujukan::gateway {
namespace {

// Of one advance(), so that deliveries and signals get their time in between.
constexpr std::size_t kFinishedAtOnce = 32;
constexpr std::size_t kPlannedAtOnce = 32;
constexpr std::size_t kReadAtOnce = 256;
constexpr std::size_t kSignsAtOnce = 64;
constexpr const char* kAnswerSuffix = ".answer.json";
// What is on its way is given so long before a person is told.
constexpr std::chrono::seconds kOnItsWay{10};
constexpr std::chrono::minutes kTracedAgainAfter{1};

// A ticket begins with the time of the taking.
TimeUs taken_at(const std::string& ticket) {
  const auto bytes = uuid_from_string(ticket);
  INVARIANT(bytes);
  std::uint64_t unix_ms = 0;
  for (std::size_t i = 0; i < 6; ++i) unix_ms = unix_ms << 8 | (*bytes)[i];
  return time_from_us(unix_ms * 1000);
}

// The same as what may be tried again.
Error unusable(const Error& why) { return {ErrorCode::kFolderUnusable, why.field, to_string(why)}; }

bool is_of_folder(ErrorCode code) {
  return code == ErrorCode::kFileUnreadable || code == ErrorCode::kFileUnwritable;
}

bool is_release_matter(const Error& why) {
  return why.code == ErrorCode::kReleaseRefuses || why.code == ErrorCode::kReleaseExpired ||
         why.code == ErrorCode::kReleaseUnknown;
}

}  // namespace

Result<void> Gateway::look() {
  const bool troubled = trouble_.has_value();
  trouble_.reset();
  auto done = unless_folder(take_files());
  if (done) done = advance();
  if (done && looked_) done = unless_folder(update_signs());
  if (!done) return done;
  if (troubled && !trouble_) {
    trace::info("folder.well");
    trouble_traced_ = {};
    return unless_folder(folders_.put_sign("TROUBLE.txt", ""));
  }
  return {};
}

Result<void> Gateway::advance() {
  has_more_ = false;
  // Before it is known what is taken, an outcome seems to be nobody's.
  if (!looked_) return {};
  if (auto done = unless_folder(finish_settled()); !done) return done;
  return unless_folder(plan_pending());
}

Result<void> Gateway::unless_folder(const Result<void>& done) {
  if (done || !is_of_folder(done.error().code)) return done;
  const SteadyTime now = steady_now();
  const bool fresh = trouble_traced_ == SteadyTime();
  if (fresh || now - trouble_traced_ > kTracedAgainAfter) {
    trouble_traced_ = now;
    // The file's name is the agency's.
    const std::filesystem::path path(done.error().field);
    trace::error("folder.unusable",
                 {done.error().code, path.parent_path().string(), done.error().detail});
    // It may lie beside what fails.
    const auto put = folders_.put_sign("TROUBLE.txt", to_string(done.error()) + "\n");
    if (!put) trace::debug("folder.sign", {{"why", put.error().detail}});
  }
  trouble_ = done.error();
  return {};
}

Result<void> Gateway::take_files() {
  const auto files = folders_.take_ready(clock_);
  if (!files) return files.error();
  std::set<std::string> tickets;
  for (const TakenFile& file : *files) {
    tickets.insert(file.ticket);
    pending_.try_emplace(file.ticket, Pending{file});
  }
  // Somebody took it away. What is in the outbox is finished all the same.
  std::erase_if(pending_, [&](const auto& item) {
    return !item.second.in_outbox && !tickets.contains(item.first);
  });
  looked_ = true;
  return {};
}

bool Gateway::may_be_planned(const Pending& pending, SteadyTime now) const {
  // Whether something stands before it is asked each time.
  if (!pending.why || pending.why->code == ErrorCode::kAnswerInLine) return true;
  const bool other_release =
      is_release_matter(*pending.why) && pending.refused_by != station_->releases().version();
  return other_release || now >= pending.due;
}

// What is wrong with it is said when it is planned.
Result<void> Gateway::read_urgency(Pending& pending) const {
  pending.urgency = Urgency::kRoutine;
  const auto text = folders_.read(pending.file);
  // It is read again when the folder is well.
  if (!text && is_of_folder(text.error().code)) pending.urgency.reset();
  if (!text) return {};
  if (!pending.file.name.ends_with(kAnswerSuffix)) {
    if (!parts_.mapping) return {};
    if (const auto record = parts_.mapping->map(*text)) pending.urgency = record->facts.urgency;
    return {};
  }
  const auto answer = parse_answer(*text);
  if (!answer) return {};
  pending.line = Line(answer->sender, answer->case_id);
  const auto known = station_->cases().find(answer->case_id);
  if (!known) return known.error();
  if (*known) pending.urgency = (*known)->facts.urgency;
  return {};
}

Result<std::vector<Gateway::Pending*>> Gateway::unplanned() {
  std::vector<Pending*> out;
  std::size_t read = 0;
  for (auto& [ticket, pending] : pending_) {
    if (pending.in_outbox) continue;
    if (!pending.urgency && read++ == kReadAtOnce) {
      has_more_ = true;
      break;
    }
    if (!pending.urgency) {
      if (auto done = read_urgency(pending); !done) return done.error();
    }
    out.push_back(&pending);
  }
  return out;
}

Result<void> Gateway::plan_pending() {
  const auto table = station_->releases().usable(clock_.now());
  if (!table && !waits_for_release_ && !pending_.empty()) {
    trace::warning("gateway.waits", {{"for", to_string(table.error())}});
  }
  waits_for_release_ = !table && !pending_.empty();
  auto files = unplanned();
  if (!files) return files.error();
  Heads heads;
  for (const Pending* pending : *files) {
    if (pending->line) heads.try_emplace(*pending->line, pending->file.ticket);
  }
  std::ranges::stable_sort(*files, std::greater(), [](const Pending* one) { return one->urgency; });
  std::size_t planned = 0;
  for (Pending* pending : *files) {
    if (!table) {
      pending->why = table.error();
      pending->due = {};
      continue;
    }
    const auto behind = stands_in_line(*pending, heads);
    if (!behind) return behind.error();
    if (*behind) {
      pending->why = Error(ErrorCode::kAnswerInLine);
    } else if (may_be_planned(*pending, steady_now())) {
      if (planned++ == kPlannedAtOnce) {
        has_more_ = true;
        break;
      }
      if (auto done = plan_one(*pending, **table); !done) return done;
    }
  }
  std::erase_if(pending_, [](const auto& item) { return item.second.file.name.empty(); });
  station_->agency_waits(std::ranges::any_of(pending_, [](const auto& item) {
    return item.second.why && is_release_matter(*item.second.why);
  }));
  return {};
}

Result<void> Gateway::plan_one(Pending& pending, const routing::RoutingTable& table) {
  const TakenFile& file = pending.file;
  const auto known = station_->outbox().holds(file.ticket);
  if (!known) return known.error();
  pending.in_outbox = *known;
  if (*known) return {};
  const auto planned = plan(pending, table);
  if (planned) {
    const auto added = station_->outbox().add(file.ticket, *planned);
    if (!added) return added.error();
    trace::info("file.taken",
                {{"ticket", file.ticket}, {"message", to_string(planned->message.message_id)}});
    pending.in_outbox = true;
    pending.why.reset();
    return {};
  }
  const Error& why = planned.error();
  switch (fate_of(why.code)) {
    case Fate::kFatal:
      return why;
    case Fate::kRetry:
      if (!pending.why || pending.why->code != why.code) {
        trace::info("file.waits", {{"ticket", file.ticket}, {"code", name_of(why.code)}});
        pending.backoff.reset();
      }
      pending.why = why;
      pending.refused_by = table.release().version;
      pending.due = steady_now() + pending.backoff.next();
      return {};
    case Fate::kRefuse:
      if (auto done = fail(file, why, ""); !done) {
        pending.why = unusable(done.error());
        pending.due = steady_now() + pending.backoff.next();
        return unless_folder(done);
      }
      if (auto done = sign(pending, std::nullopt); !done) return done;
      pending.why.reset();
      pending.file.name.clear();
      return {};
  }
  INVARIANT(false);
}

Result<bool> Gateway::stands_in_line(const Pending& pending, const Heads& heads) const {
  if (!pending.line) return false;
  if (heads.at(*pending.line) != pending.file.ticket) return true;
  return station_->outbox().in_line(pending.line->first, pending.line->second);
}

Result<sdk::Planned> Gateway::plan(const Pending& pending,
                                   const routing::RoutingTable& table) const {
  const auto text = folders_.read(pending.file);
  if (!text && is_of_folder(text.error().code)) {
    return unusable(text.error());
  }
  if (!text) return text.error();
  const sdk::Planner planner(table, parts_.keys, clock_);
  if (pending.file.name.ends_with(kAnswerSuffix)) {
    const auto answer = parse_answer(*text);
    if (!answer) return answer.error();
    const auto known = station_->cases().find(answer->case_id);
    if (!known) return known.error();
    if (!*known) return Error{ErrorCode::kCaseAwaited, "case"};
    const auto payloads = station_->cases().payloads(answer->case_id);
    if (!payloads) return payloads.error();
    return planner.answer(*answer, **known, *payloads);
  }
  if (!parts_.mapping) {
    return Error{ErrorCode::kConfigMissing, "mapping", "this gateway takes answers only"};
  }
  const auto record = parts_.mapping->map(*text);
  if (!record) return record.error();
  return planner.referral(*record);
}

Result<void> Gateway::finish_settled() {
  const auto items = station_->outbox().settled(sdk::Asker::kAgency, kFinishedAtOnce);
  if (!items) return items.error();
  has_more_ = items->size() == kFinishedAtOnce;
  for (const sdk::SettledItem& item : *items) {
    const auto pending = pending_.find(item.ticket);
    // Moved already, before a crash.
    if (pending != pending_.end()) {
      auto done = finish(pending->second.file, item);
      if (done) done = sign(pending->second, std::nullopt);
      if (!done) {
        // One folder may be well while the other is not.
        has_more_ = false;
        if (done = unless_folder(done); !done) return done;
        continue;
      }
    }
    if (auto done = station_->outbox().forget(item.seq); !done) return done;
    pending_.erase(item.ticket);
  }
  return {};
}

std::optional<Error> Gateway::why_waits(const Pending& pending) {
  if (pending.why) return pending.why;
  if (clock_.now() - taken_at(pending.file.ticket) < kOnItsWay) return std::nullopt;
  return station_->why_waits(pending.file.ticket);
}

Result<void> Gateway::sign(Pending& pending, const std::optional<Error>& why) {
  const std::string text = why ? waiting_text(*why, taken_at(pending.file.ticket)) : "";
  if (text == pending.sign_text) return {};
  if (pending.sign.empty()) {
    const std::string plain = "waiting/" + pending.file.name + kWaitingSuffix;
    const bool taken = std::ranges::any_of(
        pending_, [&plain](const auto& other) { return other.second.sign == plain; });
    pending.sign =
        taken ? "waiting/" + pending.file.ticket + "." + pending.file.name + kWaitingSuffix : plain;
  }
  if (auto done = folders_.put_sign(pending.sign, text); !done) return done;
  pending.sign_text = text;
  if (text.empty()) pending.sign.clear();
  return {};
}

Result<void> Gateway::update_signs() {
  std::size_t changed = 0;
  for (auto& [ticket, pending] : pending_) {
    const std::string before = pending.sign_text;
    if (auto done = sign(pending, why_waits(pending)); !done) return done;
    changed += before == pending.sign_text ? 0 : 1;
    if (changed == kSignsAtOnce) break;
  }
  const auto& ignored = folders_.ignored();
  if (ignored == ignored_) return {};
  for (const auto& [name, why] : ignored) {
    // A name may be a person's.
    if (!ignored_.contains(name)) trace::warning("file.ignored", {{"why", why}});
  }
  if (auto done = folders_.put_sign("ignored.txt", ignored.empty() ? "" : ignored_text(ignored));
      !done) {
    return done;
  }
  ignored_ = ignored;
  return {};
}

}  // namespace rujukan::gateway
