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

// What new facts add to those of a case: lists grow, single values change.
struct FactsAddition {
  std::optional<Mode> mode;
  std::optional<VictimAge> victim_age;
  std::optional<Urgency> urgency;
  std::optional<Consent> consent;
  std::optional<bool> victim_protected;
  Facts lists;  // only its lists are read
  // To what another agency proposed: nothing else is read then.
  bool agrees = false;
};

// An answer in a case. The body is any but Referral and Received.
struct Answer {
  UnitId sender;
  CaseId case_id;
  MessageBody body;       // NewFacts: what it holds is taken from `addition`
  std::string text = {};  // sealed for the chains and the opener; empty: none. Needed by a note
  FactsAddition addition = {};
};

// A message ready to be signed, with what is needed to plan it again.
struct Planned {
  Message message;
  Bytes bytes;                          // the message, encoded
  std::optional<Bytes> payload;         // sealed
  Bytes plaintext;                      // of the payload; empty without one
  Urgency urgency = Urgency::kRoutine;  // of the case
};

// Draws ids and randomness. One table at one time; make a new one for each batch.
class Planner {
 public:
  // All outlive it.
  Planner(const routing::RoutingTable& table, const UnitKeys& keys, Clock& clock)
      : table_(table), keys_(keys), clock_(clock), now_(clock.now()) {}

  // Errors, here and below: release.refuses for what another release may allow, with the name of
  // the code that it stands for as its field; and what no release mends: facts.invalid,
  // name.unknown, identity.number, station.unit_not_served, payload.too_large, message.*.
  Result<Planned> referral(const Record& record) const;
  // Whoever may newly have to act gets the case sealed again, from the newest of `payloads` that
  // opens. Errors: those of referral; payload.missing for a note without text, and when none opens.
  Result<Planned> answer(const Answer& answer, const KnownCase& known,
                         const std::vector<CasePayload>& payloads) const;
  // `entries` ascend.
  Result<Planned> received(const UnitId& sender, const KnownCase& known,
                           std::vector<LogIndex> entries) const;
  // That a payload does not open, to whoever sealed it. Under a release of edition 1 nobody can.
  Result<Planned> unreadable(const UnitId& sender, const KnownCase& known, LogIndex entry) const;
  // The same intent under a new message id: a referral is routed again, an answer is made for the
  // version of `known`. `plaintext` is the first plan's; `facts_before` are those of the case that
  // its sender saw: what it changed of them is changed of the present ones, unless somebody else
  // changed the same meanwhile. Errors: those of the first plan, facts.conflict.
  Result<Planned> again(const Message& message, Bytes plaintext,
                        const std::optional<KnownCase>& known,
                        const std::vector<CasePayload>& payloads, const Facts& facts_before) const;

 private:
  Message draft(const UnitId& sender) const;
  // Seals, encodes, and reads back what a broker would read.
  Result<void> check_vouched(const Message& message, const Facts* stood) const;
  // `stood`: the facts of the case before the message; nullptr for a referral.
  Result<Planned> finish(Message message, Bytes plaintext, const Facts* stood = nullptr) const;
  Result<void> check_sender(const UnitId& sender) const;
  // Who may come to act through the message; the table's word.
  Result<std::vector<UnitId>> concerned(const Message& message, const KnownCase& known) const;
  // Whoever may have to read a later message of the case, by the guarantees on its facts now and
  // after the message, less its sender.
  std::vector<UnitId> readers_of(const Message& message, const KnownCase& known) const;
  // Whether the message's facts hold only once another agency agrees, which has not proposed them.
  bool only_proposes(const Message& message, const KnownCase& known) const;
  Result<NewFacts> new_facts(const FactsAddition& addition, const KnownCase& known) const;
  Result<Bytes> forwarded(const UnitId& sender, const std::vector<CasePayload>& payloads,
                          const std::string& text) const;
  Result<std::vector<UnitId>> route(const UnitId& sender, const Facts& facts) const;
  Result<std::vector<UnitId>> recipients_of(const Facts& facts) const;
  bool names_unknown_area(const Facts& facts) const;

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
