// The text of a trust policy, read line by line.
#include <set>
#include <utility>

#include "broker/base/limits.h"
#include "broker/merkle/policy.h"
#include "broker/merkle/text.h"

namespace rujukan::merkle {
namespace {

constexpr std::string_view kNone = "none";

// A line's number takes the place of the field. No names, which may be any bytes.
Error invalid(std::string detail) {
  return Error{ErrorCode::kPolicyInvalid, "policy", std::move(detail)};
}

bool is_policy_character(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
}

std::vector<std::string_view> words_of(std::string_view line) {
  constexpr std::string_view kSpace = " \t";
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(kSpace);
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto word = line.substr(0, line.find_first_of(kSpace));
    words.push_back(word);
    line.remove_prefix(word.size());
  }
}

class PolicyReader {
 public:
  Result<void> read_line(std::string_view line) {
    for (const char c : line) {
      if (!is_policy_character(c)) return invalid("a control character");
    }
    const auto words = words_of(line);
    if (words.empty() || words[0].starts_with('#')) return {};
    if (words[0] == "log") return read_log(words);
    if (words[0] == "witness") return read_witness(words);
    if (words[0] == "group") return read_group(words);
    if (words[0] == "quorum") return read_quorum(words);
    return invalid("begins with none of log, witness, group, quorum");
  }

  Result<Policy> finish() && {
    if (!quorum_seen_) return invalid("no quorum line");
    return std::move(policy_);
  }

 private:
  using Words = std::vector<std::string_view>;

  Result<void> read_log(const Words& words) {
    if (words.size() < 2 || words.size() > 3) return invalid("not: log VKEY [URL]");
    auto key = NoteKey::from_vkey(words[1]);
    if (!key) return invalid(to_string(key.error()));
    if (!keys_.insert(key->key).second) return invalid("the key stands twice");
    policy_.logs.push_back({std::move(key).value(), std::string(words.size() > 2 ? words[2] : "")});
    return {};
  }

  Result<void> read_witness(const Words& words) {
    if (words.size() < 3 || words.size() > 4) return invalid("not: witness NAME VKEY [URL]");
    auto key = CosignerKey::from_vkey(words[2]);
    if (!key) return invalid(to_string(key.error()));
    if (!keys_.insert(key->key).second) return invalid("the key stands twice");
    if (const auto defined = define(words[1]); !defined) return defined.error();
    policy_.witnesses.push_back({std::string(words[1]), std::move(key).value(),
                                 std::string(words.size() > 3 ? words[3] : "")});
    return {};
  }

  Result<void> read_group(const Words& words) {
    if (words.size() < 4) return invalid("not: group NAME any|all|K MEMBER...");
    Policy::Group group{std::string(words[1]), 0, {words.begin() + 3, words.end()}};
    for (const std::string& member : group.members) {
      if (!names_.contains(member)) return invalid("a member is not defined before");
      if (!members_.insert(member).second) return invalid("a name is a member twice");
    }
    const auto threshold = read_threshold(words[2], group.members.size());
    if (!threshold)
      return invalid("the threshold is not any, all or from 1 to the members' number");
    group.threshold = *threshold;
    if (const auto defined = define(group.name); !defined) return defined.error();
    policy_.groups.push_back(std::move(group));
    return {};
  }

  Result<void> read_quorum(const Words& words) {
    if (words.size() != 2) return invalid("not: quorum NAME");
    if (quorum_seen_) return invalid("a second quorum line");
    quorum_seen_ = true;
    if (words[1] == kNone) return {};
    policy_.quorum = words[1];
    if (!names_.contains(policy_.quorum)) return invalid("the quorum's name is not defined before");
    return {};
  }

  static std::optional<std::size_t> read_threshold(std::string_view text, std::size_t members) {
    if (text == "any") return 1;
    if (text == "all") return members;
    const auto number = parse_decimal(text);
    if (!number || *number < 1 || *number > members) return std::nullopt;
    return static_cast<std::size_t>(*number);
  }

  // Witnesses and groups have one namespace.
  Result<void> define(std::string_view name) {
    if (name == kNone) return invalid("the name none is taken");
    if (!names_.emplace(name).second) return invalid("the name is defined before");
    return {};
  }

  Policy policy_;
  bool quorum_seen_ = false;
  std::set<std::string> names_;
  std::set<std::string> members_;
  // Of logs and witnesses: a key that is both would let a log vouch for itself.
  std::set<Ed25519PublicKey> keys_;
};

std::string optional_url(const std::string& url) { return url.empty() ? "" : " " + url; }

}  // namespace

Result<Policy> parse_policy(std::string_view text) {
  if (text.size() > limits::kPolicyBytes) return invalid("too large");
  PolicyReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto line = take_line(text);
    const auto read = line ? reader.read_line(*line) : invalid("no newline at the end");
    if (!read) {
      return Error{ErrorCode::kPolicyInvalid, "line " + std::to_string(number),
                   read.error().detail};
    }
  }
  return std::move(reader).finish();
}

std::string to_text(const Policy& policy) {
  std::string text;
  for (const auto& log : policy.logs) {
    text += "log " + log.key.to_vkey() + optional_url(log.url) + "\n";
  }
  for (const auto& witness : policy.witnesses) {
    text += "witness " + witness.name + " " + witness.key.to_vkey() + optional_url(witness.url);
    text += "\n";
  }
  for (const auto& group : policy.groups) {
    text += "group " + group.name + " " + std::to_string(group.threshold);
    for (const auto& member : group.members) text += " " + member;
    text += "\n";
  }
  text += "quorum " + (policy.quorum.empty() ? std::string(kNone) : policy.quorum) + "\n";
  return text;
}

}  // namespace rujukan::merkle
