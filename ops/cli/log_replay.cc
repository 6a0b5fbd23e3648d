// rujukan log replay: decides every entry of a log again.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "broker/audit/replay.h"
#include "broker/audit/replay_log.h"
#include "ops/cli/cli.h"
#include "ops/cli/impact_report.h"
#include "ops/cli/progress.h"
#include "ops/cli/replay_report.h"
#include "ops/cli/source_choice.h"
#include "ops/cli/trust.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Decides every entry of a log again, from the log alone, and holds what was logged against it: messages
by the release in force at their entry and the case as it stood, deadlines, successions, links, orders,
releases. It stops at the first entry that says otherwise than the rules and prints both sides. What it
comes to is one digest over all case records; a broker logs the same digest every so many entries, and
each of them is compared.

Some refusals do not follow from the log, because it does not hold what they were about, and are taken
as logged: that a payload did not come or was damaged, and which station sent a message.

SOURCE is a URL, a folder of the log's files, or a broker's data directory, which may be in use. The
checkpoint is held against --policy, --anchor or --log-key, and the entries together against its root;
whether every single entry and signature holds is what `rujukan log verify` says.

--until INDEX stops after that entry, --case CASE prints the case as it stood then. --what-if RELEASE
lists the openings that the release would have given to another owner at their time, and the open cases
that it would give to another owner at the end.

Examples:
  rujukan log replay /srv/mirror/log --policy policy.txt
  rujukan log replay data --until 4711 --case 0198b6c2-77aa-7c01-9b3e-5a2f0c9d1e44
  rujukan log replay data --what-if release-8.rjr --json

Exit codes: 0 the rules decide as was logged; 1 they do not, or there is no such case; 2 bad usage, or a
log that cannot be read.)";

struct Options {
  SourceChoice log;
  TrustChoice trust;
  std::optional<std::uint64_t> until;
  std::string case_id;
  std::string what_if;
  bool json = false;
};

// What another release would have said at each opening.
class WhatIf final : public audit::Consumer {
 public:
  explicit WhatIf(const routing::RoutingTable& table) : impact_(table) {}

  Result<void> take(const audit::LoggedEntry& logged, audit::Findings&) override {
    if (auto change = impact_.add_entry(logged.entry, logged.message)) {
      changes_.push_back(*std::move(change));
    }
    return {};
  }
  Result<void> take_release(std::shared_ptr<const Release>) override { return {}; }
  void lose(std::uint64_t) override {}
  Result<void> finish(std::uint64_t, audit::Findings&) override { return {}; }

  audit::Impact& impact() { return impact_; }
  const std::vector<audit::OpeningChange>& changes() const { return changes_; }

 private:
  audit::Impact impact_;
  std::vector<audit::OpeningChange> changes_;
};

Result<std::optional<CaseRecord>> chosen_case(audit::Replay& replay, const CaseId& id) {
  const auto record = replay.find_case(id);
  if (!record) return record.error();
  return *record == nullptr ? std::optional<CaseRecord>() : std::optional(**record);
}

class Command {
 public:
  explicit Command(const Options& options) : options_(options) {}

  int run() {
    if (!options_.case_id.empty()) {
      const auto bytes = uuid_from_string(options_.case_id);
      if (!bytes) {
        return fail({ErrorCode::kConfigValue, "--case", "not a case id: " + options_.case_id});
      }
      case_id_ = CaseId{*bytes};
    }
    if (!options_.what_if.empty()) {
      release_ = load_release(ReleaseSource{.folder = {}, .file = options_.what_if});
      if (!release_) return kBadInput;
      auto table = routing::RoutingTable::build(release_->release);
      if (!table) return fail(options_.what_if, table.error());
      table_ = *std::move(table);
      what_if_.emplace(*table_);
    }
    auto replay = audit::Replay::create();
    if (!replay) return fail(replay.error());
    const auto log = read(**replay);
    if (!log) return fail(options_.log.source, log.error());
    if (options_.until && *options_.until >= log->size && log->findings.empty()) {
      return fail({ErrorCode::kConfigValue, "--until",
                   "the log has " + std::to_string(log->size) + " entries"});
    }
    return report(**replay, *log);
  }

