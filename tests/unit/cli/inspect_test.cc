#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>

#include "broker/crypto/sha256.h"
#include "broker/seal/seal.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/cli/data_folder.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

constexpr std::string_view kNarrative = "nobody but the recipient reads this";

Message note() {
  Message message;
  message.message_id = MessageId{make_uuid7(1'770'000'000'000, {1})};
  message.case_id = case_id_of(message.message_id);
  message.sender = UnitId("kpai");
  message.sent_at = time_from_us(1'770'000'000'000'000);
  message.release = ReleaseVersion{1};
  message.recipients = {UnitId("uptd-ppa.31")};
  message.body = Note{};
  return message;
}

SealedPayload sealed_for_one(const Message& message) {
  const auto key = X25519SecretKey::from_seed({3});
  const SealRecipient recipient{UnitId("uptd-ppa.31"), "seal-1", key.public_key()};
  return seal(as_bytes(kNarrative), {message.message_id, message.case_id, message.sender},
              std::span(&recipient, 1),
              {.key = {1}, .nonce = {2}, .salt = {3}, .ephemeral_seeds = {{4}}})
      .value();
}

std::string write(const TemporaryFolder& folder, const char* name, ByteView bytes) {
  std::ofstream(folder / name, std::ios::binary) << as_text(bytes);
  return folder / name;
}

}  // namespace

TEST_CASE("inspect shows a receipt with its entry and checkpoint") {
  const DataFolder data;
  const Ran ran = run_cli({"inspect", "--json", data.receipt_file()});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const json shown = json::parse(ran.out);
  CHECK(shown["receipt"]["index"] == 1);
  CHECK(shown["checkpoint"]["size"] == 2);
  CHECK(shown["checkpoint"]["signed_by"] == json({"example.org/log"}));
  CHECK(shown["entry"]["cause"]["message"]["facts"]["victims"] == json({"31.71"}));
}

TEST_CASE("inspect shows a message and the size of its payload") {
  const TemporaryFolder folder;
  Message message = note();
  message.payload = sealed_for_one(message).ref;
  const Ran ran =
      run_cli({"inspect", "--json", write(folder, "message", wire::encode_message(message))});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  const json shown = json::parse(ran.out)["message"];
  CHECK(shown["kind"] == "note");
  CHECK(shown["recipients"] == json({"uptd-ppa.31"}));
  CHECK(shown["payload"]["bytes"] == message.payload->size);
}

TEST_CASE("inspect shows for whom a payload is sealed and nothing of it") {
  const TemporaryFolder folder;
  const SealedPayload payload = sealed_for_one(note());
  const Ran ran = run_cli({"inspect", "--json", write(folder, "payload", payload.bytes)});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(json::parse(ran.out) == json({{"sealed payload",
                                       {{"digest", to_hex(sha256(payload.bytes))},
                                        {"bytes", payload.bytes.size()},
                                        {"boxes", {"uptd-ppa.31"}}}}}));
}

TEST_CASE("inspect refuses a message that was cut short") {
  const TemporaryFolder folder;
  Bytes bytes = wire::encode_message(note());
  bytes.pop_back();
  const Ran ran = run_cli({"inspect", write(folder, "message", bytes)});
  CHECK(ran.exit_code == 2);
  CHECK(ran.err.find("message.malformed") != std::string::npos);
}

TEST_CASE("inspect prints lines for people without --json") {
  const TemporaryFolder folder;
  Message message = note();
  message.payload = sealed_for_one(message).ref;
  const Ran ran = run_cli({"inspect", write(folder, "message", wire::encode_message(message))});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.out.find("message:\n  message: ") == 0);
  CHECK(ran.out.find("\n  kind: note\n  sender: kpai\n") != std::string::npos);
}

}  // namespace rujukan::test
