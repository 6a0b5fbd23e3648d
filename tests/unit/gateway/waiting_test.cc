// What waits at a gateway, in which order it goes, and what a person sees of it.
#include <catch2/catch.hpp>

#include "broker/sequencer/sequencer.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/support/small_release.h"
#include "tests/unit/gateway/gateway_in_test.h"

using namespace rujukan;
using namespace rujukan::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

void activate(MemoryBroker& broker, const Release& release) {
  broker.inner.sequencer->offer_release(signed_small_release(release));
  broker.tick();
  REQUIRE(broker.inner.sequencer->table()->release().version == release.version);
}

Release next_release(std::uint32_t version = 2) {
  Release release = small_release();
  release.version = ReleaseVersion{version};
  return release;
}

// A case of kpai's that polres.a has in its mail; its id.
std::string open_case(GatewayInTest& kpai, GatewayInTest& police) {
  kpai.connect();
  police.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look_and_run();
  police.run();
  return police.read("incoming/0000000001-referral-polres.a.json")["case"];
}

json answer(const char* kind, const std::string& case_id, json more = {}) {
  json out{{"kind", kind}, {"case", case_id}, {"unit", "polres.a"}};
  for (const auto& [key, value] : more.items()) out[key] = value;
  return out;
}

}  // namespace

TEST_CASE("a record that the release does not allow waits, says why, and goes by itself") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  json record = sample_record();
  record["tempat_kejadian"] = {"97.01"};
  kpai.write("outgoing/a.json", record.dump());
  kpai.look_and_run();
  CHECK(kpai.list("failed").empty());
  const json sign = kpai.read("waiting/a.json.waiting.json");
  CHECK(sign["code"] == "release.refuses");
  CHECK(sign["field"] == "facts.invalid");
  CHECK(sign["reason"].get<std::string>().find("unknown area 97.01") != std::string::npos);
  CHECK(sign["since"].get<std::string>().starts_with("2026-"));
  Release release = next_release();
  Area area = release.areas.back();
  area.code = AreaCode("97.01");
  release.areas.push_back(area);
  activate(broker, release);
  kpai.connect();
  kpai.look();
  kpai.run();
  kpai.look();
  CHECK(kpai.has("done/a.json"));
  CHECK(kpai.list("waiting").empty());
}

TEST_CASE("a record that waits for a release holds up no other") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  json record = sample_record();
  record["tempat_kejadian"] = {"97.01"};
  for (int i = 10; i < 60; ++i) {
    kpai.write("outgoing/a" + std::to_string(i) + ".json", record.dump());
  }
  kpai.write("outgoing/b.json", sample_record().dump());
  for (int i = 0; i < 4; ++i) kpai.look_and_run();
  CHECK(kpai.has("done/b.json"));
  CHECK(kpai.list("waiting").size() == 50);
}

TEST_CASE("an answer that comes before its delivery waits for it") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  GatewayInTest police(broker, "police");
  kpai.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look_and_run();
  const std::string id = kpai.read("done/a.json.result.json")["case"];
  // It holds the release, and the mail does not come.
  const auto no_mail = [](wire::Frames& frames) {
    return *wire::read_frame_type(frames[0]) != wire::FrameType::kDelivery;
  };
  police.write("outgoing/x.answer.json", answer("accept", id, {{"need", "investigation"}}).dump());
  police.connect(no_mail);
  police.look();
  police.look();
  CHECK(police.list("failed").empty());
  CHECK(police.read("waiting/x.answer.json.waiting.json")["code"] == "case.awaited");
  police.connect();
  police.look();
  police.run();
  police.look();
  CHECK(police.has("done/x.answer.json"));
  CHECK(police.list("waiting").empty());
}

TEST_CASE("twelve answers at once are logged in their order, each for its own version") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  GatewayInTest police(broker, "police");
  const std::string id = open_case(kpai, police);
  police.write("outgoing/00.answer.json", answer("accept", id, {{"need", "investigation"}}).dump());
  for (int i = 0; i < 12; ++i) {
    const char* state = i % 2 == 0 ? "in-progress" : "on-hold";
    police.write("outgoing/p" + std::to_string(10 + i) + ".answer.json",
                 answer("progress", id, {{"need", "investigation"}, {"state", state}}).dump());
  }
  police.look();
  police.look();
  // Others move the case meanwhile: kpai acknowledges what it is told.
  for (int turn = 0; turn < 14; ++turn) {
    police.run();
    kpai.run();
    REQUIRE(police.gateway->advance());
  }
  CHECK(police.list("failed").empty());
  REQUIRE(police.list("done").size() == 3 * 13);
  std::uint64_t last = 0;
  for (int i = 0; i < 12; ++i) {
    const json result = police.read("done/p" + std::to_string(10 + i) + ".answer.json.result.json");
    CHECK(result["version"].get<std::uint64_t>() > last);
    last = result["version"];
  }
}

