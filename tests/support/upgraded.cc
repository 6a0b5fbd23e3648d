#include "tests/support/upgraded.h"

#include "broker/sequencer/sequencer.h"
#include "broker/wire/message_codec.h"

namespace rujukan::test {

Release release_in_force(const SequencerInTest& broker) {
  return broker.sequencer->table()->release();
}

Bytes release_of_today(const SequencerInTest& broker) {
  Release release = release_in_force(broker);
  release.version = ReleaseVersion{to_number(release.version) + 1};
  release.edition = kNewestEdition;
  Guarantee adults;
  adults.id = RuleId("G5");
  adults.when.victim_age = {VictimAge::kAdult};
  adults.excluded_agency = {AgencyId("kpai")};
  if (std::ranges::find(release.guarantees, adults) == release.guarantees.end()) {
    release.guarantees.push_back(adults);
  }
  return signed_small_release(release);
}

Message message_at(const SequencerInTest& broker, std::uint64_t index) {
  const Entry entry = broker.entry(index);
  const auto* cause = std::get_if<MessageCause>(&entry.cause);
  REQUIRE(cause != nullptr);
  auto message = wire::decode_message(cause->message);
  REQUIRE(message);
  return *std::move(message);
}

std::map<std::string, std::vector<LogIndex>> all_mail(const SequencerInTest& broker) {
  std::map<std::string, std::vector<LogIndex>> mail;
  for (const Unit& unit : release_in_force(broker).units) {
    mail[unit.id.str()] = broker.mail_of(unit.id.str().c_str());
  }
  return mail;
}

}  // namespace rujukan::test
