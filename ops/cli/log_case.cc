// rujukan log case: the timeline of one case from the log alone.
#include <cstdio>

#include "broker/audit/case_source.h"
#include "broker/runtime/file.h"
#include "ops/cli/case_report.h"
#include "ops/cli/cli.h"
#include "ops/cli/source_choice.h"
#include "ops/cli/unverified_checkpoint.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Prints what the log says of one case: a summary, who owned it from when to when, and for each accepted
entry who did what and when, who owned the case afterwards, the deadlines that were set, and the release
and the rules that decided. Refused messages are found with `rujukan log find`. Payloads are named by
size and digest only. SOURCE is a URL, a folder of the log's files, or a broker's data directory, which
may be in use; of the first two every entry is read.

Nothing is verified here: who must rely on it runs `rujukan log verify SOURCE --policy FILE` before, or
makes a bundle that can be verified (`rujukan log bundle`).

--html is one file without scripts and without references to anything outside, with a picture of who
owned the case over time; it prints well.

Examples:
  rujukan log case 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 /srv/mirror/log
  rujukan log case 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 https://log.example.org/2026 --token-file token
  rujukan log case 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 data --html -o case.html --zone wita

Exit codes: 0 printed; 1 there is no such case; 2 bad usage, or a log that cannot be read.)";

constexpr const char* kNotVerified =
    "Not verified: this is what the log's source says. Run `rujukan log verify` on it before "
    "relying "
    "on it.";

struct Options {
  std::string case_id;
  SourceChoice source;
  std::string zone = "wib";
  std::string output;
  bool json = false;
  bool html = false;
};

Result<audit::CaseFile> read(const Options& options, const CaseId& id) {
  const std::string& source = options.source.source;
  if (audit::is_data_directory(source)) {
    const auto opened = store::ReadOnlyStore::open(source);
    if (!opened) return opened.error();
    return audit::read_case_file((*opened)->reader(), id);
  }
  const auto files = audit::open_source(source, options.source.access);
  if (!files) return files.error();
  const auto note = (*files)->read("checkpoint");
  if (!note) return note.error();
  if (!*note) return Error{ErrorCode::kLogNotFound, source, "no checkpoint"};
  const auto claimed = read_unverified_checkpoint(as_text(**note));
  if (!claimed) return claimed.error();
  return audit::read_case_file(**files, claimed->checkpoint.size, id);
}

int write(const Options& options, const std::string& text) {
  if (options.output.empty()) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    return kOk;
  }
  const auto written = write_file_durably(options.output, as_bytes(text));
  return written ? kOk : fail(options.output, written.error());
}

int run(const Options& options) {
  const auto bytes = uuid_from_string(options.case_id);
  if (!bytes) return fail({ErrorCode::kConfigValue, "CASE", "not a case id: " + options.case_id});
  const auto zone = zone_from_name(options.zone);
  if (!zone) return fail({ErrorCode::kConfigValue, "--zone", "not wib, wita or wit"});
  const auto file = read(options, CaseId{*bytes});
  if (!file) {
    fail(file.error());
    return file.error().code == ErrorCode::kCaseUnknown ? kNegative : kBadInput;
  }
  std::fprintf(stderr, "rujukan: %s\n", kNotVerified);
  const CaseReport report{*file, *zone, kNotVerified};
  if (options.json) return write(options, case_json(report));
  return write(options, options.html ? case_html(report) : case_text(report));
}

}  // namespace

void add_log_case(CommandSyntax log, int& exit_code) {
  const auto command = log.add_subcommand("case", "Print the timeline of one case");
  const auto options = std::make_shared<Options>();
  command.add_option("CASE", options->case_id, "Case id").type_name("").required();
  add_source_options(command, options->source);
  command.add_option("--zone", options->zone, "Time zone: wib (default), wita or wit")
      .type_name("ZONE");
  command.add_option("-o,--output", options->output, "Write to this file").type_name("FILE");
  const auto json = command.add_flag("--json", options->json, "As JSON, with whole entries");
  command.add_flag("--html", options->html, "As a page with a picture").excludes(json);
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
