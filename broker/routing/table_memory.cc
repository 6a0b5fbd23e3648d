// How much memory a table holds: capacities of lists, texts that are too long to stand in place,
// and nodes of maps. What the allocator adds is not counted.
#include <type_traits>

#include "broker/routing/table_index.h"

namespace rujukan::routing {
namespace {

// Longest text that std::string keeps in itself.
const std::size_t kInPlace = std::string().capacity();

std::size_t heap_of(const std::string& text) {
  return text.capacity() > kInPlace ? text.capacity() + 1 : 0;
}
template <typename Tag>
std::size_t heap_of(const NamedString<Tag>& id) {
  return heap_of(id.str());
}
template <typename T>
requires std::is_trivially_copyable_v<T> std::size_t heap_of(const T&) { return 0; }
std::size_t heap_of(const Inform& inform) { return heap_of(inform.function); }
std::size_t heap_of(const Administrator& a) { return heap_of(a.name); }
std::size_t heap_of(const Area& a) {
  return heap_of(a.code) + heap_of(a.parent) + heap_of(a.name) + heap_of(a.succeeded_by);
}
std::size_t heap_of(const UnitKey& k) { return heap_of(k.unit) + heap_of(k.key_id); }

template <typename T>
std::size_t heap_of(const std::vector<T>& list);

std::size_t heap_of(const Condition& w) {
  return heap_of(w.mode) + heap_of(w.victim_age) + heap_of(w.consent) + heap_of(w.urgency) +
         heap_of(w.any_category);
}
std::size_t heap_of(const Unit& u) {
  return heap_of(u.id) + heap_of(u.agency) + heap_of(u.function) + heap_of(u.areas) +
         heap_of(u.successor);
}
std::size_t heap_of(const Station& s) { return heap_of(s.id) + heap_of(s.units); }
std::size_t heap_of(const ImpliedNeeds& i) { return heap_of(i.when) + heap_of(i.needs); }
std::size_t heap_of(const Rule& r) {
  return heap_of(r.id) + heap_of(r.needs) + heap_of(r.when) + heap_of(r.function) +
         heap_of(r.anchors) + heap_of(r.inform);
}
std::size_t heap_of(const CaseInform& c) {
  return heap_of(c.id) + heap_of(c.when) + heap_of(c.inform);
}
std::size_t heap_of(const Permission& p) {
  return heap_of(p.agency) + heap_of(p.open_categories) + heap_of(p.request_needs);
}
std::size_t heap_of(const Guarantee& g) {
  return heap_of(g.id) + heap_of(g.when) + heap_of(g.owner_agency) + heap_of(g.unassigned_agency) +
         heap_of(g.excluded_agency) + heap_of(g.owner_level) + heap_of(g.terminal_level);
}

template <typename T>
std::size_t heap_of(const std::vector<T>& list) {
  std::size_t bytes = list.capacity() * sizeof(T);
  for (const T& item : list) bytes += heap_of(item);
  return bytes;
}

// A node is the pair, its hash and a link; a bucket is a link. Without what the values point to.
template <typename Map>
std::size_t heap_of_map(const Map& map) {
  return map.bucket_count() * sizeof(void*) +
         map.size() * (sizeof(typename Map::value_type) + 2 * sizeof(void*));
}

std::size_t heap_of(const Release& r) {
  return heap_of(r.log_origin) + heap_of(r.administrators) + heap_of(r.areas) + heap_of(r.units) +
         heap_of(r.keys) + heap_of(r.stations) + heap_of(r.implied) + heap_of(r.rules) +
         heap_of(r.case_informs) + heap_of(r.guarantees) + heap_of(r.permissions);
}

}  // namespace

std::size_t TableIndex::memory_bytes() const {
  std::size_t served = 0;
  for (const Station& station : release.stations) served += station.units.size();
  return sizeof(*this) + heap_of(release) + rule_index.memory_bytes() + directory->memory_bytes() +
         heap_of(informs) + heap_of(rules) + heap_of(implied) + heap_of(case_informs) +
         heap_of_map(permissions) + heap_of_map(stations) + served * sizeof(std::string_view) +
         heap_of_map(keys) + release.keys.size() * sizeof(void*);
}

std::size_t RoutingTable::memory_bytes() const { return sizeof(*this) + index_->memory_bytes(); }

}  // namespace rujukan::routing
