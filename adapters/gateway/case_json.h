// What the gateway writes for the agency's system: deliveries, results and errors as JSON.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "adapters/sdk/receiver.h"
#include "broker/model/entry.h"

namespace rujukan::gateway {

// Coded values under the names of the facts file.
nlohmann::ordered_json facts_to_json(const Facts& facts);
// Only the fields that the event's type uses.
nlohmann::ordered_json event_to_json(const Event& event);

// The name and the text of a delivery's file: "<index>-<kind>-<unit>.json".
std::string delivery_name(const sdk::CheckedDelivery& delivery);
std::string delivery_text(const sdk::CheckedDelivery& delivery);
// Whether it is the name of a delivery to the unit, of whatever entry and kind.
bool is_delivery_to(std::string_view name, const UnitId& unit);
// Whether it is the text of a delivery of the case, or of one that says that it names another.
bool tells_of(std::string_view text, const CaseId& case_id);

// What was decided for our own message. `entry` is its accepted entry.
std::string result_text(const Message& message, const Entry& entry);
// {"code", "field", "reason"}.
std::string error_text(const Error& error);
// The same of what a taken file waits for, and "since" when.
std::string waiting_text(const Error& why, TimeUs since);
// Of each name in outgoing/ why it is not taken. Every text stands in quotes, as JSON has it.
std::string ignored_text(const std::map<std::string, std::string>& ignored);

}  // namespace rujukan::gateway
