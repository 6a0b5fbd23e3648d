#include "broker/routing/fact_boxes.h"

#include <algorithm>
#include <map>

#include "broker/base/invariant.h"

namespace rujukan::routing {
namespace {

constexpr std::size_t kModeAxis = 0;
constexpr std::size_t kAgeAxis = 1;
constexpr std::size_t kConsentAxis = 2;
constexpr std::size_t kUrgencyAxis = 3;
constexpr std::size_t kAbroadAxis = 4;
constexpr std::size_t kFirstAtomAxis = 5;

std::size_t lead_number(const std::optional<Need>& need) {
  return need ? static_cast<std::size_t>(*need) : code_names<Need>().size();
}
std::optional<Need> need_of(std::size_t number) {
  if (number == code_names<Need>().size()) return std::nullopt;
  return static_cast<Need>(number);
}
constexpr std::size_t kLeads = 11;  // the needs, and none

// The values as codes; nothing when they are all.
template <typename E>
std::vector<E> codes_of(const std::vector<std::size_t>& values) {
  std::vector<E> codes;
  if (values.size() == code_names<E>().size()) return codes;
  for (const std::size_t value : values) codes.push_back(static_cast<E>(value));
  return codes;
}

std::vector<Category> categories_of(std::uint32_t bits) {
  std::vector<Category> categories;
  for (const auto& category : code_names<Category>()) {
    if ((bits >> static_cast<unsigned>(category.value) & 1U) != 0) {
      categories.push_back(category.value);
    }
  }
  return categories;
}

using Values = std::vector<std::vector<std::size_t>>;  // per axis, sorted

}  // namespace

// Grows boxes over a grid whose first axis is the pairs of lead needs in use.
class FactBoxes::Covering {
 public:
  enum Mark : std::uint8_t { kOut, kFree, kWanted, kCovered };

  Covering(std::vector<std::size_t> sizes) : sizes_(std::move(sizes)) {
    std::size_t all = 1;
    for (const std::size_t size : sizes_) all *= size;
    marks_.assign(all, kFree);
  }

  void mark(std::size_t at, Mark mark) { marks_[at] = mark; }

  std::vector<Values> boxes() {
    std::vector<Values> out;
    for (std::size_t at = 0; at < marks_.size(); ++at) {
      if (marks_[at] == kWanted) out.push_back(grow(at));
    }
    return out;
  }

 private:
  Values grow(std::size_t at) {
    Values box(sizes_.size());
    for (std::size_t axis = sizes_.size(); axis-- > 0; at /= sizes_[axis]) {
      box[axis] = {at % sizes_[axis]};
    }
    // The first axis last: fewer conditions count more than more needs in one box.
    for (std::size_t i = 1; i <= sizes_.size(); ++i) {
      const std::size_t axis = i % sizes_.size();
      const std::size_t origin = box[axis].front();
      for (std::size_t value = 0; value < sizes_[axis]; ++value) {
        if (value == origin) continue;
        Values more = box;
        more[axis] = {value};
        if (holds_only(more)) box[axis].push_back(value);
      }
      std::sort(box[axis].begin(), box[axis].end());
    }
    visit(box, 0, 0, [this](std::size_t cell) {
      if (marks_[cell] == kWanted) marks_[cell] = kCovered;
      return true;
    });
    return box;
  }

  bool holds_only(const Values& box) const {
    return visit(box, 0, 0, [this](std::size_t cell) { return marks_[cell] != kOut; });
  }

  // Until `each` returns false; returns whether it never did.
  template <typename Each>
  bool visit(const Values& box, std::size_t axis, std::size_t at, const Each& each) const {
    if (axis == sizes_.size()) return each(at);
    return std::all_of(box[axis].begin(), box[axis].end(), [&](std::size_t value) {
      return visit(box, axis + 1, at * sizes_[axis] + value, each);
    });
  }

