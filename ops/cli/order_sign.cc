// rujukan order sign: adds one administrator's signature.
#include <cstdio>

#include "broker/crypto/ed25519.h"
#include "broker/runtime/key_files.h"
#include "ops/cli/cli.h"
#include "ops/cli/order_file.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Adds the signature of one administrator to an order file, in place. Signing again with the same key
changes nothing. Look at what you sign first: `rujukan order show FILE`.

Example:
  rujukan order sign --key keys/admin-a.administrator.key hold-17.rjo

Exit codes: 0 signed; 2 the key or the order cannot be read, or the file cannot be written.)";

struct Options {
  std::string key;
  std::string file;
};

int run(const Options& options) {
  auto file = read_order_file(options.file);
  if (!file) return fail(file.error());
  const auto administrator = read_administrator_key(options.key);
  if (!administrator) return fail(administrator.error());
  const auto key = Ed25519SecretKey::from_seed(administrator->seed);
  auto& signatures = file->envelope.signatures;
  std::erase_if(signatures, [&key](const auto& s) { return s.key == key.public_key(); });
  signatures.push_back(
      {key.public_key(), key.sign(wire::order_signing_bytes(file->envelope.body))});
  const auto written = write_order_file(options.file, file->envelope);
  if (!written) return fail(written.error());
  const std::string kind(name_of(file->order.kind));
  std::printf("%s: order %s, %s, signed by %s, %zu signatures\n", options.file.c_str(),
              to_string(file->order.order_id).c_str(), kind.c_str(), administrator->name.c_str(),
              signatures.size());
  return kOk;
}

}  // namespace

void add_order_sign(CommandSyntax order, int& exit_code) {
  const auto command = order.add_subcommand("sign", "Add an administrator's signature");
  const auto options = std::make_shared<Options>();
  command.add_option("--key", options->key, "Administrator's key file")
      .type_name("FILE")
      .required();
  command.add_option("FILE", options->file, "Order file").type_name("").required();
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
