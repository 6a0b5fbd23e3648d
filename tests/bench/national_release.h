// The national configuration, and with keys for every unit (tests/support/small_release.h derives
// them) and a station for each agency.
#pragma once

#include "broker/model/release.h"
#include "broker/routing/compile.h"

namespace rujukan::bench {

// The text of config/. Aborts when a file cannot be read.
routing::ConfigFiles national_files();

// Aborts when config/ does not compile.
Release national_release();

}  // namespace rujukan::bench
