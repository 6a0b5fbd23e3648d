// rujukan log find: entries by what they are about.
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "broker/audit/entry_reader.h"
#include "broker/audit/find_index.h"
#include "broker/base/limits.h"
#include "broker/crypto/sha256.h"
#include "broker/merkle/proof.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "ops/cli/cli.h"
#include "ops/cli/describe.h"
#include "ops/cli/progress.h"
#include "ops/cli/source_choice.h"
#include "ops/cli/text_table.h"
#include "ops/cli/unverified_checkpoint.h"

namespace rujukan::cli {
namespace {

constexpr const char* kManual = R"(
Lists the entries of a log that match every option given; of an option given more than once, any of
its values. Refusals are entries too. SOURCE is a broker's data directory, a folder of exported
files, or the URL of a log.
  --case    entries of the case, and those that link it
  --unit    that sent it, owns the case after it, or is named by an event
  --kind    of the message: referral, accept, ...; or deadline, release, succession, link, state,
            order, genesis, carry, exclusion; or unreadable
  --state   that an assignment gets by it: requested, received, accepted, in-progress, on-hold,
            completed, cancelled; or open, closed for the case
  --event   escalated, transferred, overdue, erased, ...
  --code    of the refusal, such as case.stale; `any` for every refusal
  --area    named by the facts of an opening or of new facts; a province finds its regencies too
  --from, --until   log time: 2026-11-22 or 2026-11-22T04:38:37Z; until is exclusive
The newest --limit matches are shown, in the order of the log; stderr says how many there are besides.
INDEX is the entry's position in this log.

The first search of a log makes an index of it (some ten seconds for a million entries), in
$XDG_CACHE_HOME/rujukan or ~/.cache/rujukan, or in the file that --index names. Later ones add what
is new and answer in well under a second. The index holds coded facts: it is for its owner only.
Nothing is verified here: `rujukan log verify` does that.

Examples:
  rujukan log find /var/lib/rujukan --code any --from 2026-11-01
  rujukan log find export --unit kpai --kind referral --area 31 --cases
  rujukan log find https://log.example.org/ --token-file token --case 0190... --json

Exit codes: 0 something was found; 1 nothing was; 2 bad usage, or the log cannot be read.)";

struct Options {
  SourceChoice log;
  std::filesystem::path index;
  // Each of them under the name of its terms.
  std::map<std::string, std::vector<std::string>> values;
  std::string from;
  std::string until;
  std::size_t limit = 100;
  bool cases = false;
  bool json = false;
};

constexpr const char* kFields[] = {"case", "unit", "kind", "state", "event", "code", "area"};

struct Match {
  std::uint64_t position = 0;
  Entry entry;
  std::optional<Message> message;
};

Result<Match> decode(std::uint64_t position, ByteView bytes) {
  auto entry = wire::decode_entry(bytes);
  if (!entry) return Error{entry.error().code, std::to_string(position), to_string(entry.error())};
  Match match{position, *std::move(entry), std::nullopt};
  if (const auto* cause = std::get_if<MessageCause>(&match.entry.cause)) {
    if (auto message = wire::decode_message(cause->message)) match.message = *std::move(message);
  }
  return match;
}

// By the log's origin; empty when the user has no home.
std::filesystem::path default_index(const std::string& origin) {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  std::filesystem::path folder;
  if (cache != nullptr && *cache == '/') {
    folder = cache;
  } else if (home != nullptr && *home == '/') {
    folder = std::filesystem::path(home) / ".cache";
  } else {
    return {};
  }
  const std::string name = to_hex(sha256({as_bytes(origin)})).substr(0, 16);
  return folder / "rujukan" / ("find-" + name + ".db");
}

Result<std::optional<TimeUs>> time_option(const char* name, const std::string& text) {
  if (text.empty()) return std::optional<TimeUs>();
  const auto time = parse_time(text);
  if (!time) return Error{ErrorCode::kConfigValue, name, "not a date or time: " + text};
  return time;
}

Result<audit::FindIndex::Query> query_of(const Options& options) {
  audit::FindIndex::Query query;
  const auto from = time_option("--from", options.from);
  if (!from) return from.error();
  const auto until = time_option("--until", options.until);
  if (!until) return until.error();
  query.from = *from;
  query.until = *until;
  for (const auto& [field, values] : options.values) {
    if (values.empty()) continue;
    std::vector<std::string> terms;
    terms.reserve(values.size());
    const std::string of_field = field + "/";
    for (const std::string& value : values) terms.push_back(of_field + value);
    query.terms.push_back(std::move(terms));
  }
  return query;
}

class Search {
 public:
  Search(const store::LogFiles& files, std::uint64_t size) : files_(files), size_(size) {}

