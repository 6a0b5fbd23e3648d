#include "tests/support/written_030.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace rujukan::test {
namespace {

const std::string kFixture = RUJUKAN_SOURCE_DIR "/tests/fixtures/0.3.0/";

}  // namespace

Written030::Written030() {
  const std::string unpack =
      "tar -xzf '" + kFixture + "written.tar.gz' -C '" + folder_.path().string() + "'";
  if (std::system(unpack.c_str()) != 0) throw std::runtime_error("failed: " + unpack);
}

std::string said_by_030(const std::string& name) {
  std::ifstream file(kFixture + "said/" + name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read said/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace rujukan::test
