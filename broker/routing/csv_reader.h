// Strict reading of CSV (RFC 4180 with line feeds): a header line with exactly the known columns in
// any order, optional ones excepted, then rows without blank lines. A row whose values fit the
// columns beside theirs is told as that.
#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "broker/model/release.h"
#include "broker/routing/findings.h"

namespace rujukan::routing {

struct CsvColumn {
  std::string_view name;  // outlives what is read
  // Whether a value has the form of the column's; nullptr: any value.
  bool (*fits)(std::string_view value) = nullptr;
  bool optional = false;  // the header may lack it
};

// Forms of columns.
bool is_empty_or_id(std::string_view value);
bool is_empty_or_area(std::string_view value);
bool is_area_list(std::string_view value);
bool is_level(std::string_view value);
bool is_empty_or_time(std::string_view value);

struct CsvField {
  std::string text;
  Place place;
};

// One row. The getters check a column's value, report a fault at its place and then return an empty
// value, with which reading may go on.
class CsvRow {
 public:
  CsvRow(const std::vector<std::string_view>& columns, std::vector<CsvField> fields,
         FileFindings& findings)
      : columns_(columns), fields_(std::move(fields)), findings_(findings) {}

  // Requires, here and below: a column of the file.
  const CsvField& field(std::string_view column) const;
  bool empty(std::string_view column) const { return field(column).text.empty(); }
  // Whether the header holds an optional column; one that it lacks is empty.
  bool has(std::string_view column) const { return field(column).place.column != 0; }
  // is_valid_id and not empty.
  std::string id(std::string_view column) const;
  std::string optional_id(std::string_view column) const;
  AreaCode area_code(std::string_view column) const;
  // Separated by single spaces, at least one, none twice.
  std::vector<std::string> words(std::string_view column) const;
  std::optional<TimeUs> optional_time(std::string_view column) const;
  // Columns valid_from and valid_until.
  Validity validity() const;
  // Base64 of 32 bytes.
  std::optional<PublicKey> key(std::string_view column) const;
  template <typename E>
  E code(std::string_view column) const {
    const auto value = code_from_name<E>(field(column).text);
    if (!value) refuse(column, ErrorCode::kConfigValue, "not known: " + shown(column));
    return value.value_or(E{});
  }

  void refuse(std::string_view column, ErrorCode code, std::string detail) const {
    findings_.add(field(column).place, code, column, std::move(detail));
  }
  std::string shown(std::string_view column) const { return in_quotes(field(column).text); }

 private:
  const std::vector<std::string_view>& columns_;
  std::vector<CsvField> fields_;  // in the order of columns_
  FileFindings& findings_;
};

struct CsvFile {
  std::vector<std::string_view> columns;
  std::vector<CsvRow> rows;  // refer to `columns`
  bool readable = false;     // false: the header is unusable or the text ended early

  CsvFile() = default;
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;
};

// Requires: check_text passed.
void read_csv(std::string_view text, std::initializer_list<CsvColumn> columns,
              FileFindings& findings, CsvFile& out);

}  // namespace rujukan::routing
