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

TEST_CASE("what is written is for its owner unless it is said to be for anyone") {
  const test::TemporaryFolder folder;
  const auto mode_of = [&folder](const char* name) {
    return std::filesystem::status(folder / name).permissions();
  };
  const mode_t before = ::umask(0);
  REQUIRE(write_file_durably(folder / "a", as_bytes("x")));
  REQUIRE(write_file_durably(folder / "b", as_bytes("x"), kForAnyone));
  ::umask(before);
  CHECK(mode_of("a") == std::filesystem::perms(0600));
  CHECK(mode_of("b") == std::filesystem::perms(0644));
}

TEST_CASE("a pipe or a device or a folder in the place of a file is refused and not waited for") {
  const test::TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  REQUIRE(::mkfifo((folder / "lock").c_str(), 0600) == 0);
  for (const std::filesystem::path& path :
       {folder / "pipe", std::filesystem::path("/dev/zero"), std::filesystem::path("/dev/tty")}) {
    INFO(path);
    const auto read = read_file(path, 100);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == ErrorCode::kFileUnreadable);
    CHECK(read.error().field == path.string());
  }
  CHECK(read_file(folder / "pipe", 100).error().detail == "not a regular file");
  CHECK(read_file(folder.path(), 100).error().detail == "Is a directory");
  CHECK(write_file_durably(folder / "pipe", as_bytes("x")).error().detail == "not a regular file");
  CHECK(std::filesystem::is_fifo(folder / "pipe"));
  CHECK(DirectoryLock::acquire(folder.path()).error().code == ErrorCode::kFileUnwritable);
}

TEST_CASE("a temporary name that somebody made a link is not followed") {
  const test::TemporaryFolder folder;
  REQUIRE(write_file_durably(folder / "other", as_bytes("other")));
  const auto temporary = folder.path() / ("a.tmp." + std::to_string(::getpid()));
  std::filesystem::create_symlink(folder / "other", temporary);
  REQUIRE(write_file_durably(folder / "a", as_bytes("x")));
  CHECK(*read_file(folder / "other", 100) == "other");
  CHECK(*read_file(folder / "a", 100) == "x");
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
