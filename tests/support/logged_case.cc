#include "tests/support/logged_case.h"

#include "broker/merkle/note.h"
#include "broker/seal/seal.h"
#include "broker/store/stored_log_files.h"

namespace rujukan::test {

namespace {

// The message's payload, sealed for its recipients, and the message that announces it.
SealedPayload sealed(const Message& message, std::string_view text) {
  std::vector<SealRecipient> recipients;
  SealRandomness randomness;
  for (const UnitId& unit : message.recipients) {
    recipients.push_back({unit, "seal-1", sealing_key(unit).public_key()});
    randomness.ephemeral_seeds.push_back(seed_of("ephemeral " + unit.str()));
  }
  randomness.key = seed_of("key");
  randomness.salt = seed_of("salt");
  auto payload = seal(as_bytes(text), {message.message_id, message.case_id, message.sender},
                      recipients, randomness);
  REQUIRE(payload);
  return *std::move(payload);
}

}  // namespace

LoggedCase::LoggedCase() {
  constexpr Need kNeed = Need::kInvestigation;
  using std::chrono::hours;
  const SealedPayload payload = sealed(opening, kNarrative);
  opening.payload = payload.ref;
  REQUIRE_FALSE(broker.submit(opening, payload.bytes).refusal);
  REQUIRE_FALSE(broker.submit(other).refusal);
  broker.pass(hours(2));
  does(opening, "polres.a", Received{{LogIndex{1}}});
  broker.pass(hours(24));  // nobody accepted: polda and sapa are asked
  does(opening, "polda", Accept{kNeed});
  does(other, "sapa", Accept{Need::kProtection});
  broker.pass(std::chrono::minutes(50));
  does(opening, "sapa", Accept{Need::kProtection});
  does(opening, "polda", Transfer{kNeed, UnitId("polres.b"), Reason::kNoCapacity});
  broker.pass(hours(5));
  does(opening, "polres.b", Accept{kNeed, Subject::kOffer});
  broker.pass(hours(30));
  does(opening, "sapa", Assist{kNeed, UnitId("polres.a")});
  broker.pass(hours(3));
  does(opening, "polres.a", Accept{kNeed});
  does(opening, "polres.a", Complete{kNeed});
  broker.pass(hours(100));
  does(opening, "polres.b", Progress{kNeed, AssignmentState::kInProgress});
  does(opening, "polres.b", Complete{kNeed});
}
LoggedCase::~LoggedCase() = default;

void LoggedCase::close() {
  does(opening, "sapa", Complete{Need::kProtection});
  does(opening, "polres.b", Close{});
}

void LoggedCase::does(const Message& of, const char* unit, MessageBody body) {
  const auto kind = static_cast<MessageKind>(body.index() + 1);
  const std::uint32_t version = compares_version(kind) ? broker.record_of(of).version : 0;
  Message message = case_message(of, UnitId(unit), version, std::move(body), ++number_);
  auto result = broker.submit(message);
  if (!result.recipients.empty()) {
    message.message_id.bytes[15] = 1;
    message.recipients = result.recipients;
    const SealedPayload payload = sealed(message, kNarrative);
    message.payload = payload.ref;
    result = broker.submit(message, payload.bytes);
  }
  INFO((result.refusal ? to_string(*result.refusal) : ""));
  REQUIRE_FALSE(result.refusal);
}

std::unique_ptr<store::StoredLogFiles> LoggedCase::files() const {
  auto opened = store::StoredLogFiles::open(folder());
  REQUIRE(opened);
  return *std::move(opened);
}

std::string LoggedCase::policy() const {
  return "log " + broker.note_key().to_vkey() + "\nquorum none\n";
}

}  // namespace rujukan::test
