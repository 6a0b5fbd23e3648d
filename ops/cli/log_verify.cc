// rujukan log verify: everything that can be said about a log without trusting its broker.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "broker/audit/source.h"
#include "broker/audit/verification.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/progress.h"
#include "ops/cli/replay_report.h"
#include "ops/cli/source_choice.h"
#include "ops/cli/trust.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Reads a whole log: a folder of tlog-tiles files, the URL of one, or a broker's data directory, also
while the broker runs. Checks
  - the checkpoint: the log's signature, those of the policy's witnesses, and their quorum; in a data
    directory every stored checkpoint,
  - every hash tile at every level from the root down, every entry against its hash, the root,
  - each entry: that it decodes, says its own index, and that its time is after the one before,
  - that no message id is used up twice,
  - the sender's signature, under the key that was in force at that entry,
  - each release: that it is the logged one, newer, and signed by the administrators of the one
    before; the first by those of the anchor, or else by its own,
  - that every event is legal and every case had exactly one owner at every entry, by the events
    alone, whatever the broker's own bookkeeping says; of each case the first fault is found,
  - in a data directory, that each announced payload is there unless an entry erased it.

A finding is a line "POSITION: CODE: REASON" on stdout, in the order of positions; after 100 the
command stops. A position is a place in the tree, from 0: of a tile the first entry that it covers,
of the log's root the last entry, of a checkpoint that does not verify 0, in a data directory the last
entry that it covers. A damaged entry is found at its own position and the rest is still verified;
what only follows from it, such as the owners of cases opened before it, is not found again.

With --json: one object for each finding (position, code, reason), then one with the summary.

--state FILE keeps what is known of the log (not its entries), so that a later run goes on where this
one ended, or was interrupted. It also remembers findings; remove it to start anew. A log that does
not continue the tree that was seen before is found as log.root.

--replay also decides every entry again, in the same reading: see `rujukan log replay --help`. It
starts at entry 0, so there is no --state with it.

The policy is one of c2sp.org/tlog-policy; an anchor or a log key is one of a single log without
witnesses. Without any, which only a data directory may be, signatures of checkpoints are not checked.

Examples:
  rujukan log verify https://log.example.org/2026 --policy policy.txt --token-file token
  rujukan log verify mirror --policy policy.txt --state mirror.state
  rujukan log verify mirror --policy policy.txt --replay
  rujukan log verify /var/lib/rujukan --anchor anchor.toml
  rujukan log verify --json data --log-key example.org/log+1a2b3c4d+AQ...

Exit codes: 0 the log verifies; 1 it does not; 2 there is no log, it or the state cannot be read, or
bad usage.)";

struct Options {
  SourceChoice source;
  TrustChoice trust;
  std::string state;
  unsigned threads = 0;
  bool replay = false;
  bool json = false;
};

void print_findings(const audit::Findings& findings, bool as_json) {
  for (const audit::Finding& finding : findings) {
    if (!as_json) {
      std::printf("%s\n", finding.text().c_str());
      continue;
    }
    const Json line{{"position", finding.position},
                    {"code", name_of(finding.error.code)},
                    {"reason", to_string(finding.error)}};
    std::printf("%s\n", line.dump().c_str());
  }
}

void print_json(const audit::Verified& verified, audit::Replay* replay) {
  Json witnesses = Json::array();
  for (const auto& cosigned : verified.cosigned) {
    witnesses.push_back({{"witness", cosigned.witness}, {"time_s", cosigned.time_s}});
  }
  const auto& cases = verified.cases;
  Json summary{{"verifies", verified.findings.empty()},
               {"findings", verified.findings.size()},
               {"ended_early", verified.findings.size() >= audit::kMostFindings},
               {"origin", verified.origin},
               {"size", verified.size},
               {"entries", verified.entries},
               {"resumed_at", verified.resumed_at},
               {"checkpoints", verified.checkpoints},
               {"signatures_checked", verified.signed_checkpoints},
               {"witnesses", witnesses},
               {"root", verified.root ? Json(to_hex(*verified.root)) : Json()},
               {"entries_lost", verified.entries_lost},
               {"senders_unchecked", verified.senders_unchecked},
               {"cases", cases.cases},
               {"cases_with_one_owner_at_every_entry", cases.sound},
               {"open", cases.open},
               {"closed", cases.closed}};
  if (replay != nullptr) summary["replay"] = replay_json(*replay);
  std::printf("%s\n", summary.dump().c_str());
}

