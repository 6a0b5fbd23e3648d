// The folders in which the agency's system and the gateway meet. Every change is a rename, made
// durable before anything builds on it.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "broker/base/result.h"
#include "broker/runtime/clock.h"

namespace rujukan::gateway {

// Of the files that tell about a finished one, beside it.
inline constexpr const char* kResultSuffix = ".result.json";
inline constexpr const char* kErrorSuffix = ".error.json";
inline constexpr const char* kReceiptSuffix = ".receipt.tlog-proof";
// Of the file in waiting/ that tells what one waits for.
inline constexpr const char* kWaitingSuffix = ".waiting.json";

// Where a file lies when it is finished.
enum class Finished { kDone, kFailed };

// A file of outgoing/ that the gateway has taken. The ticket is in its name, so that it survives a
// crash between the taking and the outbox.
struct TakenFile {
  std::string ticket;  // a UUIDv7
  std::string name;    // as the agency named it
};

// One thread. Errors of every function: file.*; what failed may be done again later.
class Folders {
 public:
  // Makes what is missing.
  static Result<Folders> open(std::filesystem::path root);
  // Removes what a crash left half written. Requires: nobody else uses the folders. Call it once,
  // before the first look.
  Result<void> sweep();

  // Takes the whole files of outgoing/: those that are the same as at the last call, the oldest
  // first. What an earlier file of the same name left in done/ and failed/ is moved aside. Returns
  // what is taken in all, those of earlier calls first.
  Result<std::vector<TakenFile>> take_ready(Clock& clock);
  // What lay in outgoing/ at the last two calls and is not for the gateway: names, and why. Not
  // names that say that a file is not whole yet.
  const std::map<std::string, std::string>& ignored() const { return ignored_; }
  Result<std::string> read(const TakenFile& file) const;

  // Moves a taken file to done/ or failed/ with the files that tell why, whose names are its own
  // and a suffix; under its ticket and its name while another file of that name is taken, so that
  // what lies under the plain name is always the latest's. Where it will
  // lie is made durable before anything is written, and it comes last: whoever sees it there sees
  // everything that belongs to it. Doing it twice is doing it once.
  struct Companion {
    const char* suffix;  // one of the above
    std::string text;
  };
  Result<void> finish(const TakenFile& file, Finished where,
                      const std::vector<Companion>& companions);

  // Into incoming/, readable by the owner only.
  Result<void> deliver(const std::string& name, const std::string& text);
  // From incoming/, durably, every regular file that `is_one` says yes to. Errors: its own too,
  // after the others were removed.
  using IsOne = std::function<Result<bool>(const std::filesystem::path&)>;
  Result<void> remove_delivered(const IsOne& is_one);
  // Beside the folders: what a person must see.
  Result<void> raise_alarm(const std::string& name, const std::string& text);
  // The same of what passes: a crash may lose it, and "" takes it away. `name` may lie in waiting/.
  Result<void> put_sign(const std::string& name, const std::string& text);

 private:
  explicit Folders(std::filesystem::path root) : root_(std::move(root)) {}

  // What tells that a file is no longer being written.
  struct Look {
    std::uintmax_t size;
    std::filesystem::file_time_type written;
    friend bool operator==(const Look&, const Look&) = default;
  };

  std::filesystem::path outgoing() const { return root_ / "outgoing"; }
  std::filesystem::path taken() const { return outgoing() / ".taken"; }
  std::filesystem::path path_of(const TakenFile& file) const;
  // A file that finish() began to move: its name in .taken/ says where it was to lie.
  struct Claim {
    TakenFile file;
    Finished where = Finished::kDone;
    bool under_ticket = false;
  };
  static std::string claim_name(const Claim& claim);
  static std::optional<Claim> parse_claim(const std::string& name);
  std::filesystem::path target_of(const Claim& claim) const;
  Result<std::vector<std::string>> names_in(const std::filesystem::path& folder) const;
  Result<std::vector<TakenFile>> list_taken() const;
  Result<void> undo(const Claim& claim);
  Result<void> undo_left_claims();
  Result<void> finish_claimed(const Claim& claim, const std::vector<Companion>& companions);
  Result<void> move_earlier_aside(const TakenFile& file);
  bool later_has_the_name(const TakenFile& file, Finished where) const;
  Result<void> remove_temporaries(const std::filesystem::path& folder) const;
  Result<void> take(const std::vector<std::string>& names, Clock& clock);
  // nullptr: it may be for the gateway.
  static const char* why_ignored(const std::string& name, std::filesystem::file_type type);

  std::filesystem::path root_;
  std::map<std::string, Look> last_look_;  // by name in outgoing/
  std::map<std::string, std::string> ignored_;
  std::map<std::string, std::string> ignored_once_;       // at the last call
  std::map<std::string, std::set<std::string>> tickets_;  // of what is taken, by name
  bool claims_left_ = true;      // by a finish that failed, or by an earlier process
  std::set<std::string> alone_;  // tickets of taken files, whose names nothing earlier has
};

}  // namespace rujukan::gateway
