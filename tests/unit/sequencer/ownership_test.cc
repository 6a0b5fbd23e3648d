// The auditors' check on logs that the sequencer wrote.
#include "broker/decide/ownership.h"

#include <map>
#include <random>
#include <set>

#include "broker/store/reader.h"
#include "broker/store/store.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/unit/sequencer/drawn_messages.h"
#include "tests/unit/sequencer/sequencer_in_test.h"

using namespace rujukan;
using namespace rujukan::test;

namespace {

struct Audit {
  std::vector<std::string> findings;
  std::set<EventType> events;
  std::uint64_t accepted = 0;
  decide::OwnershipCheck::Summary summary;
};

Audit audit(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened.ok());
  Audit out;
  decide::OwnershipCheck check;
  // Knows nothing between two entries but what it said of its cases.
  decide::OwnershipCheck forgetful;
  std::map<CaseId, Bytes> states;
  const store::Reader& reader = (*opened)->reader();
  const auto read = reader.entries(LogIndex{0}, *reader.size(), [&](LogIndex, ByteView bytes) {
    const Entry entry = wire::decode_entry(bytes).value();
    std::optional<Message> message;
    if (const auto* cause = std::get_if<MessageCause>(&entry.cause)) {
      auto decoded = wire::decode_message(cause->message);
      INFO((decoded.ok() ? std::string() : to_string(decoded.error())));
      REQUIRE(decoded.ok());
      message = *std::move(decoded);
    }
    for (const Event& event : entry.outcome.events) out.events.insert(event.type);
    out.accepted += entry.outcome.refusal ? 0 : 1;
    for (const auto& [id, state] : states) REQUIRE(forgetful.restore(id, state));
    const auto finding = check.add(entry, message ? &*message : nullptr);
    REQUIRE(forgetful.add(entry, message ? &*message : nullptr) == finding);
    const CaseId* id = message ? &message->case_id : case_of(entry.cause);
    if (id != nullptr && forgetful.knows(*id)) states[*id] = forgetful.state_of(*id);
    forgetful.forget_cases();
    if (finding) {
      out.findings.push_back(std::to_string(to_number(entry.index)) + ": " + *finding);
    }
    return true;
  });
  REQUIRE(read.ok());
  out.summary = check.summary();
  REQUIRE(forgetful.summary().sound == out.summary.sound);
  REQUIRE(forgetful.summary().closed == out.summary.closed);
  return out;
}

}  // namespace

TEST_CASE("a log as the sequencer writes it has one owner at every entry") {
  const std::uint32_t seed = GENERATE(1U, 2U, 3U);
  INFO("seed " << seed);
  SequencerInTest s;
  submit_drawn(s, seed, 400);
  const Audit audited = audit(s);
  CHECK(audited.findings == std::vector<std::string>{});
  CHECK(audited.summary.cases == 12);
  CHECK(audited.summary.sound == 12);
  CHECK(audited.summary.open + audited.summary.closed == 12);
  // The draw reaches what moves a case.
  for (const EventType type : {EventType::kEscalated, EventType::kOffered, EventType::kTransferred,
                               EventType::kAssigned}) {
    INFO(name_of(type));
    CHECK(audited.events.contains(type));
  }
  CHECK(audited.accepted > 60);
}

TEST_CASE("a unit that ends leaves one owner at every entry") {
  SequencerInTest s;
  REQUIRE_FALSE(s.submit(referral_message()).refusal);
  Release next = small_release();
  next.version = ReleaseVersion{2};
  for (Unit& unit : next.units) {
    if (unit.id.str() != "polres.a") continue;
    unit.validity.until = s.clock.now() + Seconds(60);
    unit.successor = UnitId("polres.b");
  }
  REQUIRE(s.start(signed_small_release(next)));
  s.clock.advance(Seconds(120));
  REQUIRE(s.process());
  const Audit audited = audit(s);
  CHECK(audited.findings == std::vector<std::string>{});
  CHECK(audited.summary.sound == 1);
  CHECK(audited.events.contains(EventType::kMoved));
}
