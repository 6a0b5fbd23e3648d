// The identifier of frame headers and the generated tables, for frames.cc and frames_decode.cc.
#pragma once

#include "schemas/protocol_generated.h"

namespace rujukan::wire {

inline constexpr const char* kFrameIdentifier = "RJP1";

}  // namespace rujukan::wire
