// rujukan cases: a table of the cases of a broker's data directory.
#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "broker/crypto/sha256.h"
#include "broker/runtime/clock.h"
#include "broker/store/reader.h"
#include "ops/cli/case_filter.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/log_key.h"
#include "ops/cli/receipt_folder.h"
#include "ops/cli/text_table.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Prints one row per case, in the order of their opening, from a broker's data directory, read-only,
also while the broker runs:
  case      case id
  from      the unit that opened it
  mode      online, offline or mixed
  areas     of victims, suspects and incidents
  owner     the unit responsible for the lead need, which stands below it
  others    the other assignments, units asked for help, and the needs withheld
  informed  units that see the coded facts
  state     of the case, and of its lead assignment
  index     of the opening entry in the log
  receipt   yes: a receipt file in the --receipts folders verifies with the log key and holds exactly
            this entry; no: none does; -: not asked for
Moved up the chain, an assignment shows how many steps.

--tsv prints for scripts one line per case, without a head, with tabs between: case, from, mode, owner,
steps up the chain, state of the case, state of the lead assignment, index, receipt.

A case is what an accepted referral opened: a refused one is none. What --limit leaves out is said.

Examples:
  rujukan cases --data /var/lib/rujukan
  rujukan cases --data /var/lib/rujukan --state open --older-than 3d --unit polri.bareskrim.siber
  rujukan cases --data /var/lib/rujukan --overdue
  rujukan cases --data data --receipts kpai/done --receipts police/done --anchor anchor.toml
  rujukan cases --data data --json

Exit codes: 0 printed; 1 a receipt was asked for and is missing; 2 bad usage, or no data directory.)";

struct Options {
  std::string data;
  std::vector<std::filesystem::path> receipts;
  LogKeyChoice log_key;
  CaseFilterOptions filter;
  std::size_t limit = 0;  // 0: all
  bool json = false;
  bool tsv = false;
};

struct Row {
  CaseRecord record;
  LogIndex index{};
  std::optional<bool> receipt;  // nullopt: not asked for
};

using Receipts = std::map<LogIndex, Digest>;

Result<Row> read_row(const store::Reader& reader, const CaseId& id, const Receipts* receipts) {
  auto record = reader.find_case(id);
  if (!record) return record.error();
  const auto indices = reader.entries_of(id, false);
  if (!indices) return indices.error();
  if (!*record || indices->empty()) {
    return Error{ErrorCode::kStoreCorrupt, to_string(id), "a case without record or entry"};
  }
  Row row{std::move(**record), indices->front(), std::nullopt};
  if (receipts == nullptr) return row;
  const auto entry = reader.entry(row.index);
  if (!entry) return entry.error();
  const auto found = receipts->find(row.index);
  row.receipt = found != receipts->end() && found->second == sha256(*entry);
  return row;
}

struct Rows {
  std::vector<Row> rows;
  std::size_t fitting = 0;  // of which those are the first
};

Result<Rows> read_rows(const store::Reader& reader, const Options& options,
                       const CaseFilter& filter, const Receipts* receipts) {
  constexpr std::size_t kPage = 1000;
  Rows out;
  std::optional<CaseId> after;
  while (true) {
    const auto ids = reader.cases(after, kPage);
    if (!ids) return ids.error();
    for (const CaseId& id : *ids) {
      const auto record = reader.find_case(id);
      if (!record) return record.error();
      if (!*record || !filter.fits(**record)) continue;
      ++out.fitting;
      if (options.limit != 0 && out.rows.size() == options.limit) continue;
      auto row = read_row(reader, id, receipts);
      if (!row) return row.error();
      out.rows.push_back(std::move(*row));
    }
    if (ids->size() < kPage) return out;
    after = ids->back();
  }
}

template <typename Ids>
void add_line(std::string& cell, std::string_view title, const Ids& ids) {
  if (ids.empty()) return;
  if (!cell.empty()) cell += '\n';
  cell += title;
  for (const auto& id : ids) cell += " " + id.str();
}

std::string areas_of(const Facts& facts) {
  std::string cell;
  add_line(cell, "victim", facts.victims);
  add_line(cell, "suspect", facts.suspects);
  add_line(cell, "incident", facts.incidents);
  return cell.empty() ? "unknown" : cell;
}

std::string unit_and_steps(const Assignment& assignment) {
  std::string text = assignment.unit().str();
  if (assignment.position > 0) text += " (up " + std::to_string(assignment.position) + ")";
  return text;
}

std::string others_of(const CaseRecord& record) {
  std::string cell;
  for (const Assignment& assignment : record.assignments) {
    if (assignment.need == record.lead) continue;
    if (!cell.empty()) cell += '\n';
    cell += std::string(name_of(assignment.need)) + " " + unit_and_steps(assignment);
  }
  for (const Assignment& assist : record.assists) {
    if (!cell.empty()) cell += '\n';
    cell += std::string(name_of(assist.need)) + " help " + unit_and_steps(assist);
  }
  for (const Need need : record.withheld) {
    if (!cell.empty()) cell += '\n';
    cell += std::string(name_of(need)) + " withheld";
  }
  return cell.empty() ? "-" : cell;
}

