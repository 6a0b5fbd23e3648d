#include "adapters/gateway/answer_file.h"

#include <nlohmann/json.hpp>
#include <set>

#include "adapters/sdk/strict_json.h"
#include "broker/base/limits.h"

namespace rujukan::gateway {
namespace {

// Reads members and remembers the first that is missing or wrong.
class Members {
 public:
  // `path` names the object in errors.
  explicit Members(const nlohmann::json& object, std::string path = "")
      : object_(object), path_(std::move(path)) {}

  bool has(const std::string& key) const { return object_.contains(key); }

  std::string text(const std::string& key) {
    asked_.insert(key);
    const auto at = object_.find(key);
    if (at == object_.end()) {
      fail(key, "missing");
    } else if (!at->is_string() || at->get_ref<const std::string&>().empty()) {
      fail(key, "must be a string that is not empty");
    } else {
      return at->get<std::string>();
    }
    return "";
  }
  std::string optional_text(const std::string& key) {
    return object_.contains(key) ? text(key) : "";
  }
  template <typename E>
  E code(const std::string& key) {
    const std::string name = text(key);
    const auto value = code_from_name<E>(name);
    if (!value) fail(key, "is no code of the protocol");
    return value.value_or(E{});
  }
  UnitId unit(const std::string& key) {
    UnitId id(text(key));
    if (!is_valid_id(id.view())) fail(key, "is not a unit id");
    return id;
  }
  bool flag(const std::string& key) {
    asked_.insert(key);
    const auto at = object_.find(key);
    const bool is_flag = at != object_.end() && at->is_boolean();
    if (!is_flag) fail(key, "must be true or false");
    return is_flag && at->get<bool>();
  }
  // Empty when the key is absent.
  std::vector<std::string> texts(const std::string& key) {
    asked_.insert(key);
    std::vector<std::string> out;
    const auto at = object_.find(key);
    if (at == object_.end()) return out;
    if (!at->is_array()) fail(key, "must be a list of strings");
    for (const auto& element : *at) {
      if (!element.is_string()) {
        fail(key, "must be a list of strings");
        return out;
      }
      out.push_back(element.get<std::string>());
    }
    return out;
  }
  template <typename E>
  std::vector<E> codes(const std::string& key) {
    std::vector<E> out;
    for (const std::string& name : texts(key)) {
      const auto value = code_from_name<E>(name);
      if (!value) fail(key, "has an element that is no code of the protocol");
      out.push_back(value.value_or(E{}));
    }
    return out;
  }
  const nlohmann::json& object(const std::string& key) {
    static const nlohmann::json kNone;
    asked_.insert(key);
    const auto at = object_.find(key);
    return at == object_.end() ? kNone : *at;
  }
  void fail(const std::string& key, const std::string& why) {
    take(Error{ErrorCode::kAnswerInvalid, path_ + key, why});
  }
  // The first fault counts.
  void take(const Error& fault) {
    if (!fault_) fault_ = fault;
  }
  // After the last read.
  Result<void> finish() {
    for (const auto& [key, value] : object_.items()) {
      if (!asked_.contains(key)) fail(key, "is not known for this kind");
    }
    if (fault_) return *fault_;
    return {};
  }

