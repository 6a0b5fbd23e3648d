#include "tests/bench/national_release.h"

#include <cstdio>
#include <cstdlib>
#include <map>

#include "broker/base/limits.h"
#include "broker/runtime/file.h"
#include "tests/support/small_release.h"

namespace rujukan::bench {

routing::ConfigFiles national_files() {
  routing::ConfigFiles files;
  for (const char* name : {"areas.csv", "units.csv", "routing.toml", "permissions.toml",
                           "deadlines.toml", "legal_bases.toml"}) {
    const std::string path = std::string(RUJUKAN_SOURCE_DIR "/config/") + name;
    auto text = read_file(path, limits::kConfigFileBytes);
    if (!text) std::abort();
    files[name] = *std::move(text);
  }
  return files;
}

Release national_release() {
  const Release small = test::small_release();
  routing::Compiled compiled = routing::compile(
      national_files(), {small.version, small.log_origin, small.validity, small.threshold});
  // Without a registry the only fault may be the missing administrators.
  Release release = std::move(compiled.release);
  release.administrators = small.administrators;
  release.threshold = small.threshold;
  std::map<AgencyId, Station> stations;
  for (const Unit& unit : release.units) {
    release.keys.push_back({unit.id,
                            "seal-1",
                            KeyPurpose::kSeal,
                            test::sealing_key(unit.id).public_key(),
                            {},
                            std::nullopt});
    release.keys.push_back({unit.id,
                            "sign-1",
                            KeyPurpose::kSign,
                            test::signing_key(unit.id).public_key(),
                            {},
                            std::nullopt});
    Station& station = stations[unit.agency];
    station.id = StationId(unit.agency.str());
    station.curve_key =
        X25519SecretKey::from_seed(test::seed_of("station " + unit.agency.str())).public_key();
    station.units.push_back(unit.id);
  }
  for (auto& [agency, station] : stations) release.stations.push_back(std::move(station));
  return release;
}

}  // namespace rujukan::bench