std::string informed_of(const CaseRecord& record) {
  std::string cell;
  for (const UnitId& unit : record.informed) cell += (cell.empty() ? "" : "\n") + unit.str();
  return cell.empty() ? "-" : cell;
}

std::string receipt_of(const Row& row) {
  if (!row.receipt) return "-";
  return *row.receipt ? "yes" : "no";
}

std::vector<std::string> cells_of(const Row& row) {
  const CaseRecord& record = row.record;
  return {to_string(record.case_id),
          record.opener.str(),
          std::string(name_of(record.facts.mode)),
          areas_of(record.facts),
          unit_and_steps(record.lead_assignment()) + "\n" + std::string(name_of(record.lead)),
          others_of(record),
          informed_of(record),
          std::string(name_of(record.status)) + "\n" +
              std::string(name_of(record.lead_assignment().state)),
          std::to_string(to_number(row.index)),
          receipt_of(row)};
}

Json to_json(const Row& row) {
  Json out = describe(row.record);
  out["index"] = to_number(row.index);
  out["receipt_verified"] = row.receipt ? Json(*row.receipt) : Json();
  return out;
}

void show_json(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& row : rows) list.push_back(to_json(row));
  print(list, true);
}

void show_tsv(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    const Assignment& lead = row.record.lead_assignment();
    const std::string line = to_string(row.record.case_id) + "\t" + row.record.opener.str() + "\t" +
                             std::string(name_of(row.record.facts.mode)) + "\t" +
                             lead.unit().str() + "\t" + std::to_string(lead.position) + "\t" +
                             std::string(name_of(row.record.status)) + "\t" +
                             std::string(name_of(lead.state)) + "\t" +
                             std::to_string(to_number(row.index)) + "\t" + receipt_of(row) + "\n";
    std::fwrite(line.data(), 1, line.size(), stdout);
  }
}

void show_table(const std::vector<Row>& rows) {
  std::vector<std::vector<std::string>> cells;
  cells.reserve(rows.size());
  for (const Row& row : rows) cells.push_back(cells_of(row));
  const std::string table = to_table(
      {"case", "from", "mode", "areas", "owner", "others", "informed", "state", "index", "receipt"},
      cells);
  std::fwrite(table.data(), 1, table.size(), stdout);
}

// nullopt: receipts are not asked for.
Result<std::optional<Receipts>> load_receipts(const Options& options) {
  const auto key = chosen_log_key(options.log_key);
  if (!key) return key.error();
  if (options.receipts.empty()) return std::optional<Receipts>();
  if (!*key) return Error{ErrorCode::kConfigMissing, "--anchor", "or --log-key, with --receipts"};
  auto receipts = verified_receipts(options.receipts, **key);
  if (!receipts) return receipts.error();
  return std::optional<Receipts>(std::move(*receipts));
}

int run(const Options& options) {
  const auto receipts = load_receipts(options);
  if (!receipts) return fail(receipts.error());
  const auto opened = store::ReadOnlyStore::open(options.data);
  if (!opened) return fail(opened.error());
  SystemClock clock;
  const auto filter = CaseFilter::make(options.filter, clock.now());
  if (!filter) return fail(filter.error());
  const auto found =
      read_rows((*opened)->reader(), options, *filter, *receipts ? &**receipts : nullptr);
  if (!found) return fail(found.error());
  const std::vector<Row>& rows = found->rows;
  if (options.json) {
    show_json(rows);
  } else if (options.tsv) {
    show_tsv(rows);
  } else {
    show_table(rows);
  }
  if (rows.size() < found->fitting) {
    std::fprintf(stderr, "rujukan: the oldest %zu of %zu cases\n", rows.size(), found->fitting);
  }
  const bool missing =
      std::ranges::any_of(rows, [](const Row& row) { return row.receipt == false; });
  return missing ? kNegative : kOk;
}

}  // namespace

void add_cases(CommandSyntax app, int& exit_code) {
  const auto command =
      app.add_subcommand("cases", "Print a table of the cases of a data directory");
  const auto options = std::make_shared<Options>();
  command.add_option("--data", options->data, "Data directory").type_name("DIR").required();
  command.add_option("--receipts", options->receipts, "Folder with receipts; may be repeated")
      .type_name("DIR");
  add_log_key_options(command, options->log_key);
  add_case_filter_options(command, options->filter);
  command.add_option("--limit", options->limit, "The oldest N only; default: all").type_name("N");
  const auto json = command.add_flag("--json", options->json, "As JSON");
  command.add_flag("--tsv", options->tsv, "For scripts: see below").excludes(json);
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
