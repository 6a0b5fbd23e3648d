#include "broker/routing/csv_reader.h"

#include <csv.h>

#include <algorithm>
#include <map>
#include <new>
#include <numeric>

namespace rujukan::routing {
namespace {

using RawRow = std::vector<CsvField>;

// Drives libcsv. The text is fed in pieces that end with a comma or a line feed, so that a field
// that ends is known to end with the piece.
class Splitter {
 public:
  Splitter(std::string_view text, FileFindings& findings) : text_(text), findings_(findings) {
    if (csv_init(&parser_, CSV_STRICT | CSV_STRICT_FINI | CSV_REPALL_NL) != 0)
      throw std::bad_alloc();
    // Spaces are part of a value, so that they are refused and not dropped.
    csv_set_space_func(&parser_, [](unsigned char) { return 0; });
  }
  ~Splitter() { csv_free(&parser_); }
  Splitter(const Splitter&) = delete;
  Splitter& operator=(const Splitter&) = delete;

  // False, with a finding, when the text stops being CSV.
  bool split(std::vector<RawRow>& rows) {
    rows_ = &rows;
    for (std::size_t at = 0; at < text_.size(); at = end_) {
      const std::size_t stop = text_.find_first_of(",\n", at);
      end_ = stop == std::string_view::npos ? text_.size() : stop + 1;
      const std::size_t size = end_ - at;
      if (csv_parse(&parser_, text_.data() + at, size, on_field, on_row, this) != size) {
        return fail("a quote inside a value must be doubled and the value quoted");
      }
    }
    if (csv_fini(&parser_, on_field, on_row, this) != 0) return fail("a quoted value does not end");
    return true;
  }

 private:
  bool fail(const char* why) {
    findings_.add(start_, ErrorCode::kConfigSyntax, "", why);
    return false;
  }

  static void on_field(void* data, std::size_t size, void* self) {
    auto& splitter = *static_cast<Splitter*>(self);
    std::string value(static_cast<const char*>(data), size);
    splitter.row_.push_back({std::move(value), splitter.start_});
    splitter.start_.column += splitter.end_ - splitter.begin_;
    splitter.begin_ = splitter.end_;
  }
  static void on_row(int, void* self) {
    auto& splitter = *static_cast<Splitter*>(self);
    const auto line_feeds = [](std::size_t n, const CsvField& field) {
      return n + static_cast<std::size_t>(std::count(field.text.begin(), field.text.end(), '\n'));
    };
    const std::size_t inside =
        std::accumulate(splitter.row_.begin(), splitter.row_.end(), std::size_t{0}, line_feeds);
    if (splitter.row_.empty()) splitter.row_.push_back({"", splitter.start_});
    splitter.rows_->push_back(std::move(splitter.row_));
    splitter.row_.clear();
    splitter.start_ = {splitter.start_.line + inside + 1, 1};
    splitter.begin_ = splitter.end_;
  }

  std::string_view text_;
  FileFindings& findings_;
  csv_parser parser_{};
  std::vector<RawRow>* rows_ = nullptr;
  RawRow row_;
  Place start_{1, 1};      // of the field that is being read
  std::size_t begin_ = 0;  // its offset
  std::size_t end_ = 0;    // of the piece
};

constexpr std::size_t kAbsent = std::string_view::npos;

// For each known column its position in the header, kAbsent for an optional one that it lacks;
// empty, with findings, unless the header holds each of the others once and nothing else.
std::vector<std::size_t> read_header(const RawRow& header, std::initializer_list<CsvColumn> columns,
                                     FileFindings& findings) {
  std::map<std::string_view, std::size_t> positions;
  bool good = true;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const CsvField& name = header[i];
    const bool known =
        std::any_of(columns.begin(), columns.end(),
                    [&name](const CsvColumn& column) { return column.name == name.text; });
    const bool fresh = positions.emplace(name.text, i).second;
    if (known && fresh) continue;
    findings.add(name.place, known ? ErrorCode::kConfigDuplicate : ErrorCode::kConfigUnknownKey,
                 known ? name.text : "", "column " + in_quotes(name.text));
    good = false;
  }
  std::vector<std::size_t> order;
  for (const CsvColumn& column : columns) {
    const auto at = positions.find(column.name);
    order.push_back(at == positions.end() ? kAbsent : at->second);
    if (at != positions.end() || column.optional) continue;
    findings.add({1, 0}, ErrorCode::kConfigMissing, column.name, "the header lacks the column");
    good = false;
  }
  if (!good) order.clear();
  return order;
}

// The columns in the order of the header.
using Header = std::vector<const CsvColumn*>;

bool fits(const CsvColumn& column, std::string_view value) {
  return column.fits == nullptr || column.fits(value);
}

// Whether the values from `value` on, `count` of them, fit the columns from `column` on.
bool fit(const RawRow& row, const Header& header, std::size_t value, std::size_t column,
         std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (!fits(*header[column + i], row[value + i].text)) return false;
  }
  return true;
}

