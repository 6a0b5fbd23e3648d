#include "ops/cli/text_table.h"

#include <algorithm>

#include "broker/base/invariant.h"

namespace rujukan::cli {
namespace {

using Lines = std::vector<std::string>;

Lines split_lines(const std::string& text) {
  Lines lines;
  std::size_t from = 0;
  while (true) {
    const std::size_t to = text.find('\n', from);
    lines.push_back(text.substr(from, to - from));
    if (to == std::string::npos) return lines;
    from = to + 1;
  }
}

std::size_t width_of(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void append_line(std::string& out, const std::vector<Lines>& cells, std::size_t line,
                 const std::vector<std::size_t>& widths) {
  std::string text;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = line < cells[i].size() ? cells[i][line] : "";
    text += cell;
    text.append(widths[i] - width_of(cell) + 2, ' ');
  }
  text.erase(text.find_last_not_of(' ') + 1);
  out += text + "\n";
}

}  // namespace

std::string to_table(const std::vector<std::string>& head,
                     const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  widths.reserve(head.size());
  for (const std::string& title : head) widths.push_back(width_of(title));
  std::vector<std::vector<Lines>> split;
  for (const auto& row : rows) {
    INVARIANT(row.size() == head.size());
    std::vector<Lines>& cells = split.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i) {
      cells.push_back(split_lines(row[i]));
      for (const std::string& line : cells[i]) widths[i] = std::max(widths[i], width_of(line));
    }
  }
  std::string out;
  std::vector<Lines> titles;
  std::vector<Lines> rule;
  for (std::size_t i = 0; i < head.size(); ++i) {
    titles.push_back({head[i]});
    rule.push_back({std::string(widths[i], '-')});
  }
  append_line(out, titles, 0, widths);
  append_line(out, rule, 0, widths);
  for (const auto& cells : split) {
    std::size_t height = 0;
    for (const Lines& cell : cells) height = std::max(height, cell.size());
    for (std::size_t line = 0; line < height; ++line) append_line(out, cells, line, widths);
  }
  return out;
}

}  // namespace rujukan::cli