  // Adds what the log has and the index has not.
  Result<void> update(audit::FindIndex& index) const {
    if (const auto same = is_of_this_log(index); !same) {
      return same.error();
    } else if (!*same) {
      if (auto cleared = index.clear(); !cleared) return cleared;
    }
    if (index.size() == size_) return {};
    Result<void> failed;
    auto read =
        audit::for_each_entry(files_, index.size(), size_, [&](std::uint64_t at, ByteView bytes) {
          const auto match = decode(at, bytes);
          // What does not decode is for `log verify`; here it is an entry without terms.
          const Entry none;
          const Message* message = match && match->message ? &*match->message : nullptr;
          failed = index.add(match ? match->entry : none, message, merkle::leaf_hash(bytes));
          if (at % 4096 == 0 || at + 1 == size_) show_progress("indexing", at + 1, size_);
          return failed.ok();
        });
    if (!failed) return failed;
    if (!read) return read;
    return index.save();
  }

  // `positions` ascend. Each bundle is read once.
  Result<std::vector<Match>> entries(std::span<const std::uint64_t> positions) const {
    std::vector<Match> matches;
    while (matches.size() < positions.size()) {
      const std::uint64_t first = positions[matches.size()];
      Result<void> failed;
      const auto read =
          audit::for_each_entry(files_, first, size_, [&](std::uint64_t at, ByteView bytes) {
            if (at != positions[matches.size()]) return true;
            auto match = decode(at, bytes);
            if (!match) {
              failed = match.error();
              return false;
            }
            matches.push_back(*std::move(match));
            if (matches.size() == positions.size()) return false;
            return positions[matches.size()] / merkle::kTileWidth == at / merkle::kTileWidth;
          });
      if (!failed) return failed.error();
      if (!read) return read.error();
    }
    return matches;
  }

 private:
  Result<bool> is_of_this_log(const audit::FindIndex& index) const {
    if (index.size() == 0) return true;
    if (index.size() > size_) return false;
    bool same = false;
    const auto read =
        audit::for_each_entry(files_, index.size() - 1, size_, [&](std::uint64_t, ByteView bytes) {
          same = merkle::leaf_hash(bytes) == index.last_leaf();
          return false;
        });
    if (!read) return read.error();
    return same;
  }

