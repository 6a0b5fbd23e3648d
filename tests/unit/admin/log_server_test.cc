#include "broker/admin/log_server.h"

#include <nlohmann/json.hpp>

#include "tests/support/raw_http.h"
#include "tests/unit/admin/memory_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kRelease = "release/" + std::string(64, 'a');

Bytes bytes_of(const char* text) { return to_bytes(as_bytes(text)); }

struct FilledLog : ServedLog {
  FilledLog() {
    log.files = {{"checkpoint", bytes_of("example.org/log\n")},
                 {"tile/0/000", Bytes(8192, 1)},
                 {"tile/0/001.p/7", Bytes(7 * 32, 2)},
                 {"tile/entries/x001/000", Bytes(100, 3)},
                 {kRelease, bytes_of("signed release")}};
  }
  std::string raw(const std::string& line) const {
    return raw_http(server->url(), line + "\r\nHost: x\r\nAuthorization: Bearer " + kToken +
                                       "\r\nConnection: close\r\n\r\n");
  }
};

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("anyone gets the checkpoint and nothing else") {
  const FilledLog served;
  const auto client = served.client();
  const auto checkpoint = get(*client, "checkpoint");
  CHECK(checkpoint.status == 200);
  CHECK(checkpoint.content_type == "text/plain; charset=utf-8");
  CHECK(as_text(checkpoint.body) == "example.org/log\n");
  for (const std::string& path : {std::string("tile/0/000"), std::string("tile/0/001.p/7"),
                                  std::string("tile/entries/x001/000"), kRelease,
                                  std::string("status"), std::string("tile/9/999")}) {
    INFO(path);
    const auto answer = get(*client, path);
    CHECK(answer.status == 401);
    CHECK(answer.content_type == "application/problem+json");
  }
}

TEST_CASE("a token opens the log and another one does not") {
  const FilledLog served;
  const auto member = served.member();
  CHECK(get(*member, "tile/0/000").body == Bytes(8192, 1));
  CHECK(get(*member, "tile/0/001.p/7").body == Bytes(7 * 32, 2));
  CHECK(get(*member, "tile/entries/x001/000").body == Bytes(100, 3));
  CHECK(as_text(get(*member, kRelease).body) == "signed release");
  CHECK(get(*member, "tile/0/002").status == 404);
  CHECK(get(*member, "nothing").status == 404);
  for (const char* token : {"a-token-of-an-auditoR", "a-token-of-an-audito", "x"}) {
    admin::HttpAccess access;
    access.token = token;
    CHECK(get(*served.client(access), "tile/0/000").status == 401);
  }
}

TEST_CASE("only the bearer scheme carries a token") {
  const FilledLog served;
  const auto status = [&](const std::string& field) {
    return raw_http(served.server->url(), "GET /tile/0/000 HTTP/1.1\r\nHost: x\r\n" + field +
                                              "\r\nConnection: close\r\n\r\n")
        .substr(9, 3);
  };
  CHECK(status("Authorization: Bearer " + kToken) == "200");
  CHECK(status("authorization: bEARER " + kToken) == "200");
  CHECK(status("Authorization: Basic " + kToken) == "401");
  CHECK(status("Authorization: " + kToken) == "401");
  CHECK(status("Authorization: Bearer") == "401");
  CHECK(status("Authorization: Bearer  " + kToken) == "401");
  CHECK(status("X-Authorization: Bearer " + kToken) == "401");
}

TEST_CASE("an answer says who may keep it and who is asked to show a token") {
  const FilledLog served;
  CHECK(has(served.raw("GET /tile/0/000 HTTP/1.1"),
            "Cache-Control: private, max-age=31536000, immutable\r\n"));
  CHECK(has(served.raw("GET /checkpoint HTTP/1.1"), "Cache-Control: no-store\r\n"));
  CHECK(has(served.raw("GET /status HTTP/1.1"), "Cache-Control: no-store\r\n"));
  const std::string refused = raw_http(served.server->url(), "GET /status HTTP/1.0\r\n\r\n");
  CHECK(has(refused, "WWW-Authenticate: Bearer realm=\"rujukan\"\r\n"));
  CHECK(has(refused, "Cache-Control: no-store\r\n"));
}

