// How the simulation tells what happened.
#pragma once

#include <string>

#include "broker/model/message.h"

namespace rujukan::sim {

// One line: the kind, what it is about, its facts, and who sent it.
std::string described(const Message& message);

}  // namespace rujukan::sim
