// What a station of the small release is installed with.
#pragma once

#include <string>
#include <vector>

namespace rujukan {
struct UnitSecret;
}
namespace rujukan::sdk {
struct Anchor;
}

namespace rujukan::test {

// Trusts the small release's administrators and the log of a broker in a test.
sdk::Anchor small_anchor();

// The secret keys of a station of the small release.
std::vector<UnitSecret> small_secrets(const std::string& station);

}  // namespace rujukan::test
