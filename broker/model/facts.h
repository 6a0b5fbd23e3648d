// The routable header of a case: codes only, no free text, no identity.
#pragma once

#include <string>
#include <vector>

#include "broker/base/value.h"
#include "broker/model/codes.h"
#include "broker/model/ids.h"

namespace rujukan {

// What the sender states and signs. `origin` and `at` are not in it: they are the message's sender
// and the entry's time. Lists keep the sender's order and may repeat a value.
struct Facts {
  DECLARE_VALUE(Facts);

  Mode mode = Mode::kOnline;
  std::vector<Category> categories;
  VictimAge victim_age = VictimAge::kUnknown;
  std::vector<AreaCode> victims;    // where the victims live; empty = unknown
  std::vector<AreaCode> suspects;   // where the suspects are; empty = unknown
  std::vector<AreaCode> incidents;  // where it happened or is hosted; empty = unknown
  Urgency urgency = Urgency::kRoutine;
  Consent consent = Consent::kPending;
  std::vector<Need> needs;
  std::vector<std::string> legal_bases;  // "uu-12-2022"; valid ids
  bool victim_protected = false;         // handling caveat
};

// Evidence travels as digest, kind and custodian only.
struct Evidence {
  Digest digest{};
  EvidenceKind kind = EvidenceKind::kReference;
  UnitId custodian;

  friend bool operator==(const Evidence&, const Evidence&) = default;
};

}  // namespace rujukan
