#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "broker/audit/evidence_zip.h"
#include "broker/audit/export.h"
#include "broker/merkle/cosignature.h"
#include "broker/merkle/note.h"
#include "broker/runtime/key_files.h"
#include "broker/store/stored_log_files.h"
#include "tests/support/logged_case.h"
#include "tests/unit/cli/run_cli.h"

namespace rujukan::test {
namespace {

using nlohmann::json;

Bytes bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}
void write(const std::filesystem::path& path, std::string_view text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

// A case, and a folder with its policy and what is made of it.
struct Workplace {
  LoggedCase log;
  TemporaryFolder folder;
  std::string zip = folder / "case.zip";
  std::string policy = folder / "policy.txt";

  Workplace() { write(policy, log.policy()); }
  Ran make(const std::vector<std::string>& more = {}) const {
    return make_from(log.folder(), more);
  }
  Ran make_from(const std::string& source, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {
        "log", "bundle", to_string(log.id()), source, "--policy", policy, "-o", zip};
    all.insert(all.end(), more.begin(), more.end());
    return run_cli(all);
  }
  Ran verify(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"bundle", "verify", zip};
    all.insert(all.end(), more.begin(), more.end());
    return run_cli(all);
  }
  void must_make(const std::vector<std::string>& more = {}) const {
    const Ran ran = make(more);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
  }
  audit::BundleFiles files() const {
    auto files = audit::unpack_zip(bytes_of(zip));
    REQUIRE(files);
    return *std::move(files);
  }
  void repack(audit::BundleFiles files) const {
    files[audit::kManifestName] = audit::manifest_of(files);
    const auto packed = audit::pack_zip(files);
    REQUIRE(packed);
    write(zip, as_text(*packed));
  }
  // The log as files, its checkpoint cosigned by a witness of the policy.
  std::string witnessed_export() const {
    std::string to = folder / "log";
    auto exported = audit::Export::open(to);
    REQUIRE(exported);
    REQUIRE(exported->update(*log.files(), [](std::uint64_t, std::uint64_t) { return true; }));
    const auto key = Ed25519SecretKey::from_seed(seed_of("witness"));
    const merkle::CosignerKey cosigner{"witness.example/one", key.public_key()};
    const std::string note(as_text(bytes_of(to + "/checkpoint")));
    const std::string text = note.substr(0, note.find("\n\n") + 1);
    const auto line = merkle::cosign(text, cosigner.name, key, 1'790'000'000);
    write(to + "/checkpoint", *merkle::add_signature_line(note, line));
    write(policy, "log " + log.broker.note_key().to_vkey() + "\nwitness one " + cosigner.to_vkey() +
                      "\nquorum one\n");
    return to;
  }
  std::string key_file() const {
    std::string path = folder / "polres.a.toml";
    REQUIRE(write_key_file(
        path, std::vector<UnitSecret>{
                  {UnitId("polres.a"), "seal-1", KeyPurpose::kSeal, seed_of("seal polres.a")}}));
    return path;
  }
};

// The commands of VERIFY.md in the unpacked bundle.
int run_by_hand(const audit::BundleFiles& files) {
  const TemporaryFolder to;
  for (const auto& [path, bytes] : files) write(to.path() / path, as_text(bytes));
  std::string commands;
  const std::string text(as_text(files.at("VERIFY.md")));
  for (std::size_t at = text.find("```sh\n"); at != std::string::npos;
       at = text.find("```sh\n", at + 1)) {
    commands += text.substr(at + 6, text.find("```\n", at + 6) - at - 6);
  }
  REQUIRE(commands.find("openssl pkeyutl -verify") != std::string::npos);
  write(to / "commands", "cd '" + to.path().string() + "'\n" + commands + "rm -r \"$w\"\n");
  const int status = std::system(
      ("sh -e '" + (to / "commands").string() + "' > '" + (to / "out").string() + "' 2>&1")
          .c_str());
  UNSCOPED_INFO(as_text(bytes_of(to / "out")));
  return WEXITSTATUS(status);
}

}  // namespace

TEST_CASE("a bundle verifies from its file alone") {
  const Workplace work;
  work.must_make();
  const Ran ran = work.verify({"--json", "--policy", work.policy});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 0);
  const json verdict = json::parse(ran.out);
  CHECK(verdict["verifies"] == true);
  CHECK(verdict["policy"] == "given");
  CHECK(verdict["case"] == to_string(work.log.id()));
  CHECK(verdict["findings"].empty());
  CHECK(verdict["releases"] == json({1}));
  CHECK(verdict["opened"] == 0);
}

