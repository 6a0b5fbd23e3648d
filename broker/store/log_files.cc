#include "broker/store/log_files.h"

namespace rujukan::store {

std::string release_path(const Digest& body_digest) { return "release/" + to_hex(body_digest); }

}  // namespace rujukan::store
