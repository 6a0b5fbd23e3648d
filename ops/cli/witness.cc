// rujukan witness: cosigns the checkpoints of other agencies' logs.
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>

#include "broker/admin/witness_server.h"
#include "broker/base/limits.h"
#include "broker/merkle/cosignature.h"
#include "broker/runtime/file.h"
#include "broker/runtime/key_files.h"
#include "broker/runtime/toml_table.h"
#include "broker/runtime/trace.h"
#include "ops/cli/cli.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Serves the witness protocol of c2sp.org/tlog-witness. A log sends each new checkpoint with a proof that
it only adds to the one cosigned before; the witness keeps that in its state file, durably, and only
then answers with its cosignature. It sees sizes and hashes, and no entry. So agencies can witness each
other: a log that shows two of them two histories is found out.

config/witness.toml documents every setting. Make the key with `rujukan keys new witness`. Prints the
witness's name, verifier key and URL; put `witness NAME KEY URL` into the policy of the log and of its
auditors, and for several witnesses a group with the number that must have cosigned.

  POST /add-checkpoint                          200, 400, 403, 404, 409, 422 as the protocol says
  GET  /<hex of SHA-256 of the origin>/checkpoint   the checkpoint cosigned last

SIGTERM and SIGINT finish what was asked and end it with exit code 0.

Example:
  rujukan witness --config /etc/rujukan/witness.toml

Exit codes: 0 stopped by a signal; 1 the state cannot be kept, or the address is taken; 2 bad usage or
configuration.)";

struct Settings {
  admin::HttpServer::Config http;
  std::filesystem::path key_file;
  std::filesystem::path state_file;
  std::filesystem::path ready_file;  // empty: none
  std::vector<merkle::NoteKey> logs;
  trace::Level trace_level = trace::Level::kInfo;
};

Result<Settings> read_settings(const std::filesystem::path& path) {
  const auto text = read_file(path, limits::kConfigFileBytes);
  if (!text) return text.error();
  auto table = TomlTable::parse(*text, path.string());
  if (!table) return table.error();
  const auto read_path = [&](std::string_view key) {
    const std::string value = table->text_or(key, "");
    return value.empty() ? std::filesystem::path() : path.parent_path() / value;
  };
  Settings settings;
  settings.http.listen = table->text("listen");
  settings.http.certificate = read_path("tls_certificate");
  settings.http.key = read_path("tls_key");
  settings.http.insecure = table->flag_or("insecure", false);
  settings.http.max_body = limits::kWitnessRequestBytes;
  settings.key_file = path.parent_path() / table->text("key_file");
  settings.state_file = path.parent_path() / table->text("state_file");
  settings.ready_file = read_path("ready_file");
  for (const std::string& vkey : table->texts_or_none("logs")) {
    auto key = merkle::NoteKey::from_vkey(vkey);
    if (!key) {
      table->refuse(key.error().code, "logs", key.error().detail);
      break;
    }
    settings.logs.push_back(*std::move(key));
  }
  if (settings.logs.empty()) table->refuse(ErrorCode::kConfigMissing, "logs", "no log");
  const auto level = trace::level_from_name(table->text_or("trace_level", "info"));
  if (!level) table->refuse(level.error().code, "trace_level", level.error().detail);
  if (const auto end = table->finish(); !end) return end.error();
  settings.trace_level = *level;
  return settings;
}

// The signals that end it stay blocked in every thread; the main thread waits for them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  INVARIANT(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  ::signal(SIGPIPE, SIG_IGN);
  return set;
}

Result<void> announce(const Settings& settings, const merkle::CosignerKey& key,
                      const std::string& url) {
  std::printf("witness %s\nkey %s\nready %s\n", key.name.c_str(), key.to_vkey().c_str(),
              url.c_str());
  std::fflush(stdout);
  if (settings.ready_file.empty()) return {};
  return write_file_durably(settings.ready_file, as_bytes(url + "\n"), kForAnyone);
}

int fail_by_fate(const Error& error) {
  return fate_of(error.code) == Fate::kFatal ? (fail(error), kNegative) : fail(error);
}

int serve(const Settings& settings) {
  ::umask(077);
  const auto key = read_witness_key(settings.key_file);
  if (!key) return fail(key.error());
  if (!merkle::is_valid_origin(key->name)) {
    return fail({ErrorCode::kConfigValue, settings.key_file.string() + ": name"});
  }
  const sigset_t signals = block_signals();
  std::atomic<bool> failed = false;
  SystemClock clock;
  const auto stop = [&failed](const Error&) {
    failed = true;
    ::kill(::getpid(), SIGTERM);
  };
  admin::Witness::Identity identity{key->name, Ed25519SecretKey::from_seed(key->seed)};
  const merkle::CosignerKey shown{key->name, identity.key.public_key()};
  const auto witness = admin::Witness::open(settings.state_file.string(), std::move(identity),
                                            settings.logs, clock, stop);
  if (!witness) return fail_by_fate(witness.error());
  const auto server = admin::HttpServer::open(
      settings.http,
      [&witness](const admin::HttpRequest& request) { return (*witness)->answer(request); });
  if (!server) return fail_by_fate(server.error());
  (*server)->start();
  if (const auto told = announce(settings, shown, (*server)->url()); !told) {
    return fail(told.error());
  }
  int number = 0;
  INVARIANT(sigwait(&signals, &number) == 0);
  std::error_code why;
  if (!settings.ready_file.empty()) std::filesystem::remove(settings.ready_file, why);
  (*server)->stop();
  return failed ? kNegative : kOk;
}

}  // namespace

void add_witness(CommandSyntax app, int& exit_code) {
  const auto command =
      app.add_subcommand("witness", "Cosign the checkpoints of other agencies' logs");
  const auto path = std::make_shared<std::string>();
  command.add_option("-c,--config", *path, "The configuration file").required().type_name("FILE");
  command.footer(kManual);
  command.callback([path, &exit_code] {
    const auto settings = read_settings(*path);
    if (!settings) {
      exit_code = fail(settings.error());
      return;
    }
    trace::start("rujukan", settings->trace_level);
    exit_code = serve(*settings);
  });
}

}  // namespace rujukan::cli
