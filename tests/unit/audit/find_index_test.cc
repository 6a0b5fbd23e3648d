#include "broker/audit/find_index.h"

#include <catch2/catch.hpp>

#include "broker/merkle/proof.h"
#include "tests/support/small_release.h"
#include "tests/support/temporary_folder.h"

using namespace rujukan;
using namespace rujukan::audit;
using namespace rujukan::test;

namespace {

CaseId numbered_case(std::uint32_t number) {
  CaseId id;
  id.bytes[0] = static_cast<std::uint8_t>(number >> 8);
  id.bytes[1] = static_cast<std::uint8_t>(number);
  return id;
}

// Every third entry accepts, the others are refused as stale; a case has ten of them.
struct Numbered {
  Entry entry;
  Message message;

  explicit Numbered(std::uint32_t number) {
    message.case_id = numbered_case(number / 10);
    message.sender = UnitId(number % 2 == 0 ? "polres.1" : "polda");
    message.body = Accept{Need::kInvestigation};
    entry.time = time_from_us(1'000'000ULL + number);
    entry.cause = MessageCause{{}, {.unit = message.sender, .key_id = {}, .path = {}}};
    if (number % 3 == 0) {
      Event event{.type = EventType::kAccepted};
      event.unit = message.sender;
      entry.outcome.events.push_back(event);
    } else {
      entry.outcome.refusal = Error{ErrorCode::kCaseStale, "expected_version"};
    }
  }
  Digest leaf() const { return merkle::leaf_hash(message.case_id.bytes); }
};

void add(FindIndex& index, std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t i = first; i < last; ++i) {
    const Numbered one(i);
    REQUIRE(index.add(one.entry, &one.message, one.leaf()));
  }
  REQUIRE(index.save());
}

std::vector<std::uint64_t> found(FindIndex& index, const FindIndex::Query& query) {
  auto positions = index.find(query);
  REQUIRE(positions);
  return *positions;
}

std::vector<std::uint64_t> expected(std::uint32_t size,
                                    const std::function<bool(std::uint32_t)>& matches) {
  std::vector<std::uint64_t> out;
  for (std::uint32_t i = 0; i < size; ++i) {
    if (matches(i)) out.push_back(i);
  }
  return out;
}

bool has(const std::vector<std::string>& terms, const std::string& term) {
  return std::find(terms.begin(), terms.end(), term) != terms.end();
}

}  // namespace

TEST_CASE("a search gives what a scan gives") {
  auto index = FindIndex::open("");
  REQUIRE(index);
  constexpr std::uint32_t kSize = 9'000;
  add(**index, 0, kSize);
  REQUIRE((*index)->size() == kSize);
  REQUIRE(found(**index, {{{"code/any"}}, {}, {}}) ==
          expected(kSize, [](auto i) { return i % 3 != 0; }));
  REQUIRE(found(**index, {{{"unit/polda"}, {"state/accepted"}}, {}, {}}) ==
          expected(kSize, [](auto i) { return i % 6 == 3; }));
  REQUIRE(found(**index, {{{"case/" + to_string(numbered_case(499))}}, {}, {}}) ==
          expected(kSize, [](auto i) { return i / 10 == 499; }));
  REQUIRE(found(**index, {{{"unit/polda", "unit/polres.1"}}, {}, {}}).size() == kSize);
  REQUIRE(found(**index, {{{"unit/kpai"}}, {}, {}}).empty());
  const FindIndex::Query between{
      {{"kind/accept"}}, time_from_us(1'004'000), time_from_us(1'004'200)};
  REQUIRE(found(**index, between) ==
          expected(kSize, [](auto i) { return i >= 4'000 && i < 4'200; }));
}

TEST_CASE("an index goes on where it ended") {
  const TemporaryFolder folder;
  const std::string path = folder / "index.db";
  const std::vector<std::uint32_t> ends = {1, 100, 4'095, 4'096, 4'097, 8'192, 8'300};
  std::uint32_t size = 0;
  for (const std::uint32_t end : ends) {
    auto index = FindIndex::open(path);
    REQUIRE(index);
    REQUIRE((*index)->size() == size);
    if (size > 0) REQUIRE((*index)->last_leaf() == Numbered(size - 1).leaf());
    add(**index, size, end);
    size = end;
  }
  auto index = FindIndex::open(path);
  REQUIRE(index);
  REQUIRE(found(**index, {{{"state/accepted"}}, {}, {}}) ==
          expected(size, [](auto i) { return i % 3 == 0; }));
  REQUIRE((*index)->clear());
  REQUIRE((*index)->size() == 0);
  REQUIRE(found(**index, {{{"state/accepted"}}, {}, {}}).empty());
}

TEST_CASE("an opening is found by its case and units and by its places and their provinces") {
  Message message = referral_message();
  auto& facts = std::get<Referral>(message.body).facts;
  facts.victims = {AreaCode("31.71")};
  facts.suspects = {AreaCode("XX")};
  Entry entry;
  entry.cause = MessageCause{{}, {.unit = message.sender, .key_id = {}, .path = {}}};
  entry.outcome.owner = UnitId("polda");
  Event informed{.type = EventType::kInformed};
  informed.units = {UnitId("kpai"), UnitId("polres.2")};
  entry.outcome.events = {Event{.type = EventType::kOpened}, informed};
  const auto terms = terms_of(entry, &message);
  for (const char* term : {"kind/referral", "unit/polda", "unit/polres.2", "state/open",
                           "area/31.71", "area/31", "area/XX", "event/opened"}) {
    INFO(term);
    REQUIRE(has(terms, term));
  }
  REQUIRE(has(terms, "case/" + to_string(message.case_id)));
  REQUIRE(has(terms, "unit/" + message.sender.str()));
  REQUIRE_FALSE(has(terms, "code/any"));
}

TEST_CASE("a refusal of bytes that do not decode is found by its code") {
  Entry entry;
  entry.cause = MessageCause{{1, 2, 3}, {.unit = UnitId("kpai"), .key_id = {}, .path = {}}};
  entry.outcome.refusal = Error{ErrorCode::kMessageMalformed};
  const auto terms = terms_of(entry, nullptr);
  REQUIRE(terms == std::vector<std::string>{"code/any", "code/message.malformed", "kind/unreadable",
                                            "unit/kpai"});
}
