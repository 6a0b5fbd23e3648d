// The national configuration with keys for every unit (tests/support/small_release.h derives them)
// and a station for each agency.
#pragma once

#include "broker/model/release.h"

namespace rujukan::bench {

// Aborts when config/ does not compile.
Release national_release();

}  // namespace rujukan::bench
