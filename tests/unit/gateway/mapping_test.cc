#include "adapters/gateway/mapping.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "broker/runtime/file.h"

using namespace rujukan;
using namespace rujukan::gateway;
using nlohmann::json;

namespace {

std::string adapter_file(const std::string& name) {
  const std::string path = std::string(RUJUKAN_SOURCE_DIR) + "/adapters/" + name;
  return read_file(path, 1 << 20).value();
}

Mapping mapping_of(const std::string& agency) {
  const std::string name = agency + "/mapping.toml";
  auto mapping = Mapping::parse(adapter_file(name), name);
  INFO((mapping ? "" : to_string(mapping.error())));
  REQUIRE(mapping);
  return *mapping;
}

sdk::Record sample(const std::string& agency, const std::string& name) {
  auto record = mapping_of(agency).map(adapter_file(agency + "/samples/" + name));
  INFO((record ? "" : to_string(record.error())));
  REQUIRE(record);
  return *record;
}

// Sample 1 with one change.
Result<sdk::Record> changed(const std::function<void(json&)>& change) {
  json record = json::parse(adapter_file("kpai/samples/1-pengaduan.json"));
  change(record);
  return mapping_of("kpai").map(record.dump());
}

}  // namespace

TEST_CASE("sample 1 is a sexual extortion of a child across two provinces") {
  const sdk::Record record = sample("kpai", "1-pengaduan.json");
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kSexualExtortion};
  facts.victim_age = VictimAge::kChild;
  facts.victims = {AreaCode("31.71")};
  facts.suspects = {AreaCode("18.71")};
  facts.urgency = Urgency::kUrgent;
  facts.consent = Consent::kNotRequired;
  facts.needs = {Need::kInvestigation, Need::kProtection};
  facts.legal_bases = {"uu-35-2014", "uu-12-2022"};
  REQUIRE(record.sender == UnitId("kpai"));
  REQUIRE(record.facts == facts);
  REQUIRE(record.evidence.empty());
}

TEST_CASE("sample 2 is a grooming of two children in two provinces") {
  const sdk::Record record = sample("social_affairs", "2-laporan.json");
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kGrooming};
  facts.victim_age = VictimAge::kChild;
  facts.victims = {AreaCode("32.73"), AreaCode("35.78")};
  facts.urgency = Urgency::kUrgent;
  facts.consent = Consent::kNotRequired;
  facts.needs = {Need::kInvestigation, Need::kProtection};
  REQUIRE(record.sender == UnitId("kemensos.anak"));
  REQUIRE(record.facts == facts);
}

TEST_CASE("sample 3 is an offline case in a district without a centre of its own") {
  const sdk::Record record = sample("service_centre", "3-registrasi.json");
  Facts facts;
  facts.mode = Mode::kOffline;
  facts.categories = {Category::kContactSexualAbuse};
  facts.victim_age = VictimAge::kChild;
  facts.victims = {AreaCode("32.04")};
  facts.incidents = {AreaCode("32.04")};
  facts.urgency = Urgency::kRoutine;
  facts.consent = Consent::kNotRequired;
  facts.needs = {Need::kInvestigation, Need::kProtection};
  REQUIRE(record.sender == UnitId("uptd-ppa.32.73"));
  REQUIRE(record.facts == facts);
}

TEST_CASE("sample 4 is a protected adult who withholds consent to the police") {
  const sdk::Record record = sample("service_centre", "4-registrasi.json");
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kPropertyCrime};
  facts.victim_age = VictimAge::kAdult;
  facts.victims = {AreaCode("31.71")};
  facts.urgency = Urgency::kUrgent;
  facts.consent = Consent::kWithheldPolice;
  facts.needs = {Need::kInvestigation, Need::kProtection};
  facts.victim_protected = true;
  REQUIRE(record.sender == UnitId("uptd-ppa.31"));
  REQUIRE(record.facts == facts);
}

