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

// For each known column its position in the header; empty, with findings, unless the header holds
// each of them once and nothing else.
std::vector<std::size_t> read_header(const RawRow& header,
                                     const std::vector<std::string_view>& columns,
                                     FileFindings& findings) {
  std::map<std::string_view, std::size_t> positions;
  bool good = true;
  for (std::size_t i = 0; i < header.size(); ++i) {
    const CsvField& name = header[i];
    const bool known = std::find(columns.begin(), columns.end(), name.text) != columns.end();
    const bool fresh = positions.emplace(name.text, i).second;
    if (known && fresh) continue;
    findings.add(name.place, known ? ErrorCode::kConfigDuplicate : ErrorCode::kConfigUnknownKey,
                 known ? name.text : "", "column " + in_quotes(name.text));
    good = false;
  }
  std::vector<std::size_t> order;
  for (const std::string_view column : columns) {
    const auto at = positions.find(column);
    if (at == positions.end()) {
      findings.add({1, 0}, ErrorCode::kConfigMissing, column, "the header lacks the column");
      good = false;
    } else {
      order.push_back(at->second);
    }
  }
  if (!good) order.clear();
  return order;
}

bool well_formed(const RawRow& row, std::size_t columns, FileFindings& findings) {
  const Place place{row.front().place.line, 0};
  if (row.size() != columns) {
    const bool blank = row.size() == 1 && row.front().text.empty();
    findings.add(
        place, ErrorCode::kConfigSyntax, "",
        blank ? "a blank line"
              : std::to_string(row.size()) + " values, the header has " + std::to_string(columns));
    return false;
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

void read_csv(std::string_view text, std::initializer_list<std::string_view> columns,
              FileFindings& findings, CsvFile& out) {
  out.columns = columns;
  std::vector<RawRow> raw;
  out.readable = Splitter(text, findings).split(raw);
  if (raw.empty()) raw.push_back({});
  const std::vector<std::size_t> order = read_header(raw.front(), out.columns, findings);
  if (order.empty()) {
    out.readable = false;
    return;
  }
  for (std::size_t i = 1; i < raw.size(); ++i) {
    if (!well_formed(raw[i], out.columns.size(), findings)) continue;
    std::vector<CsvField> fields;
    fields.reserve(order.size());
    for (const std::size_t at : order) fields.push_back(std::move(raw[i][at]));
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