// Of columns that all explain the same fault: 'between "a" and "b"'.
std::string between(const Header& header, const std::vector<std::size_t>& columns) {
  const std::string first = in_quotes(header[columns.front()]->name);
  if (columns.size() == 1) return "in " + first;
  return "between " + first + " and " + in_quotes(header[columns.back()]->name);
}

// Where a value was forgotten: the values are one too few, or an empty one stands at the end.
std::vector<std::size_t> forgotten(const RawRow& row, const Header& header) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < header.size(); ++i) {
    // An empty value that moves is the one that is missing.
    const bool moves = std::any_of(row.begin() + static_cast<std::ptrdiff_t>(i), row.end(),
                                   [](const CsvField& field) { return !field.text.empty(); });
    if (row.size() == header.size() && !moves) break;
    if (fit(row, header, 0, 0, i) && fit(row, header, i, i + 1, header.size() - i - 1)) {
      out.push_back(i);
    }
  }
  return out;
}

// Which values are one too many. Without `any`, only those that are empty.
std::vector<std::size_t> surplus(const RawRow& row, const Header& header, bool any) {
  std::vector<std::size_t> out;
  const std::size_t last = row.size() - 1;
  // Then the last column is empty.
  if (!any && !fits(*header.back(), "")) return out;
  for (std::size_t i = 0; i < last; ++i) {
    if (!any && !row[i].text.empty()) continue;
    if (fit(row, header, 0, 0, i) && fit(row, header, i + 1, i, last - i)) out.push_back(i);
  }
  if (any && fit(row, header, 0, 0, last)) out.push_back(last);
  return out;
}

// How the row fits when its values are moved by one column; empty: it does not, or need not be.
std::string moved(const RawRow& row, const Header& header) {
  const std::size_t columns = header.size();
  // Without forms of columns everything fits.
  if (fit(row, header, 0, 0, std::min(columns, row.size()))) return "";
  if (row.size() == columns + 1) {
    const auto found = surplus(row, header, true);
    if (found.empty()) return "";
    return "they fit without the value " + in_quotes(row[found.front()].text);
  }
  if (row.size() + 1 == columns || (row.size() == columns && row.back().text.empty())) {
    const auto found = forgotten(row, header);
    if (!found.empty()) return "they fit with one more value " + between(header, found);
  }
  if (row.size() != columns) return "";
  if (const auto found = surplus(row, header, false); !found.empty()) {
    return "they fit when those after " + in_quotes(header[found.front()]->name) +
           " move one column to the left";
  }
  RawRow exchanged = row;
  for (std::size_t i = 0; i + 1 < columns; ++i) {
    std::swap(exchanged[i].text, exchanged[i + 1].text);
    if (fit(exchanged, header, 0, 0, columns)) {
      return "those of " + in_quotes(header[i]->name) + " and " + in_quotes(header[i + 1]->name) +
             " are exchanged";
    }
    std::swap(exchanged[i].text, exchanged[i + 1].text);
  }
  return "";
}

// "semicolons" or "tabs" when they stand where commas should; empty: no.
std::string other_separator(std::string_view line) {
  if (line.find(',') != std::string_view::npos) return "";
  if (line.find(';') != std::string_view::npos) return "semicolons";
  return line.find('\t') != std::string_view::npos ? "tabs" : "";
}

std::string wrong_size(const RawRow& row, std::size_t columns) {
  if (row.size() == 1 && row.front().text.empty()) return "a blank line";
  const std::string separator = row.size() == 1 ? other_separator(row.front().text) : "";
  if (!separator.empty()) return "values are separated by " + separator + "; commas are needed";
  return std::to_string(row.size()) + " values, the header has " + std::to_string(columns);
}

bool well_formed(const RawRow& row, const Header& header, FileFindings& findings) {
  const Place place{row.front().place.line, 0};
  const std::string shift = moved(row, header);
  if (row.size() != header.size()) {
    findings.add(place, ErrorCode::kConfigSyntax, "",
                 wrong_size(row, header.size()) + (shift.empty() ? "" : "; " + shift));
    return false;
  }
  if (!shift.empty()) {
    findings.add(place, ErrorCode::kConfigSyntax, "", "values in columns of others; " + shift);
  }
  bool good = true;
  for (const CsvField& field : row) {
    if (field.text.find('\n') == std::string::npos) continue;
    findings.add(field.place, ErrorCode::kConfigSyntax, "", "a line feed inside a value");
    good = false;
  }
  return good;
}

}  // namespace

bool is_empty_or_id(std::string_view value) { return value.empty() || is_valid_id(value); }

bool is_empty_or_area(std::string_view value) { return value.empty() || is_valid_area_code(value); }

