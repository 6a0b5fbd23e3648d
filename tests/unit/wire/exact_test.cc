// What a signed buffer may hold beside what its schema names: nothing.
#include "broker/wire/exact.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <fstream>
#include <functional>
#include <sstream>

#include "broker/wire/case_codec.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "schemas/message_generated.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

Bytes golden(const std::string& name) {
  std::ifstream in(RUJUKAN_SOURCE_DIR "/schemas/golden/" + name + ".hex");
  std::ostringstream out;
  out << in.rdbuf();
  std::string hex = out.str();
  std::erase(hex, '\n');
  const auto bytes = from_hex(hex);
  REQUIRE(bytes);
  REQUIRE_FALSE(bytes->empty());
  return *bytes;
}

// The fields in one form; nullopt: refused.
using Read = std::function<std::optional<Bytes>(ByteView)>;

std::optional<Bytes> read_message(ByteView bytes) {
  const auto message = wire::decode_message(bytes);
  if (!message || !wire::check_exact_message(bytes)) return std::nullopt;
  return wire::encode_message(*message);
}
std::optional<Bytes> read_entry(ByteView bytes) {
  const auto entry = wire::decode_entry(bytes);
  if (!entry || !wire::check_exact_entry(bytes)) return std::nullopt;
  return *wire::encode_entry(*entry);
}
std::optional<Bytes> read_signed_order(ByteView bytes) {
  const auto order = wire::order_in(bytes);
  if (!order || !wire::check_exact_order(bytes)) return std::nullopt;
  Bytes out = wire::encode_signed_order(*wire::decode_signed_order(bytes));
  const Bytes body = wire::encode_order(*order);
  out.insert(out.end(), body.begin(), body.end());
  return out;
}
std::optional<Bytes> read_case(ByteView bytes) {
  const auto record = wire::decode_case(bytes);
  if (!record || !wire::check_exact_case(bytes)) return std::nullopt;
  return wire::encode_case(*record);
}

Bytes with_prefix(Bytes bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size() - 4);
  std::memcpy(bytes.data(), &size, 4);
  return bytes;
}

// Every bit flipped, every byte added anywhere: refused, or read as something else.
void check_no_byte_is_free(const Bytes& bytes, const Read& read) {
  const auto fields = read(bytes);
  REQUIRE(fields);
  std::size_t free = 0;
  const auto count = [&](const Bytes& other) {
    const auto others = read(other);
    free += others && *others == *fields ? 1 : 0;
  };
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes flipped = bytes;
      flipped[at] ^= static_cast<std::uint8_t>(1U << bit);
      count(flipped);
    }
    for (const int value : {0x00, 0x01, 0x04, 0x08, 0x7F, 0xFF}) {
      Bytes set = bytes;
      set[at] = static_cast<std::uint8_t>(value);
      if (set != bytes) count(set);
    }
  }
  for (std::size_t more = 1; more <= 16; ++more) {
    for (const auto value : std::array<std::uint8_t, 3>{0x00, 0x20, 0xFF}) {
      Bytes longer = bytes;
      longer.insert(longer.end(), more, value);
      count(longer);
      count(with_prefix(longer));
    }
  }
  CHECK(free == 0);
}

Bytes some_record() {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("XX")};
  CaseRecord record;
  record.case_id = referral_message().case_id;
  record.version = 7;
  record.opened_at = noon();
  record.opener = UnitId("kpai");
  record.facts = facts;
  Assignment assignment;
  assignment.function = FunctionId("investigation");
  assignment.chain = {UnitId("polda"), UnitId("bareskrim")};
  assignment.deadline = noon();
  assignment.offer.emplace();
  assignment.offer->chain = {UnitId("polres.a")};
  assignment.offer->deadline = noon();
  assignment.offer->function = FunctionId("investigation");
  record.assignments = {assignment};
  record.told = record.readers = {UnitId("polda"), UnitId("kpai")};
  record.hold = LegalHold{"uu-27-2022"};
  return wire::encode_case(record);
}

// A close of the schema's form, with what a test adds to its builder.
using Builder = flatbuffers::FlatBufferBuilder;
Bytes closing(
    const std::function<void(Builder&)>& before,
    const std::function<void(Builder&)>& inside = [](Builder&) {}) {
  Builder builder;
  before(builder);
  const auto text = [&](const char* value) { return builder.CreateString(value); };
  const Message message = case_message(referral_message(), UnitId("kpai"), 1, Close{}, 3);
  const auto id = [&](const auto& bytes) { return builder.CreateVector(bytes.data(), 16); };
  const auto body = fb::CreateClose(builder).Union();
  const auto message_id = id(message.message_id.bytes);
  const auto case_id = id(message.case_id.bytes);
  const auto sender = text("kpai");
  const auto start = builder.StartTable();
  builder.AddOffset(fb::Message::VT_MESSAGE_ID, message_id);
  builder.AddOffset(fb::Message::VT_CASE_ID, case_id);
  builder.AddOffset(fb::Message::VT_SENDER, sender);
  builder.AddElement<std::uint32_t>(fb::Message::VT_EXPECTED_VERSION, 1, 0);
  builder.AddElement<std::uint8_t>(fb::Message::VT_BODY_TYPE, 8, 0);
  builder.AddOffset(fb::Message::VT_BODY, body);
  inside(builder);
  builder.FinishSizePrefixed(flatbuffers::Offset<fb::Message>(builder.EndTable(start)), "RJM1");
  return {builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize()};
}

