#include "broker/sequencer/activation.h"

#include "broker/decide/activation.h"

namespace rujukan::sequencer {
namespace {

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
  auto verified = decide::verify_release(signed_release, *trust, log_origin);
  if (!verified) return verified;
  if (const auto checked = decide::check_activation(verified->release, previous, now); !checked) {
    return checked.error();
  }
  return verified;
}

}  // namespace rujukan::sequencer