TEST_CASE("sample 5 is a content report with a suspect abroad and a hash as evidence") {
  const sdk::Record record = sample("communications_ministry", "5-aduan.json");
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kCsam};
  facts.victim_age = VictimAge::kUnknown;
  facts.suspects = {AreaCode("XX")};
  facts.urgency = Urgency::kImmediate;
  facts.consent = Consent::kNotRequired;
  facts.needs = {Need::kTakedown, Need::kInvestigation};
  facts.legal_bases = {"uu-11-2008", "uu-44-2008"};
  REQUIRE(record.sender == UnitId("komdigi.aduan"));
  REQUIRE(record.facts == facts);
  Digest digest{};
  digest.back() = 5;
  REQUIRE(record.evidence ==
          std::vector{Evidence{digest, EvidenceKind::kReference, UnitId("komdigi.aduan")}});
}

TEST_CASE("the narrative holds what the mapping lists and nothing else") {
  const json narrative = json::parse(sample("kpai", "1-pengaduan.json").narrative);
  std::vector<std::string> keys;
  for (const auto& [key, value] : narrative.items()) keys.push_back(key);
  REQUIRE(keys ==
          std::vector<std::string>{"korban", "nomor", "pelapor", "tanggal", "terlapor", "uraian"});
  REQUIRE(narrative["korban"][0]["nama"] == "[NAMA KORBAN - CONTOH]");
  REQUIRE(narrative.dump().find("catatan_internal") == std::string::npos);
}

TEST_CASE("a code that the mapping does not know is refused with its place and not its value") {
  const auto record = changed([](json& r) {
    r["jenis_dugaan"] = {"pemerasan_seksual", "RAHASIA"};
  });
  REQUIRE_FALSE(record);
  REQUIRE(record.error().code == ErrorCode::kMappingUnknownCode);
  REQUIRE(record.error().field == "/jenis_dugaan/1");
  REQUIRE(to_string(record.error()).find("RAHASIA") == std::string::npos);
}

TEST_CASE("an area that is no code is refused with its place") {
  for (const char* area : {"3171", "31.7", "Jakarta", "", "31.71 "}) {
    const auto record = changed([&](json& r) { r["korban"][0]["kode_wilayah"] = area; });
    REQUIRE_FALSE(record);
    REQUIRE(record.error().code == ErrorCode::kMappingUnknownCode);
    REQUIRE(record.error().field == "/korban/0/kode_wilayah");
  }
}

TEST_CASE("a value of a kind that codes never have is refused") {
  for (const json& value : {json(1.5), json::object(), json::array({"daring"})}) {
    const auto record = changed([&](json& r) { r["media"] = value; });
    REQUIRE_FALSE(record);
    REQUIRE(record.error() == Error{ErrorCode::kMappingUnknownCode, "/media",
                                    "neither a string nor a whole number nor a boolean"});
  }
}

TEST_CASE("a missing or null field without a default is refused with its place") {
  for (const char* key : {"media", "jenis_dugaan", "permohonan", "uraian"}) {
    for (const bool erase : {true, false}) {
      const auto record = changed([&](json& r) {
        if (erase) {
          r.erase(key);
        } else {
          r[key] = nullptr;
        }
      });
      INFO(key);
      REQUIRE_FALSE(record);
      REQUIRE(record.error().code == ErrorCode::kMappingMissing);
      REQUIRE(record.error().field.find(std::string("/") + key) == 0);
    }
  }
}

TEST_CASE("a list without elements is empty and a single value without any is missing") {
  const auto without_needs = changed([](json& r) { r["permohonan"] = json::array(); });
  REQUIRE(without_needs);
  REQUIRE(without_needs->facts.needs.empty());
  json record = json::parse(adapter_file("service_centre/samples/4-registrasi.json"));
  record["klien"] = json::array();
  const auto nobody = mapping_of("service_centre").map(record.dump());
  REQUIRE_FALSE(nobody);
  REQUIRE(nobody.error().code == ErrorCode::kMappingMissing);
  REQUIRE(nobody.error().field == "/klien/*/golongan_usia");
}

