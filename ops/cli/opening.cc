#include "ops/cli/opening.h"

#include "broker/decide/decide.h"
#include "broker/wire/message_codec.h"

namespace rujukan::cli {
namespace {

// Sealed for nobody; the ids are those of no case.
Message referral_with(const routing::FactsFile& file) {
  Message message;
  message.message_id.bytes = make_uuid7(0, {});
  message.case_id = case_id_of(message.message_id);
  message.sender = file.origin;
  message.sent_at = file.at;
  message.release = ReleaseVersion{1};
  message.victim_protected = file.facts.victim_protected;
  Referral referral;
  referral.facts = file.facts;
  message.body = std::move(referral);
  return message;
}

// As it would come from a station: what the wire refuses is refused by its own code.
Result<void> check_wire(const Message& message, const routing::RoutingTable& table) {
  const Bytes bytes = wire::encode_message(message);
  if (auto decoded = wire::decode_message(bytes); !decoded) return decoded.error();
  if (table.release().edition < Edition::kPresentFacts) return {};
  if (auto exact = wire::check_exact_message(bytes); !exact) return exact;
  if (auto fault = decide::check_vouched(message, nullptr, table)) return *std::move(fault);
  return {};
}

}  // namespace

Result<void> check_opening(const routing::RoutingTable& table, const routing::FactsFile& file) {
  const Release& release = table.release();
  if (auto wire = check_wire(referral_with(file), table); !wire) return wire;
  if (release.validity.until && file.at >= *release.validity.until) {
    return Error{ErrorCode::kReleaseExpired, "at"};
  }
  const Unit* sender = table.unit(file.origin);
  INVARIANT(sender != nullptr);
  if (!sender->validity.covers(file.at)) {
    return Error{ErrorCode::kPermissionDenied, "origin", "the unit is not active"};
  }
  if (auto allowed = table.may_open(sender->agency, file.facts); !allowed) return allowed;
  if (release.edition < Edition::kPresentFacts) return {};
  return decide::check_consent(file.facts);
}

std::vector<AgencyId> openers(const routing::RoutingTable& table, const Facts& facts) {
  std::vector<AgencyId> out;
  for (const Permission& permission : table.release().permissions) {
    if (table.may_open(permission.agency, facts)) out.push_back(permission.agency);
  }
  return out;
}

}  // namespace rujukan::cli
