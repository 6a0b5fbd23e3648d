#include "broker/audit/source.h"

#include "broker/admin/http_client.h"
#include "broker/base/limits.h"
#include "broker/merkle/text.h"
#include "broker/runtime/file.h"
#include "broker/store/store.h"
#include "broker/store/stored_log_files.h"

namespace rujukan::audit {
namespace {

constexpr std::size_t kTokenBytes = 4096;
constexpr unsigned kOk = 200;
constexpr unsigned kNotFound = 404;

std::size_t max_bytes(std::string_view path) {
  if (path.starts_with("tile/")) return limits::kBundleBytes;
  if (path.starts_with("release/")) return static_cast<std::size_t>(limits::kStationFrameBytes);
  return limits::kNoteBytes;
}

// Paths are made by this program, so none of them leads out of the folder.
class Folder final : public store::LogFiles {
 public:
  explicit Folder(std::filesystem::path root) : root_(std::move(root)) {}

  Result<std::optional<Bytes>> read(const std::string& path) const override {
    const std::filesystem::path file = root_ / path;
    std::error_code unreadable;
    if (!std::filesystem::exists(file, unreadable)) return std::optional<Bytes>();
    const auto text = read_file(file, max_bytes(path));
    if (!text) return text.error();
    return std::optional(to_bytes(as_bytes(*text)));
  }

 private:
  std::filesystem::path root_;
};

class Server final : public store::LogFiles {
 public:
  explicit Server(std::unique_ptr<admin::HttpClient> client) : client_(std::move(client)) {}

  Result<std::optional<Bytes>> read(const std::string& path) const override {
    auto answer = client_->get(path, max_bytes(path));
    if (!answer) return answer.error();
    if (answer->status == kNotFound) return std::optional<Bytes>();
    if (answer->status != kOk) return client_->unexpected(path, *answer);
    return std::optional(std::move(answer->body));
  }

 private:
  std::unique_ptr<admin::HttpClient> client_;
};

Result<std::unique_ptr<store::LogFiles>> open_server(const std::string& url,
                                                     const SourceAccess& access) {
  admin::HttpAccess http;
  http.ca_file = access.ca_file;
  if (!access.token_file.empty()) {
    const auto token = read_file(access.token_file, kTokenBytes);
    if (!token) return token.error();
    http.token = token->substr(0, token->find_first_of("\r\n"));
  }
  auto client = admin::HttpClient::open(url, http);
  if (!client) return client.error();
  return std::unique_ptr<store::LogFiles>(new Server(*std::move(client)));
}

bool is_there(const std::filesystem::path& path) {
  std::error_code unreadable;  // then reading it says why
  return std::filesystem::exists(path, unreadable);
}

// "DIR#N": the N-th shard of a data directory, counted from 0.
struct NamedShard {
  std::string directory;
  std::size_t number = 0;
};
std::optional<NamedShard> named_shard(const std::string& source) {
  const std::size_t mark = source.rfind('#');
  if (mark == std::string::npos) return std::nullopt;
  const auto number = merkle::parse_decimal(std::string_view(source).substr(mark + 1));
  if (!number || !is_data_directory(source.substr(0, mark))) return std::nullopt;
  return NamedShard{source.substr(0, mark), static_cast<std::size_t>(*number)};
}

Result<std::unique_ptr<store::LogFiles>> open_stored(const std::string& directory,
                                                     std::optional<std::size_t> shard) {
  if (!shard) {
    // One log from here on, also when the broker begins another shard meanwhile.
    const auto store = store::ReadOnlyStore::open(directory);
    if (!store) return store.error();
    const auto shards = (*store)->reader().shards();
    if (!shards) return shards.error();
    if (!shards->empty()) shard = shards->size() - 1;
  }
  auto stored = store::StoredLogFiles::open(directory, shard);
  if (!stored) return stored.error();
  return std::unique_ptr<store::LogFiles>(*std::move(stored));
}

}  // namespace

bool is_data_directory(const std::string& source) {
  return is_there(std::filesystem::path(source) / store::kDatabaseName);
}

Result<std::unique_ptr<store::LogFiles>> open_source(const std::string& source,
                                                     const SourceAccess& access) {
  if (source.starts_with("http://") || source.starts_with("https://")) {
    return open_server(source, access);
  }
  if (is_data_directory(source)) return open_stored(source, std::nullopt);
  if (const auto shard = named_shard(source)) return open_stored(shard->directory, shard->number);
  if (!is_there(std::filesystem::path(source) / "checkpoint")) {
    return Error{ErrorCode::kLogNotFound, source, "no checkpoint and no broker's database"};
  }
  return std::unique_ptr<store::LogFiles>(new Folder(source));
}

}  // namespace rujukan::audit
