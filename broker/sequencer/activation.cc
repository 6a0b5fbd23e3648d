#include "broker/sequencer/activation.h"

#include "broker/base/limits.h"
#include "broker/decide/activation.h"
#include "broker/merkle/note.h"

namespace rujukan::sequencer {
namespace {

// What an entry holds beside the record that it carries.
constexpr std::size_t kCarryRoom = 2048;

// The administrators who may sign: those of the release in force, or the first release's own.
Result<decide::Trust> authority(ByteView signed_release, const Release* previous) {
  if (previous != nullptr) return decide::trust_of(*previous);
  const auto parts = wire::decode_signed_release(signed_release);
  if (!parts) return parts.error();
  const auto first = wire::decode_release(parts->body);
  if (!first) return first.error();
  return decide::trust_of(*first);
}

}  // namespace

Result<decide::VerifiedRelease> check_release(ByteView signed_release, const Release* previous,
                                              const std::string& log_origin, TimeUs now) {
  const auto trust = authority(signed_release, previous);
  if (!trust) return trust.error();
  auto verified = previous != nullptr ? decide::verify_release(signed_release, *trust)
                                      : decide::verify_release(signed_release, *trust, log_origin);
  if (!verified) return verified;
  if (!merkle::is_valid_origin(verified->release.log_origin)) {
    return Error{ErrorCode::kReleaseInvalid, "log_origin", "not an origin"};
  }
  if (const auto checked = decide::check_activation(verified->release, previous, now); !checked) {
    return checked.error();
  }
  return verified;
}

Result<void> check_rotation(const store::Reader& store,
                            const std::vector<std::unique_ptr<LogShard>>& shards,
                            const std::string& origin) {
  for (const auto& shard : shards) {
    if (shard->key.name != origin) continue;
    return Error{ErrorCode::kReleaseInvalid, "log_origin", "the origin of an earlier shard"};
  }
  const auto large = store.case_over(limits::kEntryBytes - kCarryRoom);
  if (!large) return large.error();
  if (!*large) return {};
  return Error{ErrorCode::kEntryTooLarge, "case", to_string(**large) + " cannot be carried"};
}

}  // namespace rujukan::sequencer
