#include "adapters/gateway/evidence.h"

#include "broker/crypto/sha256.h"
#include "broker/runtime/file.h"

namespace rujukan::gateway {
namespace {

constexpr mode_t kPrivate = 0600;

std::string folder_name(const sdk::Contradiction& found) {
  const Digest digest = sha256(as_bytes(found.first + found.second));
  return std::string(name_of(found.code)) + "-" + to_hex(ByteView(digest).first(4));
}

std::string describe(const char* which, const std::string& note, const merkle::NoteKey& log) {
  std::string text = which;
  if (note.empty()) return text + ": none\n";
  const auto checkpoint = merkle::verify_checkpoint(note, log);
  if (!checkpoint) return text + ": " + to_string(checkpoint.error()) + "\n";
  return text + ":\n  origin " + checkpoint->origin + "\n  size   " +
         std::to_string(checkpoint->size) + "\n  root   " + to_base64(checkpoint->root) + "\n";
}

const char* meaning(const sdk::Contradiction& found) {
  if (found.second.empty()) {
    return "The broker says that its log does not have the checkpoint that its key signed.\n";
  }
  if (found.code == ErrorCode::kCheckpointBehind) {
    return "The log went back: after the first checkpoint its broker came with the second one, of "
           "a\n"
           "smaller tree. It was restored from an old copy, or something was taken out of it.\n";
  }
  return "The log forked: its key signed two histories. Two roots of one size prove it by\n"
         "themselves; of two sizes, the broker could not prove that one tree continues the "
         "other.\n";
}

}  // namespace

std::string contradiction_text(const sdk::Contradiction& found, const merkle::NoteKey& log) {
  return std::string(meaning(found)) + "\n" + describe("First", found.first, log) +
         describe("Second", found.second, log) + "Found: " + found.detail +
         "\nLog key: " + log.to_vkey() + "\n\nBoth signed notes lie in evidence/" +
         folder_name(found) +
         "/. Keep them. Every tool for C2SP signed notes\nverifies them with the log key above.\n\n"
         "The gateway does not start again by itself. Tell the administrators of the broker and\n"
         "the other agencies. When they have settled which history is the log, run\n"
         "rujukan-gateway --config FILE --accept-log, and start it.\n";
}

Result<void> keep_evidence(const std::filesystem::path& folder, const sdk::Contradiction& found,
                           const merkle::NoteKey& log) {
  const auto place = folder / "evidence" / folder_name(found);
  std::error_code failed;
  std::filesystem::create_directories(place, failed);
  if (failed) return Error{ErrorCode::kFileUnwritable, place.string(), failed.message()};
  const auto write = [&place](const char* name, const std::string& text) {
    return write_file_durably(place / name, as_bytes(text), kPrivate);
  };
  if (auto done = write("first.note", found.first); !done) return done;
  if (!found.second.empty()) {
    if (auto done = write("second.note", found.second); !done) return done;
  }
  if (auto done = write("README.txt", contradiction_text(found, log)); !done) return done;
  if (auto done = fsync_directory(folder / "evidence"); !done) return done;
  return fsync_directory(folder);
}

}  // namespace rujukan::gateway
