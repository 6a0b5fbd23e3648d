#include "broker/admin/log_server.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "broker/crypto/sha256.h"
#include "broker/merkle/tiles.h"
#include "broker/runtime/rare_trace.h"
#include "broker/wire/release_codec.h"

namespace rujukan::admin {
namespace {

constexpr std::string_view kBearer = "bearer ";
constexpr const char* kNeverKept = "no-store";
// A tile's bytes never change, a partial one's neither; only those who may read it keep it.
constexpr const char* kKept = "private, max-age=31536000, immutable";

// In a time that does not depend on the bytes.
bool equal(const Digest& a, const Digest& b) {
  std::uint8_t differences = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    differences = static_cast<std::uint8_t>(differences | (a[i] ^ b[i]));
  }
  return differences == 0;
}

bool is_token(std::string_view authorization, const std::vector<Digest>& tokens) {
  const std::string_view scheme = authorization.substr(0, kBearer.size());
  const bool bearer =
      std::equal(scheme.begin(), scheme.end(), kBearer.begin(), kBearer.end(),
                 [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; });
  if (!bearer) return false;
  const Digest shown = sha256(as_bytes(authorization.substr(kBearer.size())));
  bool known = false;
  for (const Digest& token : tokens) known |= equal(shown, token);
  return known;
}

// Only what names of a log's files are made of, and no way out of a folder.
bool is_plain_path(std::string_view target) {
  const bool plain = std::all_of(target.begin(), target.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '.';
  });
  return plain && target.starts_with('/') && target.find("//") == std::string_view::npos &&
         target.find("..") == std::string_view::npos &&
         target.find("/.") == std::string_view::npos && !target.substr(1).ends_with('/');
}

bool is_release_path(std::string_view path) {
  const std::string_view digest = path.substr(path.find('/') + 1);
  const auto bytes = from_hex(digest);
  return path.starts_with("release/") && bytes && bytes->size() == sizeof(Digest) &&
         to_hex(*bytes) == digest;
}

// Below the prefix of a shard, or of the newest one.
std::string name_in_shard(const std::string& path) {
  constexpr std::string_view kShards = "shard/";
  const std::size_t end = path.find('/', kShards.size());
  return path.starts_with(kShards) && end != std::string::npos ? path.substr(end + 1) : path;
}

// Of ends listed one by one; how many there are is said.
constexpr std::size_t kEndsListed = 20;

nlohmann::ordered_json to_json(const LogStatus::InForce& release, TimeUs now) {
  nlohmann::ordered_json out{{"version", to_number(release.version)}, {"expires", nullptr}};
  if (release.expires) {
    out["expires"] = to_rfc3339(*release.expires);
    out["days_left"] = std::chrono::floor<std::chrono::days>(*release.expires - now).count();
  }
  auto ends = nlohmann::ordered_json::array();
  for (const routing::Expiry& one : release.ends) {
    if (ends.size() == kEndsListed) break;
    ends.push_back(
        {{"what", one.what}, {"at", to_rfc3339(one.at)}, {"within_days", one.within_days}});
  }
  out["ends"] = std::move(ends);
  out["ends_in_all"] = release.ends.size();
  return out;
}

HttpReply json_reply(const LogStatus& status) {
  nlohmann::ordered_json out{
      {"size", status.size}, {"now", to_rfc3339(status.now)}, {"time", nullptr}};
  if (status.time) {
    out["time"] = to_rfc3339(*status.time);
    const auto ahead = std::max(std::chrono::microseconds(0), *status.time - status.now);
    out["log_ahead_of_clock_s"] = std::chrono::floor<Seconds>(ahead).count();
  }
  out["deadlines_later_by_s"] = std::chrono::floor<Seconds>(status.deadlines_later).count();
  if (status.release) out["release"] = to_json(*status.release, status.now);
  out["witnessed_size"] = nullptr;
  if (status.witnessed) {
    out["witnessed_size"] = status.witnessed->size;
    out["lag_entries"] = status.size - std::min(status.size, status.witnessed->size);
    out["lag_s"] = status.witnessed->lag.count();
  }
  return {200,
          "application/json",
          to_bytes(as_bytes(out.dump() + "\n")),
          {{"Cache-Control", kNeverKept}}};
}

