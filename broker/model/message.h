// A message: what a unit signs and sends. Schema: schemas/message.fbs.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "broker/base/time.h"
#include "broker/model/facts.h"

namespace rujukan {

// Describes the sealed payload that travels beside the message.
struct PayloadRef {
  Digest digest{};         // SHA-256 of the payload's bytes
  std::uint32_t size = 0;  // bytes
  Digest commitment{};     // salted, to the plaintext: see seal/seal.h

  friend bool operator==(const PayloadRef&, const PayloadRef&) = default;
};

// Opens a case.
struct Referral {
  Facts facts;
  std::vector<Evidence> evidence;
  friend bool operator==(const Referral&, const Referral&) = default;
};
struct Accept {
  Need need;
  friend bool operator==(const Accept&, const Accept&) = default;
};
struct Decline {
  Need need;
  Reason reason;
  friend bool operator==(const Decline&, const Decline&) = default;
};
// Acknowledges deliveries: the agency's side has them. Entries of this case only.
struct Received {
  std::vector<LogIndex> entries;
  friend bool operator==(const Received&, const Received&) = default;
};
// Free text, inside the seal.
struct Note {
  friend bool operator==(const Note&, const Note&) = default;
};
struct Progress {
  Need need;
  AssignmentState state;  // kInProgress or kOnHold
  friend bool operator==(const Progress&, const Progress&) = default;
};
struct Complete {
  Need need;
  friend bool operator==(const Complete&, const Complete&) = default;
};
struct Close {
  friend bool operator==(const Close&, const Close&) = default;
};

// In the order of MessageKind: index() + 1 is the kind.
using MessageBody =
    std::variant<Referral, Accept, Decline, Received, Note, Progress, Complete, Close>;

struct Message {
  MessageId message_id;
  CaseId case_id;
  UnitId sender;
  TimeUs sent_at;
  ReleaseVersion release{};            // the release that the sender used
  std::uint32_t expected_version = 0;  // of the case; 0 for a referral, received and note
  bool victim_protected = false;       // the case's handling caveat, repeated on every message
  std::vector<UnitId> recipients;      // for whom the payload is sealed, in the order of its boxes
  std::optional<PayloadRef> payload;
  MessageBody body;

  friend bool operator==(const Message&, const Message&) = default;
};

inline MessageKind kind_of(const Message& message) {
  return static_cast<MessageKind>(message.body.index() + 1);
}

}  // namespace rujukan