unsigned long long count(std::uint64_t number) { return number; }

void print_text(const audit::Verified& verified, audit::Replay* replay) {
  const auto& cases = verified.cases;
  if (verified.findings.size() >= audit::kMostFindings) {
    std::printf("stopped after %llu findings, at entry %llu of %llu\n", count(audit::kMostFindings),
                count(verified.entries), count(verified.size));
  }
  std::printf("log %s: %llu entries, %llu checkpoints (%s), root %s\n",
              verified.findings.empty() ? "verifies" : "DOES NOT VERIFY", count(verified.entries),
              count(verified.checkpoints),
              verified.signed_checkpoints ? "signatures and roots" : "roots only, no log key given",
              verified.root ? to_hex(*verified.root).c_str() : "unknown");
  for (const auto& cosigned : verified.cosigned) {
    std::printf("cosigned: by %s at %s\n", cosigned.witness.c_str(),
                to_rfc3339(TimeUs(std::chrono::seconds(cosigned.time_s))).c_str());
  }
  if (verified.resumed_at != 0) {
    std::printf("entries: %llu were verified by an earlier run\n", count(verified.resumed_at));
  }
  if (verified.entries_lost != 0) {
    std::printf(
        "entries: %llu damaged or missing; what only follows from them was not looked for\n",
        count(verified.entries_lost));
  }
  std::printf("cases: %llu of %llu had exactly one owner at every entry; %llu open, %llu closed\n",
              count(cases.sound), count(cases.cases), count(cases.open), count(cases.closed));
  if (replay != nullptr) std::printf("%s", replay_text(*replay).c_str());
}

int run(const Options& options) {
  auto trust = chosen_trust(options.trust);
  if (!trust) return fail(trust.error());
  const std::string& place = options.source.source;
  const bool own_data = audit::is_data_directory(place);
  if (!*trust && !own_data) {
    return fail({ErrorCode::kConfigMissing, "--policy", "or --anchor or --log-key"});
  }
  const auto files = audit::open_source(place, options.source.access);
  if (!files) return fail(files.error());
  audit::VerifyOptions wanted;
  if (*trust) {
    wanted.policy = std::move((*trust)->policy);
    wanted.administrators = std::move((*trust)->administrators);
  }
  if (own_data) wanted.data_directory = place;
  wanted.state = options.state;
  wanted.threads = options.threads;
  std::unique_ptr<audit::Replay> replay;
  if (options.replay) {
    auto made = audit::Replay::create();
    if (!made) return fail(made.error());
    replay = *std::move(made);
    wanted.consumers = {replay.get()};
  }
  auto verified = [&] {
    ProgressBar bar("verifying");
    wanted.progress = [&bar](std::uint64_t done, std::uint64_t all) { bar.show(done, all); };
    return audit::verify_log(**files, wanted);
  }();
  if (!verified) return fail(place, verified.error());
  print_findings(verified->findings, options.json);
  options.json ? print_json(*verified, replay.get()) : print_text(*verified, replay.get());
  return verified->findings.empty() ? kOk : kNegative;
}

}  // namespace

void add_log_verify(CommandSyntax log, int& exit_code) {
  const auto command = log.add_subcommand("verify", "Check checkpoints, tree, entries and owners");
  const auto options = std::make_shared<Options>();
  add_source_options(command, options->source);
  add_trust_options(command, options->trust);
  const auto state =
      command.add_option("--state", options->state, "Go on where an earlier run ended");
  state.type_name("FILE");
  command.add_flag("--replay", options->replay, "Decide every entry again as well").excludes(state);
  command.add_option("--threads", options->threads, "Threads that hash and check signatures")
      .type_name("N")
      .between(1, 256);
  command.add_flag("--json", options->json, "As JSON lines");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
