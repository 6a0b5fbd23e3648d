// The bytes of schemas/golden: old logs and other people's clients depend on them. They change only
// with the protocol's version.
#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "broker/crypto/sha256.h"
#include "broker/decide/decide.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/frames.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

const std::string kFolder = RUJUKAN_SOURCE_DIR "/schemas/golden/";

// As written: lines of at most 64 hexadecimal digits.
std::string as_lines(ByteView bytes) {
  const std::string hex = to_hex(bytes);
  std::string out;
  for (std::size_t at = 0; at < hex.size(); at += 64) out += hex.substr(at, 64) + "\n";
  return out;
}

std::string golden(const std::string& name) {
  std::ifstream in(kFolder + name + ".hex");
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

Bytes golden_bytes(const std::string& name) {
  std::string hex = golden(name);
  std::erase(hex, '\n');
  return from_hex(hex).value_or(Bytes{});
}

// As it was before the broker looked at payloads.
Message first_referral(Message message = referral_message()) {
  const ByteView payload = as_bytes("sealed");
  message.payload = PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), {}};
  return message;
}

Message referral() {
  Facts facts = offline_facts();
  facts.suspects = {AreaCode("XX")};
  facts.needs = {Need::kTakedown};
  facts.legal_bases = {"uu-12-2022"};
  return first_referral(referral_message(facts));
}

Entry entry() {
  Entry out;
  out.index = LogIndex{1};
  out.time = noon();
  out.release = ReleaseVersion{1};
  out.cause = MessageCause{wire::encode_message(first_referral()),
                           {UnitId("kpai"), "sign-1", {1, 2, 3}, 2, 1, {Digest{4}}}};
  out.outcome = decide::decide(nullptr, {first_referral()}, *small_table(), noon());
  return out;
}

// As it was before there were guarantees: its bytes must stay what they were.
Release first_release() {
  Release release = small_release();
  release.edition = Edition::kFirst;
  release.rules.front().inform.clear();
  release.rules.back().needs = {Need::kProtection};
  return release;
}

Release release_of_second_edition() {
  Release release = first_release();
  release.edition = Edition::kPresentFacts;
  return release;
}

Release release_with_guarantee() {
  Release release = first_release();
  Guarantee guarantee;
  guarantee.id = RuleId("G1");
  guarantee.when.victim_age = {VictimAge::kAdult};
  guarantee.excluded_agency = {AgencyId("police")};
  guarantee.terminal_level = {Level::kNational};
  release.guarantees = {guarantee};
  release.deadlines.transfer_offer_within_s = 3600;
  return release;
}

Message transfer() {
  Message message =
      case_message(referral(), UnitId("polres.a"), 3,
                   Transfer{Need::kInvestigation, UnitId("polres.b"), Reason::kOther}, 3);
  message.recipients = {UnitId("polres.b")};
  message.payload = first_referral().payload;
  return message;
}

Entry entry_of(Cause cause, Event event) {
  Entry out;
  out.index = LogIndex{2};
  out.time = noon();
  out.release = ReleaseVersion{1};
  out.cause = std::move(cause);
  out.outcome.events = {std::move(event)};
  out.outcome.case_version = 4;
  out.outcome.owner = UnitId("polres.b");
  return out;
}

Entry offered() {
  Event event{.type = EventType::kOffered};
  event.unit = UnitId("polres.b");
  event.function = FunctionId("investigation");
  event.rule = RuleId("I4");
  event.units = {UnitId("polres.b"), UnitId("bareskrim")};
  event.accept_within_s = 86400;
  event.deadline = noon();
  event.assist = 1;
  event.basis = OfferBasis::kFacts;
  return entry_of(DeadlineCause{referral().case_id, Need::kInvestigation, 1, Subject::kOffer},
                  std::move(event));
}

Entry linked() {
  Event event{.type = EventType::kLinked};
  event.unit = UnitId("polres.b");
  event.case_id = referral().case_id;
  return entry_of(LinkCause{referral_message(offline_facts(), 2).case_id, referral().case_id},
                  std::move(event));
}

Order hold() { return order_about(referral(), OrderKind::kHold); }

Entry held() {
  Event event{.type = EventType::kHeld};
  event.legal_basis = hold().legal_basis;
  return entry_of(OrderCause{hold().case_id, signed_order(hold(), {"admin-1"})}, std::move(event));
}

wire::Submission submission() {
  wire::Submission out;
  out.request_id = 7;
  out.unit = UnitId("kpai");
  out.key_id = "sign-1";
  out.signature = {9};
  out.messages = {{wire::encode_message(referral()), to_bytes(as_bytes("sealed"))}};
  return out;
}

std::vector<std::pair<std::string, Bytes>> samples() {
  return {{"referral", wire::encode_message(referral())},
          {"accept", wire::encode_message(case_message(referral(), UnitId("polres.a"), 1,
                                                       Accept{Need::kInvestigation}, 2))},
          {"entry", *wire::encode_entry(entry())},
          {"submission_header", wire::encode(submission())[1]},
          {"release", wire::encode_release(first_release())},
          {"release_with_guarantee", wire::encode_release(release_with_guarantee())},
          {"release_of_second_edition", wire::encode_release(release_of_second_edition())},
          {"transfer", wire::encode_message(transfer())},
          {"entry_offered", *wire::encode_entry(offered())},
          {"entry_linked", *wire::encode_entry(linked())},
          {"order", wire::encode_order(hold())},
          {"signed_order", signed_order(hold(), {"admin-1", "admin-2"})},
          {"entry_held", *wire::encode_entry(held())},
          {"signed_tuple",
           wire::submission_signing_bytes(kOrigin, UnitId("kpai"), 1, sha256(as_bytes("x")))}};
}

}  // namespace

TEST_CASE("what is encoded is byte for byte what schemas/golden holds") {
  for (const auto& [name, bytes] : samples()) {
    INFO(name);
    REQUIRE(as_lines(bytes) == golden(name));
  }
}

TEST_CASE("golden bytes are read as what they were written from") {
  REQUIRE(*wire::decode_message(golden_bytes("referral")) == referral());
  REQUIRE(*wire::decode_entry(golden_bytes("entry")) == entry());
  REQUIRE(*wire::decode_release(golden_bytes("release")) == first_release());
  REQUIRE(*wire::decode_release(golden_bytes("release_with_guarantee")) ==
          release_with_guarantee());
  REQUIRE(*wire::decode_release(golden_bytes("release_of_second_edition")) ==
          release_of_second_edition());
  REQUIRE(*wire::decode_message(golden_bytes("transfer")) == transfer());
  REQUIRE(*wire::decode_entry(golden_bytes("entry_offered")) == offered());
  REQUIRE(*wire::decode_entry(golden_bytes("entry_linked")) == linked());
  REQUIRE(*wire::decode_order(golden_bytes("order")) == hold());
  REQUIRE(*wire::order_in(golden_bytes("signed_order")) == hold());
  REQUIRE(*wire::decode_entry(golden_bytes("entry_held")) == held());
}

// Run by name when the protocol's version changes, never otherwise.
TEST_CASE("write the golden bytes anew", "[.]") {
  for (const auto& [name, bytes] : samples()) {
    std::ofstream(kFolder + name + ".hex") << as_lines(bytes);
  }
}
