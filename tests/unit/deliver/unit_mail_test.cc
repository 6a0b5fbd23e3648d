// The mail of one unit: what comes first, and what is given up for a while.
#include "broker/deliver/unit_mail.h"

#include <catch2/catch.hpp>

using namespace rujukan;
using namespace rujukan::deliver;

namespace {

constexpr std::chrono::seconds kAgain{10};
constexpr UnitWindow kWindow{4, kAgain, 3};
constexpr Rank kAskedNow{Rank::Part::kAsked, 0};
constexpr Rank kAskedCalmly{Rank::Part::kAsked, 2};
constexpr Rank kResponsible{Rank::Part::kResponsible, 0};
constexpr Rank kTold{Rank::Part::kTold, 0};

CaseId case_of(std::uint8_t number) {
  CaseId id;
  id.bytes[0] = number;
  return id;
}

SteadyTime at(int seconds) { return SteadyTime(std::chrono::seconds(1000 + seconds)); }

std::vector<std::uint64_t> taken(UnitMail& mail, SteadyTime now = at(0)) {
  std::vector<std::uint64_t> out;
  while (mail.best()) {
    const LogIndex index = mail.take();
    mail.sent(index, now, 100);
    out.push_back(to_number(index));
  }
  return out;
}

using Indices = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("what waits for the unit goes before what it is told, the urgent first") {
  UnitMail mail(kWindow);
  mail.add(case_of(1), LogIndex{1}, kTold);
  mail.add(case_of(2), LogIndex{2}, kAskedCalmly);
  mail.add(case_of(3), LogIndex{3}, kResponsible);
  mail.add(case_of(4), LogIndex{4}, kAskedNow);
  REQUIRE(taken(mail) == Indices{4, 2, 3, 1});
}

TEST_CASE("the entries of a case go in their order, all by its newest") {
  UnitMail mail(kWindow);
  mail.add(case_of(1), LogIndex{1}, kTold);
  mail.add(case_of(2), LogIndex{2}, kTold);
  mail.add(case_of(2), LogIndex{5}, kAskedNow);
  REQUIRE(taken(mail) == Indices{2, 5, 1});
}

TEST_CASE("no more than a window is on its way") {
  UnitMail mail(kWindow);
  for (std::uint64_t i = 0; i < 9; ++i) mail.add(case_of(1), LogIndex{i}, kTold);
  REQUIRE(taken(mail) == Indices{0, 1, 2, 3});
  REQUIRE(mail.removed(LogIndex{2}) == 100);
  REQUIRE(taken(mail) == Indices{4});
  REQUIRE(mail.on_its_way() == 4);
}

TEST_CASE("what is not acknowledged is sent again, then parked, then tried seldom") {
  UnitMail mail(kWindow);
  mail.add(case_of(1), LogIndex{7}, kTold);
  taken(mail);
  REQUIRE(mail.due(at(9)).empty());
  REQUIRE(mail.due(at(10)).size() == 1);
  REQUIRE(mail.sent_again(LogIndex{7}, at(10)) == 0);
  REQUIRE(mail.sent_again(LogIndex{7}, at(20)) == 100);
  REQUIRE(mail.on_its_way() == 0);
  REQUIRE(mail.parked() == 1);
  REQUIRE(mail.unanswered() == 1);
  REQUIRE(mail.due(at(30)).size() == 1);
  REQUIRE(mail.sent_again(LogIndex{7}, at(30)) == 0);
  REQUIRE(mail.due(at(49)).empty());
  REQUIRE(mail.due(at(50)).size() == 1);
  for (int i = 0; i < 20; ++i) mail.sent_again(LogIndex{7}, at(50));
  REQUIRE(mail.due(at(649)).empty());
  REQUIRE(mail.due(at(650)).size() == 1);
}

TEST_CASE("a unit that acknowledges nothing is sent no more, until it does") {
  UnitMail mail(kWindow);
  for (std::uint64_t i = 0; i < 9; ++i) mail.add(case_of(1), LogIndex{i}, kTold);
  for (const std::uint64_t index : taken(mail)) {
    mail.sent_again(LogIndex{index}, at(10));
    mail.sent_again(LogIndex{index}, at(20));
  }
  REQUIRE(mail.unanswered() == 4);
  REQUIRE_FALSE(mail.best());
  mail.removed(LogIndex{0});
  REQUIRE(taken(mail) == Indices{4, 5, 6, 7});
}

TEST_CASE("mail that is taken back is not sent") {
  UnitMail mail(kWindow);
  for (std::uint64_t i = 0; i < 3; ++i) mail.add(case_of(1), LogIndex{i}, kTold);
  REQUIRE(mail.removed(LogIndex{0}) == 0);
  REQUIRE(mail.removed(LogIndex{8}) == 0);
  REQUIRE(taken(mail) == Indices{1, 2});
}

TEST_CASE("older mail that comes later is looked at, and nothing is sent twice") {
  UnitMail mail(kWindow);
  mail.add(case_of(1), LogIndex{5}, kTold);
  mail.ranked(LogIndex{5});
  taken(mail);
  mail.rewind(LogIndex{9});
  REQUIRE(mail.ranked_up_to() == LogIndex{5});
  mail.rewind(LogIndex{2});
  REQUIRE(mail.ranked_up_to() == LogIndex{1});
  mail.add(case_of(1), LogIndex{2}, kTold);
  mail.add(case_of(1), LogIndex{5}, kTold);
  REQUIRE(taken(mail) == Indices{2});
  mail.rewind(LogIndex{0});
  REQUIRE_FALSE(mail.ranked_up_to());
}
