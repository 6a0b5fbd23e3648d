#include "adapters/gateway/answer_file.h"

#include <set>

#include "adapters/sdk/strict_json.h"
#include "broker/base/limits.h"

namespace rujukan::gateway {
namespace {

// Reads members and remembers the first that is missing or wrong.
class Members {
 public:
  explicit Members(const nlohmann::json& object) : object_(object) {}

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
  void fail(const std::string& key, const std::string& why) {
    if (!fault_) fault_ = Error{ErrorCode::kAnswerInvalid, key, why};
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
  std::set<std::string> asked_;
  std::optional<Error> fault_;
};

MessageBody read_body(Members& members) {
  const std::string name = members.text("kind");
  const auto kind = code_from_name<MessageKind>(name);
  if (!kind) {
    members.fail("kind", "is no kind of answer");
    return Close{};
  }
  switch (*kind) {
    case MessageKind::kAccept:
      return Accept{members.code<Need>("need")};
    case MessageKind::kDecline:
      return Decline{members.code<Need>("need"), members.code<Reason>("reason")};
    case MessageKind::kProgress: {
      const Progress body{members.code<Need>("need"), members.code<AssignmentState>("state")};
      if (body.state != AssignmentState::kInProgress && body.state != AssignmentState::kOnHold) {
        members.fail("state", "must be in-progress or on-hold");
      }
      return body;
    }
    case MessageKind::kComplete:
      return Complete{members.code<Need>("need")};
    case MessageKind::kNote:
      return Note{};
    case MessageKind::kClose:
      return Close{};
    case MessageKind::kReferral:
    case MessageKind::kReceived:
      break;
  }
  members.fail("kind", "is not for answer files");
  return Close{};
}

}  // namespace

Result<sdk::Answer> parse_answer(std::string_view text) {
  const auto object = parse_json_object(text, limits::kRecordFileBytes, ErrorCode::kAnswerInvalid);
  if (!object) return object.error();
  Members members(*object);
  sdk::Answer answer{UnitId(), CaseId(), read_body(members), ""};
  const auto case_id = uuid_from_string(members.text("case"));
  if (!case_id) members.fail("case", "is not a case id");
  answer.case_id.bytes = case_id.value_or(answer.case_id.bytes);
  answer.sender = UnitId(members.text("unit"));
  if (!is_valid_id(answer.sender.view())) members.fail("unit", "is not a unit id");
  const bool is_note = std::holds_alternative<Note>(answer.body);
  const bool is_accept = std::holds_alternative<Accept>(answer.body);
  if (!is_accept) answer.text = is_note ? members.text("text") : members.optional_text("text");
  if (auto end = members.finish(); !end) return end.error();
  return answer;
}

}  // namespace rujukan::gateway
