#include "ops/cli/receipt_folder.h"

#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/receipt.h"
#include "broker/runtime/file.h"

namespace rujukan::cli {
namespace {

namespace fs = std::filesystem;

void add_receipt_file(std::map<LogIndex, Digest>& out, const fs::path& path,
                      const merkle::NoteKey& log) {
  const auto text = read_file(path, limits::kRecordFileBytes);
  if (!text) return;
  const auto receipt = merkle::receipt_from_text(*text);
  if (!receipt || !merkle::verify_receipt(*receipt, log)) return;
  out[receipt->index] = sha256(receipt->entry);
}

}  // namespace

Result<std::map<LogIndex, Digest>> verified_receipts(const std::vector<fs::path>& folders,
                                                     const merkle::NoteKey& log) {
  std::map<LogIndex, Digest> out;
  for (const fs::path& folder : folders) {
    std::error_code failure;
    fs::recursive_directory_iterator at(folder, failure);
    for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
      if (at->path().extension() == ".tlog-proof") add_receipt_file(out, at->path(), log);
    }
    if (failure) return Error{ErrorCode::kFileUnreadable, folder.string(), failure.message()};
  }
  return out;
}

}  // namespace rujukan::cli
