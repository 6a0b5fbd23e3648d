// Text that people write: facts and the configuration. The first byte chooses the file.
#include <cstdlib>

#include "broker/routing/compile.h"
#include "broker/routing/facts_json.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rujukan;
  if (size == 0) return 0;
  static const char* const kFiles[] = {"areas.csv",        "units.csv",         "routing.toml",
                                       "permissions.toml", "deadlines.toml",    "keys.csv",
                                       "stations.csv",     "administrators.csv"};
  const std::size_t choice = data[0] % 9;
  const std::string text(as_text({data + 1, size - 1}));
  if (choice == 8) {
    if (const auto facts = routing::parse_facts(text)) {
      if (!is_valid_id(facts->origin.view())) std::abort();
    }
    return 0;
  }
  // Alone it cannot be a whole configuration: there is always something to say.
  const auto compiled = routing::compile({{kFiles[choice], text}}, {});
  if (compiled.findings.empty()) std::abort();
  return 0;
}
