// Bytes to an HTTP server, whatever they are, and what comes back.
#pragma once

#include <string>

namespace rujukan::test {

enum class AfterSending { kListen, kEnd };

// Sends `bytes` to "http://HOST:PORT", with or without an end of what is sent, and reads until the
// server closes; nothing when it does not within 10 s.
std::string raw_http(const std::string& url, const std::string& bytes,
                     AfterSending after = AfterSending::kListen);

}  // namespace rujukan::test