 private:
  Result<audit::ReplayedLog> read(audit::Replay& replay) {
    const auto trust = chosen_trust(options_.trust);
    if (!trust) return trust.error();
    const auto files = audit::open_source(options_.log.source, options_.log.access);
    if (!files) return files.error();
    audit::ReplayOptions reading;
    if (*trust) {
      reading.policy = (*trust)->policy;
      reading.administrators = (*trust)->administrators;
    }
    reading.until = options_.until;
    reading.consumers = {&replay};
    if (what_if_) reading.consumers.push_back(&*what_if_);
    ProgressBar bar("replaying");
    reading.progress = [&bar](std::uint64_t done, std::uint64_t all) { bar.show(done, all); };
    return audit::replay_log(**files, reading);
  }

  int report(audit::Replay& replay, const audit::ReplayedLog& log) {
    std::optional<CaseRecord> record;
    if (case_id_) {
      auto found = chosen_case(replay, *case_id_);
      if (!found) return fail(found.error());
      record = *std::move(found);
    }
    if (what_if_) {
      const auto added = replay.for_each_case(
          [&](const CaseRecord& each) { what_if_->impact().add_case(each, replay.time()); });
      if (!added) return fail(added.error());
    }
    options_.json ? print_json(replay, log, record) : print_text(replay, log, record);
    if (case_id_ && !record) {
      fail({ErrorCode::kCaseUnknown, options_.case_id});
      return kNegative;
    }
    return log.findings.empty() ? kOk : kNegative;
  }

  void print_json(audit::Replay& replay, const audit::ReplayedLog& log,
                  const std::optional<CaseRecord>& record) {
    Json findings = Json::array();
    for (const audit::Finding& finding : log.findings) {
      findings.push_back({{"position", finding.position},
                          {"code", name_of(finding.error.code)},
                          {"reason", to_string(finding.error)}});
    }
    Json out = {{"same", log.findings.empty()},
                {"origin", log.origin},
                {"size", log.size},
                {"findings", std::move(findings)}};
    out.update(replay_json(replay));
    if (record) out["case"] = describe(*record);
    if (what_if_) {
      Json impact = impact_json(what_if_->impact(), *release_, replay.time());
      Json openings = Json::array();
      for (const auto& change : what_if_->changes()) openings.push_back(describe(change));
      impact["opening_changes"] = std::move(openings);
      out["what_if"] = std::move(impact);
    }
    print(out, true);
  }

  void print_text(audit::Replay& replay, const audit::ReplayedLog& log,
                  const std::optional<CaseRecord>& record) {
    std::string text;
    for (const audit::Finding& finding : log.findings) text += finding.text() + "\n";
    text += std::string("log ") +
            (log.findings.empty() ? "was decided by the rules" : "WAS NOT DECIDED BY THE RULES") +
            ": " + std::to_string(replay.counts().entries) + " of " + std::to_string(log.size) +
            " entries of " + log.origin + "\n" + replay_text(replay);
    if (record) text += "\n" + to_outline(describe(*record));
    if (what_if_) {
      text += "\n" + openings_text(what_if_->changes()) +
              impact_text(what_if_->impact(), replay.time());
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
  }

  const Options& options_;
  std::optional<CaseId> case_id_;
  std::optional<LoadedRelease> release_;
  std::shared_ptr<const routing::RoutingTable> table_;
  std::optional<WhatIf> what_if_;
};

}  // namespace

void add_log_replay(CommandSyntax log, int& exit_code) {
  const auto command = log.add_subcommand("replay", "Decide every entry again, from the log alone");
  const auto options = std::make_shared<Options>();
  add_source_options(command, options->log);
  add_trust_options(command, options->trust);
  command.add_option("--until", options->until, "Stop after this entry").type_name("INDEX");
  command.add_option("--case", options->case_id, "Print the case as it stood then")
      .type_name("CASE");
  command.add_option("--what-if", options->what_if, "Another release, signed or not")
      .type_name("FILE");
  command.add_flag("--json", options->json, "As JSON");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = Command(*options).run(); });
}

}  // namespace rujukan::cli
