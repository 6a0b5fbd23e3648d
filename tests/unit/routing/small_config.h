// A configuration of three units, ways to damage it, and the findings as short texts.
#pragma once

#include <catch2/catch.hpp>

#include "broker/routing/compile.h"
#include "tests/unit/routing/national.h"

namespace rujukan::routing {

// Compiles without findings.
ConfigFiles small();

Texts findings(const ConfigFiles& files, const BuildFacts& facts = {});

ConfigFiles with(const std::string& file, const std::string& text);

// `files` with the first `old_text` of `file` replaced.
ConfigFiles replaced(ConfigFiles files, const std::string& file, const std::string& old_text,
                     const std::string& text);

// small() with the first `old_text` of `file` replaced.
ConfigFiles edited(const std::string& file, const std::string& old_text, const std::string& text);

ConfigFiles appended(const std::string& file, const std::string& text);

}  // namespace rujukan::routing
