// Collecting what is wrong with the configuration's files.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "broker/routing/compile.h"

namespace rujukan::routing {

// Of one compilation, over all files. Keeps the first kMost and says that there were more.
class Findings {
 public:
  // A file that is wrong in every line must not fill the memory.
  static constexpr std::size_t kMost = 10'000;

  void add(std::string_view file, Place place, Error error);
  bool empty() const { return found_.empty(); }
  // In the order of files and places.
  std::vector<Finding> take();

 private:
  std::vector<Finding> found_;
};

// The findings of one file, so that readers need not repeat its name.
class FileFindings {
 public:
  FileFindings(std::string_view file, Findings& all) : file_(file), all_(all) {}

  void add(Place place, ErrorCode code, std::string_view field, std::string detail) {
    all_.add(file_, place, Error{code, std::string(field), std::move(detail)});
  }
  const std::string& file() const { return file_; }

 private:
  std::string file_;
  Findings& all_;
};

// Length of the well-formed UTF-8 sequence at the start; 0 when there is none. Source: Unicode 15,
// table 3-7.
std::size_t utf8_sequence(std::string_view text);

// A value of a file for a finding's text: printable ASCII, at most 64 bytes, in quotes.
std::string in_quotes(std::string_view value);

// False, with findings, unless the text is of an allowed size and plain UTF-8: no byte order mark,
// no carriage return, no NUL.
bool check_text(std::string_view text, FileFindings& findings);

// A finding for each line that holds what may be an identity number. Requires: check_text passed.
void check_identity_numbers(std::string_view text, FileFindings& findings);

}  // namespace rujukan::routing
