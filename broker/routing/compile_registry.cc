// administrators.csv, keys.csv and stations.csv.
#include <algorithm>
#include <map>
#include <set>

#include "broker/crypto/ed25519.h"
#include "broker/crypto/x25519.h"
#include "broker/routing/compile_parts.h"
#include "broker/routing/csv_reader.h"

namespace rujukan::routing {
namespace {

constexpr std::string_view kWholeAgency = "agency:";

PublicKey read_key(const CsvRow& row, std::string_view column,
                   Result<void> (*check)(const PublicKey&)) {
  const auto key = row.key(column);
  if (!key) return {};
  if (const auto checked = check(*key); !checked) {
    row.refuse(column, ErrorCode::kKeyInvalid, row.shown(column));
  }
  return *key;
}

void refuse_repeated(const CsvRow& row, std::string_view column, bool fresh) {
  if (!fresh) row.refuse(column, ErrorCode::kConfigDuplicate, row.shown(column));
}

// The units of an agency, sorted.
using UnitsByAgency = std::map<std::string_view, std::vector<UnitId>>;

class UnitLists {
 public:
  explicit UnitLists(const Draft& draft) : checked_(draft.units_read) {
    for (const Unit& unit : draft.release.units) {
      known_.insert(unit.id.view());
      by_agency_[unit.agency.view()].push_back(unit.id);
    }
  }

  // Unit ids and "agency:<id>", each unit once, sorted.
  std::vector<UnitId> read(const CsvRow& row) const {
    std::vector<UnitId> units;
    for (const std::string& word : row.words("units")) {
      if (word.starts_with(kWholeAgency)) {
        const auto at = by_agency_.find(std::string_view(word).substr(kWholeAgency.size()));
        if (at != by_agency_.end()) {
          units.insert(units.end(), at->second.begin(), at->second.end());
        } else if (checked_) {
          row.refuse("units", ErrorCode::kConfigReference, "no unit is of " + in_quotes(word));
        }
      } else {
        if (!known(word)) {
          row.refuse("units", ErrorCode::kConfigReference, "no such unit: " + in_quotes(word));
        }
        units.emplace_back(word);
      }
    }
    std::sort(units.begin(), units.end());
    units.erase(std::unique(units.begin(), units.end()), units.end());
    return units;
  }

  bool known(std::string_view unit) const { return !checked_ || known_.contains(unit); }

 private:
  bool checked_;
  std::set<std::string_view> known_;
  UnitsByAgency by_agency_;
};

}  // namespace

void read_administrators(std::string_view text, FileFindings& findings, Draft& draft) {
  CsvFile file;
  read_csv(text, {{"name"}, {"key"}}, findings, file);
  std::set<std::string> names;
  std::set<PublicKey> keys;
  for (const CsvRow& row : file.rows) {
    Administrator administrator{row.id("name"), read_key(row, "key", check_ed25519_key)};
    refuse_repeated(row, "name", names.insert(administrator.name).second);
    // One key under two names would count twice towards the threshold.
    refuse_repeated(row, "key", keys.insert(administrator.key).second);
    draft.release.administrators.push_back(std::move(administrator));
  }
}

void read_keys(std::string_view text, FileFindings& findings, Draft& draft) {
  CsvFile file;
  read_csv(text,
           {{"unit"},
            {"key_id"},
            {"purpose"},
            {"key"},
            {"valid_from"},
            {"valid_until"},
            {"compromised_since"}},
           findings, file);
  const UnitLists units(draft);
  std::set<std::pair<std::string, std::string>> seen;
  for (const CsvRow& row : file.rows) {
    UnitKey key;
    key.unit = UnitId(row.id("unit"));
    key.key_id = row.id("key_id");
    key.purpose = row.code<KeyPurpose>("purpose");
    key.key = read_key(row, "key",
                       key.purpose == KeyPurpose::kSign ? check_ed25519_key : check_x25519_key);
    key.validity = row.validity();
    key.compromised_since = row.optional_time("compromised_since");
    if (!key.unit.empty() && !units.known(key.unit.view())) {
      row.refuse("unit", ErrorCode::kConfigReference, "no such unit: " + row.shown("unit"));
    }
    refuse_repeated(row, "key_id", seen.emplace(key.unit.str(), key.key_id).second);
    draft.release.keys.push_back(std::move(key));
  }
}

void read_stations(std::string_view text, FileFindings& findings, Draft& draft) {
  CsvFile file;
  read_csv(text, {{"station"}, {"curve_key"}, {"units"}}, findings, file);
  const UnitLists units(draft);
  std::set<std::string> ids;
  std::set<PublicKey> keys;
  for (const CsvRow& row : file.rows) {
    Station station;
    station.id = StationId(row.id("station"));
    station.curve_key = read_key(row, "curve_key", check_x25519_key);
    station.units = units.read(row);
    refuse_repeated(row, "station", ids.insert(station.id.str()).second);
    // The key alone tells the broker which station it talks to.
    refuse_repeated(row, "curve_key", keys.insert(station.curve_key).second);
    draft.release.stations.push_back(std::move(station));
  }
}

}  // namespace rujukan::routing
