// What the transport hands on, what verification makes of it, and what the sequencer takes: one job
// per multipart message, in the order received.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "broker/model/entry.h"
#include "broker/model/release.h"
#include "broker/transport/outbound.h"
#include "broker/wire/frames.h"

namespace rujukan::verify {

// The signature over the submission vouches for `raw`.
struct VerifiedMessage {
  Bytes raw;  // exactly as received
  SenderProof proof;
  // Or why it is refused although its signature is good; the refusal is logged.
  Result<Message> message;
  // The id, when the message could be read at all, also when its payload was refused.
  std::optional<MessageId> message_id;
  std::optional<Bytes> payload;  // present and equal to the announced digest and size
  // Why it is refused from edition 2 on, although it could be read: it holds what its schema does
  // not name.
  std::optional<Error> inexact = {};
};
struct VerifiedSubmission {
  std::uint64_t request_id = 0;
  UnitId unit;
  std::string log_origin;  // for which it is signed
  std::vector<VerifiedMessage> messages;
};
// Nothing of it is logged; answered with an outcome that carries the error.
struct Refused {
  std::uint64_t request_id = 0;  // 0 when it could not be read
  Error error;
};
// The connection was closed or does not take its frames.
struct Gone {};

struct Job {
  transport::ConnectionId from;
  StationId station;
  PublicKey station_key{};  // that the connection proved; the station's may have changed since
  wire::Frames frames;      // taken by the verify stage, which sets `work`
  std::variant<std::monostate, wire::Hello, wire::GetRelease, wire::GetConsistency,
               VerifiedSubmission, Refused, Gone>
      work;
};

}  // namespace rujukan::verify
