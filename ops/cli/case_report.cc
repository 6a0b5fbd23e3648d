#include "ops/cli/case_report.h"

#include <nlohmann/json.hpp>

#include "ops/cli/describe.h"
#include "ops/cli/text_table.h"

namespace rujukan::cli {
namespace {

Json summary_json(const CaseReport& report) {
  const audit::CaseFile& file = report.file;
  Json related = Json::array();
  for (const CaseId& id : file.related) related.push_back(to_string(id));
  Json out{{"case", to_string(file.case_id)},
           {"status", name_of(file.status)},
           {"owner", file.owner().str()},
           {"lead", name_of(file.lead)},
           {"opener", file.opener.str()},
           {"opened_at", to_rfc3339(file.opened_at)},
           {"closed_at", time_or_null(file.closed_at)},
           {"age_s", std::chrono::duration_cast<std::chrono::seconds>(age_of(file)).count()},
           {"as_of", to_rfc3339(file.as_of)},
           {"entries", file.steps.size()},
           {"carried", file.carried},
           {"erased", file.erased},
           {"legal_hold", file.hold ? Json(*file.hold) : Json()},
           {"related", std::move(related)}};
  return out;
}

Json owners_json(const audit::CaseFile& file) {
  Json out = Json::array();
  for (const audit::Ownership& owner : file.owners) {
    const auto until = owner.to ? std::optional(file.steps[*owner.to].entry.time) : std::nullopt;
    out.push_back({{"unit", owner.unit.str()},
                   {"from", to_rfc3339(file.steps[owner.from].entry.time)},
                   {"until", time_or_null(until)}});
  }
  return out;
}

Json step_json(const audit::CaseStep& step, const Zone& zone) {
  Json out = describe(step.entry);
  out["local_time"] = local_time(step.entry.time, zone);
  out["who"] = who_of(step);
  out["what"] = headline_of(step);
  out["events_in_words"] = event_words(step, zone);
  return out;
}

std::string lines(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : "\n") + part;
  return out;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : " ") + part;
  return out;
}

std::vector<std::string> row_of(const audit::CaseStep& step, const Zone& zone) {
  std::vector<std::string> what{headline_of(step)};
  for (const std::string& event : event_words(step, zone)) what.push_back("- " + event);
  if (const std::string payload = payload_words(step); !payload.empty()) what.push_back(payload);
  const std::string& owner = step.entry.outcome.owner.str();
  return {
      std::to_string(to_number(step.entry.index)),
      local_time(step.entry.time, zone) + "\n" + utc_time(step.entry.time),
      who_of(step),
      lines(what),
      owner.empty() ? "-" : owner,
      lines({"release " + std::to_string(to_number(step.entry.release)), joined(rules_of(step))})};
}

}  // namespace

std::string case_json(const CaseReport& report) {
  const audit::CaseFile& file = report.file;
  Json out{{"notice", report.notice}};
  out.update(summary_json(report));
  out["facts"] = describe(file.facts);
  out["owners"] = owners_json(file);
  Json timeline = Json::array();
  for (const audit::CaseStep& step : file.steps) timeline.push_back(step_json(step, report.zone));
  out["timeline"] = std::move(timeline);
  return out.dump(2) + "\n";
}

std::string case_text(const CaseReport& report) {
  const audit::CaseFile& file = report.file;
  const Zone& zone = report.zone;
  Json summary{{"case", to_string(file.case_id)},
               {"state", state_words(file, zone)},
               {"owner", file.owner().str()},
               {"opened", local_time(file.opened_at, zone) + " by " + file.opener.str()},
               {"age", duration_words(age_of(file))},
               {"as of", local_time(file.as_of, zone)}};
  if (!file.related.empty()) summary["related"] = summary_json(report)["related"];
  if (file.hold) summary["legal hold"] = *file.hold;
  if (file.erased) summary["payloads"] = "erased";
  summary["facts"] = describe(file.facts);
  std::string owners;
  for (const audit::Ownership& owner : file.owners) {
    owners += "  " + ownership_words(file, owner, zone) + "\n";
  }
  std::vector<std::vector<std::string>> rows;
  for (const audit::CaseStep& step : file.steps) rows.push_back(row_of(step, zone));
  return report.notice + "\n\n" + to_outline(summary) + "owners:\n" + owners + "\n" +
         to_table({"entry", "time", "who", "what", "owner after", "decided by"}, rows);
}

std::string ownership_words(const audit::CaseFile& file, const audit::Ownership& owner,
                            const Zone& zone) {
  const TimeUs from = file.steps[owner.from].entry.time;
  const TimeUs to = owner.to ? file.steps[*owner.to].entry.time : file.as_of;
  const std::string until = owner.to ? " to " + local_time(to, zone) : " on";
  return owner.unit.str() + " from " + local_time(from, zone) + until + ", " +
         duration_words(to - from);
}

}  // namespace rujukan::cli
