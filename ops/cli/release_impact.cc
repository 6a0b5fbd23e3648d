// rujukan release impact: what a release would change for the cases of a log.
#include <algorithm>
#include <cstdio>

#include "broker/routing/table.h"
#include "broker/runtime/clock.h"
#include "broker/store/reader.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/progress.h"
#include "ops/cli/release_source.h"
#include "ops/cli/text_table.h"

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

struct OwnerChange {
  CaseId case_id;
  TimeUs since;  // opened
  Need need_now;
  UnitId owner_now;
  RuleId rule_now;
  std::optional<Error> not_routed;  // then the rest is meaningless
  Need need_then = Need::kInvestigation;
  UnitId owner_then = {};
  RuleId rule_then = {};
};

struct PastOpenings {
  std::uint64_t openings = 0;
  std::uint64_t owner = 0;
  std::uint64_t assignments = 0;
  std::uint64_t informed = 0;
  std::uint64_t not_routed = 0;  // in `owner` and `assignments` too
};

// Who has to do what, as an opening logged it or as a table says. Lists are sorted.
struct Shares {
  UnitId owner;
  std::vector<std::pair<Need, std::vector<UnitId>>> chains;
  std::vector<Need> withheld;
  std::vector<UnitId> informed;
};

Shares sorted(Shares shares) {
  std::sort(shares.chains.begin(), shares.chains.end());
  std::sort(shares.withheld.begin(), shares.withheld.end());
  std::sort(shares.informed.begin(), shares.informed.end());
  return shares;
}

Shares shares_of(const Outcome& opening) {
  Shares out;
  out.owner = opening.owner;
  for (const Event& event : opening.events) {
    if (event.type == EventType::kAssigned) out.chains.emplace_back(event.need, event.units);
    if (event.type == EventType::kWithheld) out.withheld.push_back(event.need);
    if (event.type == EventType::kInformed) out.informed = event.units;
  }
  return sorted(std::move(out));
}

Shares shares_of(const routing::Route& route) {
  Shares out{route.owner(), {}, route.withheld, route.informed};
  for (const auto& assignment : route.assignments) {
    out.chains.emplace_back(assignment.need, assignment.chain);
  }
  return sorted(std::move(out));
}

bool keeps_owner(const CaseRecord& record, const routing::Route& route) {
  if (route.owner() == record.owner()) return true;
  const Assignment& lead = record.lead_assignment();
  const auto& chain = route.assignments.front().chain;
  return lead.position > 0 && route.owner() == lead.chain.front() &&
         std::find(chain.begin(), chain.end(), record.owner()) != chain.end();
}

// Compares the cases of a data directory with what a table says.
class Impact {
 public:
  Impact(const routing::RoutingTable& table, TimeUs at) : table_(table), at_(at) {}

  // Errors: store.*, entry.malformed, message.*.
  Result<void> run(const store::Reader& reader) {
    if (auto read = read_openings(reader); !read) return read;
    return read_cases(reader);
  }

  const std::vector<OwnerChange>& changes() const { return changes_; }
  const PastOpenings& past() const { return past_; }
  std::uint64_t open_cases() const { return open_cases_; }
  TimeUs at() const { return at_; }

 private:
  Result<void> read_openings(const store::Reader& reader) {
    const auto size = reader.size();
    if (!size) return size.error();
    Result<void> compared;
    std::uint64_t done = 0;
    const auto read = reader.entries(LogIndex{0}, *size, [&](LogIndex, ByteView bytes) {
      compared = compare(bytes);
      if (++done % kProgressEvery == 0) show_progress("replaying", done, *size);
      return compared.ok();
    });
    if (!compared) return compared;
    if (done >= kProgressEvery) show_progress("replaying", *size, *size);
    return read;
  }

  Result<void> compare(ByteView bytes) {
    const auto entry = wire::decode_entry(bytes);
    if (!entry) return entry.error();
    const auto* cause = std::get_if<MessageCause>(&entry->cause);
    if (cause == nullptr || entry->outcome.refusal) return {};
    const auto message = wire::decode_message(cause->message);
    if (!message) return message.error();
    const auto* referral = std::get_if<Referral>(&message->body);
    if (referral != nullptr) count(entry->outcome, referral->facts, entry->time);
    return {};
  }

  void count(const Outcome& opening, const Facts& facts, TimeUs at) {
    ++past_.openings;
    const auto route = table_.route(facts, at);
    if (!route) {
      ++past_.not_routed;
      ++past_.owner;
      ++past_.assignments;
      return;
    }
    const Shares was = shares_of(opening);
    const Shares then = shares_of(*route);
    if (was.owner != then.owner) ++past_.owner;
    if (was.chains != then.chains || was.withheld != then.withheld) ++past_.assignments;
    if (was.informed != then.informed) ++past_.informed;
  }

