#include "adapters/gateway/folders.h"

#include <sys/stat.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "broker/runtime/file.h"
#include "tests/support/killed_process.h"
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
  TakenFile taken(const std::string& name) {
    write("outgoing/" + name, "{\"record\":1}");
    look();
    return look().at(0);
  }
  // Of done/, failed/ and incoming/ and of what is taken, with hidden ones, in order.
  std::vector<std::string> everything() const {
    std::vector<std::string> out;
    for (const auto& entry : fs::recursive_directory_iterator(folder.path())) {
      if (entry.is_regular_file()) out.push_back(fs::relative(entry.path(), folder.path()));
    }
    std::sort(out.begin(), out.end());
    return out;
  }
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
  place.write("outgoing/" + std::string(200, 'h') + ".json", "{}");
  REQUIRE(::mkfifo((place.folder.path() / "outgoing/i.json").c_str(), 0600) == 0);
  REQUIRE(place.look().empty());
  // It may be on its way to its name.
  CHECK(place.folders.ignored().empty());
  REQUIRE(place.look().empty());
  REQUIRE(place.has("outgoing/g.json"));
  const auto& ignored = place.folders.ignored();
  CHECK(ignored.size() == 6);
  CHECK(ignored.at("d.txt").find(".json") != std::string::npos);
  CHECK(ignored.at("e.JSON").find(".json") != std::string::npos);
  CHECK(ignored.at("f.json").find("folder") != std::string::npos);
  CHECK(ignored.at("g.json").find("link") != std::string::npos);
  CHECK(ignored.at("i.json").find("regular") != std::string::npos);
  fs::remove(place.folder.path() / "outgoing/d.txt");
  place.look();
  CHECK(place.folders.ignored().size() == 5);
}

