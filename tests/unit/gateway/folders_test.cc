#include "adapters/gateway/folders.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "broker/runtime/file.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_clock.h"

using namespace rujukan;
using namespace rujukan::gateway;
using namespace rujukan::test;
namespace fs = std::filesystem;

namespace {

struct Place {
  TemporaryFolder folder;
  TestClock clock;
  Folders folders = *Folders::open(folder.path());

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder.path() / name) << text;
  }
  bool has(const std::string& name) const { return fs::exists(folder.path() / name); }
  std::string text(const std::string& name) const {
    return read_file(folder.path() / name, 1 << 20).value();
  }
  std::vector<TakenFile> look() { return folders.take_ready(clock).value(); }
};

}  // namespace

TEST_CASE("a file is taken when it stayed the same between two looks") {
  Place place;
  place.write("outgoing/a.json", "{");
  REQUIRE(place.look().empty());
  place.write("outgoing/a.json", "{}");
  REQUIRE(place.look().empty());
  const auto taken = place.look();
  REQUIRE(taken.size() == 1);
  REQUIRE(taken[0].name == "a.json");
  REQUIRE(*place.folders.read(taken[0]) == "{}");
  REQUIRE_FALSE(place.has("outgoing/a.json"));
}

TEST_CASE("unfinished names and what is no file are never taken") {
  Place place;
  for (const char* name : {".a.json", "b.json.tmp", "c.json.part", "d.txt", "e.JSON"}) {
    place.write(std::string("outgoing/") + name, "{}");
  }
  fs::create_directory(place.folder.path() / "outgoing/f.json");
  fs::create_symlink("/etc/hostname", place.folder.path() / "outgoing/g.json");
  REQUIRE(place.look().empty());
  REQUIRE(place.look().empty());
  REQUIRE(place.has("outgoing/g.json"));
}

TEST_CASE("a taken file is found again after a crash under the same ticket") {
  Place place;
  place.write("outgoing/a.json", "{}");
  place.look();
  const auto taken = place.look();
  auto reopened = Folders::open(place.folder.path());
  const auto again = reopened->take_ready(place.clock);
  REQUIRE(again->size() == 1);
  REQUIRE((*again)[0].ticket == taken[0].ticket);
  REQUIRE((*again)[0].name == "a.json");
}

TEST_CASE("a finished file lies beside what belongs to it and finishing twice changes nothing") {
  Place place;
  place.write("outgoing/a.json", "{}");
  place.look();
  const TakenFile file = place.look().at(0);
  const std::vector<Folders::Companion> companions{{".result.json", "first"}};
  REQUIRE(place.folders.finish(file, "done", companions).ok());
  REQUIRE(place.folders.finish(file, "done", {{".result.json", "second"}}).ok());
  REQUIRE(place.text("done/a.json") == "{}");
  REQUIRE(place.text("done/a.json.result.json") == "first");
  REQUIRE(place.look().empty());
  const auto mode = fs::status(place.folder.path() / "done/a.json.result.json").permissions();
  REQUIRE((mode & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("a second file of the same name does not touch what the first left") {
  Place place;
  for (const char* text : {"{\"n\":1}", "{\"n\":2}"}) {
    place.write("outgoing/a.json", text);
    place.look();
    const TakenFile file = place.look().at(0);
    REQUIRE(place.folders.finish(file, "done", {{".result.json", text}}).ok());
  }
  REQUIRE(place.text("done/a.json.result.json") == "{\"n\":1}");
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(place.folder.path() / "done")) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  REQUIRE(files == 4);
}

TEST_CASE("a record over the limit is malformed before it is read") {
  Place place;
  place.write("outgoing/a.json", "{}");
  fs::resize_file(place.folder.path() / "outgoing/a.json", 3 * 1024 * 1024);
  place.look();
  REQUIRE(place.folders.read(place.look().at(0)).error().code == ErrorCode::kRecordMalformed);
}

TEST_CASE("a delivery is readable by its owner only") {
  Place place;
  REQUIRE(place.folders.deliver("1-referral-x.json", "{}").ok());
  const auto mode = fs::status(place.folder.path() / "incoming/1-referral-x.json").permissions();
  REQUIRE((mode & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  const auto folder = fs::status(place.folder.path() / "incoming").permissions();
  REQUIRE((folder & fs::perms::all) == fs::perms::owner_all);
}
