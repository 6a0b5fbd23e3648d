// rujukan route: who would own a case with these facts.
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "broker/base/limits.h"
#include "broker/routing/facts_json.h"
#include "broker/runtime/file.h"
#include "ops/cli/cli.h"
#include "ops/cli/explain.h"
#include "ops/cli/json_lists.h"
#include "ops/cli/opening.h"
#include "ops/cli/release_source.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Routes coded facts by a configuration folder or a release and prints one JSON object:
  owner        the unit that would own the case
  lead         the need that it answers
  assignments  per need: unit, function, rule, chain of fallback units, accept_within_s
  withheld     needs that nobody is assigned to, because consent is withheld
  informed     units that would receive the coded facts
  may_open     agencies that may open such a case
  release      version (0: a folder, not a release) and digest of what was used

--explain prints for people how the table came to it: per need the earlier rules and which part of
their condition does not hold, the rule that decides, the areas it looks for and what replaced them,
the unit of each area at each level or why there is none, and the chain; which needs are implied; who
is informed by which rule and who is not. With --json it prints the object above and all of this under
"explanation"; facts that are not routed give "error" and "explanation".

The facts are one JSON object:
  origin       the sending unit
  at           time, for example "2026-03-01T08:00:00Z"
  mode         online, offline or mixed
  categories   list of codes
  victim_age   child, adult or unknown
  victims, suspects, incidents   lists of area codes; empty: unknown
  urgency      routine, urgent or immediate
  consent      given, not_required, withheld_police or pending
  needs        list of codes
  legal_bases  list of codes; may be left out
  handling     list of caveats, such as victim_protected; may be left out
An unknown or missing field, or an unknown code, is an error that names the field. What a broker would
refuse is refused with its code: too many areas, a code twice, a law that the release does not list,
digits like those of an identity number, a consent that is not clear, a release that has expired, and
what the origin's agency may not open or ask for; the agencies that may are then named.

Examples:
  rujukan route --config config --facts facts.json
  rujukan route --release release-7.rjr --facts - < facts.json
  rujukan route --config config --facts facts.json --explain

Exit codes: 0 routed; 2 refused, or the facts or the configuration are not valid.)";

struct Options {
  ReleaseSource source;
  std::string facts;
  bool explain = false;
  bool json = false;
};

Result<std::string> read_facts(const std::string& name) {
  if (name != "-") return read_file(name, limits::kConfigFileBytes);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

// Who may ask, where the origin may not.
int refuse(Error error, const routing::RoutingTable& table, const Facts& facts) {
  if (error.code == ErrorCode::kPermissionDenied) {
    std::string names;
    for (const AgencyId& agency : openers(table, facts)) {
      names += (names.empty() ? "" : ", ") + agency.str();
    }
    error.detail += "; such a case may be opened by " + (names.empty() ? "nobody" : names);
  }
  return fail(error);
}

Json describe_route(const routing::RoutingTable& table, const routing::FactsFile& file,
                    const routing::Route& route, const Digest& digest) {
  Json out = Json::parse(routing::route_to_json(route, table.release(), digest));
  out["may_open"] = id_list(openers(table, file.facts));
  return out;
}

// The keys of a route without an explanation, and "explanation".
int explain(const Options& options, const routing::RoutingTable& table,
            const routing::FactsFile& file, const Digest& digest) {
  const routing::Explanation explanation = table.explain(file.facts, file.at);
  const auto opening = check_opening(table, file);
  if (!options.json) {
    std::cout << to_text(explanation, file.facts);
  } else {
    const auto route = table.route(file.facts, file.at);
    Json out = !opening ? Json{{"error", describe(opening.error())}}
               : route  ? describe_route(table, file, *route, digest)
                        : Json{{"error", describe(route.error())}};
    out["explanation"] = describe(explanation);
    print(out, true);
  }
  if (!opening) return refuse(opening.error(), table, file.facts);
  return explanation.error ? fail(*explanation.error) : kOk;
}

int run(const Options& options) {
  auto source = load_release(options.source);
  if (!source) return kBadInput;
  const auto text = read_facts(options.facts);
  if (!text) return fail(text.error());
  const auto file = routing::parse_facts(*text);
  if (!file) return fail(file.error());
  const auto table = routing::RoutingTable::build(std::move(source->release));
  if (!table) return fail(table.error());
  if ((*table)->unit(file->origin) == nullptr) {
    return fail({ErrorCode::kFactsInvalid, "origin", "no unit " + file->origin.str()});
  }
  if (options.explain) return explain(options, **table, *file, source->digest);
  if (auto opening = check_opening(**table, *file); !opening) {
    return refuse(opening.error(), **table, file->facts);
  }
  const auto route = (*table)->route(file->facts, file->at);
  if (!route) return fail(route.error());
  print(describe_route(**table, *file, *route, source->digest), true);
  return kOk;
}

}  // namespace

void add_route(CommandSyntax app, int& exit_code) {
  const auto command = app.add_subcommand("route", "Print who would own a case with given facts");
  const auto options = std::make_shared<Options>();
  const auto from = command.add_option_group("from", "Exactly one of");
  from.add_option("--config", options->source.folder, "Configuration folder").type_name("DIR");
  from.add_option("--release", options->source.file, "Release file").type_name("FILE");
  from.require_one_option();
  command.add_option("--facts", options->facts, "Facts file; - is standard input")
      .type_name("FILE")
      .required();
  command.add_flag("--explain", options->explain, "Say how the table came to it");
  command.add_flag("--json", options->json, "As JSON, which without --explain it is anyway");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
