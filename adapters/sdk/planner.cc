#include "adapters/sdk/planner.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "adapters/sdk/entry_check.h"
#include "adapters/sdk/strict_json.h"
#include "broker/base/limits.h"
#include "broker/decide/decide.h"
#include "broker/merkle/proof.h"
#include "broker/runtime/random.h"
#include "broker/seal/seal.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

SealRandomness draw_randomness(std::size_t recipients) {
  SealRandomness randomness;
  fill_random(randomness.key);
  fill_random(randomness.nonce);
  fill_random(randomness.salt);
  for (std::size_t i = 0; i < recipients; ++i) {
    randomness.ephemeral_seeds.push_back(random_bytes<32>());
  }
  return randomness;
}

// What the release held does not allow, another one may.
Error until_another_release(const Error& why) {
  return {ErrorCode::kReleaseRefuses, std::string(name_of(why.code)), to_string(why)};
}

Result<std::vector<SealRecipient>> keys_of(const std::vector<UnitId>& units,
                                           const routing::RoutingTable& table, TimeUs now) {
  std::vector<SealRecipient> out;
  for (const UnitId& unit : units) {
    const UnitKey* key = table.sealing_key(unit, now);
    if (key == nullptr) {
      return until_another_release(
          {ErrorCode::kReleaseInvalid, "keys", "no sealing key for " + unit.str()});
    }
    out.push_back({unit, key->key_id, key->key});
  }
  return out;
}

void add(std::vector<UnitId>& units, const UnitId& unit) {
  if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
}

template <typename T>
void grow(std::vector<T>& list, const std::vector<T>& more) {
  for (const T& value : more) {
    if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
  }
}

void grow_lists(Facts& facts, const Facts& more) {
  grow(facts.categories, more.categories);
  grow(facts.victims, more.victims);
  grow(facts.suspects, more.suspects);
  grow(facts.incidents, more.incidents);
  grow(facts.needs, more.needs);
  grow(facts.legal_bases, more.legal_bases);
}

Facts with(Facts facts, const FactsAddition& addition) {
  facts.mode = addition.mode.value_or(facts.mode);
  facts.victim_age = addition.victim_age.value_or(facts.victim_age);
  facts.urgency = addition.urgency.value_or(facts.urgency);
  facts.consent = addition.consent.value_or(facts.consent);
  facts.victim_protected = addition.victim_protected.value_or(facts.victim_protected);
  grow_lists(facts, addition.lists);
  return facts;
}

// What `planned` changed of `before`, changed of `now` instead. A single value that somebody else
// changed meanwhile too is for a person to decide. Errors: facts.conflict.
Result<Facts> rebased(const Facts& planned, const Facts& before, Facts now) {
  std::optional<Error> conflict;
  const auto change = [&](const char* field, auto& value, const auto& to, const auto& from) {
    if (to == from || value == to) return;
    if (value != from) conflict = Error{ErrorCode::kFactsConflict, field};
    value = to;
  };
  change("mode", now.mode, planned.mode, before.mode);
  change("victim_age", now.victim_age, planned.victim_age, before.victim_age);
  change("urgency", now.urgency, planned.urgency, before.urgency);
  change("consent", now.consent, planned.consent, before.consent);
  change("victim_protected", now.victim_protected, planned.victim_protected,
         before.victim_protected);
  if (conflict) return *conflict;
  grow_lists(now, planned);
  return now;
}

// Of its case, as far as it is known: before the message, nullptr for a referral.
Urgency urgency_of(const Message& message, const Facts* stood) {
  if (const auto* referral = std::get_if<Referral>(&message.body)) return referral->facts.urgency;
  if (const auto* more = std::get_if<NewFacts>(&message.body)) return more->facts.urgency;
  return stood != nullptr ? stood->urgency : Urgency::kRoutine;
}

