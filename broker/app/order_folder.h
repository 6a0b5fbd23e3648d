// The folder into which administrators put their signed orders.
#pragma once

#include <filesystem>

#include "broker/sequencer/sequencer.h"

namespace rujukan::app {

// Every *.rjo file; one that cannot be read is traced and left out. Nothing is moved or removed:
// the log knows what it has decided. Errors: file.unreadable, the folder; config.too_large.
Result<std::vector<sequencer::OfferedOrder>> read_orders(const std::filesystem::path& folder);

}  // namespace rujukan::app
