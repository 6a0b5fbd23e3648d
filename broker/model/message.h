// A message: what a unit signs and sends. Schema: schemas/message.fbs.
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "broker/base/time.h"
#include "broker/base/value.h"
#include "broker/model/facts.h"

namespace rujukan {

// Describes the sealed payload that travels beside the message.
struct PayloadRef {
  Digest digest{};         // SHA-256 of the payload's bytes
  std::uint32_t size = 0;  // bytes
  Digest commitment{};     // salted, to the plaintext: see seal/seal.h

  friend bool operator==(const PayloadRef&, const PayloadRef&) = default;
};

// Opens a case. `related`: cases that it has to do with, in which the sender has a part.
struct Referral {
  Facts facts;
  std::vector<Evidence> evidence;
  std::vector<CaseId> related = {};
  friend bool operator==(const Referral&, const Referral&) = default;
};
// Of an assignment, or of an offer of one.
struct Accept {
  Need need;
  Subject subject = Subject::kAssignment;
  friend bool operator==(const Accept&, const Accept&) = default;
};
// Of an assignment, an offer, or another unit's transfer request.
struct Decline {
  Need need;
  Reason reason;
  Subject subject = Subject::kAssignment;
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
// Offers an assignment to a competent unit; it moves when that one accepts.
struct Transfer {
  Need need;
  UnitId to;
  Reason reason;
  friend bool operator==(const Transfer&, const Transfer&) = default;
};
// The sender believes that the case is its own.
struct TransferRequest {
  friend bool operator==(const TransferRequest&, const TransferRequest&) = default;
};
// Asks a unit for help; never moves the case.
struct Assist {
  Need need;
  UnitId to;
  friend bool operator==(const Assist&, const Assist&) = default;
};
// All facts as they stand from here on: lists may grow, nothing in them is taken back.
struct NewFacts {
  Facts facts;
  // CaseRecord::facts_version as its sender saw it; not set by version 0.3.0.
  std::optional<std::uint32_t> facts_version = {};
  friend bool operator==(const NewFacts&, const NewFacts&) = default;
};
// Of an assignment by the owner, of an offer by who made it, of a request by who asked.
struct Cancel {
  Need need;
  UnitId unit;  // responsible for the assignment; empty for an offer or a request
  Reason reason;
  Subject subject = Subject::kAssignment;
  friend bool operator==(const Cancel&, const Cancel&) = default;
};
struct Reopen {
  friend bool operator==(const Reopen&, const Reopen&) = default;
};
// Of every payload of the case so far: proposed by the owner, done with a second unit's consent.
struct Erase {
  std::string legal_basis;  // "uu-27-2022"; a valid id
  friend bool operator==(const Erase&, const Erase&) = default;
};

// To whoever sealed the payload of that entry: it is sealed for the sender and does not open, or is
// not what was committed to. Changes nothing; deadlines stand.
struct Unreadable {
  LogIndex entry{};
  friend bool operator==(const Unreadable&, const Unreadable&) = default;
};

// In the order of MessageKind: index() + 1 is the kind.
using MessageBodies =
    std::variant<Referral, Accept, Decline, Received, Note, Progress, Complete, Close, Transfer,
                 TransferRequest, Assist, NewFacts, Cancel, Reopen, Erase, Unreadable>;
// One of them; a type of its own, so that its special members are compiled once.
struct MessageBody : MessageBodies {
  using MessageBodies::variant;
  DECLARE_VALUE(MessageBody);
};

struct Message {
  DECLARE_VALUE(Message);

  MessageId message_id;
  CaseId case_id;
  UnitId sender;
  TimeUs sent_at;
  ReleaseVersion release{};            // the release that the sender used
  std::uint32_t expected_version = 0;  // of the case; 0 unless compares_version
  bool victim_protected = false;       // the case's handling caveat, repeated on every message
  std::vector<UnitId> recipients;      // for whom the payload is sealed, in the order of its boxes
  std::optional<PayloadRef> payload;
  MessageBody body;
};

inline MessageKind kind_of(const Message& message) {
  return static_cast<MessageKind>(message.body.index() + 1);
}

// Whether the sender must have seen the latest version of the case. Not for what opens one, and not
// for what changes nobody's responsibility.
constexpr bool compares_version(MessageKind kind) {
  switch (kind) {
    case MessageKind::kReferral:
    case MessageKind::kReceived:
    case MessageKind::kNote:
    case MessageKind::kTransferRequest:
    case MessageKind::kUnreadable:
      return false;
    case MessageKind::kAccept:
    case MessageKind::kDecline:
    case MessageKind::kProgress:
    case MessageKind::kComplete:
    case MessageKind::kClose:
    case MessageKind::kTransfer:
    case MessageKind::kAssist:
    case MessageKind::kFacts:
    case MessageKind::kCancel:
    case MessageKind::kReopen:
    case MessageKind::kErase:
      return true;
  }
  return true;
}

}  // namespace rujukan
