// The difference of two releases in words and as JSON.
#pragma once

#include <map>
#include <set>
#include <string>

#include "broker/routing/release_diff.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {

// Names lists of areas, with whole provinces as such.
class AreaWords {
 public:
  AreaWords(const Release& before, const Release& after);

  // "36.71 or all of 31"; more than a dozen names are cut short unless `whole`.
  std::string list(const std::vector<AreaCode>& areas, bool whole) const;

 private:
  std::vector<std::string> names(const std::set<AreaCode>& areas) const;
  std::map<AreaCode, std::set<AreaCode>> inside_;  // by province
};

// "2026-07-01", or the whole time.
std::string day_text(const TimeUs& time);

// A line for each; empty when there are none.
std::string to_text(const std::vector<routing::Weakened>& changes);
// "- PEOPLE, NEEDS:" and what changes for them. Long lists are cut short unless `whole`.
std::string to_text(const std::vector<routing::PeopleChange>& changes, const AreaWords& areas,
                    bool whole);
// One line for each entry: "  units: changed ID: FIELD: BEFORE -> AFTER". Of many entries of one
// part that change alike the first few stand for all, unless `whole`.
std::string to_text(const std::vector<routing::EntryChange>& changes, bool whole);
// A paragraph for each change. Where many differ in nothing but units and areas the first few stand
// for all, and so many paragraphs are the most, unless `whole`.
inline constexpr std::size_t kMostGroups = 40;
std::string to_text(const std::vector<routing::RouteChange>& changes, const AreaWords& areas,
                    bool whole);

Json describe(const routing::Weakened& change);
Json describe(const routing::PeopleChange& change);
Json describe(const routing::EntryChange& change);
Json describe(const routing::RouteChange& change);
std::string_view name_of(routing::ChangedPart part);

}  // namespace rujukan::cli
