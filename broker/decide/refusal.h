// A refusal that says where the case stands.
#pragma once

#include <string>

#include "broker/model/entry.h"

namespace rujukan::decide {

inline Outcome refuse(const CaseRecord* record, Error error) {
  Outcome outcome;
  outcome.refusal = std::move(error);
  if (record != nullptr) {
    outcome.case_version = record->version;
    outcome.owner = record->owner();
  }
  return outcome;
}

// The outcome of events that follow on `record`: its version, and the owner that `owner` names.
inline Outcome accepted(std::vector<Event> events, std::uint32_t version, UnitId owner) {
  Outcome outcome;
  outcome.events = std::move(events);
  outcome.case_version = version;
  outcome.owner = std::move(owner);
  return outcome;
}

}  // namespace rujukan::decide
