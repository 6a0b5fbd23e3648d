// Whom an auditor trusts (c2sp.org/tlog-policy): logs, witnesses, and how many of these must have
// cosigned a checkpoint.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "broker/merkle/cosignature.h"

namespace rujukan::merkle {

struct Policy {
  struct Log {
    NoteKey key;
    std::string url;  // may be empty
  };
  struct Witness {
    std::string name;  // in the policy; the key's own name may be another
    CosignerKey key;
    std::string url;  // may be empty
  };
  struct Group {
    std::string name;
    std::size_t threshold = 1;         // "any" is 1, "all" is the number of members
    std::vector<std::string> members;  // witnesses and groups named before
  };
  std::vector<Log> logs;
  std::vector<Witness> witnesses;
  std::vector<Group> groups;
  std::string quorum;  // a witness or a group; empty: none

  const Log* log(std::string_view origin) const;
};

// Errors: policy.invalid, `field` "line N". Same text, same policy; comments are dropped.
Result<Policy> parse_policy(std::string_view text);
std::string to_text(const Policy& policy);

// What a policy makes of a signed checkpoint.
struct Trusted {
  Checkpoint checkpoint;
  struct Cosigned {
    std::string witness;   // its name in the policy
    std::uint64_t time_s;  // seconds since 1970
  };
  std::vector<Cosigned> cosigned;  // in the policy's order
};

// The note is a checkpoint of one of the policy's logs, every signature of a known key verifies,
// and the quorum has cosigned. Errors: note.malformed, signature.invalid, checkpoint.invalid,
// witness.quorum.
Result<Trusted> verify_checkpoint(std::string_view note, const Policy& policy);
// Whether these witnesses, by their names in the policy, are a quorum.
bool is_quorum(const Policy& policy, const std::vector<std::string>& witnesses);

}  // namespace rujukan::merkle
