// What a station checks of an entry before it believes it. The receipt and its place are SeenLog's
// matter.
#pragma once

#include <optional>
#include <string>

#include "adapters/sdk/unit_keys.h"
#include "broker/model/entry.h"
#include "broker/model/order.h"

namespace rujukan::sdk {

struct CheckedEntry {
  Entry entry;
  std::optional<Message> message;  // when the cause has one
  CaseId case_id;
  std::optional<Order> order;  // when the cause is one
};

// Of a delivered entry: an accepted outcome whose cause concerns a case, and the sender's signature
// over the message, under a key that was in force when the entry was logged, or the administrators'
// over their order. Errors: entry.malformed, message.*, message.sender, submission.key_unknown,
// signature.invalid, order.*.
Result<CheckedEntry> check_entry(const Receipt& receipt, const routing::RoutingTable& table,
                                 std::string_view log_origin);

// That what came with a checked entry is what its message announces: the broker took nothing else.
// Errors: payload.unexpected, payload.digest.
Result<void> check_payload(const CheckedEntry& checked, const std::optional<Bytes>& payload);

// Of the receipt for our own message: the entry logs exactly these bytes, with this refusal or
// none. Errors: entry.malformed, proof.invalid.
Result<Entry> check_own_entry(const Receipt& receipt, ByteView message,
                              const std::optional<Error>& refusal);

// Who opens a seal, and with what.
struct Opener {
  const UnitId& unit;
  const UnitKeys& keys;
  const routing::RoutingTable& table;
  TimeUs now;
};
// The narrative of a delivered message, in one of the keys of the unit, or of one that has ended
// and that it stands in for. nullopt: the message is not sealed for them, or its payload did not
// come. Requires: check_payload. Errors: seal.*.
Result<std::optional<std::string>> open_narrative(const Message& message,
                                                  const std::optional<Bytes>& payload,
                                                  const Opener& opener);

}  // namespace rujukan::sdk
