#include <algorithm>
#include <bit>

#include "ops/cli/case_report.h"

namespace rujukan::cli {
namespace {

using audit::CaseFile;
using audit::CaseStep;
using audit::Holding;

// Pixels.
constexpr int kCharacterWidth = 8;
constexpr int kTop = 54;
constexpr int kRowHeight = 22;
constexpr int kLanePadding = 12;
constexpr int kRightMargin = 40;
// A picture of more changes than this is not read any more.
constexpr std::size_t kMostSteps = 300;
constexpr std::size_t kLabelCharacters = 36;

std::string number(int value) { return std::to_string(value); }
std::string attribute(const char* name, int value) {
  return " " + std::string(name) + "=\"" + number(value) + "\"";
}
std::string text_at(int x, int y, const char* style, const std::string& text) {
  return "<text" + attribute("x", x) + attribute("y", y) + " class=\"" + style + "\">" +
         html_escape(text) + "</text>\n";
}
std::string titled(const std::string& shape, const std::string& title) {
  return "<g><title>" + html_escape(title) + "</title>" + shape + "</g>\n";
}
std::string bar(int from, int to, int y, int height, const std::string& style) {
  return "<rect" + attribute("x", from) + attribute("y", y) +
         attribute("width", std::max(to - from, 2)) + attribute("height", height) +
         " rx=\"3\" class=\"" + style + "\"/>";
}

// As wide as the logarithm of its minutes.
int width_of(std::chrono::microseconds gap) {
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(gap).count();
  const auto bits = std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(minutes, 0)));
  return 34 + 9 * static_cast<int>(bits);
}

std::string shortened(const std::string& text) {
  if (text.size() <= kLabelCharacters) return text;
  return text.substr(0, kLabelCharacters - 1) + "\u2026";
}

// A row of a lane: one assignment of its unit.
struct Row {
  Need need;
  std::uint32_t assist;
  int y;
};
struct Lane {
  UnitId unit;
  int y = 0;
  std::vector<Row> rows;
};

class Picture {
 public:
  explicit Picture(const CaseReport& report) : file_(report.file), zone_(report.zone) {
    place_steps();
    place_lanes();
  }
  std::string svg() const;

 private:
  int width_of_labels() const;
  void place_steps();
  void place_lanes();
  Lane& lane_of(const UnitId& unit);
  const Row* row_of(const UnitId& unit, Need need, std::uint32_t assist) const;
  int lane_y(const UnitId& unit) const;

  // The x of a step: of the next one that is shown.
  int x_of(std::size_t step) const {
    const auto at = std::lower_bound(shown_.begin(), shown_.end(), step);
    return at == shown_.end() ? end_x_ : xs_[static_cast<std::size_t>(at - shown_.begin())];
  }
  int x_of_end(const std::optional<std::size_t>& step) const { return step ? x_of(*step) : end_x_; }
  TimeUs time_of(std::size_t step) const { return file_.steps[step].entry.time; }
  bool is_shown(std::size_t step) const { return !shown_.empty() && step <= shown_.back(); }

  std::string axis() const;
  std::string labels() const;
  std::string owners() const;
  std::string holdings() const;
  std::string marks() const;
  std::string mark(std::size_t step, const Event& event) const;
  std::string description() const;

  const CaseFile& file_;
  Zone zone_;
  std::vector<std::size_t> shown_;  // steps that changed the case
  std::vector<int> xs_;
  int end_x_ = 0;
  std::vector<Lane> lanes_;
  int height_ = 0;
};

int Picture::width_of_labels() const {
  std::size_t longest = 0;
  for (const audit::Ownership& owner : file_.owners) {
    longest = std::max(longest, owner.unit.str().size());
  }
  for (const Holding& held : file_.holdings) {
    longest =
        std::max({longest, held.unit.str().size(), part_words(held.need, held.assist).size()});
  }
  return 30 + kCharacterWidth * static_cast<int>(std::min(longest, kLabelCharacters));
}

void Picture::place_steps() {
  std::uint32_t version = 0;
  int x = width_of_labels() + 12;
  for (std::size_t i = 0; i < file_.steps.size() && shown_.size() < kMostSteps; ++i) {
    const Entry& entry = file_.steps[i].entry;
    if (i > 0 && (names_nobody(entry) || entry.outcome.case_version == version)) continue;
    version = entry.outcome.case_version;
    if (!shown_.empty()) x += width_of(entry.time - time_of(shown_.back()));
    shown_.push_back(i);
    xs_.push_back(x);
  }
  end_x_ = x + width_of(file_.as_of - time_of(shown_.back()));
}

