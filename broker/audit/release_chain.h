// The releases that a log puts in force, and whose key a sender's is.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "broker/audit/state.h"
#include "broker/crypto/ed25519.h"
#include "broker/decide/release_trust.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

// One thread.
class ReleaseChain {
 public:
  // `administrators`: who signs the first release; nullopt: it vouches for itself. `files` outlives
  // it.
  ReleaseChain(const store::LogFiles& files, std::string origin,
               std::optional<decide::Trust> administrators)
      : files_(files), origin_(std::move(origin)), trust_(std::move(administrators)) {}

  // Puts a logged release in force; what is wrong with it are findings. Errors: those of the files.
  Result<void> add(const Progress::InForce& logged, Findings& findings);
  // Those of an earlier run, whose signatures were verified then. Errors: those of the files.
  Result<void> restore(const std::vector<Progress::InForce>& logged, Findings& findings);
  // The entry that put another one in force was lost.
  void lose();

  // nullptr: none, or it cannot be read.
  const std::shared_ptr<const Release>& in_force() const { return in_force_; }
  // The unit's key for signatures, in force then and not compromised.
  std::optional<PublicKey> key(const UnitId& unit, const std::string& key_id, TimeUs at) const;
  // Every key that some release so far has under that name.
  std::vector<PublicKey> keys(const UnitId& unit, const std::string& key_id) const;

 private:
  // nullopt: with findings. `trust` is not looked at when the release is of an earlier run.
  Result<std::optional<Release>> read(const Progress::InForce& logged, bool is_new,
                                      Findings& findings) const;
  void put_in_force(std::optional<Release> release);

  const store::LogFiles& files_;
  std::string origin_;
  std::optional<decide::Trust> trust_;  // who signs the next; nullopt: whoever it names
  bool trust_known_ = true;             // false: the release before cannot be read
  std::shared_ptr<const Release> in_force_;
  std::unordered_map<std::string, const UnitKey*> keys_;  // of in_force_
  std::unordered_map<std::string, std::vector<PublicKey>> all_keys_;
};

}  // namespace rujukan::audit
