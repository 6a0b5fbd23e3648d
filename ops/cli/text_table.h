// A table for people: a head, and rows of as many cells.
#pragma once

#include <string>
#include <vector>

namespace rujukan::cli {

// Columns are as wide as their widest line; a cell with several lines (split at '\n') makes its row
// as high. Text is taken as UTF-8 and counted in code points.
std::string to_table(const std::vector<std::string>& head,
                     const std::vector<std::vector<std::string>>& rows);

}  // namespace rujukan::cli