  Result<void> read_cases(const store::Reader& reader) {
    std::optional<CaseId> after;
    while (true) {
      const auto ids = reader.cases(after, kCasesAtOnce);
      if (!ids) return ids.error();
      for (const CaseId& id : *ids) {
        const auto record = reader.find_case(id);
        if (!record) return record.error();
        if (!*record) return Error{ErrorCode::kStoreCorrupt, to_string(id), "no record"};
        if ((*record)->status == CaseStatus::kOpen) compare(**record);
      }
      if (ids->size() < kCasesAtOnce) return {};
      after = ids->back();
    }
  }

  void compare(const CaseRecord& record) {
    ++open_cases_;
    OwnerChange change{record.case_id,
                       record.opened_at,
                       record.lead,
                       record.owner(),
                       record.lead_assignment().rule,
                       {}};
    const auto route = table_.route(record.facts, at_);
    if (!route) {
      change.not_routed = route.error();
    } else {
      if (keeps_owner(record, *route)) return;
      change.need_then = route->lead;
      change.owner_then = route->owner();
      change.rule_then = route->assignments.front().rule;
    }
    changes_.push_back(std::move(change));
  }

  const routing::RoutingTable& table_;
  const TimeUs at_;
  std::vector<OwnerChange> changes_;
  PastOpenings past_;
  std::uint64_t open_cases_ = 0;
};

Json describe_change(const OwnerChange& change) {
  Json out = {{"case", to_string(change.case_id)},
              {"since", to_rfc3339(change.since)},
              {"need_now", name_of(change.need_now)},
              {"owner_now", change.owner_now.str()},
              {"rule_now", change.rule_now.str()}};
  const bool routed = !change.not_routed;
  out["need_then"] = routed ? Json(name_of(change.need_then)) : Json();
  out["owner_then"] = routed ? Json(change.owner_then.str()) : Json();
  out["rule_then"] = routed ? Json(change.rule_then.str()) : Json();
  if (!routed) out["error"] = describe(*change.not_routed);
  return out;
}

void print_json(const Impact& impact, const Release& release, const Digest& digest) {
  Json changes = Json::array();
  for (const OwnerChange& change : impact.changes()) changes.push_back(describe_change(change));
  const PastOpenings& past = impact.past();
  print({{"release", {{"version", to_number(release.version)}, {"digest", to_hex(digest)}}},
         {"at", to_rfc3339(impact.at())},
         {"open_cases", impact.open_cases()},
         {"owner_changes", std::move(changes)},
         {"past",
          {{"openings", past.openings},
           {"owner", past.owner},
           {"assignments", past.assignments},
           {"informed", past.informed},
           {"not_routed", past.not_routed}}}},
        true);
}

std::vector<std::string> cells_of(const OwnerChange& change) {
  std::string need(name_of(change.need_now));
  if (!change.not_routed && change.need_then != change.need_now) {
    need += " -> " + std::string(name_of(change.need_then));
  }
  return {to_string(change.case_id),
          need,
          change.owner_now.str(),
          change.not_routed ? to_string(*change.not_routed) : change.owner_then.str(),
          change.rule_now.str(),
          change.not_routed ? "-" : change.rule_then.str(),
          to_rfc3339(change.since)};
}

void print_text(const Impact& impact) {
  std::vector<std::vector<std::string>> rows;
  for (const OwnerChange& change : impact.changes()) rows.push_back(cells_of(change));
  std::string text;
  if (!rows.empty()) {
    text = to_table({"case", "need", "owner now", "owner then", "rule now", "rule then", "since"},
                    rows) +
           "\n";
  }
  const PastOpenings& past = impact.past();
  text += std::to_string(rows.size()) + " of " + std::to_string(impact.open_cases()) +
          " open cases would have another owner at " + to_rfc3339(impact.at()) + ".\nOf " +
          std::to_string(past.openings) + " openings at their time: " + std::to_string(past.owner) +
          " with another owner, " + std::to_string(past.assignments) +
          " with another assignment, " + std::to_string(past.informed) +
          " with other units informed, " + std::to_string(past.not_routed) + " not routed.\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
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
  Impact impact(**table, *at);
  if (const auto ran = impact.run((*opened)->reader()); !ran) return fail(options.log, ran.error());
  if (options.json) {
    print_json(impact, loaded->release, loaded->digest);
  } else {
    print_text(impact);
  }
  return kOk;
}

}  // namespace

void add_release_impact(CLI::App& release, int& exit_code) {
  auto* command = release.add_subcommand("impact", "What a release would change for a log's cases");
  const auto options = std::make_shared<Options>();
  auto* from = command->add_option_group("from", "Exactly one of");
  from->add_option("NEW", options->source.file, "Release file")->type_name("FILE");
  from->add_option("--config", options->source.folder, "Configuration folder")->type_name("DIR");
  from->require_option(1);
  command->add_option("--log", options->log, "Data directory of a broker")
      ->type_name("DIR")
      ->required();
  command->add_option("--at", options->at, "Time for the open cases; default: now")
      ->type_name("TIME");
  command->add_flag("--json", options->json, "As JSON");
  command->footer(kManual);
  command->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