 private:
  const nlohmann::json& object_;
  const std::string path_;
  std::set<std::string> asked_;
  std::optional<Error> fault_;
};

Subject subject_of(Members& members) {
  return members.has("subject") ? members.code<Subject>("subject") : Subject::kAssignment;
}

Progress read_progress(Members& members) {
  const Progress body{members.code<Need>("need"), members.code<AssignmentState>("state")};
  if (body.state != AssignmentState::kInProgress && body.state != AssignmentState::kOnHold) {
    members.fail("state", "must be in-progress or on-hold");
  }
  return body;
}

Cancel read_cancel(Members& members) {
  Cancel body{Need::kInvestigation, UnitId(), members.code<Reason>("reason"), subject_of(members)};
  if (body.subject != Subject::kRequest) body.need = members.code<Need>("need");
  if (body.subject == Subject::kAssignment) body.unit = members.unit("of");
  return body;
}

Decline read_decline(Members& members) {
  Decline body{Need::kInvestigation, members.code<Reason>("reason"), subject_of(members)};
  if (body.subject != Subject::kRequest) body.need = members.code<Need>("need");
  return body;
}

MessageBody read_body(Members& members) {
  const std::string name = members.text("kind");
  const auto kind = code_from_name<MessageKind>(name);
  if (!kind) {
    members.fail("kind", "is no kind of answer");
    return Close{};
  }
  switch (*kind) {
    case MessageKind::kAccept: {
      const Accept body{members.code<Need>("need"), subject_of(members)};
      if (body.subject == Subject::kRequest) members.fail("subject", "is answered by a transfer");
      return body;
    }
    case MessageKind::kDecline:
      return read_decline(members);
    case MessageKind::kProgress:
      return read_progress(members);
    case MessageKind::kComplete:
      return Complete{members.code<Need>("need")};
    case MessageKind::kNote:
      return Note{};
    case MessageKind::kClose:
      return Close{};
    case MessageKind::kTransfer:
      return Transfer{members.code<Need>("need"), members.unit("to"),
                      members.code<Reason>("reason")};
    case MessageKind::kTransferRequest:
      return TransferRequest{};
    case MessageKind::kAssist:
      return Assist{members.code<Need>("need"), members.unit("to")};
    case MessageKind::kFacts:
      return NewFacts{};
    case MessageKind::kCancel:
      return read_cancel(members);
    case MessageKind::kReopen:
      return Reopen{};
    case MessageKind::kErase: {
      Erase body{members.text("legal_basis")};
      if (!is_valid_id(body.legal_basis)) members.fail("legal_basis", "is no code");
      return body;
    }
    case MessageKind::kReferral:
    case MessageKind::kReceived:
    case MessageKind::kUnreadable:
      break;
  }
  members.fail("kind", "is not for answer files");
  return Close{};
}

// Each key may be left out; at least one is there.
sdk::FactsAddition read_addition(const nlohmann::json& object, Members& outer) {
  sdk::FactsAddition addition;
  if (!object.is_object() || object.empty()) {
    outer.fail("facts", "must be an object with what is new");
    return addition;
  }
  Members members(object, "facts.");
  const auto code = [&members]<typename E>(const char* key, std::optional<E>& out) {
    if (members.has(key)) out = members.code<E>(key);
  };
  code("mode", addition.mode);
  code("victim_age", addition.victim_age);
  code("urgency", addition.urgency);
  code("consent", addition.consent);
  if (members.has("victim_protected")) addition.victim_protected = members.flag("victim_protected");
  addition.lists.categories = members.codes<Category>("categories");
  addition.lists.needs = members.codes<Need>("needs");
  for (const auto& [key, list] : {std::pair("victims", &addition.lists.victims),
                                  std::pair("suspects", &addition.lists.suspects),
                                  std::pair("incidents", &addition.lists.incidents)}) {
    for (std::string& area : members.texts(key)) {
      if (!is_valid_area_code(area)) members.fail(key, "has an element that is no area code");
      list->emplace_back(std::move(area));
    }
  }
  addition.lists.legal_bases = members.texts("legal_bases");
  if (auto end = members.finish(); !end) outer.take(end.error());
  return addition;
}

}  // namespace

Result<sdk::Answer> parse_answer(std::string_view text) {
  const auto object = parse_json_object(text, limits::kRecordFileBytes, ErrorCode::kAnswerInvalid);
  if (!object) return object.error();
  Members members(*object);
  sdk::Answer answer{UnitId(), CaseId(), read_body(members)};
  const auto case_id = uuid_from_string(members.text("case"));
  if (!case_id) members.fail("case", "is not a case id");
  answer.case_id.bytes = case_id.value_or(answer.case_id.bytes);
  answer.sender = members.unit("unit");
  if (std::holds_alternative<NewFacts>(answer.body)) {
    // Either what is new, or that another agency's proposal is right.
    answer.addition.agrees = members.has("agrees") && members.flag("agrees");
    if (!answer.addition.agrees) {
      answer.addition = read_addition(members.object("facts"), members);
    }
  }
  const bool is_note = std::holds_alternative<Note>(answer.body);
  const bool is_accept = std::holds_alternative<Accept>(answer.body);
  if (!is_accept) answer.text = is_note ? members.text("text") : members.optional_text("text");
  if (auto end = members.finish(); !end) return end.error();
  return answer;
}

}  // namespace rujukan::gateway
