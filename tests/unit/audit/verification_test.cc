#include "broker/audit/verification.h"

#include "broker/merkle/tiles.h"
#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/audit/verified_log.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

// A log of 264 entries: a full bundle and a partial one.
LogBytes long_log() {
  SequencerInTest s;
  write_fourteen_entries(s);
  submit_referrals(s, 5, 250);
  return log_of(s);
}

class Taken final : public audit::Consumer {
 public:
  Result<void> take(const audit::LoggedEntry& logged, audit::Findings&) override {
    positions.push_back(logged.position);
    with_message += logged.message != nullptr;
    bytes += logged.bytes.size();
    return {};
  }
  Result<void> take_release(std::shared_ptr<const Release> release) override {
    releases.push_back(to_number(release->version));
    return {};
  }
  void lose(std::uint64_t position) override { lost.push_back(position); }
  Result<void> finish(std::uint64_t size, audit::Findings& findings) override {
    findings.push_back({size - 1, {ErrorCode::kReplayState, {}, {}}});
    return {};
  }

  std::vector<std::uint64_t> positions;
  std::vector<std::uint32_t> releases;
  std::vector<std::uint64_t> lost;
  std::size_t with_message = 0;
  std::size_t bytes = 0;
};

void change_entry(LogBytes& log, std::size_t at, const std::function<void(Entry&)>& change) {
  Entry entry = *wire::decode_entry(log.entries[at]);
  change(entry);
  log.entries[at] = *wire::encode_entry(entry);
}

}  // namespace

TEST_CASE("a log as the broker writes it verifies from a folder") {
  const TemporaryFolder folder;
  const LogBytes log = long_log();
  write_log_folder(folder / "log", log);
  const audit::Verified verified = verify_source(folder / "log");
  CHECK(found(verified) == Found());
  CHECK(verified.entries == log.entries.size());
  CHECK(verified.entries > merkle::kTileWidth);
  CHECK(verified.checkpoints == 1);
  CHECK(verified.cases.cases == 252);
  CHECK(verified.cases.sound == 252);
  CHECK(verified.cases.closed == 1);
  CHECK(verified.senders_unchecked == 0);
}

TEST_CASE("a log as the broker writes it verifies from its data directory") {
  SequencerInTest s;
  write_fourteen_entries(s);
  submit_referrals(s, 5, 250);
  audit::VerifyOptions options = trusting();
  options.data_directory = s.folder.path().string();
  const audit::Verified verified = verify_source(s.folder.path(), options);
  CHECK(found(verified) == Found());
  CHECK(verified.entries == s.sequencer->log_size());
  CHECK(verified.checkpoints > 10);
}

TEST_CASE("an empty log verifies") {
  const TemporaryFolder folder;
  write_log_folder(folder / "log", {});
  const audit::Verified verified = verify_source(folder / "log");
  CHECK(found(verified) == Found());
  CHECK(verified.entries == 0);
}

TEST_CASE("a consumer sees every entry and release once and in order") {
  const TemporaryFolder folder;
  LogBytes log = long_log();
  write_log_folder(folder / "log", log);
  FilesInMemory files(folder / "log");
  files.files.at("tile/entries/000")[20] ^= 1;  // in entry 0
  Taken taken;
  audit::VerifyOptions options = trusting();
  options.consumers = {&taken};
  const auto verified = audit::verify_log(files, options);
  REQUIRE(verified);
  CHECK(taken.lost == std::vector<std::uint64_t>{0});
  CHECK(taken.positions.size() == log.entries.size() - 1);
  CHECK(taken.positions.front() == 1);
  CHECK(std::is_sorted(taken.positions.begin(), taken.positions.end()));
  CHECK(taken.releases == std::vector<std::uint32_t>{2});
  CHECK(taken.with_message == log.entries.size() - 2);
  CHECK(taken.bytes > 200 * log.entries.size());
  const std::uint64_t last = log.entries.size() - 1;
  CHECK(found(*verified) == Found{"0 entry.hash", std::to_string(last) + " replay.state"});
}

TEST_CASE("what an entry must be is found at its position") {
  SequencerInTest s;
  write_fourteen_entries(s);
  LogBytes log = log_of(s);
  const TemporaryFolder folder;
  const auto check = [&](const Found& expected) {
    write_log_folder(folder / "log", log);
    CHECK(found(verify_source(folder / "log")) == expected);
  };
  SECTION("bytes that are no entry") {
    log.entries[3] = Bytes{1, 2, 3};
    check({"3 entry.malformed"});
  }
  SECTION("an empty entry") {
    log.entries[3] = {};
    check({"3 entry.malformed"});
  }
  SECTION("another index") {
    change_entry(log, 3, [](Entry& e) { e.index = LogIndex{7}; });
    check({"3 log.index"});
  }
  SECTION("a first index that is not 0") {
    change_entry(log, 0, [](Entry& e) { e.index = LogIndex{7}; });
    check({"0 log.index"});
  }
  SECTION("a time that does not advance") {
    const TimeUs before = wire::decode_entry(log.entries[2])->time;
    change_entry(log, 3, [&](Entry& e) { e.time = before; });
    check({"3 log.time"});
  }
  SECTION("a message id that was used up") {
    // The same message decided once more: the duplicate is found, and what it does to the case.
    log.entries.push_back(log.entries.back());
    change_entry(log, log.entries.size() - 1, [&](Entry& e) {
      e.index = LogIndex{log.entries.size() - 1};
      e.time += std::chrono::seconds(1);
    });
    const std::string last = std::to_string(log.entries.size() - 1);
    check({last + " log.duplicate", last + " log.ownership"});
  }
}

