#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/support/logged_case.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

Ran log_case(const LoggedCase& log, std::vector<std::string> options) {
  options.insert(options.begin(), {"log", "case", to_string(log.id()), log.folder()});
  return run_cli(options);
}

std::size_t count(const std::string& text, const std::string& words) {
  std::size_t found = 0;
  for (std::size_t at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
    ++found;
  }
  return found;
}

// The first closing tag that closes something else than what was opened last; empty: none.
std::string badly_nested(const std::string& html) {
  const std::set<std::string> alone = {"meta", "br", "!doctype"};
  std::vector<std::string> open;
  for (std::size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const std::size_t end = html.find('>', at);
    std::string tag = html.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" /\n", 1));
    if (tag.starts_with("/")) {
      if (open.empty() || "/" + open.back() != tag) return tag;
      open.pop_back();
    } else if (!tag.ends_with("/") && !alone.contains(name)) {
      open.push_back(name);
    }
  }
  return open.empty() ? "" : open.back();
}

}  // namespace

TEST_CASE("log case says who owned a case and that nothing was verified") {
  const LoggedCase log;
  const Ran ran = log_case(log, {});
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK(ran.err.find("Not verified") != std::string::npos);
  CHECK(ran.out.find("Not verified") == 0);
  for (const char* words :
       {"owner: polres.b", "polres.a from 2026-06-01 19:00:00 WIB to", "2026-06-01 12:00:00 UTC",
        "kpai", "refers the case", "investigation: asked of polres.a by rule I4, to accept by",
        "no answer came in time", "now asked of polda, step 2 of the chain", "release 1",
        "offers investigation to polres.b: no capacity", "help 1 (investigation)",
        "sealed payload of"}) {
    INFO(words);
    CHECK(ran.out.find(words) != std::string::npos);
  }
}

TEST_CASE("log case as JSON has the owners and every entry") {
  const LoggedCase log;
  const Ran ran = log_case(log, {"--json"});
  REQUIRE(ran.exit_code == 0);
  const json shown = json::parse(ran.out);
  CHECK(shown["owner"] == "polres.b");
  REQUIRE(shown["owners"].size() == 3);
  CHECK(shown["owners"][1]["unit"] == "polda");
  CHECK(shown["owners"][1]["until"] == shown["owners"][2]["from"]);
  CHECK(shown["owners"][2]["until"].is_null());
  CHECK(shown["timeline"].size() == shown["entries"]);
  CHECK(shown["timeline"][0]["cause"]["message"]["kind"] == "referral");
  CHECK(shown["timeline"][0]["local_time"] == "2026-06-01 19:00:00 WIB");
  CHECK(shown["facts"]["victims"] == json({"11.01", "11.02"}));
}

TEST_CASE("log case tells times in the zone that was asked for") {
  const LoggedCase log;
  CHECK(log_case(log, {"--zone", "wita"}).out.find("2026-06-01 20:00:00 WITA") !=
        std::string::npos);
  CHECK(log_case(log, {"--zone", "wit"}).out.find("2026-06-01 21:00:00 WIT") != std::string::npos);
  CHECK(log_case(log, {"--zone", "utc"}).exit_code == 2);
}

TEST_CASE("the page of a case needs nothing but itself") {
  LoggedCase log;
  log.close();
  const TemporaryFolder to;
  const std::string page = to / "case.html";
  const Ran ran = log_case(log, {"--html", "-o", page});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.out.empty());
  CHECK(std::filesystem::status(page).permissions() == std::filesystem::perms(0600));
  std::ifstream file(page, std::ios::binary);
  const std::string html{std::istreambuf_iterator<char>(file), {}};
  CHECK(badly_nested(html.substr(0, html.find("<style>")) + html.substr(html.find("</head>") - 8))
            .empty());
  for (const char* outside : {"http:", "https:", "src=", "href=", "url(", "<script", "@import"}) {
    INFO(outside);
    CHECK(html.find(outside) == std::string::npos);
  }
  CHECK(html.find("Not verified") != std::string::npos);
  CHECK(count(html, "class=\"owner\"/></g>") == 3);
  CHECK(count(html, "class=\"handover\"") == 2);
  // uptd to sapa, polres.a to polda.
  CHECK(count(html, "<polygon class=\"escalated\"") == 2);
  CHECK(count(html, "<polygon class=\"moved\"") == 1);
  CHECK(html.find("<desc id=\"picture-text\">Owners of the case: polres.a from") !=
        std::string::npos);
}

TEST_CASE("a case that the log does not have is a negative answer of log case") {
  const LoggedCase log;
  const std::string other = "0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44";
  CHECK(run_cli({"log", "case", other, log.folder()}).exit_code == 1);
  CHECK(run_cli({"log", "case", "no-case", log.folder()}).exit_code == 2);
  const TemporaryFolder empty;
  CHECK(run_cli({"log", "case", other, empty.path()}).exit_code == 2);
}

}  // namespace rujukan::test
