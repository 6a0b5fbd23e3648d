#include <nlohmann/json.hpp>

#include "ops/cli/case_report.h"
#include "ops/cli/describe.h"

namespace rujukan::cli {
namespace {

using audit::CaseFile;
using audit::CaseStep;

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2430; --soft: #5b6675; --line: #d9dee5;
  --lane: #f2f4f7; --owner: #0f6b63; --accepted: #4f86c6; --awaited: #9db7d6; --offered: #b98bd0;
  --up: #c2620a; --moved: #7d3cb0; --late: #c22433; --done: #2d8a4b;
  --warn: #fff4d6; --warn-ink: #6b4b00; --warn-line: #e3c15c; }
@media (prefers-color-scheme: dark) { :root {
  --page: #12161c; --card: #1a2028; --ink: #e6eaf0; --soft: #9aa6b5; --line: #323b47;
  --lane: #202731; --owner: #3db5a8; --accepted: #6fa3de; --awaited: #46607f; --offered: #a67cc0;
  --up: #f0954a; --moved: #bb8ae0; --late: #f0636f; --done: #5bbf7c;
  --warn: #3a2f10; --warn-ink: #f3d98b; --warn-line: #7c6420; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 48px; }
h1 { font-size: 24px; margin: 0 0 4px; }
h2 { font-size: 17px; margin: 0 0 12px; }
section, .notice { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: 18px 20px; margin-top: 18px; }
.notice { background: var(--warn); border-color: var(--warn-line); color: var(--warn-ink); }
.id, code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 13px;
  overflow-wrap: anywhere; }
.soft { color: var(--soft); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)); gap: 12px 22px;
  margin: 0; }
dt { color: var(--soft); font-size: 12px; text-transform: uppercase; letter-spacing: .04em; }
dd { margin: 0; overflow-wrap: anywhere; }
.picture { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; color: var(--soft); font-size: 12px; text-transform: uppercase;
  letter-spacing: .04em; }
th, td { padding: 8px 14px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td.time { white-space: nowrap; }
td ul { margin: 2px 0 0; padding-left: 18px; }
.legend { display: flex; flex-wrap: wrap; gap: 6px 20px; margin: 12px 0 0; padding: 0;
  list-style: none; font-size: 13px; }
.legend svg { vertical-align: -3px; margin-right: 6px; }
.footer { margin-top: 18px; font-size: 13px; }
svg text { fill: var(--ink); font-family: system-ui, "Segoe UI", "Noto Sans", sans-serif; }
svg .unit { font-size: 12.5px; font-weight: 600; }
svg .need { font-size: 11.5px; fill: var(--soft); }
svg .tick { font-size: 11px; fill: var(--soft); }
svg .gap { font-size: 10.5px; fill: var(--soft); text-anchor: middle; }
svg .grid { stroke: var(--line); stroke-dasharray: 2 4; }
svg .lane { fill: var(--lane); }
svg .owner { fill: var(--owner); }
svg .accepted { fill: var(--accepted); }
svg .awaited { fill: var(--awaited); }
svg .offered { fill: none; stroke: var(--offered); stroke-width: 1.5; stroke-dasharray: 4 2; }
svg .handover { stroke: var(--owner); stroke-width: 2; }
svg .escalated { fill: var(--up); }
svg .moved { fill: var(--moved); }
svg .overdue { fill: var(--late); }
svg .completed { fill: var(--done); }
svg .ended { fill: none; stroke: var(--late); stroke-width: 2; }
@media print {
  :root { color-scheme: light; --page: #ffffff; --card: #ffffff; --ink: #000000; --soft: #444444;
    --line: #bbbbbb; --lane: #f2f2f2; --owner: #0f6b63; --accepted: #4f86c6; --awaited: #9db7d6;
    --offered: #8a5aa5; --up: #c2620a; --moved: #7d3cb0; --late: #c22433; --done: #2d8a4b;
    --warn: #ffffff; --warn-ink: #000000; --warn-line: #000000; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  body { font-size: 11px; }
  main { max-width: none; padding: 0; }
  section, .notice { border-radius: 0; padding: 10px 0; border-width: 0 0 1px; }
  .picture { overflow: visible; }
  .picture > svg { width: 100% !important; }
  tr, svg { break-inside: avoid; }
  thead { display: table-header-group; }
}
)css";

constexpr const char* kLegend = R"html(<ul class="legend" aria-label="Legend">
<li><svg width="26" height="14" aria-hidden="true"><rect y="1" width="26" height="12" rx="3" class="owner"/></svg>owns the case</li>
<li><svg width="26" height="14" aria-hidden="true"><rect y="4" width="26" height="7" rx="3" class="accepted"/></svg>responsible, accepted</li>
<li><svg width="26" height="14" aria-hidden="true"><rect y="4" width="26" height="7" rx="3" class="awaited"/></svg>asked, not accepted yet</li>
<li><svg width="26" height="14" aria-hidden="true"><rect x="1" y="4" width="24" height="7" rx="3" class="offered"/></svg>offered</li>
<li><svg width="14" height="14" aria-hidden="true"><polygon points="7,0 14,13 0,13" class="escalated"/></svg>escalated to</li>
<li><svg width="14" height="14" aria-hidden="true"><polygon points="7,0 14,7 7,14 0,7" class="moved"/></svg>transferred or moved to</li>
<li><svg width="14" height="14" aria-hidden="true"><circle cx="7" cy="7" r="6" class="overdue"/></svg>overdue</li>
<li><svg width="14" height="14" aria-hidden="true"><rect x="1" y="1" width="12" height="12" class="completed"/></svg>completed</li>
<li><svg width="14" height="14" aria-hidden="true"><path d="M2 2l10 10m0 -10l-10 10" class="ended"/></svg>declined or cancelled</li>
</ul>
)html";

std::string element(const char* tag, const std::string& text) {
  const std::string name(tag);
  return "<" + name + ">" + html_escape(text) + "</" + name + ">";
}

std::string time_element(TimeUs time, const Zone& zone) {
  return "<time datetime=\"" + to_rfc3339(time) + "\">" + html_escape(local_time(time, zone)) +
         "</time><br><span class=\"soft\">" + html_escape(utc_time(time)) + "</span>";
}

std::string field(const char* name, const std::string& html) {
  return "<div><dt>" + std::string(name) + "</dt><dd>" + html + "</dd></div>\n";
}
std::string text_field(const char* name, const std::string& text) {
  return field(name, html_escape(text.empty() ? "-" : text));
}

std::string summary(const CaseReport& report) {
  const CaseFile& file = report.file;
  std::string related;
  for (const CaseId& id : file.related) related += (related.empty() ? "" : ", ") + to_string(id);
  std::string out = "<section aria-labelledby=\"summary\"><h2 id=\"summary\">Summary</h2>\n<dl>\n";
  out += text_field("State", state_words(file, report.zone));
  out += text_field("Owner", file.owner().str());
  out += text_field("Leading need", part_words(file.lead, 0));
  out += field("Opened", time_element(file.opened_at, report.zone));
  out += text_field("Opened by", file.opener.str());
  out += text_field("Age", duration_words(age_of(file)));
  out += text_field("Entries", std::to_string(file.steps.size()));
  out += field("As of", time_element(file.as_of, report.zone));
  if (!related.empty()) out += text_field("Related cases", related);
  if (file.hold) out += text_field("Legal hold", *file.hold);
  if (file.erased) out += text_field("Payloads", "erased");
  if (file.carried) out += text_field("Beginning", "in an earlier shard of the log");
  return out + "</dl></section>\n";
}

std::string facts(const CaseFile& file) {
  std::string out = "<section aria-labelledby=\"facts\"><h2 id=\"facts\">Coded facts</h2>\n<dl>\n";
  const Json described = describe(file.facts);
  for (const auto& [key, value] : described.items()) {
    std::string shown = to_outline(value);
    shown.pop_back();
    std::string name = key;
    for (char& c : name) c = c == '_' ? ' ' : c;
    out += text_field(name.c_str(), shown);
  }
  return out + "</dl></section>\n";
}

std::string owners(const CaseReport& report) {
  std::string out =
      "<section aria-labelledby=\"owners\"><h2 id=\"owners\">Owners</h2>\n<table><thead><tr>"
      "<th>Unit</th><th>From</th><th>Until</th><th>For</th></tr></thead><tbody>\n";
  for (const audit::Ownership& owner : report.file.owners) {
    const TimeUs from = report.file.steps[owner.from].entry.time;
    const TimeUs to = owner.to ? report.file.steps[*owner.to].entry.time : report.file.as_of;
    out += "<tr>" + element("td", owner.unit.str()) + "<td>" + time_element(from, report.zone) +
           "</td><td>" + (owner.to ? time_element(to, report.zone) : "still") + "</td>" +
           element("td", duration_words(to - from)) + "</tr>\n";
  }
  return out + "</tbody></table></section>\n";
}

std::string row(const CaseStep& step, const Zone& zone) {
  std::string events;
  for (const std::string& event : event_words(step, zone)) events += element("li", event);
  std::string rules;
  for (const std::string& rule : rules_of(step)) rules += (rules.empty() ? "rule " : ", ") + rule;
  const std::string payload = payload_words(step);
  const std::string& owner = step.entry.outcome.owner.str();
  return "<tr><td>" + std::to_string(to_number(step.entry.index)) + "</td><td class=\"time\">" +
         time_element(step.entry.time, zone) + "</td>" + element("td", who_of(step)) +
         "<td><strong>" + html_escape(headline_of(step)) + "</strong>" +
         (events.empty() ? "" : "<ul>" + events + "</ul>") +
         (payload.empty() ? "" : "<span class=\"soft id\">" + html_escape(payload) + "</span>") +
         "</td>" + element("td", owner.empty() ? "-" : owner) + "<td>release " +
         std::to_string(to_number(step.entry.release)) +
         (rules.empty() ? "" : "<br><span class=\"soft\">" + html_escape(rules) + "</span>") +
         "</td></tr>\n";
}

std::string timeline(const CaseReport& report) {
  std::string out =
      "<section aria-labelledby=\"timeline\"><h2 id=\"timeline\">Timeline</h2>\n<table><thead><tr>"
      "<th>Entry</th><th>Time</th><th>Who</th><th>What</th><th>Owner after</th><th>Decided "
      "under</th>"
      "</tr></thead><tbody>\n";
  for (const CaseStep& step : report.file.steps) out += row(step, report.zone);
  return out + "</tbody></table></section>\n";
}

}  // namespace

std::string html_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string case_html(const CaseReport& report) {
  const std::string id = to_string(report.file.case_id);
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
         "'unsafe-inline'\">\n<title>Case " +
         id + "</title>\n<style>" + kStyle +
         "</style>\n</head>\n<body>\n<main>\n<h1>Case file</h1>\n"
         "<div class=\"id soft\">" +
         id + "</div>\n<p class=\"notice\" role=\"note\">" + html_escape(report.notice) + "</p>\n" +
         summary(report) +
         "<section aria-labelledby=\"picture\"><h2 id=\"picture\">Ownership over time</h2>\n"
         "<div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Ownership over "
         "time\">\n" +
         case_picture(report) + "</div>\n" + kLegend + "</section>\n" + owners(report) +
         timeline(report) + facts(report.file) +
         "<p class=\"footer soft\">Made from the log's entries alone; it holds no payload. Times "
         "in " +
         report.zone.name + " are UTC plus " + std::to_string(report.zone.hours) +
         " hours. The picture's steps are as wide as the logarithm of their length.</p>\n"
         "</main>\n</body>\n</html>\n";
}

}  // namespace rujukan::cli