TEST_CASE("forty notes of a unit are logged in their order, and hold up no other case") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  GatewayInTest police(broker, "police");
  const std::string id = open_case(kpai, police);
  kpai.write("outgoing/b.json", sample_record().dump());
  kpai.look_and_run();
  police.run();
  const std::string other = kpai.read("done/b.json.result.json")["case"];
  for (int i = 0; i < 40; ++i) {
    police.write("outgoing/n" + std::to_string(10 + i) + ".answer.json",
                 answer("note", id, {{"text", std::to_string(10 + i)}}).dump());
  }
  police.write("outgoing/z.answer.json",
               answer("accept", other, {{"need", "investigation"}}).dump());
  police.look();
  police.look();
  REQUIRE(police.gateway->advance());
  police.run();
  police.look();
  CHECK(police.has("done/z.answer.json"));
  for (int turn = 0; turn < 45; ++turn) {
    police.run();
    REQUIRE(police.gateway->advance());
  }
  kpai.run();
  std::vector<std::string> texts;
  for (const std::string& name : kpai.list("incoming")) {
    const json delivery = kpai.read("incoming/" + name);
    if (delivery["kind"] == "note") texts.push_back(delivery["narrative"].dump());
  }
  REQUIRE(texts.size() == 40);
  CHECK(std::ranges::is_sorted(texts));
}

TEST_CASE("the most urgent of what waits goes first, and then the oldest") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  json record = sample_record();
  for (const auto& [name, urgency] :
       {std::pair("a", "biasa"), std::pair("b", "biasa"), std::pair("c", "segera")}) {
    record["prioritas"] = urgency;
    kpai.write(std::string("outgoing/") + name + ".json", record.dump());
  }
  kpai.look_and_run();
  const auto index_of = [&kpai](const char* name) {
    return kpai.read(std::string("done/") + name + ".json.result.json")["index"]
        .get<std::uint64_t>();
  };
  CHECK(index_of("c") < index_of("a"));
  CHECK(index_of("a") < index_of("b"));
}

TEST_CASE("an urgent record behind more than are planned in one turn is planned before them") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  json record = sample_record();
  record["prioritas"] = "biasa";
  for (int i = 100; i < 200; ++i) {
    kpai.write("outgoing/a" + std::to_string(i) + ".json", record.dump());
  }
  record["prioritas"] = "segera";
  kpai.write("outgoing/z.json", record.dump());
  kpai.look();
  kpai.look();
  CHECK(kpai.gateway->has_more());
  kpai.run();
  REQUIRE(kpai.gateway->advance());
  CHECK(kpai.has("done/z.json"));
  CHECK(kpai.list("done").size() < 3 * 40);
}

TEST_CASE("what is ignored is said as long as it lies there") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.write("outgoing/a.JSON", "{}");
  kpai.look();
  kpai.look();
  const std::string text = read_file(kpai.path("ignored.txt"), 1 << 20).value();
  CHECK(text.find("\"a.JSON\" its name does not end in .json") != std::string::npos);
  kpai.remove("outgoing/a.JSON");
  kpai.look();
  CHECK_FALSE(kpai.has("ignored.txt"));
}

TEST_CASE("a record that is not sent for want of a broker says so, and no longer when it is") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  kpai.gateway->station().disconnected();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look();
  kpai.look();
  CHECK(kpai.list("waiting").empty());
  broker.inner.clock.advance(std::chrono::seconds(11));
  kpai.look();
  CHECK(kpai.read("waiting/a.json.waiting.json")["code"] == "broker.unreachable");
  // The sign of a process that ended is put again, and only while it holds.
  REQUIRE(kpai.start());
  CHECK(kpai.list("waiting").empty());
  kpai.look();
  CHECK(kpai.list("waiting").size() == 1);
  kpai.connect();
  kpai.look();
  CHECK(kpai.has("done/a.json"));
  CHECK(kpai.list("waiting").empty());
}

TEST_CASE("a folder that cannot take a delivery is said as what it is, and the delivery comes") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  GatewayInTest police(broker, "police");
  kpai.connect();
  police.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look_and_run();
  fs::rename(police.path("incoming"), police.path("away"));
  REQUIRE(police.try_run());
  CHECK_FALSE(police.gateway->station().distrusts());
  CHECK(police.gateway->station().welcomed());
  CHECK(broker.inner.mail_of("polres.a").size() == 1);
  fs::rename(police.path("away"), police.path("incoming"));
  // After a back-off of seconds, on the same connection; a new one does not wait for it.
  police.connect();
  CHECK(police.list("incoming").size() == 1);
  CHECK(broker.inner.mail_of("polres.a").empty());
}

TEST_CASE("a folder that is gone stops nothing else and is used again when it is back") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look();
  kpai.look();
  kpai.run();
  for (const char* folder : {"done", "outgoing"}) {
    INFO(folder);
    fs::rename(kpai.path(folder), kpai.path("away"));
    kpai.look();
    kpai.look();
    CHECK(kpai.has("TROUBLE.txt"));
    fs::rename(kpai.path("away"), kpai.path(folder));
    kpai.look();
    CHECK_FALSE(kpai.has("TROUBLE.txt"));
  }
  CHECK(kpai.list("done").size() == 3);
  // The referral and the acknowledgement of its copy: it was sent once.
  kpai.run();
  CHECK(broker.log_size() == 3);
}
