#include "broker/audit/evidence_zip.h"

#include <zip.h>

#include <algorithm>
#include <array>
#include <memory>

#include "broker/base/limits.h"

namespace rujukan::audit {
namespace {

// 1980-01-01, the first day that the format can say.
constexpr std::uint16_t kDosDate = 1U << 5U | 1U;
constexpr std::uint32_t kRegularFile = 0100644;
constexpr std::uint32_t kTypeMask = 0170000;
constexpr std::uint32_t kTypeRegular = 0100000;
constexpr std::size_t kNameBytes = 96;
constexpr std::size_t kChunk = 64 * 1024;

Error invalid(std::string field, std::string detail) {
  return {ErrorCode::kBundleInvalid, std::move(field), std::move(detail)};
}
Error invalid(std::string field, zip_error_t* error) {
  Error out = invalid(std::move(field), std::string(zip_error_strerror(error)));
  zip_error_fini(error);
  return out;
}

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_source_t* source) const { zip_source_free(source); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Source = std::unique_ptr<zip_source_t, Discard>;
using File = std::unique_ptr<zip_file_t, Discard>;

// Letters, digits, '.', '-', '_' and single '/' between parts that do not begin with a dot: no
// such name leads out of a folder.
bool is_plain_path(std::string_view name) {
  if (name.empty() || name.size() > kNameBytes) return false;
  char before = '/';
  for (const char c : name) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    const bool inside = (c == '.' || c == '/') && before != '/';
    if (!plain && !inside) return false;
    before = c;
  }
  return before != '/';
}

// Opens `bytes`, which outlive it.
Result<Archive> open_archive(ByteView bytes) {
  // The library takes nothing at all for an archive without files.
  if (bytes.empty()) return invalid("archive", std::string("empty"));
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error));
  if (!source) return invalid("archive", &error);
  Archive archive(zip_open_from_source(source.get(), ZIP_RDONLY | ZIP_CHECKCONS, &error));
  if (!archive) return invalid("archive", &error);
  static_cast<void>(source.release());  // owned by the archive
  zip_error_fini(&error);
  return archive;
}

// The name of a file that may be read.
Result<std::string> checked_name(zip_t* archive, zip_uint64_t index) {
  const char* raw = zip_get_name(archive, index, ZIP_FL_ENC_RAW);
  const std::string name = raw == nullptr ? "" : raw;
  const std::string place = "file " + std::to_string(index);
  if (!is_plain_path(name)) return invalid(place, "its name is not a plain relative path");
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;
  if (zip_file_get_external_attributes(archive, index, 0, &system, &attributes) != 0) {
    return invalid(name, "its attributes cannot be read");
  }
  const std::uint32_t type = (attributes >> 16U) & kTypeMask;
  if (system == ZIP_OPSYS_UNIX && type != 0 && type != kTypeRegular) {
    return invalid(name, "not a regular file");
  }
  zip_stat_t stat;
  if (zip_stat_index(archive, index, 0, &stat) != 0) return invalid(name, "unreadable");
  if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
    return invalid(name, "encrypted");
  }
  return name;
}

Result<Bytes> read_bytes(zip_t* archive, zip_uint64_t index, const std::string& name,
                         std::size_t room) {
  const File file(zip_fopen_index(archive, index, 0));
  if (!file) return invalid(name, std::string(zip_strerror(archive)));
  Bytes out;
  std::array<std::uint8_t, kChunk> chunk;
  while (true) {
    const zip_int64_t got = zip_fread(file.get(), chunk.data(), chunk.size());
    if (got < 0) return invalid(name, std::string(zip_file_strerror(file.get())));
    if (got == 0) return out;
    if (out.size() + static_cast<std::size_t>(got) > std::min(room, limits::kEvidenceFileBytes)) {
      return invalid(name, "larger than an evidence bundle may hold");
    }
    out.insert(out.end(), chunk.begin(), chunk.begin() + got);
  }
}

Result<void> add_file(zip_t* archive, const std::string& name, const Bytes& bytes) {
  Source source(zip_source_buffer(archive, bytes.data(), bytes.size(), 0));
  const zip_int64_t index = source ? zip_file_add(archive, name.c_str(), source.get(), 0) : -1;
  if (index < 0) return invalid(name, std::string(zip_strerror(archive)));
  static_cast<void>(source.release());  // owned by the archive
  const auto at = static_cast<zip_uint64_t>(index);
  const bool set =
      zip_set_file_compression(archive, at, ZIP_CM_STORE, 0) == 0 &&
      zip_file_set_dostime(archive, at, 0, kDosDate, 0) == 0 &&
      zip_file_set_external_attributes(archive, at, 0, ZIP_OPSYS_UNIX, kRegularFile << 16U) == 0;
  if (!set) return invalid(name, std::string(zip_strerror(archive)));
  return {};
}

Result<Bytes> read_source(zip_source_t* source) {
  zip_stat_t stat;
  if (zip_source_stat(source, &stat) != 0 || zip_source_open(source) != 0) {
    return invalid("archive", std::string(zip_error_strerror(zip_source_error(source))));
  }
  Bytes out(stat.size);
  const zip_int64_t got = zip_source_read(source, out.data(), out.size());
  zip_source_close(source);
  if (got < 0 || static_cast<std::size_t>(got) != out.size())
    return invalid("archive", "not written");
  return out;
}

}  // namespace

Result<Bytes> pack_zip(const BundleFiles& files) {
  if (files.size() > limits::kEvidenceFiles) return invalid("archive", "too many files");
  std::size_t total = 0;
  zip_error_t error;
  zip_error_init(&error);
  Source source(zip_source_buffer_create(nullptr, 0, 0, &error));
  if (!source) return invalid("archive", &error);
  Archive archive(zip_open_from_source(source.get(), ZIP_CREATE | ZIP_TRUNCATE, &error));
  if (!archive) return invalid("archive", &error);
  zip_source_keep(source.get());  // read after the archive is gone
  zip_error_fini(&error);
  for (const auto& [name, bytes] : files) {
    total += bytes.size();
    if (bytes.size() > limits::kEvidenceFileBytes || total > limits::kEvidenceBytes) {
      return invalid(name, "larger than an evidence bundle may hold");
    }
    if (auto added = add_file(archive.get(), name, bytes); !added) return added.error();
  }
  if (zip_close(archive.get()) != 0)
    return invalid("archive", std::string(zip_strerror(archive.get())));
  static_cast<void>(archive.release());
  return read_source(source.get());
}

Result<BundleFiles> unpack_zip(ByteView bytes) {
  const auto archive = open_archive(bytes);
  if (!archive) return archive.error();
  const zip_int64_t count = zip_get_num_entries(archive->get(), 0);
  if (count < 0 || static_cast<std::size_t>(count) > limits::kEvidenceFiles) {
    return invalid("archive", "more files than an evidence bundle may hold");
  }
  // None could be packed so.
  if (count == 0) return invalid("archive", std::string("holds no file"));
  BundleFiles files;
  std::size_t room = limits::kEvidenceBytes;
  for (zip_uint64_t index = 0; index < static_cast<zip_uint64_t>(count); ++index) {
    const auto name = checked_name(archive->get(), index);
    if (!name) return name.error();
    auto content = read_bytes(archive->get(), index, *name, room);
    if (!content) return content.error();
    room -= content->size();
    if (!files.emplace(*name, *std::move(content)).second) return invalid(*name, "stands twice");
  }
  return files;
}

}  // namespace rujukan::audit
