#include "broker/model/codes.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

#include "broker/model/message.h"
#include "broker/model/order.h"

using namespace rujukan;

namespace {

// Dense numbers from `first`, unique lower-case names, and both directions of every row.
template <typename E>
void check_table(std::size_t rows, std::uint8_t first = 0) {
  const auto table = code_names<E>();
  REQUIRE(table.size() == rows);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const auto number = static_cast<std::uint8_t>(first + i);
    INFO(table[i].name);
    CHECK(static_cast<std::uint8_t>(table[i].value) == number);
    CHECK(name_of(table[i].value) == table[i].name);
    CHECK(code_from_name<E>(table[i].name) == table[i].value);
    CHECK(code_from_number<E>(number) == table[i].value);
    CHECK(names.insert(table[i].name).second);
    CHECK(std::all_of(table[i].name.begin(), table[i].name.end(),
                      [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || c == '-'; }));
  }
  CHECK_FALSE(code_from_number<E>(static_cast<std::uint8_t>(first + rows)).has_value());
  CHECK_FALSE(code_from_number<E>(255).has_value());
  for (const std::string_view name : {"", "?", "Online", "unknown code"}) {
    CHECK_FALSE(code_from_name<E>(name).has_value());
  }
}

}  // namespace

TEST_CASE("every code has one number and one name") {
  check_table<Mode>(3);
  check_table<Category>(14);
  check_table<VictimAge>(3);
  check_table<Urgency>(3);
  check_table<Consent>(4);
  check_table<Need>(10);
  check_table<Level>(3);
  check_table<Handling>(1);
  check_table<KeyPurpose>(2);
  check_table<Anchor>(3);
  check_table<AssignmentState>(7);
  check_table<CaseStatus>(2);
  check_table<Reason>(7);
  check_table<EvidenceKind>(5);
  check_table<MessageKind>(16, 1);
  check_table<EventType>(34);
  check_table<SecondAgencyFor>(3);
  check_table<OrderKind>(3, 1);
  check_table<Subject>(3);
  check_table<OfferBasis>(2);
}

TEST_CASE("names of codes are the words of the domain") {
  CHECK(name_of(Mode::kMixed) == "mixed");
  CHECK(name_of(Category::kSexualExtortion) == "sexual_extortion");
  CHECK(name_of(Category::kSelfGeneratedImagery) == "self_generated_imagery");
  CHECK(name_of(Consent::kWithheldPolice) == "withheld_police");
  CHECK(name_of(Need::kLegalAid) == "legal_aid");
  CHECK(name_of(Need::kWitnessProtection) == "witness_protection");
  CHECK(name_of(Handling::kVictimProtected) == "victim_protected");
  CHECK(name_of(AssignmentState::kInProgress) == "in-progress");
  CHECK(name_of(Reason::kOutOfJurisdiction) == "out_of_jurisdiction");
  CHECK(name_of(MessageKind::kReferral) == "referral");
}

TEST_CASE("needs are numbered in the order in which they lead") {
  std::string order;
  for (const auto& row : code_names<Need>()) order += std::string(row.name) + " ";
  CHECK(order ==
        "investigation protection psychological shelter legal_aid rehabilitation medical takedown "
        "prosecution witness_protection ");
}

TEST_CASE("the kind of a message follows from its body") {
  Message message;
  CHECK(kind_of(message) == MessageKind::kReferral);
  message.body = Received{};
  CHECK(kind_of(message) == MessageKind::kReceived);
  message.body = Close{};
  CHECK(kind_of(message) == MessageKind::kClose);
}
