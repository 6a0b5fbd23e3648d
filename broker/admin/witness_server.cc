#include "broker/admin/witness_server.h"

#include "broker/merkle/cosignature.h"
#include "broker/merkle/note_parts.h"
#include "broker/runtime/trace.h"

namespace rujukan::admin {
namespace {

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS witnessed ("
    "origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL)";

HttpReply text_reply(unsigned status, const char* type, std::string_view text) {
  return {status, type, to_bytes(as_bytes(text)), {{"Cache-Control", "no-store"}}};
}

std::string_view origin_of(std::string_view note) { return note.substr(0, note.find('\n')); }

// Without the signatures of others that a request may hold.
std::string note_of(const merkle::AddCheckpoint& request, const merkle::NoteKey& log,
                    const std::string& text, const std::string& cosignature) {
  const auto parts = merkle::split_note(request.checkpoint);
  INVARIANT(parts.ok());
  const auto* line = parts->find(log.name, log.id());
  INVARIANT(line != nullptr);
  return text + "\n" + std::string(line->line) + cosignature;
}

std::uint64_t seconds_of(TimeUs time) {
  return static_cast<std::uint64_t>(
      std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

Result<std::unique_ptr<Witness>> Witness::open(const std::string& state_file, Identity identity,
                                               const std::vector<merkle::NoteKey>& logs,
                                               Clock& clock,
                                               std::function<void(const Error&)> on_fatal) {
  auto state = store::Database::open(state_file, store::Database::Access::kReadWrite);
  if (!state) return state.error();
  if (const auto made = (*state)->execute(kSchema); !made) return made.error();
  std::unique_ptr<Witness> witness(
      new Witness(*std::move(state), std::move(identity), clock, std::move(on_fatal)));
  for (const merkle::NoteKey& log : logs) witness->logs_.emplace(log.name, log);
  return witness;
}

HttpReply Witness::answer(const HttpRequest& request) {
  const bool adds = request.target == "/add-checkpoint";
  if (request.method != (adds ? "POST" : "GET")) {
    HttpReply reply = problem(405, adds ? "checkpoints are sent by POST" : "only read");
    reply.fields.emplace_back("Allow", adds ? "POST" : "GET, HEAD");
    return reply;
  }
  return adds ? add_checkpoint(request.body) : published(request.target);
}

HttpReply Witness::add_checkpoint(ByteView body) {
  const auto request = merkle::parse_add_checkpoint(as_text(body));
  if (!request) return problem(400, to_string(request.error()));
  const auto log = logs_.find(origin_of(request->checkpoint));
  if (log == logs_.end()) return problem(404, "no log of this origin is witnessed here");
  // Also against another process on the same file: only one of two requests finds the old state.
  if (const auto begun = state_->execute("BEGIN IMMEDIATE"); !begun) return fatal(begun.error());
  auto reply = judge_and_keep(*request, log->second);
  const bool kept = reply && reply->status == 200;
  const auto ended = state_->execute(kept ? "COMMIT" : "ROLLBACK");
  if (!reply) return fatal(reply.error());
  if (!ended) return fatal(ended.error());
  return *std::move(reply);
}

Result<HttpReply> Witness::judge_and_keep(const merkle::AddCheckpoint& request,
                                          const merkle::NoteKey& log) {
  const auto held_before = held(log.name);
  if (!held_before) return held_before.error();
  const auto before = *held_before ? std::optional((*held_before)->state) : std::nullopt;
  const merkle::WitnessVerdict verdict = merkle::judge(request, log, before);
  asked_traces_.try_emplace(log.name, "witness.asked", trace::Level::kInfo)
      .first->second.happened({{"origin", log.name},
                               {"status", verdict.status},
                               {"size", verdict.state.size},
                               {"why", verdict.reason}});
  if (verdict.status == 409) {
    return text_reply(409, "text/x.tlog.size", std::to_string(verdict.state.size) + "\n");
  }
  if (verdict.status != 200) return problem(verdict.status, verdict.reason);
  const std::string line =
      merkle::cosign(verdict.text, identity_.name, identity_.key, seconds_of(clock_.now()));
  const auto done = keep(log.name, {verdict.state, note_of(request, log, verdict.text, line)});
  if (!done) return done.error();
  return text_reply(200, "text/plain; charset=utf-8", line);
}

HttpReply Witness::published(const std::string& target) {
  for (const auto& [origin, log] : logs_) {
    if (target != "/" + merkle::origin_hash(origin) + "/checkpoint") continue;
    const auto found = held(origin);
    if (!found) return fatal(found.error());
    if (!*found) return problem(404, "nothing of this log was cosigned");
    return text_reply(200, "text/plain; charset=utf-8", (*found)->note);
  }
  return problem(404, "there is no such file");
}

HttpReply Witness::fatal(const Error& why) {
  trace::error("witness.state", why);
  on_fatal_(why);
  return problem(500, "the state cannot be kept");
}

Result<std::optional<Witness::Held>> Witness::held(const std::string& origin) {
  store::Statement select =
      state_->prepare("SELECT size, root, note FROM witnessed WHERE origin = ?");
  const auto row = select.bind(std::string_view(origin)).step();
  if (!row) return row.error();
  if (!*row) return std::optional<Held>();
  const auto root = to_array<32>(select.blob(1));
  if (!root) return Error{ErrorCode::kStoreCorrupt, "witnessed", "root"};
  return std::optional(Held{{select.number(0), *root}, std::string(select.text(2))});
}

Result<void> Witness::keep(const std::string& origin, const Held& next) {
  store::Statement put = state_->prepare(
      "INSERT INTO witnessed (origin, size, root, note) VALUES (?, ?, ?, ?) ON CONFLICT (origin) "
      "DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note");
  return put
      .bind(std::string_view(origin), next.state.size, ByteView(next.state.root),
            std::string_view(next.note))
      .run();
}

}  // namespace rujukan::admin
