// rujukan log replay, on the data directory of a real sequencer and on a copy of its log.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

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

// The owner of the last acceptance is another; the checkpoint is signed anew, as by a broker that
// lies.
void forge(SmallLog& log) {
  log.broker.sequencer.reset();
  Entry entry = log.broker.entry(5);
  entry.outcome.owner = UnitId("polres.b");
  const Bytes bytes = *wire::encode_entry(entry);
  const std::string sql =
      "UPDATE entries SET bytes = x'" + to_hex(bytes) + "' WHERE idx = 5; DELETE FROM nodes";
  execute_sql(log.broker.folder.path(), sql.c_str());
  std::vector<Digest> leaves;
  for (std::uint64_t i = 0; i < 6; ++i) {
    leaves.push_back(merkle::leaf_hash(*wire::encode_entry(log.broker.entry(i))));
  }
  const std::string note =
      merkle::sign_checkpoint({kOrigin, 6, merkle::root_of(leaves)}, log.broker.log_key);
  const std::string update = "UPDATE checkpoints SET note = '" + note + "' WHERE size = 6";
  execute_sql(log.broker.folder.path(), update.c_str());
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
  SmallLog log;
  forge(log);
  const json out = log.replay_json({"--log-key", log.key()}, 1);
  CHECK(out["same"] == false);
  REQUIRE(out["findings"].size() == 1);
  CHECK(out["findings"][0]["index"] == 5);
  CHECK(out["findings"][0]["code"] == "replay.diverged");
  CHECK(out["divergence"]["index"] == 5);
  CHECK(out["divergence"]["field"] == "owner");
  CHECK(out["divergence"]["logged"]["owner"] == "polres.b");
  CHECK(out["divergence"]["decided"]["owner"] == "polda");
  const Ran text = log.replay({});
  CHECK(text.exit_code == 1);
  CHECK(text.out.find("5: replay.diverged: owner") != std::string::npos);
  CHECK(text.out.find("! ") != std::string::npos);
  CHECK(text.out.find("by the rules") != std::string::npos);
  CHECK(text.out.find("log WAS NOT DECIDED BY THE RULES: 5 of 6 entries") != std::string::npos);
  // What was before it replays.
  CHECK(log.replay({"--until", "4"}).exit_code == 0);
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