Lane& Picture::lane_of(const UnitId& unit) {
  const auto at = std::find_if(lanes_.begin(), lanes_.end(),
                               [&](const Lane& lane) { return lane.unit == unit; });
  if (at != lanes_.end()) return *at;
  lanes_.push_back({unit, 0, {}});
  return lanes_.back();
}

void Picture::place_lanes() {
  for (const audit::Ownership& owner : file_.owners) {
    if (is_shown(owner.from)) lane_of(owner.unit);
  }
  for (const Holding& held : file_.holdings) {
    if (!is_shown(held.from)) continue;
    Lane& lane = lane_of(held.unit);
    const bool known = std::any_of(lane.rows.begin(), lane.rows.end(), [&](const Row& row) {
      return row.need == held.need && row.assist == held.assist;
    });
    if (!known) lane.rows.push_back({held.need, held.assist, 0});
  }
  int y = kTop;
  for (Lane& lane : lanes_) {
    lane.y = y + kLanePadding;
    y = lane.y + kRowHeight;
    for (Row& row : lane.rows) {
      row.y = y;
      y += kRowHeight - 4;
    }
  }
  height_ = y + kLanePadding + 20;
}

const Row* Picture::row_of(const UnitId& unit, Need need, std::uint32_t assist) const {
  for (const Lane& lane : lanes_) {
    if (lane.unit != unit) continue;
    for (const Row& row : lane.rows) {
      if (row.need == need && row.assist == assist) return &row;
    }
  }
  return nullptr;
}

int Picture::lane_y(const UnitId& unit) const {
  const auto at = std::find_if(lanes_.begin(), lanes_.end(),
                               [&](const Lane& lane) { return lane.unit == unit; });
  return at == lanes_.end() ? kTop : at->y;
}

std::string Picture::axis() const {
  std::string out;
  int number_ends = 0;
  int date_ends = 0;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const int x = xs_[i];
    const CaseStep& step = file_.steps[shown_[i]];
    out += "<line" + attribute("x1", x) + attribute("x2", x) + attribute("y1", kTop) +
           attribute("y2", height_ - 24) + " class=\"grid\"/>\n";
    const std::string index = "#" + std::to_string(to_number(step.entry.index));
    if (x >= number_ends) {
      out += text_at(x, kTop - 8, "tick", index);
      number_ends = x + 8 + 7 * static_cast<int>(index.size());
    }
    if (x >= date_ends) {
      const std::string time = local_time(step.entry.time, zone_);
      out += text_at(x, kTop - 34, "tick", time.substr(0, 10));
      out += text_at(x, kTop - 21, "tick", time.substr(11, 5));
      date_ends = x + 84;
    }
    const TimeUs next = i + 1 < shown_.size() ? time_of(shown_[i + 1]) : file_.as_of;
    const int middle = (x + (i + 1 < xs_.size() ? xs_[i + 1] : end_x_)) / 2;
    out += text_at(middle, height_ - 8, "gap", duration_words(next - step.entry.time));
  }
  return out;
}

std::string Picture::labels() const {
  std::string out;
  bool odd = false;
  for (const Lane& lane : lanes_) {
    const int bottom =
        lane.rows.empty() ? lane.y + kRowHeight : lane.rows.back().y + kRowHeight - 4;
    if (odd) {
      out += bar(0, end_x_ + kRightMargin, lane.y - kLanePadding / 2,
                 bottom - lane.y + kLanePadding, "lane") +
             "\n";
    }
    odd = !odd;
    out += titled("<text x=\"8\"" + attribute("y", lane.y + 13) + " class=\"unit\">" +
                      html_escape(shortened(lane.unit.str())) + "</text>",
                  lane.unit.str());
    for (const Row& row : lane.rows) {
      out += text_at(20, row.y + 11, "need", part_words(row.need, row.assist));
    }
  }
  return out;
}

std::string Picture::owners() const {
  std::string out;
  const UnitId* before = nullptr;
  for (const audit::Ownership& owner : file_.owners) {
    if (!is_shown(owner.from)) break;
    const int x = x_of(owner.from);
    if (before != nullptr && *before != owner.unit) {
      out += "<line" + attribute("x1", x) + attribute("x2", x) +
             attribute("y1", lane_y(*before) + 8) + attribute("y2", lane_y(owner.unit) + 8) +
             " class=\"handover\"/>\n";
    }
    out += titled(bar(x, x_of_end(owner.to), lane_y(owner.unit) + 1, 15, "owner"),
                  ownership_words(file_, owner, zone_) + " (owner)");
    before = &owner.unit;
  }
  return out;
}