TEST_CASE("a bundle says when the policy is its own") {
  const Workplace work;
  work.must_make();
  const Ran ran = work.verify();
  CHECK(ran.exit_code == 0);
  CHECK(ran.out.find("bundle verifies") == 0);
  CHECK(ran.out.find("WHOEVER MADE THE BUNDLE CHOSE THESE KEYS") != std::string::npos);
}

TEST_CASE("the same log gives the same bundle from a data directory and from a folder") {
  const Workplace work;
  work.must_make();
  const Bytes first = bytes_of(work.zip);
  work.must_make();
  CHECK(bytes_of(work.zip) == first);
  const std::string policy(as_text(bytes_of(work.policy)));
  const std::string folder = work.witnessed_export();
  write(work.policy, policy);
  const auto checkpoint = work.log.files()->read("checkpoint");
  write(folder + "/checkpoint", as_text(**checkpoint));
  const Ran ran = work.make_from(folder);
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(bytes_of(work.zip) == first);
}

TEST_CASE("texts for people that say something else than the proofs are found") {
  const Workplace work;
  work.must_make();
  const audit::BundleFiles files = work.files();
  for (const std::string_view name : audit::readable_names()) {
    audit::BundleFiles changed = files;
    changed[std::string(name)].push_back('\n');
    work.repack(changed);
    const Ran ran = work.verify({"--json"});
    INFO(name);
    CHECK(ran.exit_code == 1);
    const json verdict = json::parse(ran.out);
    REQUIRE(verdict["findings"].size() == 1);
    CHECK(verdict["findings"][0]["code"] == "bundle.invalid");
    CHECK(verdict["findings"][0]["file"] == std::string(name));
  }
}

TEST_CASE("a payload is opened only when it is asked for and then with a warning") {
  const Workplace work;
  work.must_make();
  CHECK_FALSE(work.files().contains("opened/000001.txt"));
  const Ran ran = work.make({"--open", work.key_file()});
  INFO(ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.err.find("warning") != std::string::npos);
  CHECK(as_text(work.files().at("opened/000001.txt")) == kNarrative);
  const Ran verified = work.verify({"--json"});
  CHECK(verified.exit_code == 0);
  CHECK(json::parse(verified.out)["opened"] >= 1);
  CHECK(std::filesystem::status(work.zip).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

TEST_CASE("payloads are opened from a data directory only") {
  const Workplace work;
  const Ran ran = work.make_from(work.witnessed_export(), {"--open", work.key_file()});
  CHECK(ran.exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(work.zip));
}

TEST_CASE("the commands by hand hold for a bundle and fail for a changed one") {
  const Workplace work;
  const std::string witnessed = work.witnessed_export();
  {
    const Ran ran = work.make_from(witnessed);
    INFO(ran.err);
    REQUIRE(ran.exit_code == 0);
    CHECK(run_by_hand(work.files()) == 0);
  }
  write(work.policy, work.log.policy());
  work.must_make({"--open", work.key_file()});
  const audit::BundleFiles files = work.files();
  CHECK(run_by_hand(files) == 0);
  for (const char* path : {"entries/000001.entry", "checkpoint", "releases/1.rjr",
                           "releases/1.entry", "opened/000001.txt"}) {
    audit::BundleFiles changed = files;
    Bytes& bytes = changed[path];
    bytes[bytes.size() / 3] ^= 1;  // of a checkpoint: in its root
    // Not the manifest alone has to tell.
    changed[audit::kManifestName] = audit::manifest_of(changed);
    INFO(path);
    CHECK(run_by_hand(changed) != 0);
  }
}

TEST_CASE("what is no bundle does not verify and what cannot be read is bad input") {
  const Workplace work;
  write(work.zip, "no archive");
  CHECK(work.verify().exit_code == 1);
  CHECK(work.verify().out.find("bundle.invalid: archive: ") == 0);
  std::filesystem::remove(work.zip);
  CHECK(work.verify().exit_code == 2);
  CHECK(run_cli({"bundle", "verify"}).exit_code == 2);
}

TEST_CASE("no bundle is made of a log that the policy does not trust") {
  const Workplace work;
  const merkle::NoteKey other{kOrigin, Ed25519SecretKey::from_seed({9}).public_key()};
  write(work.policy, "log " + other.to_vkey() + "\nquorum none\n");
  const Ran ran = work.make();
  CHECK(ran.exit_code == 1);
  CHECK_FALSE(std::filesystem::exists(work.zip));
  write(work.policy, "quorum\n");
  CHECK(work.make().exit_code == 2);
}

}  // namespace rujukan::test
