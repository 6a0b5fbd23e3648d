// A case file as text, JSON, or a page that needs nothing but itself.
#pragma once

#include <string>

#include "ops/cli/case_words.h"

namespace rujukan::cli {

struct CaseReport {
  const audit::CaseFile& file;
  Zone zone = kWib;
  // What the reader must know of how far the entries were checked; one sentence or two.
  std::string notice;
};

// These two end with a line feed.
std::string case_json(const CaseReport& report);
std::string case_text(const CaseReport& report);
// HTML without script and without any reference to something outside.
std::string case_html(const CaseReport& report);

// Ownership over time as an SVG element: a lane per unit. Steps are as wide as their length's
// logarithm, so that minutes and weeks fit one picture.
std::string case_picture(const CaseReport& report);
// Text as it may stand in HTML, between tags and in quoted attributes.
std::string html_escape(std::string_view text);
// "case 0198..., from ... to ...: ... owned it"; what the picture shows.
std::string ownership_words(const audit::CaseFile& file, const audit::Ownership& owner,
                            const Zone& zone);

}  // namespace rujukan::cli
