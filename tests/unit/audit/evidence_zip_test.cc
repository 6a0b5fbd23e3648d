#include "broker/audit/evidence_zip.h"

#include <catch2/catch.hpp>

#include "broker/base/limits.h"

using namespace rujukan;
using namespace rujukan::audit;

namespace {

// One file of an archive that says whatever a test wants it to say.
struct Member {
  std::string name = "checkpoint";
  Bytes data = {};
  std::uint16_t method = 0;  // 0 stored, 8 deflated
  std::uint16_t flags = 0;
  std::uint32_t size = 0;  // unpacked
  std::uint32_t attributes = 0100644U << 16U;
  std::uint32_t crc = 0;
};

void put16(Bytes& out, std::uint32_t value) {
  out.push_back(static_cast<std::uint8_t>(value));
  out.push_back(static_cast<std::uint8_t>(value >> 8U));
}
void put32(Bytes& out, std::uint32_t value) {
  put16(out, value & 0xFFFFU);
  put16(out, value >> 16U);
}
void put_common(Bytes& out, const Member& member) {
  put16(out, 20);
  put16(out, member.flags);
  put16(out, member.method);
  put32(out, 0x00210000);  // 1980-01-01
  put32(out, member.crc);
  put32(out, static_cast<std::uint32_t>(member.data.size()));
  put32(out, member.size);
  put16(out, static_cast<std::uint32_t>(member.name.size()));
  put16(out, 0);
}

// Source: PKWARE APPNOTE, sections 4.3.7, 4.3.12 and 4.3.16.
Bytes archive_of(const std::vector<Member>& members) {
  Bytes out;
  Bytes directory;
  for (const Member& member : members) {
    const auto offset = static_cast<std::uint32_t>(out.size());
    put32(out, 0x04034b50);
    put_common(out, member);
    out.insert(out.end(), member.name.begin(), member.name.end());
    out.insert(out.end(), member.data.begin(), member.data.end());
    put32(directory, 0x02014b50);
    put16(directory, 3U << 8U | 20U);  // made on Unix
    put_common(directory, member);
    put16(directory, 0);
    put32(directory, 0);
    put32(directory, member.attributes);
    put32(directory, offset);
    directory.insert(directory.end(), member.name.begin(), member.name.end());
  }
  const auto at = static_cast<std::uint32_t>(out.size());
  out.insert(out.end(), directory.begin(), directory.end());
  put32(out, 0x06054b50);
  put32(out, 0);
  put16(out, static_cast<std::uint32_t>(members.size()));
  put16(out, static_cast<std::uint32_t>(members.size()));
  put32(out, static_cast<std::uint32_t>(directory.size()));
  put32(out, at);
  put16(out, 0);
  return out;
}

// A deflate stream of 1 + 258 * `repeats` zeros: 13 bits for each 258. Source: RFC 1951 §3.2.6.
Bytes deflated_zeros(std::size_t repeats) {
  Bytes out;
  std::size_t bits = 0;
  const auto put = [&](std::initializer_list<int> code) {
    for (const int bit : code) {
      if (bits % 8 == 0) out.push_back(0);
      out.back() = static_cast<std::uint8_t>(out.back() | bit << (bits % 8));
      ++bits;
    }
  };
  put({1, 1, 0});                 // last block, fixed codes
  put({0, 0, 1, 1, 0, 0, 0, 0});  // a zero
  for (std::size_t i = 0; i < repeats; ++i) {
    put({1, 1, 0, 0, 0, 1, 0, 1});  // length 258
    put({0, 0, 0, 0, 0});           // distance 1
  }
  put({0, 0, 0, 0, 0, 0, 0});
  return out;
}

void check_refused(const std::vector<Member>& members, const std::string& words) {
  const auto files = unpack_zip(archive_of(members));
  INFO(words);
  REQUIRE_FALSE(files);
  INFO(to_string(files.error()));
  CHECK(files.error().code == ErrorCode::kBundleInvalid);
  CHECK(to_string(files.error()).find(words) != std::string::npos);
}

BundleFiles some_files() {
  return {{"checkpoint", to_bytes(as_bytes("a\nb\n"))},
          {"entries/000001.entry", Bytes(70'000, 7)},
          {"empty", {}}};
}

}  // namespace

TEST_CASE("what was packed is unpacked") {
  const auto zip = pack_zip(some_files());
  REQUIRE(zip);
  const auto files = unpack_zip(*zip);
  INFO((files ? "" : to_string(files.error())));
  REQUIRE(files);
  CHECK(*files == some_files());
  CHECK(*pack_zip(some_files()) == *zip);
}

TEST_CASE("an archive that somebody else made is read") {
  const auto files = unpack_zip(archive_of({{}, {.name = "entries/000001.entry"}}));
  INFO((files ? "" : to_string(files.error())));
  REQUIRE(files);
  CHECK(files->size() == 2);
}

TEST_CASE("a name that is not a plain relative path is refused") {
  for (const char* name : {"../checkpoint", "/checkpoint", "entries/../../x", "a/./b", "a//b",
                           "C:\\x", "a\\b", "entries/", ".hidden", "a/.b", "na me", "a:b"}) {
    check_refused({{.name = name}}, "not a plain relative path");
  }
  check_refused({{.name = ""}}, "");
  check_refused({{.name = std::string(97, 'a')}}, "not a plain relative path");
  check_refused({{.name = std::string("a\0b", 3)}}, "");
}

TEST_CASE("a name that stands twice is refused") {
  check_refused({{}, {.name = "policy.txt"}, {}}, "");
}

TEST_CASE("links and devices are refused") {
  for (const std::uint32_t type : {0120000U, 0040000U, 0060000U, 0010000U}) {
    check_refused({{.attributes = (type | 0644U) << 16U}}, "not a regular file");
  }
}

TEST_CASE("an encrypted file is refused") { check_refused({{.flags = 1}}, "encrypted"); }

TEST_CASE("a file that unpacks to more than its limit is refused whatever it says") {
  const Bytes bomb = deflated_zeros(limits::kEvidenceFileBytes / 258 + 2);
  CHECK(bomb.size() < limits::kEvidenceFileBytes / 100);
  for (const std::uint32_t claimed : {10U, 0U, 0xFFFFFFFEU}) {
    const auto files = unpack_zip(archive_of({{.data = bomb, .method = 8, .size = claimed}}));
    REQUIRE_FALSE(files);
    CHECK(files.error().code == ErrorCode::kBundleInvalid);
  }
  check_refused({{.data = bomb, .method = 8, .size = 40'000'000}}, "larger than");
}

TEST_CASE("an archive without files is refused") { check_refused({}, "no file"); }

TEST_CASE("more files than a bundle may hold are refused") {
  std::vector<Member> members;
  for (std::size_t i = 0; i <= limits::kEvidenceFiles; ++i) {
    members.push_back({.name = "f" + std::to_string(i)});
  }
  check_refused(members, "more files");
  BundleFiles files;
  for (const Member& member : members) files[member.name] = {};
  CHECK_FALSE(pack_zip(files));
}

TEST_CASE("content without its checksum is refused") {
  check_refused({{.data = Bytes(3, 1), .size = 3, .crc = 77}}, "checkpoint");
}

TEST_CASE("an archive that ends anywhere is refused") {
  const Bytes whole = *pack_zip(some_files());
  for (std::size_t length = 0; length < whole.size(); length += length < 69'000 ? 997 : 1) {
    const auto files = unpack_zip(ByteView(whole).first(length));
    INFO(length);
    REQUIRE_FALSE(files);
    CHECK(files.error().code == ErrorCode::kBundleInvalid);
  }
}
