#include "adapters/gateway/mapping.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/gateway/mapping_reader.h"
#include "adapters/sdk/strict_json.h"
#include "broker/base/limits.h"

namespace rujukan::gateway {
namespace {

using nlohmann::json;

// The text by which a code table knows a value. Errors: nullopt for what is no code.
std::optional<std::string> code_text(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_number_integer()) return value.dump();
  return std::nullopt;
}

// "3273" -> "32.73"; "32" and "XX" stay as they are. Errors: "" for another form.
std::string dotted(const std::string& code) {
  if (code.find('.') != std::string::npos) return "";
  return code.size() == 4 ? code.substr(0, 2) + "." + code.substr(2) : code;
}

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

}  // namespace

// Remembers the first error, so that the targets can be read one after the other.
class Mapping::Extraction {
 public:
  // `record` is at `under` in the agency's record; both outlive this.
  Extraction(const Mapping& mapping, const json& record, std::string under = "")
      : mapping_(mapping), record_(record), under_(std::move(under)) {}

  const std::optional<Error>& fault() const { return fault_; }

  std::vector<std::string> list(std::string_view name) {
    const auto source = mapping_.targets_.find(std::string(name));
    if (source == mapping_.targets_.end()) return {};
    return values(target_named(name), source->second);
  }
  std::string single(std::string_view name) {
    const auto source = mapping_.targets_.find(std::string(name));
    if (source == mapping_.targets_.end()) return "";
    return single(target_named(name), source->second);
  }
  std::string single(const Target& target, const ValueSource& source) {
    const auto found = values(target, source);
    if (fault_) return "";
    if (found.empty()) {
      refuse(ErrorCode::kMappingMissing, source.from_text, "");
      return "";
    }
    if (found.size() == 1) return found.front();
    if (source.disagree.empty()) {
      refuse(ErrorCode::kMappingUnknownCode, source.from_text,
             "several values where one is wanted");
    }
    return source.disagree;
  }

  // Every value was checked by Target::valid, so that a failing conversion is a defect here.
  template <typename E>
  E code(std::string_view name) {
    const std::string value = single(name);
    return fault_ ? E{} : checked<E>(value);
  }
  template <typename E>
  std::vector<E> codes(std::string_view name) {
    std::vector<E> out;
    for (const std::string& value : list(name)) out.push_back(checked<E>(value));
    return out;
  }
  std::vector<AreaCode> areas(std::string_view name) {
    std::vector<AreaCode> out;
    for (const std::string& value : list(name)) out.emplace_back(value);
    return out;
  }
  template <typename E>
  static E checked(const std::string& value) {
    const auto code = code_from_name<E>(value);
    INVARIANT(code.has_value());
    return *code;
  }

 private:
  void refuse(ErrorCode code, const std::string& at, std::string detail) {
    if (!fault_) fault_ = Error{code, under_ + at, std::move(detail)};
  }

  std::vector<std::string> values(const Target& target, const ValueSource& source) {
    if (!source.from) return source.constant;
    const FoundValues found = source.from->find(record_);
    if (!found.missing.empty() && !source.otherwise) {
      refuse(ErrorCode::kMappingMissing, found.missing.front(), "");
      return {};
    }
    std::vector<std::string> out;
    for (const FoundValue& value : found.values) add(target, source, value, out);
    if (fault_) return {};
    return out.empty() && source.otherwise ? *source.otherwise : out;
  }

  void add(const Target& target, const ValueSource& source, const FoundValue& found,
           std::vector<std::string>& out) {
    const auto text = code_text(*found.value);
    if (!text) {
      refuse(ErrorCode::kMappingUnknownCode, found.at,
             "neither a string nor a whole number nor a boolean");
      return;
    }
    if (!source.codes.empty()) {
      const CodeTable& table = mapping_.codes_.at(source.codes);
      const auto row = table.find(*text);
      if (row == table.end()) {
        refuse(ErrorCode::kMappingUnknownCode, found.at, "not in [codes." + source.codes + "]");
        return;
      }
      for (const std::string& value : row->second) add_once(out, value);
      return;
    }
    const std::string value = source.prefix + (source.undotted ? dotted(*text) : *text);
    if (target.valid(value)) {
      add_once(out, value);
    } else {
      refuse(ErrorCode::kMappingUnknownCode, found.at,
             "not a value of " + std::string(target.name));
    }
  }

