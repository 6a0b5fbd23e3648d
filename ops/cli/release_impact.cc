// rujukan release impact: what a release would change for the cases of a log.
#include <cstdio>

#include "broker/runtime/clock.h"
#include "broker/store/reader.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/impact_report.h"
#include "ops/cli/progress.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Routes the cases of a broker's data directory by a release that is not in force yet, read-only, also
while the broker runs. Lists the open cases that it would give another owner than they have:
  case        case id
  need        the lead need; "a -> b" when another one would lead
  owner now   the unit responsible for it
  owner then  the unit that the release names, or why it names none
  rule now, rule then  the rules that decided and would decide
  since       when the case was opened
A case that has moved up its chain counts as unchanged when the release names the same chain's first
unit and still holds the owner. Activating a release does not move a case whose unit stays in force:
the list says what the table would say if the case came again.

It also counts how many of all openings of the log would have been routed differently at their time:
another owner, another assignment (any need's chain, or what is withheld), other units informed, or
not at all.

Examples:
  rujukan release impact release-8.rjr --log /var/lib/rujukan
  rujukan release impact --config config --log data --at 2027-01-01 --json

Exit codes: 0 done, whatever the answer; 2 the release or the data directory cannot be read.)";

constexpr std::uint64_t kProgressEvery = 50'000;
constexpr std::size_t kCasesAtOnce = 1000;

struct Options {
  ReleaseSource source;
  std::string log;
  std::string at;
  bool json = false;
};

Result<void> add_entry(audit::Impact& impact, ByteView bytes) {
  const auto entry = wire::decode_entry(bytes);
  if (!entry) return entry.error();
  const auto* cause = std::get_if<MessageCause>(&entry->cause);
  if (cause == nullptr || entry->outcome.refusal) return {};
  const auto message = wire::decode_message(cause->message);
  if (!message) return message.error();
  impact.add_entry(*entry, &*message);
  return {};
}

// Errors: store.*, entry.malformed, message.*.
Result<void> add_entries(audit::Impact& impact, const store::Reader& reader) {
  const auto size = reader.size();
  if (!size) return size.error();
  Result<void> added;
  std::uint64_t done = 0;
  auto read = reader.entries(LogIndex{0}, *size, [&](LogIndex, ByteView bytes) {
    added = add_entry(impact, bytes);
    if (++done % kProgressEvery == 0) show_progress("replaying", done, *size);
    return added.ok();
  });
  if (!added) return added;
  if (done >= kProgressEvery) show_progress("replaying", *size, *size);
  return read;
}

Result<void> add_cases(audit::Impact& impact, const store::Reader& reader, TimeUs at) {
  std::optional<CaseId> after;
  while (true) {
    const auto ids = reader.cases(after, kCasesAtOnce);
    if (!ids) return ids.error();
    for (const CaseId& id : *ids) {
      const auto record = reader.find_case(id);
      if (!record) return record.error();
      if (!*record) return Error{ErrorCode::kStoreCorrupt, to_string(id), "no record"};
      impact.add_case(**record, at);
    }
    if (ids->size() < kCasesAtOnce) return {};
    after = ids->back();
  }
}

Result<TimeUs> time_of(const Options& options) {
  SystemClock clock;
  if (options.at.empty()) return clock.now();
  const auto at = parse_time(options.at);
  if (!at) return Error{ErrorCode::kConfigValue, "--at", "not a date or time: " + options.at};
  return *at;
}

int run(const Options& options) {
  const auto at = time_of(options);
  if (!at) return fail(at.error());
  const auto loaded = load_release(options.source);
  if (!loaded) return kBadInput;
  const auto table = routing::RoutingTable::build(loaded->release);
  if (!table) return fail(table.error());
  const auto opened = store::ReadOnlyStore::open(options.log);
  if (!opened) return fail(opened.error());
  const store::Reader& reader = (*opened)->reader();
  audit::Impact impact(**table);
  if (const auto read = add_entries(impact, reader); !read) return fail(options.log, read.error());
  if (const auto read = add_cases(impact, reader, *at); !read) {
    return fail(options.log, read.error());
  }
  if (options.json) {
    print_impact_json(impact, *loaded, *at);
  } else {
    const std::string text = impact_text(impact, *at);
    std::fwrite(text.data(), 1, text.size(), stdout);
  }
  return kOk;
}

}  // namespace

void add_release_impact(CommandSyntax release, int& exit_code) {
  const auto command =
      release.add_subcommand("impact", "What a release would change for a log's cases");
  const auto options = std::make_shared<Options>();
  const auto from = command.add_option_group("from", "Exactly one of");
  from.add_option("NEW", options->source.file, "Release file").type_name("FILE");
  from.add_option("--config", options->source.folder, "Configuration folder").type_name("DIR");
  from.require_one_option();
  command.add_option("--log", options->log, "Data directory of a broker")
      .type_name("DIR")
      .required();
  command.add_option("--at", options->at, "Time for the open cases; default: now")
      .type_name("TIME");
  command.add_flag("--json", options->json, "As JSON");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
