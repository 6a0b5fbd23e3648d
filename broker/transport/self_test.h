// Proves that the broker's door is locked.
#pragma once

#include <string>

#include "broker/base/result.h"
#include "broker/model/release.h"

namespace rujukan::transport {

// Connects to the endpoint with a key that was just drawn and waits for the refusal. Errors:
// transport.self_test when it is let in or nobody answers within 4 s, transport.failed.
Result<void> expect_random_key_refused(const std::string& endpoint, const PublicKey& server_key);

}  // namespace rujukan::transport
