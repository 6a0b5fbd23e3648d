// Evidence bundles: the archive, then what it holds. What is read is packed to what reads the same.
#include <cstdlib>

#include "broker/audit/evidence_zip.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rujukan;
  const auto files = audit::unpack_zip({data, size});
  if (!files) return 0;
  const auto packed = audit::pack_zip(*files);
  if (!packed) std::abort();
  const auto again = audit::unpack_zip(*packed);
  if (!again || *again != *files) std::abort();
  const audit::CheckedBundle checked = audit::check_bundle(*files, {});
  if (checked.findings.empty() != checked.evidence.has_value()) std::abort();
  return 0;
}
