// Which events may stand in which entries, for OwnershipCheck: a literal second reading.
#pragma once

#include "broker/model/entry.h"

namespace rujukan::decide {

// Leaves the case as it was.
bool is_silent(EventType type);
// May stand in an entry of a closed case.
bool may_follow_closing(EventType type);
// Whether the cause can have the event: who may move a case, and by what. `message` is that of the
// cause; nullptr for others.
bool may_bring(const Entry& entry, const Message* message, const Event& event);

}  // namespace rujukan::decide