TEST_CASE("a sender and a release that an entry may not have are found at its position") {
  SequencerInTest s;
  write_fourteen_entries(s);
  LogBytes log = log_of(s);
  const TemporaryFolder folder;
  const auto check = [&](const Found& expected) {
    write_log_folder(folder / "log", log);
    CHECK(found(verify_source(folder / "log")) == expected);
  };
  SECTION("a signature of somebody else") {
    change_entry(log, 3, [](Entry& e) { std::get<MessageCause>(e.cause).proof.signature[5] ^= 1; });
    check({"3 log.sender"});
  }
  SECTION("a message that the signature does not cover") {
    change_entry(log, 2, [](Entry& e) {
      Bytes& bytes = std::get<MessageCause>(e.cause).message;
      Message message = *wire::decode_message(bytes);
      message.sent_at += std::chrono::microseconds(1);
      bytes = wire::encode_message(message);
    });
    const audit::Verified verified = [&] {
      write_log_folder(folder / "log", log);
      return verify_source(folder / "log");
    }();
    REQUIRE_FALSE(verified.findings.empty());
    CHECK(found(verified).front() == "2 log.sender");
  }
  SECTION("a path of another length") {
    change_entry(log, 3, [](Entry& e) { std::get<MessageCause>(e.cause).proof.path = {Digest{}}; });
    check({"3 log.sender"});
  }
  SECTION("a key that the release does not have") {
    change_entry(log, 3, [](Entry& e) { std::get<MessageCause>(e.cause).proof.key_id = "sign-9"; });
    check({"3 log.sender"});
  }
  SECTION("a release that is not in force") {
    change_entry(log, 3, [](Entry& e) { e.release = ReleaseVersion{2}; });
    check({"3 log.release"});
  }
  SECTION("a release that is not there") {
    log.releases.pop_back();
    check({"11 log.release"});
  }
  SECTION("an event that is not legal") {
    change_entry(log, 3, [](Entry& e) { e.outcome.owner = UnitId("kpai"); });
    check({"3 log.ownership"});
  }
}

TEST_CASE("a release must be signed by the administrators of the one before") {
  SequencerInTest s;
  write_fourteen_entries(s);
  LogBytes log = log_of(s);
  auto parts = *wire::decode_signed_release(log.releases[1]);
  parts.signatures.pop_back();
  log.releases[1] = wire::encode_signed_release(parts);
  const TemporaryFolder folder;
  write_log_folder(folder / "log", log);
  CHECK(found(verify_source(folder / "log")) == Found{"11 log.release"});
}

TEST_CASE("the first release must be signed by the anchor's administrators") {
  SequencerInTest s;
  const TemporaryFolder folder;
  write_log_folder(folder / "log", log_of(s));
  audit::VerifyOptions options = trusting();
  options.administrators = decide::trust_of(small_release());
  CHECK(found(verify_source(folder / "log", options)) == Found());
  options.administrators->administrators[0].key = Ed25519SecretKey::from_seed({9}).public_key();
  CHECK(found(verify_source(folder / "log", options)) == Found{"0 log.release"});
}

TEST_CASE("a payload that nobody erased must be there") {
  SequencerInTest s;
  write_fourteen_entries(s);
  audit::VerifyOptions options = trusting();
  options.data_directory = s.folder.path().string();
  s.stop();
  execute_sql(s.folder.path(), "DELETE FROM payloads WHERE idx = 12");
  CHECK(found(verify_source(s.folder.path(), options)) == Found{"12 payload.lost"});
  execute_sql(s.folder.path(), "INSERT INTO payloads (idx, bytes) VALUES (12, x'00')");
  CHECK(found(verify_source(s.folder.path(), options)) == Found{"12 payload.lost"});
}

TEST_CASE("a missing quorum is found and the log verified all the same") {
  const TemporaryFolder folder;
  SequencerInTest s;
  write_fourteen_entries(s);
  LogBytes log = log_of(s);
  log.entries[3] = {};
  write_log_folder(folder / "log", log);
  audit::VerifyOptions options = trusting();
  const auto witness = Ed25519SecretKey::from_seed({3}).public_key();
  options.policy->witnesses.push_back({"w1", {"witness.example/w1", witness}, ""});
  options.policy->quorum = "w1";
  CHECK(found(verify_source(folder / "log", options)) ==
        Found{"0 witness.quorum", "3 entry.malformed"});
}

TEST_CASE("after a hundred findings a verification ends") {
  const TemporaryFolder folder;
  LogBytes log = long_log();
  for (std::size_t at = 20; at < log.entries.size(); ++at) log.entries[at] = {};
  write_log_folder(folder / "log", log);
  const audit::Verified verified = verify_source(folder / "log");
  CHECK(verified.findings.size() == audit::kMostFindings);
  CHECK(found(verified).front() == "20 entry.malformed");
}