  std::vector<std::size_t> sizes_;
  std::vector<Mark> marks_;
};

FactBoxes::FactBoxes(const FactSpace& space)
    : space_(space),
      sizes_{code_names<Mode>().size(), code_names<VictimAge>().size(),
             code_names<Consent>().size(), code_names<Urgency>().size(), 2},
      exists_(kLeads * kLeads * space.size()) {
  sizes_.insert(sizes_.end(), space.atoms().size(), 2);
  numbers_.reserve(space.size());
  for (std::size_t i = 0; i < space.size(); ++i) numbers_.push_back(number_of(space[i]));
}

std::size_t FactBoxes::number_of(const CaseTraits& traits) const {
  std::size_t number = static_cast<std::size_t>(traits.mode);
  number = number * sizes_[kAgeAxis] + static_cast<std::size_t>(traits.victim_age);
  number = number * sizes_[kConsentAxis] + static_cast<std::size_t>(traits.consent);
  number = number * sizes_[kUrgencyAxis] + static_cast<std::size_t>(traits.urgency);
  number = number * 2 + (traits.suspect_abroad ? 1 : 0);
  for (const std::uint32_t atom : space_.atoms()) {
    number = number * 2 + ((traits.categories & atom) != 0 ? 1 : 0);
  }
  return number;
}

FactBoxes::Cell FactBoxes::cell(const LeadNeeds& leads, std::size_t class_index) const {
  const std::size_t lead = lead_number(leads.before) * kLeads + lead_number(leads.after);
  return static_cast<Cell>(lead * numbers_.size() + numbers_[class_index]);
}

std::vector<FactBox> FactBoxes::cover(const std::vector<Cell>& cells, bool domestic) const {
  const std::size_t classes = numbers_.size();
  INVARIANT(classes > 0);
  std::map<std::size_t, std::size_t> positions;  // of the leads in use
  std::vector<LeadNeeds> leads;
  for (const Cell cell : cells) {
    const std::size_t lead = cell / classes;
    if (!positions.emplace(lead, leads.size()).second) continue;
    leads.push_back({need_of(lead / kLeads), need_of(lead % kLeads)});
  }
  std::vector<std::size_t> sizes{leads.size()};
  sizes.insert(sizes.end(), sizes_.begin(), sizes_.end());
  Covering covering(sizes);
  const std::size_t below_abroad = std::size_t{1} << space_.atoms().size();
  for (const auto& [lead, position] : positions) {
    for (std::size_t number = 0; number < classes; ++number) {
      const bool abroad = (number / below_abroad) % 2 == 1;
      const bool out = exists_[lead * classes + number] && !(domestic && abroad);
      if (out) covering.mark(position * classes + number, Covering::kOut);
    }
  }
  for (const Cell cell : cells) {
    covering.mark(positions.at(cell / classes) * classes + cell % classes, Covering::kWanted);
  }
  std::vector<FactBox> boxes;
  for (const Values& values : covering.boxes()) boxes.push_back(box_of(values, leads));
  return boxes;
}

FactBox FactBoxes::box_of(const Values& values, const std::vector<LeadNeeds>& leads) const {
  const auto of = [&values](std::size_t axis) -> const auto& { return values[axis + 1]; };
  FactBox box;
  for (const std::size_t lead : values[0]) box.leads.push_back(leads[lead]);
  box.mode = codes_of<Mode>(of(kModeAxis));
  box.victim_age = codes_of<VictimAge>(of(kAgeAxis));
  box.consent = codes_of<Consent>(of(kConsentAxis));
  box.urgency = codes_of<Urgency>(of(kUrgencyAxis));
  if (of(kAbroadAxis).size() == 1) box.suspect_abroad = of(kAbroadAxis).front() == 1;
  for (std::size_t i = 0; i < space_.atoms().size(); ++i) {
    const auto& present = of(kFirstAtomAxis + i);
    if (present.size() != 1) continue;
    const std::vector<Category> categories = categories_of(space_.atoms()[i]);
    if (present.front() == 1) {
      box.with.push_back(categories);
    } else {
      box.without.insert(box.without.end(), categories.begin(), categories.end());
    }
  }
  return box;
}

}  // namespace rujukan::routing
