// rujukan log replay, on the data directory of a real sequencer and on a copy of its log.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/merkle/note.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/support/log_folder.h"
#include "tests/unit/cli/run_cli.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

constexpr Need kNeed = Need::kInvestigation;

// 0 release; 1 an opening, 2 accepted; 3 state; 4 another opening, 5 declined.
class SmallLog {
 public:
  SmallLog() {
    broker.state_every = 3;
    REQUIRE(broker.start(std::nullopt));
    broker.submit(first);
    broker.does(first, "polres.a", Accept{kNeed});
    broker.submit(second);
    broker.does(second, "polres.a", Decline{kNeed, Reason::kNoCapacity});
    REQUIRE(broker.sequencer->log_size() == 6);
  }
  std::string source() const { return broker.folder.path().string(); }
  std::string key() const { return broker.note_key().to_vkey(); }
  Ran replay(std::vector<std::string> more) const {
    more.insert(more.begin(), {"log", "replay", source()});
    return run_cli(more);
  }
  json replay_json(std::vector<std::string> more, int exit_code = 0) const {
    more.push_back("--json");
    const Ran ran = replay(more);
    INFO(ran.err << ran.out);
    REQUIRE(ran.exit_code == exit_code);
    return json::parse(ran.out);
  }
  Digest state() const {
    const auto opened = store::ReadOnlyStore::open(source());
    return (*opened)->reader().stored_state()->value();
  }

  SequencerInTest broker;
  const Message first = referral_message(offline_facts(), 1);
  const Message second = referral_message(offline_facts(), 2);
};

// A mirror in which the owner of the last entry is another; trees and signatures are made anew, as
// by a broker that lies.
std::string forged(const SmallLog& log, const TemporaryFolder& folder) {
  LogBytes forged;
  for (std::uint64_t i = 0; i < 6; ++i) {
    Entry entry = log.broker.entry(i);
    if (i == 5) entry.outcome.owner = UnitId("polres.b");
    forged.entries.push_back(*wire::encode_entry(entry));
  }
  forged.releases = {signed_small_release()};
  write_log_folder(folder / "mirror", forged);
  return folder / "mirror";
}

}  // namespace

TEST_CASE("a replay says that the rules decide so and gives the broker's digest") {
  const SmallLog log;
  const json out = log.replay_json({"--log-key", log.key()});
  CHECK(out["same"] == true);
  CHECK(out["origin"] == kOrigin);
  CHECK(out["size"] == 6);
  CHECK(out["counts"]["entries"] == 6);
  CHECK(out["counts"]["states_compared"] == 1);
  CHECK(out["state"]["cases"] == 2);
  CHECK(out["state"]["digest"] == to_hex(log.state()));
  CHECK_FALSE(out.contains("divergence"));
  const Ran text = log.replay({});
  CHECK(text.exit_code == 0);
  CHECK(text.out.find("log was decided by the rules: 6 of 6 entries") != std::string::npos);
  CHECK(text.out.find(to_hex(log.state())) != std::string::npos);
}

TEST_CASE("a replay until an entry shows the case as it stood then") {
  const SmallLog log;
  const std::string id = to_string(log.second.case_id);
  const json before = log.replay_json({"--until", "4", "--case", id});
  CHECK(before["counts"]["entries"] == 5);
  CHECK(before["case"]["version"] == 1);
  CHECK(before["case"]["owner"] == "polres.a");
  const json after = log.replay_json({"--until", "5", "--case", id});
  CHECK(after["case"]["owner"] == "polda");
  CHECK(after["state"]["digest"] != before["state"]["digest"]);
  const Ran text = log.replay({"--until", "4", "--case", id});
  CHECK(text.out.find("owner: polres.a") != std::string::npos);
  CHECK(log.replay_json({"--until", "3", "--case", id}, 1)["same"] == true);
  CHECK(log.replay({"--until", "6"}).exit_code == 2);
  CHECK(log.replay({"--case", "one"}).exit_code == 2);
}

