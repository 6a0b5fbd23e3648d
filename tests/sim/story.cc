#include "tests/sim/story.h"

#include "broker/model/codes.h"

namespace rujukan::sim {

std::string described(const Message& message) {
  std::string text(name_of(kind_of(message)));
  const auto add = [&text](const char* name, std::string_view value) {
    text += std::string(" ") + name + "=" + std::string(value);
  };
  if (const auto* accept = std::get_if<Accept>(&message.body)) {
    add("need", name_of(accept->need));
    add("of", name_of(accept->subject));
  } else if (const auto* decline = std::get_if<Decline>(&message.body)) {
    add("need", name_of(decline->need));
    add("of", name_of(decline->subject));
  } else if (const auto* progress = std::get_if<Progress>(&message.body)) {
    add("need", name_of(progress->need));
    add("state", name_of(progress->state));
  } else if (const auto* complete = std::get_if<Complete>(&message.body)) {
    add("need", name_of(complete->need));
  } else if (const auto* transfer = std::get_if<Transfer>(&message.body)) {
    add("need", name_of(transfer->need));
    add("to", transfer->to.view());
  } else if (const auto* assist = std::get_if<Assist>(&message.body)) {
    add("need", name_of(assist->need));
    add("to", assist->to.view());
  } else if (const auto* cancel = std::get_if<Cancel>(&message.body)) {
    add("need", name_of(cancel->need));
    add("of", name_of(cancel->subject));
  }
  const Facts* facts = nullptr;
  if (const auto* referral = std::get_if<Referral>(&message.body)) facts = &referral->facts;
  if (const auto* more = std::get_if<NewFacts>(&message.body)) facts = &more->facts;
  if (facts != nullptr) {
    add("mode", name_of(facts->mode));
    add("age", name_of(facts->victim_age));
    add("consent", name_of(facts->consent));
    for (const Need need : facts->needs) add("need", name_of(need));
    for (const AreaCode& area : facts->victims) add("victim", area.view());
    for (const AreaCode& area : facts->suspects) add("suspect", area.view());
    for (const AreaCode& area : facts->incidents) add("incident", area.view());
  }
  return text + " by " + message.sender.str();
}

}  // namespace rujukan::sim
