#include "adapters/sdk/known_cases.h"

#include <algorithm>

#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

bool opens(const Entry& entry) {
  const auto& events = entry.outcome.events;
  return std::any_of(events.begin(), events.end(),
                     [](const Event& event) { return event.type == EventType::kOpened; });
}

Error corrupt(const Error& why) { return {ErrorCode::kStoreCorrupt, "known_case", to_string(why)}; }

}  // namespace

Result<void> KnownCases::learn(const CaseId& case_id, const Entry& entry, ByteView entry_bytes) {
  const std::uint64_t version = entry.outcome.case_version;
  if (opens(entry)) {
    return database_
        .prepare(
            "INSERT INTO known_case(case_id, opening, version) VALUES(?, ?, ?) "
            "ON CONFLICT DO NOTHING")
        .bind(case_id.bytes, entry_bytes, version)
        .run();
  }
  return database_.prepare("UPDATE known_case SET version = max(version, ?) WHERE case_id = ?")
      .bind(version, case_id.bytes)
      .run();
}

Result<std::optional<KnownCase>> KnownCases::find(const CaseId& case_id) const {
  Statement row = database_.prepare("SELECT opening, version FROM known_case WHERE case_id = ?");
  const auto found = row.bind(case_id.bytes).step();
  if (!found) return found.error();
  if (!*found) return std::optional<KnownCase>();
  const auto entry = wire::decode_entry(row.blob(0));
  if (!entry) return corrupt(entry.error());
  const auto* cause = std::get_if<MessageCause>(&entry->cause);
  if (cause == nullptr) return corrupt({ErrorCode::kEntryMalformed, "cause"});
  const auto message = wire::decode_message(cause->message);
  if (!message) return corrupt(message.error());
  const auto* referral = std::get_if<Referral>(&message->body);
  if (referral == nullptr) return corrupt({ErrorCode::kEntryMalformed, "cause.message"});
  KnownCase known{case_id, message->sender, referral->facts, {}, 0};
  known.version = static_cast<std::uint32_t>(row.number(1));
  for (const Event& event : entry->outcome.events) {
    if (event.type != EventType::kAssigned) continue;
    for (const UnitId& unit : event.units) {
      auto& units = known.chain_units;
      if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
    }
  }
  return std::optional(std::move(known));
}

}  // namespace rujukan::sdk
