#include "ops/cli/replay_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace rujukan::cli {
namespace {

Json outcome_json(const Entry& entry, const std::optional<Outcome>& outcome) {
  if (!outcome) return {};
  Entry with = entry;
  with.outcome = *outcome;
  return describe(with)["outcome"];
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Two texts side by side; a '!' stands before lines that differ.
std::string side_by_side(const std::string& left_text, const std::string& right_text) {
  std::vector<std::string> left = lines_of(left_text);
  std::vector<std::string> right = lines_of(right_text);
  const std::size_t rows = std::max(left.size(), right.size());
  left.resize(rows);
  right.resize(rows);
  std::size_t width = 0;
  for (const std::string& line : left) width = std::max(width, line.size());
  std::string out;
  for (std::size_t i = 0; i < rows; ++i) {
    out += (left[i] == right[i] ? "  " : "! ") + left[i] +
           std::string(width - left[i].size(), ' ') + " | " + right[i] + "\n";
  }
  return out;
}

std::string seconds(std::chrono::microseconds time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
  const std::string rest = std::to_string(ms % 1000);
  return std::to_string(ms / 1000) + "." + std::string(3 - rest.size(), '0') + rest + " s";
}

Json divergence_json(const audit::Divergence& divergence) {
  Json out = describe(divergence.error);
  out["position"] = divergence.position;
  Json entry = describe(divergence.logged);
  entry.erase("outcome");
  out["entry"] = std::move(entry);
  out["logged"] = outcome_json(divergence.logged, divergence.logged.outcome);
  out["decided"] = outcome_json(divergence.logged, divergence.decided);
  return out;
}

std::string divergence_text(const audit::Divergence& divergence) {
  Json entry = describe(divergence.logged);
  entry.erase("outcome");
  const Json logged = outcome_json(divergence.logged, divergence.logged.outcome);
  const std::string decided = divergence.decided
                                  ? outcome_json(divergence.logged, divergence.decided).dump(2)
                                  : "no such entry: " + divergence.error.detail;
  return "position " + std::to_string(divergence.position) + ":\n" + to_outline(entry) + "\n" +
         side_by_side("logged\n" + logged.dump(2), "by the rules\n" + decided);
}

Json counts_json(const audit::ReplayCounts& counts) {
  return {{"entries", counts.entries},
          {"messages_accepted", counts.accepted},
          {"messages_refused", counts.refused},
          {"refusals_as_logged", counts.as_logged},
          {"deadlines", counts.deadlines},
          {"latest_deadline_us", counts.latest.count()},
          {"releases", counts.releases},
          {"states_compared", counts.states},
          {"states_of_another_format", counts.states_unknown}};
}

std::string counts_text(const audit::ReplayCounts& counts) {
  const auto number = [](std::uint64_t value) { return std::to_string(value); };
  std::string text =
      "messages: " + number(counts.accepted) + " accepted, " + number(counts.refused) +
      " refused, " + number(counts.as_logged) +
      " of these for what the log does not hold\ndeadlines: " + number(counts.deadlines);
  if (counts.deadlines > 0) text += ", the latest " + seconds(counts.latest) + " after its time";
  text += "\nreleases: " + number(counts.releases) + "\nlogged states: " + number(counts.states) +
          " are the replay's";
  if (counts.states_unknown > 0) {
    text += ", " + number(counts.states_unknown) + " of another format were not compared";
  }
  return text + "\n";
}

}  // namespace

Json replay_json(audit::Replay& replay) {
  const merkle::StateDigest state = replay.state();
  Json out = {{"state", {{"cases", state.cases()}, {"digest", to_hex(state.value())}}},
              {"counts", counts_json(replay.counts())}};
  if (const auto& divergence = replay.divergence())
    out["divergence"] = divergence_json(*divergence);
  if (replay.lost()) out["stopped_at"] = *replay.lost();
  return out;
}

std::string replay_text(audit::Replay& replay) {
  std::string text;
  if (const auto& divergence = replay.divergence()) text += divergence_text(*divergence);
  if (replay.lost()) {
    text += "not replayed from position " + std::to_string(*replay.lost()) +
            " on: what is there cannot be read\n";
  }
  const merkle::StateDigest state = replay.state();
  return text + counts_text(replay.counts()) + "state: " + std::to_string(state.cases()) +
         " cases, digest " + to_hex(state.value()) + "\n";
}

}  // namespace rujukan::cli
