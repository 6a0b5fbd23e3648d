// What the command line shows of the model, as JSON. Never a payload's content.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "broker/merkle/note.h"
#include "broker/model/entry.h"
#include "broker/model/order.h"
#include "broker/model/release.h"

namespace rujukan::cli {

struct OrderFile;
struct ReleaseFile;

// Sources that look into one include <nlohmann/json.hpp>; it takes seconds to compile.
using Json = nlohmann::ordered_json;

Json describe(const Error& error);
Json describe(const Facts& facts);
Json describe(const Message& message);
Json describe(const Order& order);
Json describe(const Event& event);
// Shows the decoded message of a message cause, or why it does not decode.
Json describe(const Entry& entry);
Json describe(const CaseRecord& record);
// The parts that are set.
Json describe(const Condition& when);
Json describe(const merkle::Checkpoint& checkpoint);
// Counts of the lists; the lists themselves when `full`.
Json describe(const Release& release, bool full);

Json time_or_null(const std::optional<TimeUs>& time);

// Prints `json` on stdout: as JSON text, or as an outline for people.
void print(const Json& json, bool as_json);
// With the keys that signed; signatures are not looked at.
void print_order(const OrderFile& file, bool as_json);
void print_release(const ReleaseFile& file, bool full, bool as_json);
// "key: value" lines, two spaces deeper per level; a list of plain values on one line.
std::string to_outline(const Json& json);

}  // namespace rujukan::cli
