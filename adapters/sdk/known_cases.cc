#include "adapters/sdk/known_cases.h"

#include <algorithm>

#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"

namespace rujukan::sdk {
namespace {

Error corrupt(const Error& why) { return {ErrorCode::kStoreCorrupt, "known_case", to_string(why)}; }

bool opens(const Entry& entry) {
  return !entry.outcome.events.empty() && entry.outcome.events.front().type == EventType::kOpened;
}

// Says who may come to be responsible, or what is known.
bool tells_more(const Entry& entry) {
  const auto& events = entry.outcome.events;
  return std::any_of(events.begin(), events.end(), [](const Event& event) {
    return !event.units.empty() || event.type == EventType::kFactsAdded ||
           event.type == EventType::kFactsProposed || event.type == EventType::kClosed;
  });
}

bool tells_the_case(MessageKind kind) {
  return kind == MessageKind::kReferral || kind == MessageKind::kTransfer ||
         kind == MessageKind::kAssist || kind == MessageKind::kFacts ||
         kind == MessageKind::kReopen;
}

void add(std::vector<UnitId>& units, const UnitId& unit) {
  if (std::find(units.begin(), units.end(), unit) == units.end()) units.push_back(unit);
}

// nullopt: the entry has no message.
Result<std::optional<Message>> message_of(const Entry& entry) {
  const auto* cause = std::get_if<MessageCause>(&entry.cause);
  if (cause == nullptr) return std::optional<Message>();
  auto message = wire::decode_message(cause->message);
  if (!message) return corrupt(message.error());
  return std::optional(*std::move(message));
}

void fold(KnownCase& known, const Entry& entry, const std::optional<Message>& message) {
  const auto* more = message ? std::get_if<NewFacts>(&message->body) : nullptr;
  for (const Event& event : entry.outcome.events) {
    if (event.type == EventType::kClosed) known.proposed.reset();
    if (event.type == EventType::kClosed) known.closed = true;
    if (event.type == EventType::kReopened) known.closed = false;
    if (event.type == EventType::kFactsProposed && more != nullptr) {
      known.proposed = {message->sender, more->facts};
    }
    if (event.type == EventType::kFactsAdded && more != nullptr) {
      known.facts = more->facts;
      known.proposed.reset();
      if (more->facts_version) known.facts_version = entry.outcome.case_version;
    }
    if (event.type == EventType::kInformed) continue;
    for (const UnitId& unit : event.units) add(known.chain_units, unit);
  }
  if (!message || !tells_the_case(kind_of(*message))) return;
  for (const UnitId& unit : message->recipients) add(known.readers, unit);
}

}  // namespace

bool erases(const Entry& entry) {
  return !entry.outcome.events.empty() && entry.outcome.events.front().type == EventType::kErased;
}

Result<void> KnownCases::learn(const CaseId& case_id, const Entry& entry, ByteView entry_bytes,
                               const std::optional<Bytes>& payload) {
  if (erases(entry)) {
    if (auto done = forget_payloads(case_id); !done) return done;
  }
  const std::uint64_t version = entry.outcome.case_version;
  Statement learned =
      opens(entry)
          ? database_.prepare(
                "INSERT INTO known_case(version, case_id, opening) VALUES(?, ?, ?) "
                "ON CONFLICT DO NOTHING")
          : database_.prepare("UPDATE known_case SET version = max(version, ?) WHERE case_id = ?");
  opens(entry) ? learned.bind(version, case_id.bytes, entry_bytes)
               : learned.bind(version, case_id.bytes);
  if (auto done = learned.run(); !done) return done;
  const auto message = message_of(entry);
  if (!message) return message.error();
  const bool keeps_payload = payload && *message && tells_the_case(kind_of(**message));
  if (!keeps_payload && (opens(entry) || !tells_more(entry))) return {};
  std::optional<ByteView> kept;
  if (keeps_payload) kept = ByteView(*payload);
  return database_
      .prepare(
          "INSERT INTO known_entry(case_id, entry_index, bytes, payload) VALUES(?, ?, ?, ?) "
          "ON CONFLICT DO UPDATE SET payload = coalesce(excluded.payload, payload)")
      .bind(case_id.bytes, to_number(entry.index), entry_bytes, kept)
      .run();
}

Result<std::optional<KnownCase>> KnownCases::find(const CaseId& case_id,
                                                  std::uint32_t as_of) const {
  Statement row = database_.prepare("SELECT opening, version FROM known_case WHERE case_id = ?");
  const auto found = row.bind(case_id.bytes).step();
  if (!found) return found.error();
  if (!*found) return std::optional<KnownCase>();
  const auto entry = wire::decode_entry(row.blob(0));
  if (!entry) return corrupt(entry.error());
  const auto message = message_of(*entry);
  if (!message) return message.error();
  const auto* referral = *message ? std::get_if<Referral>(&(*message)->body) : nullptr;
  if (referral == nullptr) return corrupt({ErrorCode::kEntryMalformed, "cause.message"});
  KnownCase known;
  known.case_id = case_id;
  known.opener = (*message)->sender;
  known.facts = referral->facts;
  known.version = std::min(static_cast<std::uint32_t>(row.number(1)), as_of);
  known.readers.push_back(known.opener);
  fold(known, *entry, *message);
  Statement later =
      database_.prepare("SELECT bytes FROM known_entry WHERE case_id = ? ORDER BY entry_index");
  later.bind(case_id.bytes);
  while (true) {
    const auto more = later.step();
    if (!more) return more.error();
    if (!*more) return std::optional(std::move(known));
    const auto next = wire::decode_entry(later.blob(0));
    if (!next) return corrupt(next.error());
    if (next->outcome.case_version > as_of) continue;
    const auto its_message = message_of(*next);
    if (!its_message) return its_message.error();
    fold(known, *next, *its_message);
  }
}

Result<std::vector<CasePayload>> KnownCases::payloads(const CaseId& case_id) const {
  Statement rows = database_.prepare(
      "SELECT bytes, payload FROM known_entry WHERE case_id = ? AND payload IS NOT NULL "
      "ORDER BY entry_index DESC");
  rows.bind(case_id.bytes);
  std::vector<CasePayload> out;
  while (true) {
    const auto row = rows.step();
    if (!row) return row.error();
    if (!*row) return out;
    const auto entry = wire::decode_entry(rows.blob(0));
    if (!entry) return corrupt(entry.error());
    auto message = message_of(*entry);
    if (!message) return message.error();
    if (!*message) return corrupt({ErrorCode::kEntryMalformed, "cause"});
    out.push_back({**std::move(message), to_bytes(rows.blob(1))});
  }
}

Result<void> KnownCases::scrub() {
  if (!scrub_) return {};
  const auto done = database_.empty_log();
  if (!done) return done.error();
  scrub_ = !*done;
  return {};
}

Result<void> KnownCases::forget(const CaseId& case_id) {
  scrub_ = true;
  for (const char* sql :
       {"DELETE FROM known_entry WHERE case_id = ?", "DELETE FROM known_case WHERE case_id = ?"}) {
    if (auto done = database_.prepare(sql).bind(case_id.bytes).run(); !done) return done;
  }
  return {};
}

Result<void> KnownCases::forget_payloads(const CaseId& case_id) {
  scrub_ = true;
  return database_.prepare("UPDATE known_entry SET payload = NULL WHERE case_id = ?")
      .bind(case_id.bytes)
      .run();
}

}  // namespace rujukan::sdk
