// What an agency's people and systems write: records, answers and mappings. The first byte chooses.
// No error repeats what a record or an answer says, because errors are shown and traced.
#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "adapters/gateway/answer_file.h"
#include "adapters/gateway/mapping.h"
#include "adapters/sdk/strict_json.h"
#include "broker/base/limits.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace rujukan;
using fuzz::require;

constexpr std::array kAgencies = {"communications_ministry", "kpai", "service_centre",
                                  "social_affairs"};

std::string text_of(const std::string& path) {
  std::ifstream in(std::string(RUJUKAN_SOURCE_DIR "/") + path);
  std::ostringstream text;
  text << in.rdbuf();
  require(!text.str().empty());
  return text.str();
}

const gateway::Mapping& mapping_of(std::size_t agency) {
  static const auto kMappings = [] {
    std::vector<gateway::Mapping> out;
    for (const std::string name : kAgencies) {
      auto mapping =
          gateway::Mapping::parse(text_of("adapters/" + name + "/mapping.toml"), "mapping.toml");
      require(mapping.ok());
      out.push_back(*std::move(mapping));
    }
    return out;
  }();
  return kMappings[agency];
}

// Stands for what nobody but its readers may see.
constexpr std::string_view kCanary = "[CONTOH-8714]";

// Every text that the object holds, at any depth; names of members are the format's, not a
// person's.
void collect_texts(nlohmann::json& value, std::vector<nlohmann::json*>& texts) {
  if (value.is_string()) texts.push_back(&value);
  if (!value.is_structured()) return;
  for (auto& member : value) collect_texts(member, texts);
}

// Puts the canary into one text of the object, another for each input, and lets it be read again:
// its error does not show it.
template <typename Read>
void check_silence(std::string_view text, ErrorCode refusal, const Read& read) {
  auto object = parse_json_object(text, limits::kRecordFileBytes, refusal);
  if (!object || text.find(kCanary) != std::string_view::npos) return;
  std::vector<nlohmann::json*> texts;
  collect_texts(*object, texts);
  if (texts.empty()) return;
  nlohmann::json& chosen = *texts[std::hash<std::string_view>{}(text) % texts.size()];
  chosen = chosen.get<std::string>() + std::string(kCanary);
  const auto again = read(object->dump());
  require(again.ok() || to_string(again.error()).find(kCanary) == std::string::npos);
}

void map_record(const gateway::Mapping& mapping, std::string_view text) {
  check_silence(text, ErrorCode::kRecordMalformed,
                [&mapping](const std::string& changed) { return mapping.map(changed); });
  const auto record = mapping.map(text);
  if (!record) return;
  require(is_valid_id(record->sender.view()));
  require(record->narrative.empty() || record->narrative.front() == '{');
  for (const std::string& basis : record->facts.legal_bases) require(is_valid_id(basis));
}

void read_answer(std::string_view text) {
  check_silence(text, ErrorCode::kAnswerInvalid,
                [](const std::string& changed) { return gateway::parse_answer(changed); });
  const auto answer = gateway::parse_answer(text);
  if (!answer) return;
  require(is_valid_id(answer->sender.view()));
  require(!std::holds_alternative<Referral>(answer->body));
  require(!std::holds_alternative<Received>(answer->body));
}

void read_mapping(std::string_view text) {
  static const std::string kRecord = text_of("adapters/kpai/samples/1-pengaduan.json");
  if (const auto mapping = gateway::Mapping::parse(text, "mapping.toml")) {
    map_record(*mapping, kRecord);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = as_text({data + 1, size - 1});
  const std::size_t choice = data[0] % (kAgencies.size() + 2);
  if (choice < kAgencies.size()) {
    map_record(mapping_of(choice), text);
  } else if (choice == kAgencies.size()) {
    read_answer(text);
  } else {
    read_mapping(text);
  }
  return 0;
}
