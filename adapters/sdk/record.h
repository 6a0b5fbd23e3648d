// What a unit wants to refer, before it is routed, sealed and signed.
#pragma once

#include <string>
#include <vector>

#include "broker/model/facts.h"

namespace rujukan::sdk {

struct Record {
  UnitId sender;
  Facts facts;
  std::vector<Evidence> evidence;
  std::string narrative;             // plaintext, to be sealed; never traced
  std::vector<CaseId> related = {};  // cases in which the sender has a part
};

}  // namespace rujukan::sdk
