#include "broker/runtime/file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "tests/support/temporary_folder.h"

using namespace rujukan;

TEST_CASE("what was written durably is read back with the mode asked for") {
  const test::TemporaryFolder folder;
  const auto path = folder / "key";
  REQUIRE(write_file_durably(path, as_bytes("first"), 0600));
  REQUIRE(write_file_durably(path, as_bytes("second"), 0600));
  CHECK(read_file(path, 100).value() == "second");
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);
}

TEST_CASE("a durable write leaves no temporary file behind") {
  const test::TemporaryFolder folder;
  REQUIRE(write_file_durably(folder / "a", as_bytes("x")));
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    CHECK(entry.path().filename() == "a");
    ++files;
  }
  CHECK(files == 1);
}

TEST_CASE("writing into a folder that does not exist names the file and the reason") {
  const test::TemporaryFolder folder;
  const auto path = folder / "none" / "a";
  const auto written = write_file_durably(path, as_bytes("x"));
  REQUIRE_FALSE(written);
  CHECK(written.error().code == ErrorCode::kFileUnwritable);
  CHECK(written.error().field == path.string());
  CHECK(written.error().detail == "No such file or directory");
}

TEST_CASE("a file of exactly the limit is read and one byte more is refused") {
  const test::TemporaryFolder folder;
  const auto path = folder / "a";
  REQUIRE(write_file_durably(path, as_bytes("1234")));
  CHECK(read_file(path, 4).value() == "1234");
  CHECK(read_file(path, 3).error().code == ErrorCode::kConfigTooLarge);
}

TEST_CASE("a file that does not exist is unreadable with the reason") {
  const test::TemporaryFolder folder;
  const auto read = read_file(folder / "none", 10);
  CHECK(read.error().code == ErrorCode::kFileUnreadable);
  CHECK(read.error().detail == "No such file or directory");
}

TEST_CASE("a directory is locked by one holder at a time and the refusal names its process") {
  const test::TemporaryFolder folder;
  {
    const auto first = DirectoryLock::acquire(folder.path());
    REQUIRE(first);
    const auto second = DirectoryLock::acquire(folder.path());
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::kStoreLocked);
    CHECK(second.error().detail == "process " + std::to_string(::getpid()));
  }
  CHECK(DirectoryLock::acquire(folder.path()));
}
