// A configuration against which nothing stands, and the check's findings as short texts.
#pragma once

#include "broker/routing/check.h"
#include "tests/unit/routing/small_config.h"

namespace rujukan::routing {

inline const char* const kAllCategories =
    "[\"grooming\", \"sexual_extortion\", \"csam\", \"livestreamed_abuse\", "
    "\"self_generated_imagery\", \"online_harassment\", \"trafficking\", \"sexual_exploitation\", "
    "\"contact_sexual_abuse\", \"physical_violence\", \"psychological_violence\", \"neglect\", "
    "\"economic_exploitation\", \"property_crime\"]";
inline const char* const kOtherNeeds =
    "\"protection\", \"psychological\", \"shelter\", \"legal_aid\", \"rehabilitation\", "
    "\"medical\", \"takedown\", \"prosecution\", \"witness_protection\"";

// Investigation is of the police, in 11.01 by a post and in the rest of 11 by the province; all
// else is of one national centre. The watch may not own. One guarantee, the last of the table,
// holds.
ConfigFiles total();

// total() with the first `old_text` of a file replaced.
ConfigFiles changed(const std::string& file, const std::string& old_text, const std::string& text);

// total() with `text` at the end of a file; in routing.toml before the guarantee.
ConfigFiles extended(const std::string& file, const std::string& text);

// A check of files that compile.
struct Checked {
  explicit Checked(const ConfigFiles& files, const Validity& validity = {});

  // "routing.toml:1:1 table.no_rule field", warnings with a W before.
  Texts findings() const;
  // The example of the only finding of the code, as it is read back.
  FactsFile example(ErrorCode code) const;
  Result<Route> routed(ErrorCode code) const;
  std::string detail(std::size_t finding = 0) const;

  CheckReport report;
  std::shared_ptr<const RoutingTable> table;
};

}  // namespace rujukan::routing
