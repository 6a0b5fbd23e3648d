// Release -> the text that it may have been built from, and what an earlier one becomes today.
#pragma once

#include "broker/routing/compile.h"

namespace rujukan::routing {

// Every file that compile() reads; compiled with the release's own facts it gives the same tables.
// What is not in a release is not there: comments, sources, the laws that a rule cites.
ConfigFiles config_text(const Release& release);

// `earlier`, with what cannot be taken back from `in_force`: units that came since end at `now`,
// with the nation's unit of their function as the successor; areas and legal bases that came since,
// all keys with what is known of them, stations, administrators and threshold are those in force.
Release reverted(const Release& earlier, const Release& in_force, TimeUs now);

}  // namespace rujukan::routing
