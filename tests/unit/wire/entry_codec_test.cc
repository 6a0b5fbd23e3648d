#include "broker/wire/entry_codec.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"
#include "broker/decide/decide.h"
#include "broker/wire/case_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Entry message_entry() {
  const Message message = referral_message();
  Entry entry;
  entry.index = LogIndex{42};
  entry.time = noon();
  entry.release = ReleaseVersion{1};
  entry.cause = MessageCause{wire::encode_message(message),
                             {UnitId("kpai"), "sign-1", {7, 8, 9}, 5, 3, {Digest{1}, Digest{2}}}};
  entry.outcome = decide::decide(nullptr, {message}, *small_table(), noon());
  return entry;
}

}  // namespace

TEST_CASE("entries of every cause are read back as they were written") {
  Entry deadline = message_entry();
  deadline.cause = DeadlineCause{CaseId{{1, 2, 3}}, Need::kProtection};
  Entry refused = message_entry();
  refused.outcome = {};
  refused.outcome.refusal = Error{ErrorCode::kRecipientsStale, "recipients", "detail"};
  refused.outcome.recipients = {UnitId("polda")};
  Entry release = message_entry();
  release.cause = ReleaseCause{ReleaseVersion{3}, Digest{9}};
  release.outcome = {};
  for (const Entry& entry : {message_entry(), deadline, refused, release}) {
    const auto bytes = wire::encode_entry(entry);
    REQUIRE(bytes);
    const auto decoded = wire::decode_entry(*bytes);
    REQUIRE(decoded);
    REQUIRE(*decoded == entry);
  }
}

TEST_CASE("an entry that would not fit a bundle is an error and not cut") {
  Entry entry = message_entry();
  std::get<MessageCause>(entry.cause).message.resize(limits::kEntryBytes);
  const auto bytes = wire::encode_entry(entry);
  REQUIRE_FALSE(bytes);
  REQUIRE(bytes.error().code == ErrorCode::kEntryTooLarge);
}

TEST_CASE("an entry without events and without refusal is malformed") {
  Entry entry = message_entry();
  entry.outcome.events.clear();
  const auto decoded = wire::decode_entry(*wire::encode_entry(entry));
  REQUIRE(decoded.error().code == ErrorCode::kEntryMalformed);
  REQUIRE(decoded.error().field == "outcome");
}

TEST_CASE("damaged entries are errors and never a crash") {
  const Bytes good = *wire::encode_entry(message_entry());
  for (std::size_t at = 0; at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] ^= 0xff;
    const auto decoded = wire::decode_entry(bad);
    if (!decoded) REQUIRE(decoded.error().code == ErrorCode::kEntryMalformed);
    REQUIRE_FALSE(wire::decode_entry(ByteView(good).first(at)));
  }
}

TEST_CASE("a case record is stored and loaded without loss") {
  const Entry entry = message_entry();
  CaseRecord record =
      decide::opened_record(referral_message(), entry.outcome, entry.time, entry.release);
  record.withheld = {Need::kProsecution};
  record.assignments[1].position = 1;
  const auto loaded = wire::decode_case(wire::encode_case(record));
  REQUIRE(loaded);
  REQUIRE(*loaded == record);
  REQUIRE(wire::decode_case(Bytes(64)).error().code == ErrorCode::kStoreCorrupt);
}