bool is_area_list(std::string_view value) {
  while (true) {
    const std::string_view word = value.substr(0, value.find(' '));
    if (!is_valid_area_code(word)) return false;
    if (word.size() == value.size()) return true;
    value.remove_prefix(word.size() + 1);
  }
}

bool is_level(std::string_view value) { return code_from_name<Level>(value).has_value(); }

bool is_empty_or_time(std::string_view value) {
  return value.empty() || parse_time(value).has_value();
}

void read_csv(std::string_view text, std::initializer_list<CsvColumn> columns,
              FileFindings& findings, CsvFile& out) {
  for (const CsvColumn& column : columns) out.columns.push_back(column.name);
  if (const auto separator = other_separator(text.substr(0, text.find('\n'))); !separator.empty()) {
    findings.add({1, 1}, ErrorCode::kConfigSyntax, "",
                 "columns are separated by " + separator + "; commas are needed");
    return;
  }
  std::vector<RawRow> raw;
  out.readable = Splitter(text, findings).split(raw);
  if (raw.empty()) raw.push_back({});
  const std::vector<std::size_t> order = read_header(raw.front(), columns, findings);
  if (order.empty()) {
    out.readable = false;
    return;
  }
  Header header(raw.front().size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (order[i] != kAbsent) header[order[i]] = columns.begin() + i;
  }
  for (std::size_t i = 1; i < raw.size(); ++i) {
    if (!well_formed(raw[i], header, findings)) continue;
    std::vector<CsvField> fields;
    fields.reserve(order.size());
    const CsvField absent{"", {raw[i].front().place.line, 0}};
    for (const std::size_t at : order) {
      fields.push_back(at == kAbsent ? absent : std::move(raw[i][at]));
    }
    out.rows.emplace_back(out.columns, std::move(fields), findings);
  }
}

const CsvField& CsvRow::field(std::string_view column) const {
  const auto at = std::find(columns_.begin(), columns_.end(), column);
  INVARIANT(at != columns_.end());
  return fields_[static_cast<std::size_t>(at - columns_.begin())];
}

std::string CsvRow::id(std::string_view column) const {
  const std::string& text = field(column).text;
  const bool numbered = has_identity_number(text);
  if (is_valid_id(text) && !numbered) return text;
  if (numbered) {
    refuse(column, ErrorCode::kIdentityNumber, "");
  } else if (text.empty()) {
    refuse(column, ErrorCode::kConfigMissing, "empty");
  } else {
    refuse(column, ErrorCode::kConfigValue, "not an id: " + shown(column));
  }
  return {};
}

std::string CsvRow::optional_id(std::string_view column) const {
  return empty(column) ? std::string() : id(column);
}

AreaCode CsvRow::area_code(std::string_view column) const {
  const std::string& text = field(column).text;
  if (is_valid_area_code(text)) return AreaCode(text);
  refuse(column, ErrorCode::kConfigValue, "not an area code: " + shown(column));
  return {};
}

std::vector<std::string> CsvRow::words(std::string_view column) const {
  std::vector<std::string> out;
  std::set<std::string_view> seen;
  std::string_view rest = field(column).text;
  while (true) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (word.empty()) {
      refuse(column, ErrorCode::kConfigValue, "must be values separated by single spaces");
      return {};
    }
    if (!seen.insert(word).second) {
      refuse(column, ErrorCode::kConfigDuplicate, "stands twice: " + in_quotes(word));
    } else {
      out.emplace_back(word);
    }
    if (word.size() == rest.size()) return out;
    rest.remove_prefix(word.size() + 1);
  }
}

std::optional<TimeUs> CsvRow::optional_time(std::string_view column) const {
  using std::chrono::sys_days;
  constexpr TimeUs kFirst{std::chrono::microseconds(1)};  // 0 stands for "not set" in a release
  constexpr TimeUs kEnd{sys_days(std::chrono::year(9999) / 12 / 31) + std::chrono::days(1)};
  if (empty(column)) return std::nullopt;
  const auto time = parse_time(field(column).text);
  if (time && *time >= kFirst && *time < kEnd) return time;
  refuse(
      column, ErrorCode::kConfigValue,
      "not a date (2026-11-22) or time (2026-11-22T04:38:37Z) after 1970-01-01: " + shown(column));
  return std::nullopt;
}

Validity CsvRow::validity() const {
  const Validity validity{optional_time("valid_from"), optional_time("valid_until")};
  if (validity.from && validity.until && *validity.from >= *validity.until) {
    refuse("valid_until", ErrorCode::kConfigValue, "not after valid_from");
  }
  return validity;
}

std::optional<PublicKey> CsvRow::key(std::string_view column) const {
  const auto bytes = from_base64(field(column).text);
  const auto key = bytes ? to_array<32>(*bytes) : std::nullopt;
  if (!key) refuse(column, ErrorCode::kConfigValue, "not the base64 form of 32 bytes");
  return key;
}

}  // namespace rujukan::routing
