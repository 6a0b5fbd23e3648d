// What an erasure leaves behind: nothing that can be read, and a log that still verifies.
#include <fstream>
#include <iterator>

#include "broker/crypto/sha256.h"
#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "broker/sequencer/recover.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"
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

void administrator_consents(SequencerInTest& s, const Message& opening) {
  s.offer({signed_order(order_about(opening, OrderKind::kConsentToErasure), {"admin-1"})});
}

void recover(SequencerInTest& s) {
  s.stop();
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.start(std::nullopt));
}

}  // namespace

TEST_CASE("after an erasure the payloads are in no file of the data directory") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  REQUIRE(lies_in(s.folder.path(), kMarker));
  SECTION("a unit consents") { s.does(opening, "kpai", Erase{"uu-27-2022"}); }
  SECTION("an administrator consents") { administrator_consents(s, opening); }
  SECTION("a unit consents after a recovery") {
    recover(s);
    REQUIRE(std::filesystem::exists(s.folder / store::kOldDatabaseName));
    s.does(opening, "kpai", Erase{"uu-27-2022"});
  }
  REQUIRE_FALSE(lies_in(s.folder.path(), kMarker));
  const Entry erased = s.last_entry();
  REQUIRE(erased.outcome.events.at(0).type == EventType::kErased);
  REQUIRE(erased.outcome.events.at(0).legal_basis == "uu-27-2022");
}

TEST_CASE("while a hold stands the payloads stay") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  s.offer({signed_order(order_about(opening, OrderKind::kHold, "uu-27-2022", 2), {"admin-1"})});
  administrator_consents(s, opening);
  REQUIRE(s.say(opening, "kpai", Erase{"uu-27-2022"}).refusal);
  REQUIRE(lies_in(s.folder.path(), kMarker));
}

TEST_CASE("small payloads that share pages with others leave nothing when they are erased") {
  const TemporaryFolder folder;
  auto opened = store::Store::open(folder.path().string());
  REQUIRE(opened);
  store::Store& store = **opened;
  constexpr std::size_t kCases = 300;
  const auto case_of = [](std::size_t number) {
    return CaseId{make_uuid7(number, {0, static_cast<std::uint8_t>(number)})};
  };
  const auto name_of = [](std::size_t number) {
    return "payload " + std::to_string(number) + " of one case only";
  };
  REQUIRE(store.begin());
  for (std::size_t number = 0; number < kCases; ++number) {
    // Of many sizes, so that pages fill, split and merge.
    Bytes payload = to_bytes(as_bytes(name_of(number)));
    payload.resize(40 + number * 197 % 3000, 'x');
    const CaseId id = case_of(number);
    const Bytes entry(20, 1);
    REQUIRE(store.append({LogIndex{number}, entry, nullptr, &id, false, &payload}));
  }
  REQUIRE(store.commit());
  for (std::size_t turn = 0; turn < kCases; ++turn) {
    // In no order that the rows lie in.
    const std::size_t number = turn * 37 % kCases;
    REQUIRE(store.begin());
    REQUIRE(store.erase_payloads(case_of(number)));
    REQUIRE(store.commit());
    REQUIRE(*store.scrub());
    INFO(name_of(number));
    REQUIRE_FALSE(lies_in(folder.path(), name_of(number)));
  }
}

TEST_CASE("no entry holds a payload so that an export has nothing to erase") {
  SequencerInTest s;
  const Message opening = proposed_erasure(s);
  administrator_consents(s, opening);
  for (std::uint64_t index = 0; index < s.sequencer->log_size(); ++index) {
    const auto reader = store::ReadOnlyStore::open(s.folder.path().string());
    const auto bytes = (*reader)->reader().entry(LogIndex{index});
    REQUIRE(as_text(*bytes).find(kMarker.substr(0, 16)) == std::string_view::npos);
  }
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
  SECTION("a unit consented") { s.does(opening, "kpai", Erase{"uu-27-2022"}); }
  SECTION("an administrator consented") { administrator_consents(s, opening); }
  const CaseRecord before = s.record_of(opening);
  s.stop();
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
  REQUIRE(s.process());
  // SQLite's own wait for readers is five seconds.
  REQUIRE(std::chrono::steady_clock::now() - began < std::chrono::seconds(4));
  REQUIRE(lies_in(s.folder.path(), kMarker));
  SECTION("the broker goes on") {}
  // With a connection left the last payloads stay in the write-ahead log.
  SECTION("the broker starts again") { REQUIRE(s.start(std::nullopt)); }
  run("COMMIT");
  REQUIRE(s.process());
  REQUIRE_FALSE(lies_in(s.folder.path(), kMarker));
  sqlite3_close(reader);
}

TEST_CASE("a database of another version is refused until it was recovered") {
  SequencerInTest s;
  s.submit(referral_message());
  s.stop();
  execute_sql(s.folder.path(), "PRAGMA user_version = 0");
  REQUIRE(s.start(std::nullopt).error().code == ErrorCode::kStoreVersion);
  REQUIRE(sequencer::recover(s.folder.path().string(), s.note_key(),
                             [](std::uint64_t, std::uint64_t) {}));
  REQUIRE(s.start(std::nullopt));
  REQUIRE(s.owner_of(referral_message()) == "polres.a");
  REQUIRE_FALSE(s.submit(referral_message(offline_facts(), 2)).refusal);
}
