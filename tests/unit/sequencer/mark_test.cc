// A disk that failed once may have lost what it still shows: the directory says so, whenever it
// was.
#include <fstream>

#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "tests/support/failing_sync.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;
namespace fs = std::filesystem;

namespace {

bool is_marked(const SequencerInTest& s) { return fs::exists(s.folder / store::kFailedMark); }

void require_marked(SequencerInTest& s) {
  s.stop();
  REQUIRE(is_marked(s));
  REQUIRE_FALSE(fs::exists(s.folder / store::kHealthyMark));
  const auto again = s.start(std::nullopt);
  REQUIRE_FALSE(again);
  REQUIRE(again.error().code == ErrorCode::kStoreMarked);
  // As it stands it can be typed.
  REQUIRE(again.error().detail.find("rujukan recover " + s.folder.path().string() + " --anchor ") !=
          std::string::npos);
}

Release second_release() {
  Release release = small_release();
  release.version = ReleaseVersion{2};
  return release;
}

}  // namespace

TEST_CASE("a sync that fails at the first start marks the directory, whichever it is") {
  int failures = 0;
  for (;; ++failures) {
    INFO("sync " << failures + 1);
    SequencerInTest s;
    s.stop();
    for (const auto& entry : fs::directory_iterator(s.folder.path())) fs::remove_all(entry);
    Result<void> started;
    bool failed = false;
    {
      const FailingSync disk(failures + 1);
      started = s.start(signed_small_release());
      failed = disk.failed();
    }
    if (!failed) break;
    REQUIRE_FALSE(started);
    require_marked(s);
  }
  REQUIRE(failures > 2);
}

TEST_CASE("a sync that fails at a later start marks the directory, whichever it is") {
  int failures = 0;
  for (;; ++failures) {
    INFO("sync " << failures + 1);
    SequencerInTest s;
    s.submit(referral_message());
    s.stop();
    Result<void> started;
    bool failed = false;
    {
      const FailingSync disk(failures + 1);
      started = s.start(signed_small_release(second_release()));
      failed = disk.failed();
    }
    if (!failed) break;
    REQUIRE_FALSE(started);
    require_marked(s);
  }
  REQUIRE(failures > 0);
}

TEST_CASE("a sync that fails while messages are decided marks the directory") {
  // The first that is not one of the start's.
  for (int which = 1;; ++which) {
    SequencerInTest s;
    s.stop();
    const FailingSync disk(which);
    if (!s.start(std::nullopt)) continue;
    const Message message = referral_message();
    REQUIRE_FALSE(s.process(SequencerInTest::job_of(StationId("kpai"), {message})));
    REQUIRE(disk.failed());
    require_marked(s);
    return;
  }
}

TEST_CASE("a file that is no database, and damage that a start finds, mark the directory") {
  SECTION("no database") {
    SequencerInTest s;
    s.stop();
    std::ofstream(s.folder / store::kDatabaseName) << std::string(8192, 'x');
    for (const char* name : {"rujukan.db-wal", "rujukan.db-shm"}) fs::remove(s.folder / name);
    REQUIRE_FALSE(s.start(std::nullopt));
    require_marked(s);
  }
  SECTION("an entry that is not what was written") {
    SequencerInTest s;
    s.submit(referral_message());
    s.stop();
    execute_sql(s.folder.path(), "UPDATE state SET cases = cases + 1");
    const auto started = s.start(std::nullopt);
    REQUIRE_FALSE(started);
    REQUIRE(started.error().code == ErrorCode::kStoreCorrupt);
    require_marked(s);
  }
}

TEST_CASE("what passes by itself marks nothing: another broker, a release that is refused") {
  SequencerInTest s;
  SECTION("another broker") {
    CaughtFrames caught;
    const auto second =
        sequencer::Sequencer::open({s.folder.path().string(), kOrigin, std::chrono::seconds(1), 0},
                                   s.log_key, s.clock, caught, std::nullopt);
    REQUIRE(second.error().code == ErrorCode::kStoreLocked);
  }
  SECTION("a release that is refused") {
    s.stop();
    REQUIRE(s.start(Bytes(10, 1)));
  }
  REQUIRE_FALSE(is_marked(s));
}
