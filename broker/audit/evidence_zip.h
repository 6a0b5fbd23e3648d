// CaseEvidence bundles as zip archives. The only place with zip.h.
#pragma once

#include "broker/audit/evidence.h"

namespace rujukan::audit {

// Stored without compression and with a fixed time: the same files give the same bytes. Errors:
// bundle.invalid when they are more than an archive takes.
Result<Bytes> pack_zip(const BundleFiles& files);

// Reads any zip archive, and stops at the limits of limits::kEvidence*, counted while reading,
// whatever the archive says of itself. Errors: bundle.invalid (`field`: the file) for damage, a
// name that stands twice or is not a plain relative path, a link, a folder, encryption.
Result<BundleFiles> unpack_zip(ByteView archive);

}  // namespace rujukan::audit
