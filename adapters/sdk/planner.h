// From what a unit wants to say to a message that can be signed: routed, sealed, encoded.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "adapters/sdk/known_cases.h"
#include "adapters/sdk/record.h"
#include "adapters/sdk/unit_keys.h"
#include "broker/runtime/clock.h"
#include "broker/wire/frames.h"

namespace rujukan::sdk {

// An answer in a case. The body is any but Referral and Received.
struct Answer {
  UnitId sender;
  CaseId case_id;
  MessageBody body;
  std::string text;  // sealed for the chains and the opener; empty: none. Needed by a note
};

// A message ready to be signed, with what is needed to plan it again.
struct Planned {
  Message message;
  Bytes bytes;                   // the message, encoded
  std::optional<Bytes> payload;  // sealed
  Bytes plaintext;               // of the payload; empty without one
};

// Draws ids and randomness. One table at one time; make a new one for each batch.
class Planner {
 public:
  // All outlive it.
  Planner(const routing::RoutingTable& table, const UnitKeys& keys, Clock& clock)
      : table_(table), keys_(keys), clock_(clock), now_(clock.now()) {}

  // Errors: facts.invalid, routing.*, permission.denied, station.unit_not_served,
  // submission.key_unknown, key.*, payload.too_large, message.*.
  Result<Planned> referral(const Record& record) const;
  // Errors: those of referral but routing's; payload.missing for a note without text.
  Result<Planned> answer(const Answer& answer, const KnownCase& known) const;
  // `entries` ascend. Errors: station.unit_not_served, submission.key_unknown.
  Result<Planned> received(const UnitId& sender, const KnownCase& known,
                           std::vector<LogIndex> entries) const;
  // The same intent under a new message id: a referral is routed again, an answer is made for
  // `case_version`. `plaintext` is the first plan's. Errors: those of the first plan.
  Result<Planned> again(const Message& message, Bytes plaintext, std::uint32_t case_version) const;

 private:
  Message draft(const UnitId& sender) const;
  // Seals, encodes, and reads back what a broker would read.
  Result<Planned> finish(Message message, Bytes plaintext) const;
  Result<void> check_sender(const UnitId& sender) const;
  Result<std::vector<UnitId>> route(const UnitId& sender, const Facts& facts) const;

  const routing::RoutingTable& table_;
  const UnitKeys& keys_;
  Clock& clock_;
  const TimeUs now_;
};

// Signs 1..kSubmissionMessages messages of one unit as one submission.
wire::Submission sign_submission(std::string_view log_origin, const UnitId& unit,
                                 const UnitKeys::SigningKey& key,
                                 std::vector<wire::SubmittedMessage> messages);

}  // namespace rujukan::sdk
