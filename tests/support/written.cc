#include "tests/support/written.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rujukan::test {
namespace {

const std::vector<WrittenFacts> kWritten = {
    {.version = "0.3.0",
     .size = 215,
     .release = 2,
     .withheld_from_start = 109,
     .withheld_later = 136,
     .unread = 212,
     .receipts = 8,
     .orders = 4,
     .answers_kept = 5,
     .answers_anew = 5},
    {.version = "0.4.0",
     .size = 409,
     .release = 4,
     .withheld_from_start = 11,
     .withheld_later = 266,
     .unread = 406,
     .receipts = 16,
     .orders = 3,
     .answers_kept = 9,
     .answers_anew = 7},
};

const WrittenFacts& facts_of(const std::string& version) {
  for (const WrittenFacts& facts : kWritten) {
    if (facts.version == version) return facts;
  }
  throw std::invalid_argument("nothing is kept of version " + version);
}

std::string fixture(const std::string& version) {
  return RUJUKAN_SOURCE_DIR "/tests/fixtures/" + version + "/";
}

}  // namespace

std::vector<std::string> written_versions() {
  std::vector<std::string> versions;
  for (const WrittenFacts& facts : kWritten) versions.push_back(facts.version);
  return versions;
}

Written::Written(const std::string& version) : facts(facts_of(version)) {
  const std::string unpack =
      "tar -xzf '" + fixture(version) + "written.tar.gz' -C '" + folder_.path().string() + "'";
  if (std::system(unpack.c_str()) != 0) throw std::runtime_error("failed: " + unpack);
}

std::string Written::said(const std::string& name) const {
  std::ifstream file(fixture(facts.version) + "said/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read said/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace rujukan::test