TEST_CASE("an entry that the rules decide otherwise is printed with both sides") {
  const SmallLog log;
  const TemporaryFolder folder;
  const std::string mirror = forged(log, folder);
  const Ran as_json = run_cli({"log", "replay", mirror, "--log-key", log.key(), "--json"});
  REQUIRE(as_json.exit_code == 1);
  const json out = json::parse(as_json.out);
  CHECK(out["same"] == false);
  REQUIRE(out["findings"].size() == 1);
  CHECK(out["findings"][0]["position"] == 5);
  CHECK(out["findings"][0]["code"] == "replay.diverged");
  CHECK(out["divergence"]["position"] == 5);
  CHECK(out["divergence"]["field"] == "owner");
  CHECK(out["divergence"]["logged"]["owner"] == "polres.b");
  CHECK(out["divergence"]["decided"]["owner"] == "polda");
  const Ran text = run_cli({"log", "replay", mirror});
  CHECK(text.exit_code == 1);
  CHECK(text.out.find("5: replay.diverged: owner") != std::string::npos);
  CHECK(text.out.find("! ") != std::string::npos);
  CHECK(text.out.find("by the rules") != std::string::npos);
  CHECK(text.out.find("log WAS NOT DECIDED BY THE RULES: 5 of 6 entries") != std::string::npos);
  // What was before it replays.
  CHECK(run_cli({"log", "replay", mirror, "--until", "4"}).exit_code == 0);
}

TEST_CASE("a verification replays in the same reading when it is asked to") {
  const SmallLog log;
  const Ran good = run_cli({"log", "verify", log.source(), "--log-key", log.key(), "--replay"});
  CHECK(good.exit_code == 0);
  CHECK(good.out.find("2 cases, digest " + to_hex(log.state())) != std::string::npos);
  const TemporaryFolder folder;
  const std::string mirror = forged(log, folder);
  const Ran bad = run_cli({"log", "verify", mirror, "--log-key", log.key(), "--replay", "--json"});
  CHECK(bad.exit_code == 1);
  CHECK(bad.out.find("replay.diverged") != std::string::npos);
  const Ran state =
      run_cli({"log", "verify", mirror, "--log-key", log.key(), "--replay", "--state", "x"});
  CHECK(state.exit_code == 2);
}

TEST_CASE("another release is tried on all openings and on the cases that are open") {
  const SmallLog log;
  Release next = small_release();
  next.version = ReleaseVersion{2};
  unit_in(next, "polres.a").areas = {AreaCode("11.02")};
  unit_in(next, "polres.b").areas = {AreaCode("11.01")};
  const TemporaryFolder folder;
  const std::string file = folder / "next.rjr";
  // Nobody signed it.
  const Bytes bytes = wire::encode_signed_release({wire::encode_release(next), {}});
  std::ofstream(file, std::ios::binary) << as_text(bytes);
  const json out = log.replay_json({"--what-if", file});
  CHECK(out["same"] == true);
  const json& what_if = out["what_if"];
  REQUIRE(what_if["opening_changes"].size() == 2);
  CHECK(what_if["opening_changes"][1]["index"] == 4);
  CHECK(what_if["opening_changes"][1]["case"] == to_string(log.second.case_id));
  CHECK(what_if["opening_changes"][1]["owner_was"] == "polres.a");
  CHECK(what_if["opening_changes"][1]["owner_then"] == "polres.b");
  CHECK(what_if["opening_changes"][1]["rule_was"] == "I4");
  CHECK(what_if["past"]["owner"] == 2);
  CHECK(what_if["open_cases"] == 2);
  CHECK(what_if["owner_changes"].size() == 2);
  const Ran text = log.replay({"--what-if", file});
  CHECK(text.out.find("owner was") != std::string::npos);
  CHECK(log.replay({"--what-if", folder / "none"}).exit_code == 2);
}

TEST_CASE("a log under another key or none at all is not replayed") {
  const SmallLog log;
  const merkle::NoteKey other{kOrigin, Ed25519SecretKey::from_seed(seed_of("other")).public_key()};
  const json out = log.replay_json({"--log-key", other.to_vkey()}, 1);
  CHECK(out["counts"]["entries"] == 0);
  CHECK(out["same"] == false);
  const TemporaryFolder empty;
  CHECK(run_cli({"log", "replay", empty.path().string()}).exit_code == 2);
}

}  // namespace rujukan::test
