// Verifications that go on where an earlier one ended.
#include "broker/audit/state.h"

#include "broker/audit/source.h"
#include "broker/wire/entry_codec.h"
#include "tests/unit/audit/verified_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

class Resumed {
 public:
  Resumed() {
    write_fourteen_entries(broker);
    submit_referrals(broker, 5, 249);
  }
  // The log as it stands, into the folder.
  void publish(const std::function<void(LogBytes&)>& change = [](LogBytes&) {}) {
    LogBytes log = log_of(broker);
    change(log);
    std::filesystem::remove_all(folder / "log");
    write_log_folder(folder / "log", log);
  }
  Result<audit::Verified> run() const {
    audit::VerifyOptions options = trusting();
    options.state = folder / "state";
    const auto files = audit::open_source(folder / "log");
    REQUIRE(files);
    return audit::verify_log(**files, options);
  }

  SequencerInTest broker;
  TemporaryFolder folder;
};

}  // namespace

TEST_CASE("a later run goes on where the earlier one ended") {
  Resumed r;
  r.publish();
  const auto first = r.run();
  REQUIRE(first);
  CHECK(found(*first) == Found());
  CHECK(first->resumed_at == 0);
  r.broker.does(referral_message(offline_facts(), 2), "polres.a", Accept{Need::kInvestigation});
  r.publish();
  const auto second = r.run();
  REQUIRE(second);
  CHECK(found(*second) == Found());
  CHECK(second->resumed_at == 256);
  CHECK(second->entries == first->entries + 1);
  CHECK(second->cases.cases == first->cases.cases);
  CHECK(second->cases.sound == first->cases.sound);
  CHECK(second->root != first->root);
}

TEST_CASE("an id that an earlier run saw is not used up again") {
  Resumed r;
  r.publish();
  REQUIRE(r.run());
  r.publish([](LogBytes& log) {
    Entry again = *wire::decode_entry(log.entries[2]);
    again.index = LogIndex{log.entries.size()};
    again.time = wire::decode_entry(log.entries.back())->time + std::chrono::seconds(1);
    again.release = ReleaseVersion{2};
    log.entries.push_back(*wire::encode_entry(again));
  });
  const auto second = r.run();
  REQUIRE(second);
  const std::string last = std::to_string(second->entries - 1);
  REQUIRE_FALSE(found(*second).empty());
  CHECK(found(*second)[0] == last + " log.duplicate");
}

TEST_CASE("findings of an earlier run are remembered") {
  Resumed r;
  r.publish([](LogBytes& log) { log.entries[3] = {}; });
  const auto first = r.run();
  REQUIRE(first);
  CHECK(found(*first) == Found{"3 entry.malformed"});
  const auto second = r.run();
  REQUIRE(second);
  CHECK(second->resumed_at == 256);
  CHECK(found(*second) == Found{"3 entry.malformed"});
  CHECK(second->entries_lost == 1);
}

TEST_CASE("a log that does not continue the one seen before is found") {
  Resumed r;
  r.publish();
  REQUIRE(r.run());
  const std::uint64_t size = log_of(r.broker).entries.size();
  SECTION("another history") {
    // Within the part that is not read again.
    r.publish([](LogBytes& log) { log.entries[3] = log.entries[2]; });
    const auto second = r.run();
    REQUIRE(second);
    CHECK(found(*second) == Found{std::to_string(size - 1) + " log.root"});
  }
  SECTION("another end") {
    r.publish([](LogBytes& log) {
      Entry last = *wire::decode_entry(log.entries.back());
      last.time += std::chrono::seconds(1);
      log.entries.back() = *wire::encode_entry(last);
    });
    const auto second = r.run();
    REQUIRE(second);
    CHECK(found(*second) == Found{std::to_string(size - 1) + " log.root"});
  }
  SECTION("fewer entries") {
    r.publish([](LogBytes& log) { log.entries.resize(258); });
    const auto second = r.run();
    REQUIRE(second);
    CHECK(found(*second) == Found{"257 log.root"});
  }
}

