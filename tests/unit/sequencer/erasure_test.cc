// What an erasure leaves behind: nothing that can be read, and a log that still verifies.
#include <fstream>
#include <iterator>

#include "broker/crypto/sha256.h"
#include "broker/sequencer/recover.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

constexpr std::string_view kMarker = "MARKER-OF-A-PAYLOAD-THAT-IS-ERASED-LATER";

// Larger than a page of the database, so that parts of it lie in pages of their own.
Bytes marked_payload() {
  Bytes payload;
  while (payload.size() < 20'000) {
    const ByteView marker = as_bytes(kMarker);
    payload.insert(payload.end(), marker.begin(), marker.end());
  }
  return payload;
}

PayloadRef marked_ref() {
  return {sha256(marked_payload()), static_cast<std::uint32_t>(marked_payload().size()), {}};
}

bool lies_in(const std::filesystem::path& folder, std::string_view marker) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes((std::istreambuf_iterator<char>(in)), {});
    if (bytes.find(marker) != std::string::npos) return true;
  }
  return false;
}

// A closed case with two marked payloads, and the erasure of them proposed.
Message proposed_erasure(SequencerInTest& s) {
  Message opening = referral_message();
  opening.payload = marked_ref();
  REQUIRE_FALSE(s.submit(opening, marked_payload()).refusal);
  Message note = case_message(opening, UnitId("polres.a"), 0, Note{}, 90);
  note.payload = marked_ref();
  note.recipients = {UnitId("uptd")};
  REQUIRE_FALSE(s.submit(note, marked_payload()).refusal);
  s.does(opening, "polres.a", Accept{Need::kInvestigation});
  s.does(opening, "polres.a", Complete{Need::kInvestigation});
  s.does(opening, "uptd", Accept{Need::kProtection});
  s.does(opening, "uptd", Complete{Need::kProtection});
  s.does(opening, "polres.a", Close{});
  s.does(opening, "polres.a", Erase{"uu-27-2022"});
  return opening;
}

}  // namespace

TEST_CASE("after an erasure the payloads are in no file of the data directory") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  REQUIRE(lies_in(s.folder.path(), kMarker));
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  REQUIRE_FALSE(lies_in(s.folder.path(), kMarker));
  REQUIRE(s.last_entry().outcome.events.at(0).type == EventType::kErased);
}

TEST_CASE("an erasure takes the payloads of its case only and later ones stay") {
  SequencerInTest s;
  const Message other = referral_message(offline_facts(), 2);
  s.submit(other);
  const Message opening = proposed_erasure(s);
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  Message note = case_message(opening, UnitId("uptd"), 0, Note{}, 91);
  note.payload = opening.payload;
  note.recipients = {UnitId("polres.a")};
  REQUIRE_FALSE(s.submit(note, marked_payload()).refusal);
  const auto reader = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE((*reader)->reader().payload(LogIndex{1})->has_value());
  REQUIRE_FALSE((*reader)->reader().payload(LogIndex{2})->has_value());
  REQUIRE_FALSE((*reader)->reader().payload(LogIndex{3})->has_value());
  REQUIRE((*reader)->reader().payload(LogIndex{s.sequencer->log_size() - 1})->has_value());
}

TEST_CASE("receipts of erased payloads still verify and mail comes without them") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  const auto receipt = s.submit(opening, marked_payload()).receipt;
  REQUIRE(receipt->index == LogIndex{1});
  REQUIRE(merkle::verify_receipt(*receipt, s.note_key()));
  s.hello("police");
  const auto deliveries = s.outbound.deliveries();
  REQUIRE_FALSE(deliveries.empty());
  for (const auto& delivery : deliveries) {
    REQUIRE(merkle::verify_receipt(delivery.receipt, s.note_key()));
    REQUIRE_FALSE(delivery.payload);
  }
}

TEST_CASE("a payload that is sent again after its erasure is not kept") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  s.submit(opening, marked_payload());
  REQUIRE_FALSE(lies_in(s.folder.path(), kMarker));
}

TEST_CASE("recovery tells erased payloads from missing ones and the log verifies") {
  SequencerInTest s;
  s.submit(referral_message(offline_facts(), 2));
  const Message opening = proposed_erasure(s);
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  const CaseRecord before = s.record_of(opening);
  s.sequencer.reset();
  const auto recovered = sequencer::recover(s.folder.path().string(), s.note_key(),
                                            [](std::uint64_t, std::uint64_t) {});
  REQUIRE(recovered);
  REQUIRE(recovered->payloads == 1);
  REQUIRE(recovered->payloads_erased == 2);
  REQUIRE(recovered->payloads_missing == 0);
  REQUIRE(s.record_of(opening) == before);
  REQUIRE(s.start(std::nullopt));
}

TEST_CASE(
    "a reader does not keep erased payloads for longer than it reads nor hold up the broker") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  sqlite3* reader = nullptr;
  const auto path = (s.folder / store::kDatabaseName).string();
  REQUIRE(sqlite3_open_v2(path.c_str(), &reader, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  const auto run = [reader](const char* sql) {
    REQUIRE(sqlite3_exec(reader, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  };
  run("BEGIN; SELECT count(*) FROM payloads");
  const auto began = std::chrono::steady_clock::now();
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  REQUIRE(s.process({}));
  // SQLite's own wait for readers is five seconds.
  REQUIRE(std::chrono::steady_clock::now() - began < std::chrono::seconds(4));
  REQUIRE(lies_in(s.folder.path(), kMarker));
  SECTION("the broker goes on") {}
  // With a connection left the last payloads stay in the write-ahead log.
  SECTION("the broker starts again") { REQUIRE(s.start(std::nullopt)); }
  run("COMMIT");
  REQUIRE(s.process({}));
  REQUIRE_FALSE(lies_in(s.folder.path(), kMarker));
  sqlite3_close(reader);
}

TEST_CASE("a database of another version is refused until it was recovered") {
  SequencerInTest s;
  s.submit(referral_message());
  s.sequencer.reset();
  execute_sql(s.folder.path(), "PRAGMA user_version = 0");
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kStoreVersion);
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.owner_of(referral_message()) == "polres.a");
  REQUIRE_FALSE(s.submit(referral_message(offline_facts(), 2)).refusal);
}
