// Whether somebody vouches for every text of a message: what is none of the release's may be a
// name.
#include <algorithm>

#include "broker/decide/decide.h"

namespace rujukan::decide {
namespace {

using routing::RoutingTable;
using Fault = std::optional<Error>;

// The value itself is not repeated: the entry would keep it.
Fault check_unit(const RoutingTable& table, const UnitId& unit, const char* field) {
  if (unit.empty() || table.unit(unit) != nullptr) return std::nullopt;
  return Error{ErrorCode::kNameUnknown, field};
}

Fault check_facts(const RoutingTable& table, const Facts& facts, const Facts* stood) {
  for (const auto* list : {&facts.victims, &facts.suspects, &facts.incidents}) {
    for (const AreaCode& area : *list) {
      if (!is_valid_area_code(area.view())) return Error{ErrorCode::kNameUnknown, "facts"};
    }
  }
  for (const std::string& code : facts.legal_bases) {
    // What the case has already must be said again.
    const bool before = stood != nullptr && std::ranges::count(stood->legal_bases, code) != 0;
    if (!before && !knows_legal_basis(table.release(), code)) {
      return Error{ErrorCode::kLegalBasisUnknown, "facts.legal_bases"};
    }
  }
  return std::nullopt;
}

struct BodyCheck {
  const RoutingTable& table;
  const Facts* stood;

  Fault operator()(const Referral& body) const {
    for (const Evidence& item : body.evidence) {
      if (table.unit(item.custodian) == nullptr) {
        return Error{ErrorCode::kCustodianUnknown, "evidence.custodian"};
      }
    }
    return check_facts(table, body.facts, nullptr);
  }
  Fault operator()(const NewFacts& body) const { return check_facts(table, body.facts, stood); }
  Fault operator()(const Transfer& body) const { return check_unit(table, body.to, "to"); }
  Fault operator()(const Assist& body) const { return check_unit(table, body.to, "to"); }
  Fault operator()(const Cancel& body) const { return check_unit(table, body.unit, "unit"); }
  Fault operator()(const Erase& body) const {
    if (knows_legal_basis(table.release(), body.legal_basis)) return std::nullopt;
    return Error{ErrorCode::kLegalBasisUnknown, "legal_basis"};
  }
  // Codes and numbers only.
  Fault operator()(const auto&) const { return std::nullopt; }
};

}  // namespace

bool knows_legal_basis(const Release& release, std::string_view code) {
  const auto& list = release.legal_bases;
  return list.empty() ||
         std::ranges::any_of(list, [code](const LegalBasis& basis) { return basis.code == code; });
}

std::optional<Error> check_vouched(const Message& message, const Facts* stood,
                                   const RoutingTable& table) {
  if (auto fault = check_unit(table, message.sender, "sender")) return fault;
  for (const UnitId& unit : message.recipients) {
    if (auto fault = check_unit(table, unit, "recipients")) return fault;
  }
  return std::visit(BodyCheck{table, stood}, message.body);
}

}  // namespace rujukan::decide
