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

// A text that is long enough not to stand in an error by chance.
bool tells(const Error& error, const std::string& value) {
  constexpr std::size_t kTelling = 12;
  return value.size() >= kTelling && to_string(error).find(value) != std::string::npos;
}

// Every text that the object holds, at any depth; names of members are the format's, not a
// person's.
void check_silence(const Error& error, const nlohmann::json& value) {
  if (value.is_string()) require(!tells(error, value.get<std::string>()));
  if (!value.is_structured()) return;
  for (const auto& member : value) check_silence(error, member);
}
void check_silence(const Error& error, std::string_view text, ErrorCode refusal) {
  const auto object = parse_json_object(text, limits::kRecordFileBytes, refusal);
  if (object) check_silence(error, *object);
}

void map_record(const gateway::Mapping& mapping, std::string_view text) {
  const auto record = mapping.map(text);
  if (!record) return check_silence(record.error(), text, ErrorCode::kRecordMalformed);
  require(is_valid_id(record->sender.view()));
  require(record->narrative.empty() || record->narrative.front() == '{');
  for (const std::string& basis : record->facts.legal_bases) require(is_valid_id(basis));
}

void read_answer(std::string_view text) {
  const auto answer = gateway::parse_answer(text);
  if (!answer) return check_silence(answer.error(), text, ErrorCode::kAnswerInvalid);
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