class LogHandler {
 public:
  LogHandler(const store::LogFiles& files, std::vector<Digest> tokens, StatusSource status)
      : files_(files), tokens_(std::move(tokens)), status_(std::move(status)) {}

  HttpReply answer(const HttpRequest& request) {
    if (!is_plain_path(request.target)) return problem(400, "no file of a log has such a path");
    const std::string path = request.target.substr(1);
    const std::string name = name_in_shard(path);
    const bool is_tile = name.starts_with("tile/");
    const bool is_release = name.starts_with("release/");
    if (name != "checkpoint" && path != "status" && !is_tile && !is_release) {
      return problem(404, "there is no such file");
    }
    if (request.method != "GET") {
      HttpReply reply = problem(405, "files of a log are only read");
      reply.fields.emplace_back("Allow", "GET, HEAD");
      return reply;
    }
    if (name == "checkpoint") return file(path, "text/plain; charset=utf-8", kNeverKept);
    if (!request.certified && !is_token(request.authorization, tokens_)) {
      HttpReply reply = problem(401, "for members and auditors: a client certificate or a token");
      reply.fields.emplace_back("WWW-Authenticate", "Bearer realm=\"rujukan\"");
      return reply;
    }
    if (path == "status") {
      const auto status = status_();
      return status ? json_reply(*status) : failed(path, status.error());
    }
    if (is_tile ? !merkle::parse_tile_path(name) : !is_release_path(name)) {
      return problem(400, "no file of a log has such a path");
    }
    return file(path, "application/octet-stream", kKept);
  }

 private:
  HttpReply failed(std::string_view path, const Error& why) {
    failed_trace_.happened({{"path", path}, {"why", to_string(why)}});
    return problem(500, "the log cannot be read");
  }
  HttpReply file(const std::string& path, const char* type, const char* kept) {
    auto bytes = files_.read(path);
    if (!bytes) return failed(path, bytes.error());
    if (!*bytes) return problem(404, "there is no such file");
    return {200, type, **std::move(bytes), {{"Cache-Control", kept}}};
  }

  const store::LogFiles& files_;
  const std::vector<Digest> tokens_;
  const StatusSource status_;
  trace::RareTrace failed_trace_{"log.http", trace::Level::kError};
};

}  // namespace

namespace {

Result<std::optional<LogStatus::InForce>> release_status(const store::Reader& reader, TimeUs now) {
  const auto stored = reader.release(ReleaseVersion{0});
  if (!stored) return stored.error();
  if (!*stored) return std::optional<LogStatus::InForce>();
  const auto parts = wire::decode_signed_release(**stored);
  if (!parts) return parts.error();
  const auto release = wire::decode_release(parts->body);
  if (!release) return release.error();
  return std::optional(LogStatus::InForce{release->version, release->validity.until,
                                          routing::expiring(*release, now)});
}

}  // namespace

Result<LogStatus> log_status(const store::Reader& reader, bool witnessed, TimeUs now) {
  LogStatus status;
  status.now = now;
  const auto clock = reader.clock();
  if (!clock) return clock.error();
  status.deadlines_later = clock->shift;
  auto release = release_status(reader, now);
  if (!release) return release.error();
  status.release = *std::move(release);
  const auto newest = reader.latest_checkpoint();
  if (!newest) return newest.error();
  if (*newest) {
    status.size = (*newest)->size;
    const auto time = reader.entry_time(LogIndex{status.size - 1});
    if (!time) return time.error();
    status.time = *time;
  }
  if (!witnessed) return status;
  const auto cosigned = reader.latest_cosigned();
  if (!cosigned) return cosigned.error();
  status.witnessed = LogStatus::Witnessed{};
  if (*cosigned) status.witnessed->size = (*cosigned)->size;
  if (status.witnessed->size >= status.size) return status;
  const auto oldest = reader.entry_time(LogIndex{status.witnessed->size});
  if (!oldest) return oldest.error();
  status.witnessed->lag = std::chrono::duration_cast<std::chrono::seconds>(
      std::max(std::chrono::microseconds(0), now - *oldest));
  return status;
}

HttpServer::Handler log_handler(const store::LogFiles& files, std::vector<Digest> tokens,
                                StatusSource status) {
  auto handler = std::make_shared<LogHandler>(files, std::move(tokens), std::move(status));
  return [handler](const HttpRequest& request) { return handler->answer(request); };
}

}  // namespace rujukan::admin