TEST_CASE("files are taken in the order of their writing, and then of their names") {
  Place place;
  for (const char* name : {"c.json", "a.json", "b.json"}) {
    place.write(std::string("outgoing/") + name, "{}");
  }
  const auto path = [&place](const char* name) { return place.folder.path() / "outgoing" / name; };
  fs::last_write_time(path("b.json"), fs::last_write_time(path("a.json")));
  fs::last_write_time(path("c.json"), fs::last_write_time(path("a.json")) - std::chrono::hours(1));
  place.look();
  const auto taken = place.look();
  REQUIRE(taken.size() == 3);
  CHECK(taken[0].name == "c.json");
  CHECK(taken[1].name == "a.json");
  CHECK(taken[2].name == "b.json");
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
  const std::vector<Folders::Companion> companions{{kResultSuffix, "first"}};
  REQUIRE(place.folders.finish(file, Finished::kDone, companions).ok());
  REQUIRE(place.folders.finish(file, Finished::kDone, {{kResultSuffix, "second"}}).ok());
  REQUIRE(place.text("done/a.json") == "{}");
  REQUIRE(place.text("done/a.json.result.json") == "first");
  REQUIRE(place.look().empty());
  const auto mode = fs::status(place.folder.path() / "done/a.json.result.json").permissions();
  REQUIRE((mode & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("what lies under a name is the latest file's, and the earlier one's lies aside") {
  Place place;
  const TakenFile first = place.taken("a.json");
  REQUIRE(place.folders.finish(first, Finished::kFailed, {{kErrorSuffix, "of the first"}}).ok());
  const TakenFile second = place.taken("a.json");
  // As soon as the second is taken nothing is to be mistaken for its result.
  CHECK_FALSE(place.has("failed/a.json"));
  CHECK_FALSE(place.has("failed/a.json.error.json"));
  REQUIRE(place.folders.finish(second, Finished::kDone, {{kResultSuffix, "of the second"}}).ok());
  const std::string aside = "failed/earlier." + second.ticket + ".a.json";
  CHECK(place.everything() == std::vector<std::string>{"done/a.json", "done/a.json.result.json",
                                                       aside, aside + ".error.json"});
  CHECK(place.text("done/a.json.result.json") == "of the second");
  CHECK(place.text(aside + ".error.json") == "of the first");
}

TEST_CASE("a file that is finished while a later one of its name is taken lies under its ticket") {
  for (const bool later_first : {false, true}) {
    Place place;
    const TakenFile first = place.taken("a.json");
    place.write("outgoing/a.json", "{}");
    place.look();
    const TakenFile second = place.look().at(1);
    for (const bool later : {later_first, !later_first}) {
      const TakenFile& file = later ? second : first;
      REQUIRE(
          place.folders.finish(file, Finished::kDone, {{kResultSuffix, later ? "second" : "first"}})
              .ok());
    }
    CHECK(place.everything().size() == 4);
    CHECK(place.text("done/a.json.result.json") == "second");
    CHECK(place.text("done/" + first.ticket + ".a.json.result.json") == "first");
  }
}

TEST_CASE("a finish that the folder does not allow is done again later") {
  Place place;
  const TakenFile file = place.taken("a.json");
  const fs::path done = place.folder.path() / "done";
  fs::rename(done, place.folder.path() / "away");
  const std::vector<Folders::Companion> companions{{kResultSuffix, "result"}};
  CHECK_FALSE(place.folders.finish(file, Finished::kDone, companions));
  CHECK_FALSE(place.folders.finish(file, Finished::kDone, companions));
  fs::rename(place.folder.path() / "away", done);
  REQUIRE(place.look().size() == 1);
  REQUIRE(place.folders.finish(file, Finished::kDone, companions));
  CHECK(place.everything() == std::vector<std::string>{"done/a.json", "done/a.json.result.json"});
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

TEST_CASE("a finish that a kill ends at any system call is done again under the same name") {
  const std::vector<Folders::Companion> companions{{kReceiptSuffix, "receipt"},
                                                   {kResultSuffix, "result"}};
  int calls = 0;
  for (bool killed = true; killed;) {
    INFO("killed before system call " << ++calls);
    Place place;
    const TakenFile file = place.taken("a.json");
    killed = killed_before_call(
        calls, [&] { return place.folders.finish(file, Finished::kDone, companions).ok(); });
    Folders after = *Folders::open(place.folder.path());
    REQUIRE(after.sweep().ok());
    const auto taken = after.take_ready(place.clock).value();
    // The record is where it was, or finished with all that belongs to it.
    if (!taken.empty()) {
      REQUIRE(place.everything().size() == 1);
      REQUIRE(taken.at(0).ticket == file.ticket);
      REQUIRE(*after.read(taken.at(0)) == "{\"record\":1}");
      REQUIRE(after.finish(taken.at(0), Finished::kDone, companions).ok());
    }
    REQUIRE(place.everything() == std::vector<std::string>{"done/a.json",
                                                           "done/a.json.receipt.tlog-proof",
                                                           "done/a.json.result.json"});
    REQUIRE(place.text("done/a.json.result.json") == "result");
  }
  REQUIRE(calls > 20);
}

TEST_CASE("a kill at any system call leaves what an earlier file of the same name left") {
  int calls = 0;
  for (bool killed = true; killed;) {
    INFO("killed before system call " << ++calls);
    Place place;
    REQUIRE(place.folders
                .finish(place.taken("a.json"), Finished::kFailed, {{kErrorSuffix, "of the first"}})
                .ok());
    const TakenFile file = place.taken("a.json");
    const std::vector<Folders::Companion> companions{{kErrorSuffix, "of the second"}};
    killed = killed_before_call(
        calls, [&] { return place.folders.finish(file, Finished::kFailed, companions).ok(); });
    Folders after = *Folders::open(place.folder.path());
    REQUIRE(after.sweep().ok());
    const auto left = after.take_ready(place.clock).value();
    for (const TakenFile& again : left) {
      REQUIRE(after.finish(again, Finished::kFailed, companions).ok());
    }
    REQUIRE(place.text("failed/earlier." + file.ticket + ".a.json.error.json") == "of the first");
    REQUIRE(place.text("failed/a.json.error.json") == "of the second");
    REQUIRE(place.everything().size() == 4);
  }
  REQUIRE(calls > 20);
}

TEST_CASE("a sweep that a kill ends at any system call is finished by the next") {
  int calls = 0;
  for (bool killed = true; killed;) {
    INFO("killed before system call " << ++calls);
    Place place;
    const TakenFile file = place.taken("a.json");
    // As a kill leaves it before the last step, with a half written file.
    fs::rename(place.folder.path() / "outgoing/.taken" / (file.ticket + ".a.json"),
               place.folder.path() / "outgoing/.taken" / ("done.n." + file.ticket + ".a.json"));
    place.write("done/a.json.result.json", "result");
    place.write("done/a.json.receipt.tlog-proof.tmp.77", "rec");
    killed =
        killed_before_call(calls, [&] { return Folders::open(place.folder.path())->sweep().ok(); });
    REQUIRE(Folders::open(place.folder.path())->sweep().ok());
    REQUIRE(place.everything() ==
            std::vector<std::string>{"outgoing/.taken/" + file.ticket + ".a.json"});
  }
  REQUIRE(calls > 20);
}

TEST_CASE("a take that a kill ends at any system call leaves what an earlier file left") {
  int calls = 0;
  for (bool killed = true; killed;) {
    INFO("killed before system call " << ++calls);
    Place place;
    const TakenFile first = place.taken("a.json");
    REQUIRE(place.folders.finish(first, Finished::kDone, {{kResultSuffix, "first"}}).ok());
    place.write("outgoing/a.json", "{}");
    place.look();
    killed = killed_before_call(calls, [&] { return place.folders.take_ready(place.clock).ok(); });
    Folders after = *Folders::open(place.folder.path());
    REQUIRE(after.sweep().ok());
    REQUIRE(after.take_ready(place.clock).ok());
    const auto taken = after.take_ready(place.clock).value();
    REQUIRE(taken.size() == 1);
    const std::string aside = "done/earlier." + taken.at(0).ticket + ".a.json";
    REQUIRE(place.text(aside + ".result.json") == "first");
    REQUIRE(place.has(aside));
    REQUIRE(place.everything().size() == 3);
  }
  REQUIRE(calls > 10);
}

TEST_CASE("a sweep leaves every file that a gateway did not leave half written") {
  Place place;
  const std::vector<std::string> kept{"done/a.json", "done/a.json.result.json", "done/b.tmp.7",
                                      "incoming/1-referral-x.json", "outgoing/c.json.tmp.7"};
  for (const std::string& name : kept) place.write(name, "{}");
  for (const char* name :
       {"incoming/2-referral-x.json.tmp.7", "failed/a.json.error.json.tmp.8", "ALARM.txt.tmp.9"}) {
    place.write(name, "{");
  }
  REQUIRE(place.folders.sweep().ok());
  REQUIRE(place.everything() == kept);
}
