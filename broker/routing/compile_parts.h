// The readers of the single files. Each adds to the draft what it could read and reports the rest;
// files are read in the order of the declarations, so that references can be checked at once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "broker/routing/findings.h"

namespace rujukan::routing {

// What a table of routing.toml is about, as far as it could be read.
struct PolicyTable {
  std::size_t line;
  Condition when;
  std::vector<Need> needs;  // of a rule
};

// The release as far as it is read. A file that could not be read leaves its flag false: references
// into it are not checked then, because each would be a finding that explains nothing.
struct Draft {
  Release release;
  SourcePlaces places;
  // The lines of units.csv and areas.csv on which release.units and release.areas stand.
  std::vector<std::size_t> unit_lines;
  std::vector<std::size_t> area_lines;
  // The tables of routing.toml, by rising lines.
  std::vector<PolicyTable> tables;
  bool legal_bases_read = false;
  bool areas_read = false;
  bool permissions_read = false;
  bool units_read = false;
};

void read_legal_bases(std::string_view text, FileFindings& findings, Draft& draft);
void read_areas(std::string_view text, FileFindings& findings, Draft& draft);
void read_permissions(std::string_view text, FileFindings& findings, Draft& draft);
void read_units(std::string_view text, FileFindings& findings, Draft& draft);
void read_rules(std::string_view text, FileFindings& findings, Draft& draft);
void read_deadlines(std::string_view text, FileFindings& findings, Draft& draft);
void read_administrators(std::string_view text, FileFindings& findings, Draft& draft);
void read_keys(std::string_view text, FileFindings& findings, Draft& draft);
void read_stations(std::string_view text, FileFindings& findings, Draft& draft);

// Gives each finding the smallest facts that would meet it, where the draft says enough.
// Requires: the lists of the draft are in the order of the files.
void add_examples(const Draft& draft, std::vector<Finding>& findings);

// For each item of a list with an id its position in it, by the id's text; the first of equal ids
// counts.
template <typename T, typename IdOf>
std::unordered_map<std::string_view, std::size_t> positions_by_id(const std::vector<T>& list,
                                                                  IdOf id_of) {
  std::unordered_map<std::string_view, std::size_t> out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!id_of(list[i]).empty()) out.emplace(id_of(list[i]), i);
  }
  return out;
}

}  // namespace rujukan::routing