TEST_CASE("a default stands in only where the mapping gives one") {
  const auto record = changed([](json& r) {
    r.erase("terlapor");
    r["korban"][0].erase("kode_wilayah");
    r["korban"][0].erase("kelompok_usia");
  });
  REQUIRE(record);
  REQUIRE(record->facts.suspects.empty());
  REQUIRE(record->facts.victims.empty());
  REQUIRE(record->facts.victim_age == VictimAge::kUnknown);
}

TEST_CASE("repeated areas are named once and differing ages give what the mapping says") {
  const auto record = changed([](json& r) {
    r["korban"].push_back(r["korban"][0]);
    r["korban"].push_back({{"kelompok_usia", "dewasa"}, {"kode_wilayah", "32.73"}});
  });
  REQUIRE(record);
  REQUIRE(record->facts.victims == std::vector{AreaCode("31.71"), AreaCode("32.73")});
  REQUIRE(record->facts.victim_age == VictimAge::kChild);
}

TEST_CASE("a package stands for several kinds of harm and packages for both places are mixed") {
  json record = json::parse(adapter_file("social_affairs/samples/2-laporan.json"));
  record["laporan"]["paket"].push_back({{"kode", "P-22"}});
  const auto mapped = mapping_of("social_affairs").map(record.dump());
  REQUIRE(mapped);
  REQUIRE(mapped->facts.mode == Mode::kMixed);
  REQUIRE(mapped->facts.categories == std::vector{Category::kGrooming,
                                                  Category::kContactSexualAbuse,
                                                  Category::kPsychologicalViolence});
}

TEST_CASE("an undotted area code is dotted and a dotted one is refused there") {
  json record = json::parse(adapter_file("social_affairs/samples/2-laporan.json"));
  record["penerima_manfaat"][0]["domisili"]["kabkota"] = "32.73";
  const auto mapped = mapping_of("social_affairs").map(record.dump());
  REQUIRE_FALSE(mapped);
  REQUIRE(mapped.error().field == "/penerima_manfaat/0/domisili/kabkota");
}

TEST_CASE("evidence with a bad hash is refused with its place") {
  json record = json::parse(adapter_file("communications_ministry/samples/5-aduan.json"));
  record["konten"].push_back(record["konten"][0]);
  record["konten"][1]["sha256"] = "00";
  const auto mapped = mapping_of("communications_ministry").map(record.dump());
  REQUIRE_FALSE(mapped);
  REQUIRE(mapped.error().code == ErrorCode::kMappingUnknownCode);
  REQUIRE(mapped.error().field == "/konten/1/sha256");
}

TEST_CASE("a record that is not a JSON object or too large is malformed") {
  const Mapping mapping = mapping_of("kpai");
  for (const std::string& text :
       {std::string("{"), std::string("[]"), std::string("{\"a\":\"\xff\"}"),
        "{\"a\":\"" + std::string(2 * 1024 * 1024, 'x') + "\"}"}) {
    const auto record = mapping.map(text);
    REQUIRE_FALSE(record);
    REQUIRE(record.error().code == ErrorCode::kRecordMalformed);
  }
}

TEST_CASE("the documented example of a mapping works as it says") {
  const Mapping mapping = mapping_of("gateway");
  const auto record = mapping.map(R"({"unit": "32.73", "number": "CONTOH-1",
      "cases": [{"place": "D", "kind": 1}, {"place": "L", "kind": 2}, {"place": "D", "kind": 9}],
      "victims": [{"area": "3273"}, {"area": "3204", "name": "[NAMA - CONTOH]"}]})");
  REQUIRE(record);
  REQUIRE(record->sender == UnitId("uptd-ppa.32.73"));
  REQUIRE(record->facts.mode == Mode::kMixed);
  REQUIRE(record->facts.categories.size() == 3);
  REQUIRE(record->facts.victims == std::vector{AreaCode("32.73"), AreaCode("32.04")});
  REQUIRE_FALSE(record->facts.victim_protected);
  REQUIRE(record->evidence.empty());
  REQUIRE(record->narrative == R"({"number":"CONTOH-1","victims":["[NAMA - CONTOH]"]})");
}
