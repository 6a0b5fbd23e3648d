// Whoever looks at the entries of a log while it is verified, so that it is read once.
#pragma once

#include <memory>

#include "broker/audit/finding.h"
#include "broker/base/result.h"
#include "broker/model/entry.h"
#include "broker/model/release.h"

namespace rujukan::audit {

// Valid during the call that it is given to.
struct LoggedEntry {
  std::uint64_t position = 0;
  const Entry& entry;
  const Message* message =
      nullptr;     // of the cause; nullptr for others, and when it does not decode
  ByteView bytes;  // exactly as logged
};

// One thread. Findings are added to `findings`; an error ends the verification.
class Consumer {
 public:
  virtual ~Consumer() = default;
  // Every entry that the tree commits to and that decodes, in order.
  virtual Result<void> take(const LoggedEntry& logged, Findings& findings) = 0;
  // The release that the entry taken next puts in force; nullptr: it cannot be read, which is a
  // finding already.
  virtual Result<void> take_release(std::shared_ptr<const Release> release) = 0;
  // There is no telling what the entry at `position` was, which is a finding already: what comes
  // later may not follow from what was taken.
  virtual void lose(std::uint64_t position) = 0;
  // After the last entry of a tree of `size` entries.
  virtual Result<void> finish(std::uint64_t size, Findings& findings) = 0;
};

}  // namespace rujukan::audit