// The same text when there is nothing to add to it; else an object of both.
std::string with_text(std::string narrative, const std::string& text) {
  if (text.empty()) return narrative;
  const auto object =
      parse_json_object(narrative, limits::kPayloadBytes, ErrorCode::kRecordMalformed);
  nlohmann::ordered_json out;
  if (object) {
    out["narrative"] = *object;
  } else {
    out["narrative"] = std::move(narrative);
  }
  out["text"] = text;
  return out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

Message Planner::draft(const UnitId& sender) const {
  Message message;
  message.message_id.bytes = new_uuid7(clock_);
  message.sender = sender;
  message.sent_at = now_;
  message.release = table_.release().version;
  return message;
}

Result<void> Planner::check_sender(const UnitId& sender) const {
  if (!keys_.serves(sender)) {
    return Error{ErrorCode::kStationUnitNotServed, "sender", sender.str()};
  }
  if (keys_.signing_key(sender, table_, now_) == nullptr) {
    return until_another_release({ErrorCode::kSubmissionKeyUnknown, "sender", sender.str()});
  }
  return {};
}

Result<std::vector<UnitId>> Planner::route(const UnitId& sender, const Facts& facts) const {
  const Unit* unit = table_.unit(sender);
  if (unit == nullptr || !unit->validity.covers(now_)) {
    return until_another_release(
        {ErrorCode::kPermissionDenied, "sender", "the unit is not active"});
  }
  // First what no release can mend.
  if (table_.release().edition >= Edition::kPresentFacts) {
    if (const auto clear = decide::check_consent(facts); !clear) return clear.error();
  }
  auto recipients = recipients_of(facts);
  if (!recipients && fate_of(recipients.error().code) == Fate::kRefuse) return recipients;
  if (const auto allowed = table_.may_open(unit->agency, facts); !allowed) {
    return until_another_release(allowed.error());
  }
  return recipients;
}

Result<std::vector<UnitId>> Planner::recipients_of(const Facts& facts) const {
  const auto route = table_.route(facts, now_);
  if (route) return route->recipients();
  const bool by_rule = route.error().code != ErrorCode::kFactsInvalid;
  return by_rule || names_unknown_area(facts) ? until_another_release(route.error())
                                              : route.error();
}

bool Planner::names_unknown_area(const Facts& facts) const {
  return std::ranges::any_of(
      std::array{&facts.victims, &facts.suspects, &facts.incidents}, [this](const auto* list) {
        return std::ranges::any_of(*list, [this](const AreaCode& code) {
          return is_valid_area_code(code.view()) && table_.area(code) == nullptr;
        });
      });
}

bool Planner::only_proposes(const Message& message, const KnownCase& known) const {
  const auto* more = std::get_if<NewFacts>(&message.body);
  if (more == nullptr) return false;
  if (!decide::needs_second_agency(known.facts, more->facts, table_.release())) return false;
  if (!known.proposed || known.proposed->facts != more->facts) return true;
  const Unit* proposer = table_.unit(known.proposed->by);
  const Unit* sender = table_.unit(message.sender);
  return proposer == nullptr || sender == nullptr || proposer->agency == sender->agency;
}

std::vector<UnitId> Planner::readers_of(const Message& message, const KnownCase& known) const {
  const auto* more = std::get_if<NewFacts>(&message.body);
  const bool by_old = more == nullptr || only_proposes(message, known);
  std::vector<UnitId> out = known.chain_units;
  add(out, known.opener);
  std::erase_if(out, [&](const UnitId& unit) {
    return unit == message.sender ||
           (more != nullptr && !decide::may_know(more->facts, unit, table_)) ||
           (by_old && !decide::may_know(known.facts, unit, table_));
  });
  // The only unit of a case writes for its own file.
  if (out.empty()) out.push_back(message.sender);
  return out;
}

Result<NewFacts> Planner::new_facts(const FactsAddition& addition, const KnownCase& known) const {
  NewFacts more;
  if (addition.agrees) {
    if (!known.proposed) return Error{ErrorCode::kFactsConflict, "agrees", "nothing is proposed"};
    more.facts = known.proposed->facts;
  } else {
    more.facts = with(known.facts, addition);
  }
  if (table_.release().edition >= Edition::kPresentFacts) {
    if (const auto clear = decide::check_consent(more.facts); !clear) return clear.error();
    more.facts_version = known.facts_version;
  }
  return more;
}

Result<std::vector<UnitId>> Planner::concerned(const Message& message,
                                               const KnownCase& known) const {
  const MessageBody& body = message.body;
  const UnitId* to = nullptr;
  if (const auto* transfer = std::get_if<Transfer>(&body)) to = &transfer->to;
  if (const auto* assist = std::get_if<Assist>(&body)) to = &assist->to;
  if (to != nullptr) {
    auto chain = table_.chain_from(*to, now_);
    if (chain.empty()) {
      return until_another_release({ErrorCode::kOfferNotCompetent, "to", to->str()});
    }
    return chain;
  }
  std::vector<UnitId> units;
  const auto* more = std::get_if<NewFacts>(&body);
  if (more != nullptr) {
    auto recipients = recipients_of(more->facts);
    if (!recipients) return recipients;
    if (only_proposes(message, known)) return units;
    units = *std::move(recipients);
  }
  // The case returns to whom it had, or to who stands in for them.
  const bool opens_again =
      std::holds_alternative<Reopen>(body) || (known.closed && more != nullptr);
  if (!opens_again) return units;
  const Facts& facts = more != nullptr ? more->facts : known.facts;
  for (const UnitId& unit : known.chain_units) {
    const Unit* active = table_.stand_in(unit, now_);
    if (active != nullptr && decide::may_know(facts, active->id, table_)) add(units, active->id);
  }
  return units;
}

Result<Bytes> Planner::forwarded(const UnitId& sender, const std::vector<CasePayload>& payloads,
                                 const std::string& text) const {
  for (const CasePayload& held : payloads) {
    auto narrative = open_narrative(held.message, held.payload, {sender, keys_, table_, now_});
    if (!narrative || !*narrative) continue;
    return to_bytes(as_bytes(with_text(**std::move(narrative), text)));
  }
  return Error{ErrorCode::kPayloadMissing, "case_id",
               "nothing that this unit can open says what the case is about"};
}

// What the broker would refuse for a name in it is refused before anything is sealed.
Result<void> Planner::check_vouched(const Message& message, const Facts* stood) const {
  if (table_.release().edition < Edition::kPresentFacts) return {};
  if (const auto error = decide::check_vouched(message, stood, table_)) {
    // An area that is none in its form stays so.
    const bool of_form = error->code == ErrorCode::kNameUnknown && error->field == "facts";
    return of_form ? *error : until_another_release(*error);
  }
  return wire::check_exact_message(wire::encode_message(message));
}

Result<Planned> Planner::finish(Message message, Bytes plaintext, const Facts* stood) const {
  if (const auto able = check_sender(message.sender); !able) return able.error();
  if (const auto vouched = check_vouched(message, stood); !vouched) return vouched.error();
  Planned planned{std::move(message), {}, std::nullopt, std::move(plaintext)};
  Message& planning = planned.message;
  planned.urgency = urgency_of(planning, stood);
  if (!planning.recipients.empty()) {
    const auto recipients = keys_of(planning.recipients, table_, now_);
    if (!recipients) return recipients.error();
    auto sealed = seal(planned.plaintext, {planning.message_id, planning.case_id, planning.sender},
                       *recipients, draw_randomness(recipients->size()));
    if (!sealed) return sealed.error();
    planning.payload = sealed->ref;
    planned.payload = std::move(sealed->bytes);
  }
  planned.bytes = wire::encode_message(planning);
  // What the broker would refuse is refused here, where the sender sees it at once.
  const auto readable = wire::decode_message(planned.bytes);
  if (!readable) return readable.error();
  return planned;
}

Result<Planned> Planner::referral(const Record& record) const {
  if (const auto able = check_sender(record.sender); !able) return able.error();
  const auto recipients = route(record.sender, record.facts);
  if (!recipients) return recipients.error();
  Message message = draft(record.sender);
  message.case_id = case_id_of(message.message_id);
  message.victim_protected = record.facts.victim_protected;
  message.recipients = *recipients;
  message.body = Referral{record.facts, record.evidence, record.related};
  return finish(std::move(message), to_bytes(as_bytes(record.narrative)));
}

Result<Planned> Planner::answer(const Answer& answer, const KnownCase& known,
                                const std::vector<CasePayload>& payloads) const {
  const bool is_note = std::holds_alternative<Note>(answer.body);
  if (is_note && answer.text.empty()) return Error{ErrorCode::kPayloadMissing, "text"};
  Message message = draft(answer.sender);
  message.case_id = known.case_id;
  message.victim_protected = known.facts.victim_protected;
  message.body = answer.body;
  if (auto* more = std::get_if<NewFacts>(&message.body)) {
    auto facts = new_facts(answer.addition, known);
    if (!facts) return facts.error();
    *more = *std::move(facts);
    message.victim_protected = more->facts.victim_protected;
  }
  if (compares_version(kind_of(message))) message.expected_version = known.version;
  const auto all = concerned(message, known);
  if (!all) return all.error();
  std::vector<UnitId> unsealed;
  for (const UnitId& unit : *all) {
    const auto& readers = known.readers;
    if (std::find(readers.begin(), readers.end(), unit) == readers.end()) add(unsealed, unit);
  }
  Bytes plaintext = to_bytes(as_bytes(answer.text));
  if (!unsealed.empty()) {
    auto forward = forwarded(answer.sender, payloads, answer.text);
    if (!forward) return forward.error();
    plaintext = *std::move(forward);
  }
  message.recipients = unsealed;
  if (!answer.text.empty()) {
    for (const UnitId& unit : readers_of(message, known)) add(message.recipients, unit);
  }
  return finish(std::move(message), std::move(plaintext), &known.facts);
}

Result<Planned> Planner::received(const UnitId& sender, const KnownCase& known,
                                  std::vector<LogIndex> entries) const {
  Message message = draft(sender);
  message.case_id = known.case_id;
  message.victim_protected = known.facts.victim_protected;
  message.body = Received{std::move(entries)};
  return finish(std::move(message), {}, &known.facts);
}

Result<Planned> Planner::unreadable(const UnitId& sender, const KnownCase& known,
                                    LogIndex entry) const {
  if (table_.release().edition < Edition::kPresentFacts) {
    return until_another_release({ErrorCode::kPermissionDenied, "body", "from edition 2 on"});
  }
  Message message = draft(sender);
  message.case_id = known.case_id;
  message.victim_protected = known.facts.victim_protected;
  message.body = Unreadable{entry};
  return finish(std::move(message), {}, &known.facts);
}

Result<Planned> Planner::again(const Message& message, Bytes plaintext,
                               const std::optional<KnownCase>& known,
                               const std::vector<CasePayload>& payloads,
                               const Facts& facts_before) const {
  Message next = draft(message.sender);
  next.case_id = message.case_id;
  next.victim_protected = message.victim_protected;
  next.recipients = message.recipients;
  next.body = message.body;
  if (const auto* referral = std::get_if<Referral>(&message.body)) {
    // Routed by the table held here: a list that came with a refusal is no reason to seal for it.
    const auto recipients = route(message.sender, referral->facts);
    if (!recipients) return recipients.error();
    next.case_id = case_id_of(next.message_id);
    next.recipients = *recipients;
    return finish(std::move(next), std::move(plaintext));
  }
  if (!known) return Error{ErrorCode::kCaseUnknown, "case_id"};
  if (compares_version(kind_of(message))) next.expected_version = known->version;
  if (auto* more = std::get_if<NewFacts>(&next.body)) {
    const auto facts = rebased(more->facts, facts_before, known->facts);
    if (!facts) return facts.error();
    more->facts = *facts;
    more->facts_version.reset();
    if (table_.release().edition >= Edition::kPresentFacts) {
      more->facts_version = known->facts_version;
    }
    next.victim_protected = more->facts.victim_protected;
  }
  auto all = concerned(next, *known);
  if (!all) return all.error();
  const bool has_text = !next.recipients.empty() && !plaintext.empty();
  // The broker may know fewer readers than were thought: sealed for all of them.
  next.recipients = *all;
  if (has_text) {
    for (const UnitId& unit : readers_of(next, *known)) add(next.recipients, unit);
  } else if (!all->empty()) {
    auto forward = forwarded(message.sender, payloads, "");
    if (!forward) return forward.error();
    plaintext = *std::move(forward);
  }
  return finish(std::move(next), std::move(plaintext), &known->facts);
}

wire::Submission sign_submission(std::string_view log_origin, const UnitId& unit,
                                 const UnitKeys::SigningKey& key,
                                 std::vector<wire::SubmittedMessage> messages) {
  INVARIANT(!messages.empty() && messages.size() <= limits::kSubmissionMessages);
  std::vector<Digest> leaves;
  leaves.reserve(messages.size());
  for (const auto& message : messages) leaves.push_back(merkle::leaf_hash(message.message));
  wire::Submission submission;
  submission.unit = unit;
  submission.key_id = key.key_id;
  submission.signature = key.key.sign(wire::submission_signing_bytes(
      log_origin, unit, static_cast<std::uint32_t>(leaves.size()), merkle::root_of(leaves)));
  submission.messages = std::move(messages);
  return submission;
}

}  // namespace rujukan::sdk