  const Mapping& mapping_;
  const json& record_;
  std::string under_;
  std::optional<Error> fault_;
};

Result<Mapping> Mapping::parse(std::string_view toml, const std::string& file) {
  auto root = TomlTable::parse(toml, file);
  if (!root) return root.error();
  Mapping mapping;
  const auto read = Reader(*std::move(root), mapping).read();
  if (!read) return read.error();
  return mapping;
}

Result<sdk::Record> Mapping::map(std::string_view text) const {
  const auto record =
      parse_json_object(text, limits::kRecordFileBytes, ErrorCode::kRecordMalformed);
  if (!record) return record.error();
  Extraction values(*this, *record);
  sdk::Record out;
  out.sender = UnitId(values.single("sender.unit"));
  out.facts.mode = values.code<Mode>("facts.mode");
  out.facts.categories = values.codes<Category>("facts.categories");
  out.facts.victim_age = values.code<VictimAge>("facts.victim_age");
  out.facts.victims = values.areas("facts.victims");
  out.facts.suspects = values.areas("facts.suspects");
  out.facts.incidents = values.areas("facts.incidents");
  out.facts.urgency = values.code<Urgency>("facts.urgency");
  out.facts.consent = values.code<Consent>("facts.consent");
  out.facts.needs = values.codes<Need>("facts.needs");
  out.facts.legal_bases = values.list("facts.legal_bases");
  out.facts.victim_protected = values.single("facts.victim_protected") == "true";
  for (const std::string& id : values.list("facts.related")) {
    out.related.push_back(CaseId{*uuid_from_string(id)});
  }
  if (values.fault()) return *values.fault();
  auto evidence = this->evidence(*record);
  if (!evidence) return evidence.error();
  out.evidence = *std::move(evidence);
  auto narrative = this->narrative(*record);
  if (!narrative) return narrative.error();
  out.narrative = *std::move(narrative);
  return out;
}

Result<std::vector<Evidence>> Mapping::evidence(const json& record) const {
  std::vector<Evidence> out;
  if (!evidence_) return out;
  const FoundValues each = evidence_->each.find(record);
  if (!each.missing.empty() && !evidence_->optional) {
    return Error{ErrorCode::kMappingMissing, each.missing.front()};
  }
  for (const FoundValue& element : each.values) {
    Extraction values(*this, *element.value, element.at);
    const auto digest = values.single(target_named("evidence.digest"), evidence_->digest);
    const auto kind = values.single(target_named("evidence.kind"), evidence_->kind);
    const auto custodian = values.single(target_named("evidence.custodian"), evidence_->custodian);
    if (values.fault()) return *values.fault();
    out.push_back({*to_array<32>(*from_hex(digest)), Extraction::checked<EvidenceKind>(kind),
                   UnitId(custodian)});
  }
  return out;
}

Result<std::string> Mapping::narrative(const json& record) const {
  json out = json::object();
  for (const NarrativeField& field : narrative_) {
    const FoundValues found = field.from.find(record);
    if (!found.missing.empty() && !field.optional) {
      return Error{ErrorCode::kMappingMissing, found.missing.front()};
    }
    if (field.from.has_wildcard()) {
      json& list = out[field.name] = json::array();
      for (const FoundValue& value : found.values) list.push_back(*value.value);
    } else if (!found.values.empty()) {
      out[field.name] = *found.values.front().value;
    }
  }
  return out.dump();
}

}  // namespace rujukan::gateway