  const store::LogFiles& files_;
  const std::uint64_t size_;
};

std::optional<CaseId> case_of(const Match& match) {
  if (match.message) return match.message->case_id;
  const CaseId* id = rujukan::case_of(match.entry.cause);
  return id == nullptr ? std::nullopt : std::optional(*id);
}

std::string what_happened(const Entry& entry) {
  if (entry.outcome.refusal) {
    return "refused: " + std::string(name_of(entry.outcome.refusal->code));
  }
  std::string line;
  for (const Event& event : entry.outcome.events) {
    const std::string name(name_of(event.type));
    if (line.find(name) == std::string::npos) line += (line.empty() ? "" : " ") + name;
  }
  return line;
}

Json to_json(const Match& match) {
  Json out = describe(match.entry);
  out["index"] = match.position;
  return out;
}

void print_table(const std::vector<Match>& matches) {
  std::vector<std::vector<std::string>> rows;
  for (const Match& match : matches) {
    const auto id = case_of(match);
    const auto* cause = std::get_if<MessageCause>(&match.entry.cause);
    rows.push_back({std::to_string(match.position), to_rfc3339(match.entry.time),
                    std::string(audit::kind_name(match.entry.cause,
                                                 match.message ? &*match.message : nullptr)),
                    id ? to_string(*id) : "-", cause ? cause->proof.unit.str() : "-",
                    match.entry.outcome.owner.empty() ? "-" : match.entry.outcome.owner.str(),
                    what_happened(match.entry)});
  }
  std::fputs(to_table({"index", "time", "kind", "case", "from", "owner", "outcome"}, rows).c_str(),
             stdout);
}

void print_cases(const std::vector<Match>& matches) {
  std::set<CaseId> seen;
  for (const Match& match : matches) {
    const auto id = case_of(match);
    if (id && seen.insert(*id).second) std::printf("%s\n", to_string(*id).c_str());
  }
}

Result<std::unique_ptr<audit::FindIndex>> open_index(const Options& options,
                                                     const std::string& origin) {
  const auto path = options.index.empty() ? default_index(origin) : options.index;
  if (!path.empty() && path.has_parent_path()) {
    std::error_code failed;
    std::filesystem::create_directories(path.parent_path(), failed);
    if (failed) return Error{ErrorCode::kFileUnwritable, path.parent_path(), failed.message()};
  }
  return audit::FindIndex::open(path.string());
}

Result<std::vector<Match>> search(const Options& options) {
  const auto query = query_of(options);
  if (!query) return query.error();
  const auto files = audit::open_source(options.log.source, options.log.access);
  if (!files) return files.error();
  const auto note = (*files)->read("checkpoint");
  if (!note) return note.error();
  if (!*note) return Error{ErrorCode::kLogNotFound, options.log.source, "no checkpoint"};
  const auto claimed = read_unverified_checkpoint(as_text(**note));
  if (!claimed) return claimed.error();
  auto index = open_index(options, claimed->checkpoint.origin);
  if (!index) return index.error();
  const Search log(**files, claimed->checkpoint.size);
  if (auto done = log.update(**index); !done) return done.error();
  const auto positions = (*index)->find(*query);
  if (!positions) return positions.error();
  std::size_t first = 0;
  if (!options.cases && positions->size() > options.limit) {
    first = positions->size() - options.limit;
    std::fprintf(stderr, "rujukan: %zu older matches are not shown (--limit)\n", first);
  }
  return log.entries(std::span(*positions).subspan(first));
}

int run(const Options& options) {
  ::umask(077);
  const auto matches = search(options);
  if (!matches) return fail(matches.error());
  if (options.cases) {
    print_cases(*matches);
  } else if (options.json) {
    for (const Match& match : *matches) std::printf("%s\n", to_json(match).dump().c_str());
  } else if (!matches->empty()) {
    print_table(*matches);
  }
  return matches->empty() ? kNegative : kOk;
}

}  // namespace

void add_log_find(CommandSyntax log, int& exit_code) {
  const auto command = log.add_subcommand("find", "List the entries that match, refusals included");
  const auto options = std::make_shared<Options>();
  add_source_options(command, options->log);
  for (const char* field : kFields) {
    command.add_option("--" + std::string(field), options->values[field])
        .type_name("VALUE")
        .one_value_at_a_time();
  }
  command.add_option("--from", options->from, "Not before").type_name("TIME");
  command.add_option("--until", options->until, "Before").type_name("TIME");
  command.add_option("--limit", options->limit, "At most so many, the newest")
      .between(1, 1'000'000)
      .shows_default();
  command.add_flag("--cases", options->cases, "Only the ids of their cases, each once");
  command.add_flag("--json", options->json, "One JSON object per line");
  command.add_option("--index", options->index, "Where the index is kept").type_name("FILE");
  command.footer(kManual);
  command.callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace rujukan::cli