std::string Picture::holdings() const {
  std::string out;
  for (const Holding& held : file_.holdings) {
    const Row* row = is_shown(held.from) ? row_of(held.unit, held.need, held.assist) : nullptr;
    if (row == nullptr) continue;
    const char* style = "accepted";
    const char* words = "accepted";
    if (held.state == Holding::State::kAwaited) style = words = "awaited";
    if (held.state == Holding::State::kOffered) style = words = "offered";
    out += titled(bar(x_of(held.from), x_of_end(held.to), row->y + 4, 7, style),
                  held.unit.str() + ": " + part_words(held.need, held.assist) + ", " + words +
                      " from " + local_time(time_of(held.from), zone_));
  }
  return out;
}

std::string Picture::mark(std::size_t step, const Event& event) const {
  using enum EventType;
  const Row* row = row_of(event.unit, event.need, event.assist);
  if (row == nullptr) return "";
  const int x = x_of(step);
  const int y = row->y + 7;
  const auto polygon = [&](const char* style, std::initializer_list<std::pair<int, int>> points) {
    std::string out = "<polygon class=\"" + std::string(style) + "\" points=\"";
    for (const auto& [dx, dy] : points) out += number(x + dx) + "," + number(y + dy) + " ";
    return out + "\"/>";
  };
  switch (event.type) {
    case kEscalated:
      return polygon("escalated", {{0, -7}, {7, 6}, {-7, 6}});
    case kTransferred:
    case kMoved:
      return polygon("moved", {{0, -7}, {7, 0}, {0, 7}, {-7, 0}});
    case kOverdue:
      return "<circle" + attribute("cx", x) + attribute("cy", y) + " r=\"6\" class=\"overdue\"/>";
    case kCompleted:
      return polygon("completed", {{-6, -6}, {6, -6}, {6, 6}, {-6, 6}});
    case kDeclined:
    case kCancelled:
      return "<path class=\"ended\" d=\"M" + number(x - 5) + " " + number(y - 5) +
             "l10 10m0 -10l-10 10\"/>";
    case kOpened:
    case kAssigned:
    case kWithheld:
    case kInformed:
    case kReceived:
    case kAccepted:
    case kProgressed:
    case kNoted:
    case kClosed:
    case kDelivered:
    case kUnreadable:
    case kOffered:
    case kOfferEnded:
    case kTransferRequested:
    case kRequestEnded:
    case kFactsAdded:
    case kLed:
    case kReopened:
    case kLinked:
    case kErasureProposed:
    case kErased:
    case kHeld:
    case kHoldLifted:
    case kCarried:
    case kExcluded:
    case kFactsProposed:
    case kReadmitted:
      return "";
  }
  return "";
}

std::string Picture::marks() const {
  std::string out;
  for (const std::size_t at : shown_) {
    const CaseStep& step = file_.steps[at];
    const std::vector<std::string> words = event_words(step, zone_);
    for (std::size_t i = 0; i < words.size(); ++i) {
      const std::string shape = mark(at, step.entry.outcome.events[i]);
      if (!shape.empty()) out += titled(shape, local_time(step.entry.time, zone_) + " " + words[i]);
    }
  }
  return out;
}

std::string Picture::description() const {
  std::string out = "Owners of the case: ";
  for (const audit::Ownership& owner : file_.owners) {
    out += ownership_words(file_, owner, zone_) + "; ";
  }
  if (shown_.size() == kMostSteps) {
    out += "only the first " + std::to_string(kMostSteps) + " changes of the case are drawn; ";
  }
  out.replace(out.size() - 2, 2, ".");
  return out;
}

std::string Picture::svg() const {
  const int width = end_x_ + kRightMargin;
  // Shrinks to its place, but not so far that nobody can read it.
  const std::string style = "display:block;height:auto;max-width:" + number(width) +
                            "px;width:max(100%," + number(width * 7 / 10) + "px)";
  return "<svg role=\"img\" aria-labelledby=\"picture-title picture-text\" style=\"" + style +
         "\" viewBox=\"0 0 " + number(width) + " " + number(height_) +
         "\">\n<title id=\"picture-title\">Ownership over time"
         "</title>\n<desc id=\"picture-text\">" +
         html_escape(description()) + "</desc>\n" + labels() + axis() + owners() + holdings() +
         marks() + "</svg>\n";
}

}  // namespace

std::string case_picture(const CaseReport& report) { return Picture(report).svg(); }

}  // namespace rujukan::cli
