// rujukan release sign: adds one administrator's signature.
#include <algorithm>
#include <cstdio>

#include "broker/crypto/ed25519.h"
#include "broker/runtime/key_files.h"
#include "ops/cli/cli.h"
#include "ops/cli/config_folder.h"
#include "ops/cli/release_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Adds the signature of one administrator to a release file, in place. Signing again with the same key
changes nothing. Look at what you sign first: `rujukan release show FILE`. A release whose table has
errors (`rujukan release check --release FILE`) is not signed.

Example:
  rujukan release sign --key keys/admin-a.administrator.key release-7.rjr

Exit codes: 0 signed; 2 the release has errors, the key or the release cannot be read, or the file
cannot be written.)";

struct Options {
  std::string key;
  std::string file;
};

int run(const Options& options) {
  auto file = read_release_file(options.file);
  if (!file) return fail(file.error());
  routing::CheckReport report = routing::check(file->release);
  for (routing::Finding& finding : report.findings) finding.file = options.file;
  if (refuse_errors(report)) return kBadInput;
  const auto administrator = read_administrator_key(options.key);
  if (!administrator) return fail(administrator.error());
  const auto key = Ed25519SecretKey::from_seed(administrator->seed);
  auto& signatures = file->envelope.signatures;
  std::erase_if(signatures, [&key](const auto& s) { return s.key == key.public_key(); });
  signatures.push_back({key.public_key(), key.sign(wire::release_signing_bytes(file->digest))});
  const auto written = write_release_file(options.file, file->envelope);
  if (!written) return fail(written.error());
  std::printf("%s: release %u signed by %s, %zu signatures, digest %s\n", options.file.c_str(),
              to_number(file->release.version), administrator->name.c_str(), signatures.size(),
              to_hex(file->digest).c_str());
  return kOk;
}

}  // namespace

void add_release_sign(CommandSyntax release, int& exit_code) {
  const auto command = release.add_subcommand("sign", "Add an administrator's signature");
  const auto options = std::make_shared<Options>();
  command.add_option("--key", options->key, "Administrator's key file")
      .type_name("FILE")
      .required();
  command.add_option("FILE", options->file, "Release file").type_name("").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
