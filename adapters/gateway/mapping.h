// An agency's mapping file: how its own record becomes coded facts and a narrative. The narrative
// is a whitelist; what no line of the mapping names leaves the agency in no form.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/gateway/json_path.h"
#include "adapters/sdk/record.h"

namespace rujukan::gateway {

// Where the values of one target come from: a place of the record or a constant.
struct ValueSource {
  std::optional<JsonPath> from;
  std::string from_text;                              // as the mapping writes it
  std::vector<std::string> constant;                  // used when `from` is not set
  std::optional<std::vector<std::string>> otherwise;  // `default`: when the record has no value
  std::string codes;                                  // code table; empty: the values are our codes
  std::string prefix;                                 // put before each value of the record
  bool undotted = false;                              // area codes are written 3273 for 32.73
  std::string disagree;                               // a single value when the record has several
};

// What a mapping may or must say.
struct Target {
  std::string_view name;  // "facts.mode"
  bool list;
  bool required;
  bool (*valid)(std::string_view value);
};
// The targets of [sender], [facts] and [evidence].
const Target& target_named(std::string_view name);
std::span<const Target> all_targets();

// Immutable.
class Mapping {
 public:
  // Errors: config.* with the place in the file, for unknown keys, unknown codes on our side, code
  // tables that do not exist or that nothing uses.
  static Result<Mapping> parse(std::string_view toml, const std::string& file);

  // Errors: record.malformed; mapping.missing and mapping.unknown_code, whose field is the pointer
  // into the record. No error repeats a value of the record.
  Result<sdk::Record> map(std::string_view record) const;

 private:
  using CodeTable = std::map<std::string, std::vector<std::string>>;
  struct NarrativeField {
    std::string name;
    JsonPath from;
    bool optional = false;
  };
  struct EvidenceFields {
    JsonPath each;          // the elements, "/bukti/*"; the other three are read from each
    bool optional = false;  // the record may have none
    ValueSource digest;
    ValueSource kind;
    ValueSource custodian;
  };
  // Reads a mapping file; in mapping_reader.cc.
  class Reader;
  // Takes the values of targets out of one record.
  class Extraction;

  Result<std::vector<Evidence>> evidence(const nlohmann::json& record) const;
  Result<std::string> narrative(const nlohmann::json& record) const;

  std::map<std::string, CodeTable> codes_;
  std::map<std::string, ValueSource> targets_;  // by Target::name
  std::optional<EvidenceFields> evidence_;
  std::vector<NarrativeField> narrative_;
};

}  // namespace rujukan::gateway
