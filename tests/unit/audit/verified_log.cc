#include "tests/unit/audit/verified_log.h"

#include <fstream>
#include <iterator>

#include "broker/audit/source.h"
#include "broker/sequencer/sequencer.h"
#include "broker/store/store.h"

namespace rujukan::test {

LogBytes log_of(const SequencerInTest& s) {
  const auto opened = store::ReadOnlyStore::open(s.folder.path().string());
  REQUIRE(opened.ok());
  const store::Reader& reader = (*opened)->reader();
  LogBytes log;
  REQUIRE(reader.entries(LogIndex{0}, *reader.size(), [&](LogIndex, ByteView bytes) {
    log.entries.push_back(to_bytes(bytes));
    return true;
  }));
  for (std::uint32_t version = 1; *reader.release(ReleaseVersion{version}); ++version) {
    log.releases.push_back(**reader.release(ReleaseVersion{version}));
  }
  return log;
}

void submit_referrals(SequencerInTest& s, std::uint8_t first, std::size_t count) {
  std::vector<Message> messages;
  for (std::size_t i = 0; i < count; ++i) {
    messages.push_back(referral_message(offline_facts(), static_cast<std::uint8_t>(first + i)));
  }
  REQUIRE(s.process(SequencerInTest::job_of(StationId("kpai"), messages)));
}

void write_fourteen_entries(SequencerInTest& s) {
  constexpr Need kNeed = Need::kInvestigation;
  const Message opening = referral_message(offline_facts(), 1);
  REQUIRE_FALSE(s.submit(opening).refusal);
  s.does(opening, "polres.a", Received{{LogIndex{1}}});
  s.does(opening, "polres.a", Accept{kNeed});
  REQUIRE(s.say(opening, "sapa", Close{}).refusal);
  s.does(opening, "uptd", Accept{Need::kProtection});
  s.does(opening, "uptd", Complete{Need::kProtection});
  s.does(opening, "polres.a", Complete{kNeed});
  s.does(opening, "polres.a", Close{});
  s.does(opening, "polres.a", Erase{"uu-27-2022"});
  s.does(opening, "kpai", Erase{"uu-27-2022"});
  Release next = small_release();
  next.version = ReleaseVersion{2};
  s.sequencer->offer_release(signed_small_release(next));
  REQUIRE(s.process());
  REQUIRE_FALSE(s.submit(referral_message(offline_facts(), 2)).refusal);
}

audit::VerifyOptions trusting() {
  audit::VerifyOptions options;
  options.policy = *merkle::parse_policy(policy_in_test());
  options.threads = 2;
  return options;
}

audit::Verified verify_source(const std::filesystem::path& source,
                              const audit::VerifyOptions& options) {
  const auto files = audit::open_source(source.string());
  REQUIRE(files);
  auto verified = audit::verify_log(**files, options);
  INFO((verified ? "" : to_string(verified.error())));
  REQUIRE(verified);
  return *std::move(verified);
}

FilesInMemory::FilesInMemory(const std::filesystem::path& folder) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    files[std::filesystem::relative(file.path(), folder).string()] = to_bytes(as_bytes(text));
  }
}

Result<std::optional<Bytes>> FilesInMemory::read(const std::string& path) const {
  const auto at = files.find(path);
  return at == files.end() ? std::optional<Bytes>() : std::optional(at->second);
}

std::vector<std::string> found(const audit::Verified& verified) {
  std::vector<std::string> out;
  for (const audit::Finding& finding : verified.findings) {
    out.push_back(std::to_string(finding.position) + " " +
                  std::string(name_of(finding.error.code)));
  }
  return out;
}

}  // namespace rujukan::test
