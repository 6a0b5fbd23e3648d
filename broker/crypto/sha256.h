// SHA-256 through OpenSSL.
#pragma once

#include <initializer_list>

#include "broker/base/bytes.h"

namespace rujukan {

Digest sha256(ByteView bytes);
// SHA-256 over the concatenation, without copying it.
Digest sha256(std::initializer_list<ByteView> parts);

}  // namespace rujukan
