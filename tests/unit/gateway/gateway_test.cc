#include "adapters/sdk/anchor.h"
#include "broker/base/limits.h"
#include "broker/runtime/key_files.h"
#include "broker/sequencer/sequencer.h"
#include "tests/support/small_station.h"
#include "tests/unit/gateway/gateway_in_test.h"
#include "tests/unit/sdk/station_in_test.h"

using namespace rujukan;
using namespace rujukan::gateway;
using namespace rujukan::test;
using nlohmann::json;

namespace {

// That the second names the first.
std::string link_between(const Message& first, const Message& second) {
  return json({{"kind", "link"},
               {"case", to_string(first.case_id)},
               {"events", {{{"type", "linked"}, {"case", to_string(second.case_id)}}}}})
      .dump();
}

}  // namespace

TEST_CASE("a record goes to done with its receipt and what was decided") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look_and_run();
  REQUIRE(kpai.list("done") ==
          std::vector<std::string>{"a.json", "a.json.receipt.tlog-proof", "a.json.result.json"});
  const json result = kpai.read("done/a.json.result.json");
  REQUIRE(result["owner"] == "polres.a");
  REQUIRE(result["case"] == result["message"]);
  REQUIRE(result["assignments"].size() == 2);
  REQUIRE(result["assignments"][0]["unit"] == "polres.a");
  REQUIRE(result["assignments"][0]["chain"] == json{"polres.a", "polda", "bareskrim"});
  REQUIRE(result["informed"] == json{"kpai"});
  REQUIRE(kpai.list("outgoing/.taken").empty());
  REQUIRE(*kpai.gateway->station().outbox().size() == 0);
}

TEST_CASE("a bad record goes to failed with code and field and reason and never its value") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.connect();
  json record = sample_record();
  record["jenis_dugaan"] = {"RAHASIA"};
  kpai.write("outgoing/a.json", record.dump());
  kpai.write("outgoing/b.json", "{");
  record = sample_record();
  record["uraian"] = std::string(limits::kPayloadBytes, 'x');
  kpai.write("outgoing/c.json", record.dump());
  kpai.look_and_run();
  REQUIRE(kpai.list("failed").size() == 6);
  const json error = kpai.read("failed/a.json.error.json");
  REQUIRE(error["code"] == "mapping.unknown_code");
  REQUIRE(error["field"] == "/jenis_dugaan/0");
  REQUIRE(error["reason"].get<std::string>().find("does not know this code") != std::string::npos);
  REQUIRE(error.size() == 3);
  REQUIRE(error.dump().find("RAHASIA") == std::string::npos);
  REQUIRE(kpai.read("failed/b.json.error.json")["code"] == "record.malformed");
  REQUIRE(kpai.read("failed/c.json.error.json")["code"] == "payload.too_large");
  REQUIRE(broker.log_size() == 1);
}

TEST_CASE("a record waits in the folder until a release is held") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look();
  kpai.look();
  REQUIRE(kpai.list("outgoing/.taken").size() == 1);
  kpai.connect();
  kpai.look();
  kpai.run();
  kpai.look();
  REQUIRE(kpai.has("done/a.json"));
}

TEST_CASE("a crash between any two steps neither loses nor repeats a record") {
  // Taken; planned; sent and the answer lost; answered.
  for (const int step : {0, 1, 2, 3}) {
    INFO(step);
    MemoryBroker broker;
    GatewayInTest kpai(broker, "kpai");
    if (step > 0) kpai.connect();
    kpai.write("outgoing/a.json", sample_record().dump());
    kpai.look();
    kpai.look();
    if (step == 2) {
      REQUIRE(kpai.try_run([](wire::Frames& frames) {
                    return *wire::read_frame_type(frames[0]) != wire::FrameType::kOutcome;
                  })
                  .ok());
    }
    if (step == 3) kpai.run();
    REQUIRE(kpai.start().ok());
    kpai.connect();
    kpai.look();
    kpai.run();
    kpai.look();
    REQUIRE(kpai.has("done/a.json"));
    REQUIRE(kpai.list("done").size() == 3);
    CHECK(kpai.list("waiting").empty());
    // The release, the referral, and the acknowledgement of its copy.
    REQUIRE(broker.log_size() == 3);
  }
}

TEST_CASE("the owner finds the case opened in incoming and accepts it with a file") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  GatewayInTest police(broker, "police");
  kpai.connect();
  police.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look_and_run();
  police.run();
  REQUIRE(police.list("incoming") == std::vector<std::string>{"0000000001-referral-polres.a.json"});
  const json delivery = police.read("incoming/0000000001-referral-polres.a.json");
  REQUIRE(delivery["kind"] == "referral");
  REQUIRE(delivery["from"] == "kpai");
  REQUIRE(delivery["unit"] == "polres.a");
  REQUIRE(delivery["owner"] == "polres.a");
  REQUIRE(delivery["facts"]["victims"] == json{"11.01"});
  REQUIRE(delivery["narrative"]["korban"][0]["nama"] == "[NAMA KORBAN - CONTOH]");
  REQUIRE(delivery["seal"] == "opened");
  REQUIRE(delivery["verified"] == true);
  // KPAI is informed of its own case: coded facts, no narrative.
  const json copy = kpai.read("incoming/0000000001-referral-kpai.json");
  REQUIRE(copy["seal"] == "none");
  REQUIRE_FALSE(copy.contains("narrative"));

  const json answer{{"kind", "accept"},
                    {"case", delivery["case"]},
                    {"unit", "polres.a"},
                    {"need", "investigation"}};
  police.write("outgoing/x.answer.json", answer.dump());
  police.look_and_run();
  REQUIRE(police.read("done/x.answer.json.result.json")["kind"] == "accept");
  kpai.run();
  bool told = false;
  for (const std::string& name : kpai.list("incoming")) {
    told = told || kpai.read("incoming/" + name)["kind"] == "accept";
  }
  REQUIRE(told);
}

