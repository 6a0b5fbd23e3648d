// rujukan case: one case of a broker's data directory.
#include <nlohmann/json.hpp>

#include "broker/store/reader.h"
#include "broker/wire/entry_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Prints a case from a broker's data directory, read-only, also while the broker runs: status, owner,
each assignment with its chain, deadline and offer, what is withheld, who is informed, the coded facts, and
the timeline of its log entries. There is no payload in it.

Examples:
  rujukan case 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 --data /var/lib/rujukan
  rujukan case 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44 --data data --json

Exit codes: 0 printed; 1 there is no such case; 2 not a case id, or no data directory.)";

struct Options {
  std::string case_id;
  std::string data;
  bool json = false;
};

Result<Json> timeline(const store::Reader& reader, const CaseId& id) {
  const auto indices = reader.entries_of(id, true);
  if (!indices) return indices.error();
  Json out = Json::array();
  for (const LogIndex index : *indices) {
    const auto bytes = reader.entry(index);
    if (!bytes) return bytes.error();
    const auto entry = wire::decode_entry(*bytes);
    if (!entry) return entry.error();
    out.push_back(describe(*entry));
  }
  return out;
}

// An entry of the timeline in one line, for people.
std::string line_of(const Json& entry) {
  std::string line = entry["time"].get<std::string>() + "  " + entry["index"].dump() + "  ";
  const Json& cause = entry["cause"];
  if (cause.contains("message")) {
    const Json& message = cause["message"];
    line += message["kind"].get<std::string>() + " by " + message["sender"].get<std::string>();
    if (message.contains("need")) line += ", " + message["need"].get<std::string>();
    if (message.contains("to")) line += " to " + message["to"].get<std::string>();
  } else {
    line += cause["type"].get<std::string>();
    if (cause.contains("need")) line += ", " + cause["need"].get<std::string>();
  }
  for (const Json& event : entry["outcome"]["events"]) {
    line += "; " + event["event"].get<std::string>();
    if (event.contains("subject")) line += " (" + event["subject"].get<std::string>() + ")";
    if (event.contains("unit")) line += " " + event["unit"].get<std::string>();
  }
  return line;
}

Json lines_of(const Json& entries) {
  Json lines = Json::array();
  // A list of its own per entry keeps each on a line.
  for (const Json& entry : entries) lines.push_back(Json::array({line_of(entry)}));
  return lines;
}

int run(const Options& options) {
  const auto bytes = uuid_from_string(options.case_id);
  if (!bytes) return fail({ErrorCode::kConfigValue, "CASE", "not a case id: " + options.case_id});
  const auto opened = store::ReadOnlyStore::open(options.data);
  if (!opened) return fail(opened.error());
  const store::Reader& reader = (*opened)->reader();
  const CaseId id{*bytes};
  const auto record = reader.find_case(id);
  if (!record) return fail(record.error());
  if (!*record) {
    fail({ErrorCode::kCaseUnknown, options.case_id});
    return kNegative;
  }
  const auto entries = timeline(reader, id);
  if (!entries) return fail(entries.error());
  Json out = describe(**record);
  out["timeline"] = options.json ? *entries : lines_of(*entries);
  print(out, options.json);
  return kOk;
}

}  // namespace

void add_case(CommandSyntax app, int& exit_code) {
  const auto command = app.add_subcommand("case", "Print one case of a broker's data directory");
  const auto options = std::make_shared<Options>();
  command.add_option("CASE", options->case_id, "Case id").type_name("").required();
  command.add_option("--data", options->data, "Data directory").type_name("DIR").required();
  command.add_flag("--json", options->json, "As JSON, with whole entries");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