std::string fault_of(const Bytes& bytes) {
  REQUIRE(wire::decode_message(bytes));
  const auto exact = wire::check_exact_message(bytes);
  if (exact) return "";
  CHECK(exact.error().code == ErrorCode::kMessageMalformed);
  return exact.error().detail;
}

}  // namespace

TEST_CASE("no byte of a message, an entry, an order or a case record is free") {
  for (const char* name :
       {"referral", "accept", "transfer", "referral_by_flatc", "referral_by_python"}) {
    INFO(name);
    check_no_byte_is_free(golden(name), read_message);
  }
  for (const char* name : {"entry", "entry_held", "entry_linked", "entry_offered"}) {
    INFO(name);
    check_no_byte_is_free(golden(name), read_entry);
  }
  check_no_byte_is_free(golden("signed_order"), read_signed_order);
  check_no_byte_is_free(some_record(), read_case);
}

TEST_CASE("buffers of other builders of the same schema are exact") {
  const Bytes ours = golden("referral");
  for (const char* name : {"referral_by_flatc", "referral_by_python"}) {
    const Bytes theirs = golden(name);
    REQUIRE(theirs != ours);
    REQUIRE(read_message(theirs) == read_message(ours));
  }
}

TEST_CASE("what a schema does not name is found, though it verifies and decodes") {
  const auto nothing = [](Builder&) {};
  REQUIRE(fault_of(closing(nothing)).empty());
  CHECK(fault_of(closing([](Builder& b) { b.CreateString("a name"); })) ==
        "bytes that nothing refers to");
  CHECK(fault_of(closing(nothing, [](Builder& b) {
          b.AddElement<std::uint64_t>(4 + 2 * 11, 0x6E616D65, 0);
        })) == "a table has slots that the schema does not name");
  CHECK(fault_of(closing(nothing, [](Builder& b) {
          b.ForceDefaults(true);
          b.AddElement<std::uint32_t>(fb::Message::VT_RELEASE_VERSION, 0, 0);
        })) == "a number that is 0 is not left out");
  // Bytes inside a table that no slot points to.
  const Bytes plain = closing(nothing);
  Bytes changed = plain;
  const std::size_t root = 4 + plain[4];
  const std::size_t vtable = root - plain[root];
  REQUIRE(changed[vtable + fb::Message::VT_EXPECTED_VERSION] != 0);
  changed[vtable + fb::Message::VT_EXPECTED_VERSION] = 0;
  CHECK_FALSE(wire::check_exact_message(changed));
}

TEST_CASE("one text may be referred to twice, as builders that share texts leave it") {
  const Bytes shared = closing([](Builder&) {}, [](Builder&) {});
  REQUIRE(fault_of(shared).empty());
  Message message = referral_message();
  Builder builder;
  const auto unit = builder.CreateSharedString("kpai");
  REQUIRE(unit.o == builder.CreateSharedString("kpai").o);
  const std::vector<flatbuffers::Offset<flatbuffers::String>> units{unit};
  const auto list = builder.CreateVector(units);
  const auto id = [&](const auto& bytes) { return builder.CreateVector(bytes.data(), 16); };
  const auto digest = builder.CreateVector(Digest{1}.data(), 32);
  const auto payload = fb::CreatePayloadRef(builder, digest, 9, digest);
  const auto body = fb::CreateNote(builder).Union();
  const auto message_id = id(message.message_id.bytes);
  const auto case_id = id(message.case_id.bytes);
  const auto root = fb::CreateMessage(builder, message_id, case_id, unit, 1, 1, 0, 0, list, payload,
                                      fb::Body::Note, body);
  builder.FinishSizePrefixed(root, "RJM1");
  const Bytes bytes(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
  REQUIRE(fault_of(bytes).empty());
  REQUIRE(wire::decode_message(bytes)->recipients == std::vector{UnitId("kpai")});
}

TEST_CASE("an identity number is found in whatever text of a message it stands") {
  const std::string nik = "3171234506780001";
  for (const std::string& text : {nik, "lp-" + nik, nik + "1", "a." + nik + ".b"}) {
    REQUIRE(has_identity_number(text));
    Message message = referral_message();
    std::get<Referral>(message.body).facts.legal_bases = {text};
    CHECK_FALSE(wire::check_exact_message(wire::encode_message(message)));
    message = referral_message();
    std::get<Referral>(message.body).evidence = {{{}, EvidenceKind::kText, UnitId(text)}};
    CHECK_FALSE(wire::check_exact_message(wire::encode_message(message)));
    message = referral_message();
    message.recipients.emplace_back(text);
    CHECK_FALSE(wire::check_exact_message(wire::encode_message(message)));
    message = case_message(referral_message(), UnitId(text), 1, Erase{text}, 3);
    CHECK_FALSE(wire::check_exact_message(wire::encode_message(message)));
  }
  for (const char* text : {"", "317123450678000", "31712345.06780001", "uptd-ppa.32.76"}) {
    CHECK_FALSE(has_identity_number(text));
  }
}