TEST_CASE("answers that cannot be given go to failed") {
  MemoryBroker broker;
  GatewayInTest police(broker, "police");
  police.connect();
  police.write("outgoing/b.answer.json", "{\"kind\":\"close\"}");
  police.write("outgoing/c.json", "{}");
  police.look_and_run();
  REQUIRE(police.read("failed/b.answer.json.error.json")["code"] == "answer.invalid");
  REQUIRE(police.read("failed/b.answer.json.error.json")["field"] == "case");
  REQUIRE(police.read("failed/c.json.error.json")["code"] == "config.missing");
}

TEST_CASE("a gateway that accepts automatically makes the case accepted") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  GatewayInTest police(broker, "police", true);
  kpai.connect();
  police.connect();
  kpai.write("outgoing/a.json", sample_record().dump());
  kpai.look_and_run();
  police.run();
  kpai.run();
  bool accepted = false;
  for (const std::string& name : kpai.list("incoming")) {
    accepted = accepted || kpai.read("incoming/" + name)["kind"] == "accept";
  }
  REQUIRE(accepted);
}

TEST_CASE("a unit that is kept out keeps no file of the case, whatever the station knows of it") {
  MemoryBroker broker;
  Release release = guarded_release();
  release.version = ReleaseVersion{2};
  broker.inner.sequencer->offer_release(signed_small_release(release));
  broker.tick();
  StationInTest centre(broker, "centre");
  GatewayInTest police(broker, "police");
  centre.run();
  police.connect();
  std::vector<Message> openings;
  for (const char* ticket : {"first", "second"}) {
    const auto planned = centre.planner().referral({UnitId("uptd"), adult_facts(), {}, "[CONTOH]"});
    REQUIRE(planned);
    centre.post(ticket, *planned);
    openings.push_back(planned->message);
  }
  REQUIRE(centre.exchange());
  police.run();
  const auto files = police.list("incoming");
  REQUIRE(files.size() == 2);
  // As a crash leaves it between the file and the database, and what is none of the gateway's.
  const json first = police.read("incoming/" + files[0]);
  REQUIRE(first["case"] == to_string(openings[0].case_id));
  police.write("incoming/000000000009-note-polres.a.json", first.dump());
  police.write("incoming/000000000009-note-polres.b.json", first.dump());
  police.write("incoming/000000000009-progress-polres.a.json", "{");
  police.write("incoming/notes.json", first.dump());
  // Another case's, that says who owns this one; and one that names a third.
  police.write("incoming/000000000007-link-polres.a.json", link_between(openings[1], openings[0]));
  police.write("incoming/000000000006-link-polres.a.json", link_between(openings[1], openings[1]));
  // What cannot be read may be one: the exclusion is not acknowledged before it is gone.
  const std::string unread = "incoming/000000000008-note-polres.a.json";
  police.write(unread, std::string(limits::kDeliveryFileBytes + 1, ' '));
  sdk::FactsAddition addition;
  addition.consent = Consent::kWithheldPolice;
  const auto known = centre.station->cases().find(openings[0].case_id);
  REQUIRE((known && *known));
  const auto withdrawn =
      centre.planner().answer({UnitId("uptd"), openings[0].case_id, NewFacts{}, "", addition},
                              **known, *centre.station->cases().payloads(openings[0].case_id));
  REQUIRE(withdrawn);
  centre.post("withdrawn", *withdrawn);
  REQUIRE(centre.exchange());
  police.run();
  CHECK_FALSE(police.has("incoming/" + files[0]));
  CHECK_FALSE(broker.inner.mail_of("polres.a").empty());
  police.remove(unread);
  REQUIRE(police.start());
  police.connect();
  CHECK(broker.inner.mail_of("polres.a").empty());
  const auto left = police.list("incoming");
  const auto lies = [&left](const std::string& name) {
    return std::find(left.begin(), left.end(), name) != left.end();
  };
  CHECK_FALSE(lies(files[0]));
  CHECK_FALSE(lies("000000000009-note-polres.a.json"));
  CHECK(lies(files[1]));
  CHECK(lies("000000000009-note-polres.b.json"));
  CHECK(lies("000000000009-progress-polres.a.json"));
  CHECK(lies("notes.json"));
  CHECK_FALSE(lies("000000000007-link-polres.a.json"));
  CHECK(lies("000000000006-link-polres.a.json"));
  CHECK(left.size() == 6);  // and the notice
}

TEST_CASE("one folder serves one gateway at a time") {
  MemoryBroker broker;
  GatewayInTest kpai(broker, "kpai");
  auto second = Gateway::open({kpai.gateway->parts().config, small_anchor(),
                               sdk::UnitKeys(small_secrets("kpai")), std::nullopt},
                              broker.inner.clock);
  REQUIRE_FALSE(second);
  REQUIRE(second.error().code == ErrorCode::kStoreLocked);
}
