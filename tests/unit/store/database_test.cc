#include "broker/store/database.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temporary_folder.h"

using namespace rujukan;
using namespace rujukan::store;
using rujukan::test::TemporaryFolder;
namespace fs = std::filesystem;

TEST_CASE("a pipe in the place of a database or beside it is refused and not waited for") {
  for (const char* name : {"db", "db-wal", "db-shm", "db-journal"}) {
    const TemporaryFolder folder;
    INFO(name);
    REQUIRE(::mkfifo((folder / name).c_str(), 0600) == 0);
    for (const auto access : {Database::Access::kReadWrite, Database::Access::kReadOnly}) {
      const auto opened = Database::open((folder / "db").string(), access);
      REQUIRE_FALSE(opened);
      CHECK(opened.error().code == ErrorCode::kStoreFailed);
      CHECK(opened.error().field == (folder / name).string());
    }
  }
}

TEST_CASE("a database and what lies beside it are for their owner, whatever the umask") {
  const TemporaryFolder folder;
  const mode_t before = ::umask(0);
  const auto opened = Database::open((folder / "db").string(), Database::Access::kReadWrite);
  const bool made = opened && (*opened)->execute("CREATE TABLE t (x)").ok();
  ::umask(before);
  REQUIRE(made);
  for (const char* name : {"db", "db-wal", "db-shm"}) {
    INFO(name);
    CHECK(fs::status(folder / name).permissions() == fs::perms(0600));
  }
}