TEST_CASE("a state that is no state or of another log is refused") {
  Resumed r;
  r.publish();
  const auto check_refused = [&] {
    const auto ran = r.run();
    REQUIRE_FALSE(ran);
    CHECK(ran.error().code == ErrorCode::kStateInvalid);
  };
  SECTION("not a database") {
    write_file(r.folder / "state", Bytes(5000, 'x'));
    check_refused();
  }
  SECTION("damaged") {
    REQUIRE(r.run());
    const auto database =
        store::Database::open(r.folder / "state", store::Database::Access::kReadWrite);
    REQUIRE(database);
    REQUIRE((*database)->execute("UPDATE progress SET chk = chk + 1"));
    check_refused();
  }
  SECTION("of another log") {
    audit::Progress progress;
    progress.origin = "log.example/other";
    REQUIRE((*audit::State::open(r.folder / "state"))->save(progress));
    check_refused();
  }
  SECTION("in use") {
    const auto held = audit::State::open(r.folder / "state");
    REQUIRE(held);
    check_refused();
  }
}

TEST_CASE("a state that was never saved is as if there were none") {
  const TemporaryFolder folder;
  {
    const auto state = audit::State::open(folder / "state");
    REQUIRE(state);
    REQUIRE((*state)->put_case(CaseId{{1}}, {7, {1, 2}}));
  }
  const auto state = audit::State::open(folder / "state");
  REQUIRE(state);
  CHECK_FALSE(*(*state)->load());
  CHECK_FALSE(*(*state)->find_case(CaseId{{1}}));
}

TEST_CASE("progress and cases are read as they were saved") {
  const TemporaryFolder folder;
  audit::Progress progress;
  progress.origin = "log.example/a";
  for (std::uint8_t i = 0; i < 100; ++i) progress.root.add(Digest{i});
  progress.seen = {"log.example/a", 120, Digest{7}};
  progress.index = 1000;
  progress.last = time_from_us(77);
  progress.releases = {{0, ReleaseVersion{1}, Digest{1}}, {50, ReleaseVersion{3}, Digest{2}}};
  progress.lost = 0;
  progress.entries_lost = 2;
  progress.cases = {9, 8, 7, 6};
  progress.findings = {{3, {ErrorCode::kLogTime, "a", "b"}}};
  {
    const auto state = audit::State::open(folder / "state");
    REQUIRE(state);
    CHECK((*state)->use_id(MessageId{{4}}, 1));
    CHECK_FALSE((*state)->use_id(MessageId{{4}}, 2));
    CHECK(*(*state)->repeated() == std::vector<std::uint64_t>());
    REQUIRE((*state)->put_case(CaseId{{1}}, {7, {1, 2}}));
    REQUIRE((*state)->add_missing(CaseId{{1}}, 5));
    REQUIRE((*state)->add_missing(CaseId{{2}}, 6));
    REQUIRE((*state)->forget_missing(CaseId{{1}}));
    REQUIRE((*state)->save(progress));
  }
  const auto state = audit::State::open(folder / "state");
  REQUIRE(state);
  const auto loaded = *(*state)->load();
  REQUIRE(loaded);
  CHECK(loaded->origin == progress.origin);
  CHECK(loaded->root.root() == progress.root.root());
  CHECK(loaded->seen == progress.seen);
  CHECK(loaded->index == 1000);
  CHECK(loaded->last == progress.last);
  CHECK(loaded->releases.size() == 2);
  CHECK(loaded->releases[1].digest == Digest{2});
  CHECK(loaded->lost == 0);
  CHECK(loaded->cases.sound == 8);
  CHECK(loaded->findings == progress.findings);
  CHECK((*state)->use_id(MessageId{{4}}, 9));
  CHECK(*(*state)->repeated() == std::vector<std::uint64_t>{9});
  const auto kept = *(*state)->find_case(CaseId{{1}});
  REQUIRE(kept);
  CHECK(kept->opened == 7);
  CHECK(kept->state == Bytes{1, 2});
  const auto missing = *(*state)->missing();
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].position == 6);
}
