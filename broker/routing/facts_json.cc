#include "broker/routing/facts_json.h"

#include <nlohmann/json.hpp>
#include <set>

#include "broker/base/limits.h"

namespace rujukan::routing {
namespace {

using Json = nlohmann::json;

Error invalid(std::string_view field, std::string detail) {
  return Error{ErrorCode::kFactsInvalid, std::string(field), std::move(detail)};
}

// A JSON object, no key twice.
Result<Json> parse_object(std::string_view text) {
  if (text.size() > limits::kRecordFileBytes) return invalid("", "the text is too long");
  std::set<std::string> keys;
  std::optional<std::string> repeated;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::key && depth == 1) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.insert(key).second) repeated = key;
    }
    return true;
  };
  const Json json = Json::parse(text, watch, /*allow_exceptions=*/false);
  if (!json.is_object()) return invalid("", "the text is not a JSON object");
  if (repeated) return invalid(*repeated, "stands twice");
  return json;
}

// Reads the fields of the object and remembers the first that is not allowed.
class FactsReader {
 public:
  explicit FactsReader(const Json& object) : object_(object) {}

  std::string text(const char* field) {
    const Json* value = get(field, true);
    if (value == nullptr) return {};
    if (value->is_string()) return value->get<std::string>();
    fail(field, "must be a string");
    return {};
  }
  std::vector<std::string> texts(const char* field, bool required = true) {
    std::vector<std::string> out;
    const Json* value = get(field, required);
    if (value == nullptr) return out;
    bool strings = value->is_array();
    for (const Json& element : *value) strings = strings && element.is_string();
    if (!strings) {
      fail(field, "must be a list of strings");
      return out;
    }
    for (const Json& element : *value) out.push_back(element.get<std::string>());
    return out;
  }
  template <typename E>
  E code(const char* field) {
    return to_code<E>(field, text(field));
  }
  template <typename E>
  std::vector<E> codes(const char* field, bool required = true) {
    std::vector<E> out;
    for (const std::string& name : texts(field, required)) out.push_back(to_code<E>(field, name));
    return out;
  }
  std::vector<AreaCode> areas(const char* field) {
    std::vector<AreaCode> out;
    for (std::string& code : texts(field)) out.emplace_back(std::move(code));
    return out;
  }

  void fail(std::string_view field, std::string detail) {
    if (!error_) error_ = invalid(field, std::move(detail));
  }
  // Errors: the first of all, unknown fields included.
  Result<void> finish() {
    for (const auto& [key, value] : object_.items()) {
      if (!asked_.contains(key)) fail(key, "unknown field");
    }
    if (error_) return *error_;
    return {};
  }

 private:
  const Json* get(const char* field, bool required) {
    asked_.emplace(field);
    const auto at = object_.find(field);
    if (at != object_.end()) return &*at;
    if (required) fail(field, "missing");
    return nullptr;
  }
  template <typename E>
  E to_code(const char* field, const std::string& name) {
    const auto value = code_from_name<E>(name);
    // Only what has the form of a code is repeated: an error must not carry free text.
    if (!value) fail(field, is_valid_id(name) ? "unknown code " + name : "not a code");
    return value.value_or(E{});
  }

  const Json& object_;
  std::set<std::string, std::less<>> asked_;
  std::optional<Error> error_;
};

template <typename E>
std::vector<std::string_view> names_of(const std::vector<E>& values) {
  std::vector<std::string_view> names;
  names.reserve(values.size());
  for (const E value : values) names.push_back(name_of(value));
  return names;
}

template <typename Id>
std::vector<std::string_view> texts_of(const std::vector<Id>& ids) {
  std::vector<std::string_view> texts;
  texts.reserve(ids.size());
  for (const Id& id : ids) texts.push_back(id.view());
  return texts;
}

}  // namespace

Result<FactsFile> parse_facts(std::string_view json) {
  const auto object = parse_object(json);
  if (!object) return object.error();
  FactsReader reader(*object);
  FactsFile file;
  Facts& facts = file.facts;
  file.origin = UnitId(reader.text("origin"));
  if (!is_valid_id(file.origin.view())) reader.fail("origin", "not a unit id");
  const auto at = parse_time(reader.text("at"));
  if (!at) reader.fail("at", "not a date (2026-11-22) or time (2026-11-22T04:38:37Z)");
  file.at = at.value_or(TimeUs());
  facts.mode = reader.code<Mode>("mode");
  facts.categories = reader.codes<Category>("categories");
  facts.victim_age = reader.code<VictimAge>("victim_age");
  facts.victims = reader.areas("victims");
  facts.suspects = reader.areas("suspects");
  facts.incidents = reader.areas("incidents");
  facts.urgency = reader.code<Urgency>("urgency");
  facts.consent = reader.code<Consent>("consent");
  facts.needs = reader.codes<Need>("needs");
  facts.legal_bases = reader.texts("legal_bases", /*required=*/false);
  facts.victim_protected = !reader.codes<Handling>("handling", /*required=*/false).empty();
  if (auto finished = reader.finish(); !finished) return finished.error();
  return file;
}

std::string facts_to_json(const FactsFile& file) {
  const Facts& facts = file.facts;
  nlohmann::ordered_json json = {{"origin", file.origin.view()},
                                 {"at", to_rfc3339(file.at)},
                                 {"mode", name_of(facts.mode)},
                                 {"categories", names_of(facts.categories)},
                                 {"victim_age", name_of(facts.victim_age)},
                                 {"victims", texts_of(facts.victims)},
                                 {"suspects", texts_of(facts.suspects)},
                                 {"incidents", texts_of(facts.incidents)},
                                 {"urgency", name_of(facts.urgency)},
                                 {"consent", name_of(facts.consent)},
                                 {"needs", names_of(facts.needs)}};
  if (!facts.legal_bases.empty()) json["legal_bases"] = facts.legal_bases;
  if (facts.victim_protected) json["handling"] = names_of(std::vector{Handling::kVictimProtected});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string route_to_json(const Route& route, const Release& release, const Digest& digest) {
  using Ordered = nlohmann::ordered_json;
  Ordered assignments = Ordered::array();
  for (const RoutedAssignment& assignment : route.assignments) {
    assignments.push_back({{"need", name_of(assignment.need)},
                           {"unit", assignment.chain.front().view()},
                           {"function", assignment.function.view()},
                           {"rule", assignment.rule.view()},
                           {"chain", texts_of(assignment.chain)},
                           {"accept_within_s", route.accept_within_s}});
  }
  const Ordered json = {
      {"owner", route.owner().view()},
      {"lead", name_of(route.lead)},
      {"assignments", std::move(assignments)},
      {"withheld", names_of(route.withheld)},
      {"informed", texts_of(route.informed)},
      {"release", {{"version", to_number(release.version)}, {"digest", to_hex(digest)}}}};
  return json.dump(2);
}

}  // namespace rujukan::routing