TEST_CASE("paths that no file of a log has are refused") {
  const FilledLog served;
  for (const std::string& path : {std::string("/tile/0/../0/000"),
                                  std::string("/tile/0/../.."),
                                  std::string("/../checkpoint"),
                                  std::string("//checkpoint"),
                                  std::string("/tile//0/000"),
                                  std::string("/checkpoint/"),
                                  std::string("/tile/0/%30%30%30"),
                                  std::string("/checkpoint?x=1"),
                                  std::string("/./checkpoint"),
                                  std::string("/tile/00/000"),
                                  std::string("/tile/64/000"),
                                  std::string("/tile/0/0"),
                                  std::string("/tile/0/000.p/0"),
                                  std::string("/tile/0/000.p/256"),
                                  std::string("/tile/0/x000/000"),
                                  std::string("/tile/entries"),
                                  std::string("/release/abc"),
                                  "/release/" + std::string(64, 'A'),
                                  "/" + kRelease + "0",
                                  std::string("checkpoint"),
                                  std::string("*"),
                                  std::string("http://x/checkpoint"),
                                  std::string("/TILE/0/000"),
                                  std::string("/tile/0/000\\")}) {
    INFO(path);
    CHECK(served.raw("GET " + path + " HTTP/1.1").substr(0, 12) == "HTTP/1.1 400");
  }
}

TEST_CASE("files are read and not written") {
  const FilledLog served;
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    INFO(method);
    const std::string answer = served.raw(std::string(method) + " /checkpoint HTTP/1.1");
    CHECK(answer.substr(0, 12) == "HTTP/1.1 405");
    CHECK(has(answer, "Allow: GET, HEAD\r\n"));
  }
}

TEST_CASE("HEAD tells the size and sends no bytes") {
  const FilledLog served;
  const std::string answer = served.raw("HEAD /tile/0/000 HTTP/1.1");
  CHECK(answer.substr(0, 12) == "HTTP/1.1 200");
  CHECK(has(answer, "Content-Length: 8192\r\n"));
  CHECK(answer.ends_with("\r\n\r\n"));
}

TEST_CASE("the status is JSON") {
  FilledLog served;
  const auto ask = [&] {
    return nlohmann::json::parse(as_text(get(*served.member(), "status").body));
  };
  const std::string epoch = to_rfc3339(TimeUs());
  CHECK(ask() == nlohmann::json{{"size", 0},
                                {"now", epoch},
                                {"time", nullptr},
                                {"deadlines_later_by_s", 0},
                                {"witnessed_size", nullptr}});
  served.status.size = 12;
  served.status.now = TimeUs(std::chrono::seconds(50));
  served.status.time = TimeUs(std::chrono::seconds(60));
  served.status.deadlines_later = std::chrono::minutes(2);
  served.status.witnessed = {10, std::chrono::seconds(4)};
  const TimeUs ends = served.status.now + std::chrono::days(13);
  served.status.release =
      admin::LogStatus::InForce{ReleaseVersion{7}, ends, {{ends, "the release", {}, 14}}};
  CHECK(ask() ==
        nlohmann::json{
            {"size", 12},
            {"now", to_rfc3339(served.status.now)},
            {"time", to_rfc3339(*served.status.time)},
            {"log_ahead_of_clock_s", 10},
            {"deadlines_later_by_s", 120},
            {"release",
             {{"version", 7},
              {"expires", to_rfc3339(ends)},
              {"days_left", 13},
              {"ends", {{{"what", "the release"}, {"at", to_rfc3339(ends)}, {"within_days", 14}}}},
              {"ends_in_all", 1}}},
            {"witnessed_size", 10},
            {"lag_entries", 2},
            {"lag_s", 4}});
}

TEST_CASE("a log that cannot be read is an answer that tells no inside") {
  FilledLog served;
  served.log.broken = "checkpoint";
  const auto answer = get(*served.client(), "checkpoint");
  CHECK(answer.status == 500);
  CHECK_FALSE(has(std::string(as_text(answer.body)), "sqlite"));
}
