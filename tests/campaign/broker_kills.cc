// Kills a broker again and again while three gateways send and answer, and looks at the end whether
// every gateway serves and whether anything was lost or doubled. Prints one JSON line.
#include <signal.h>

#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "broker/runtime/command_line.h"
#include "broker/runtime/file.h"
#include "broker/store/reader.h"
#include "broker/wire/entry_codec.h"
#include "tests/support/gateway_process.h"

namespace {

using namespace rujukan;
using namespace std::chrono_literals;
namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kManual = R"(
Half of the kills end the process that does the work, which its supervisor starts again; half end both,
and the campaign starts the broker anew. Records go in all the time; two agencies accept what they get.

Exit codes: 0 all is well; 1 something was lost, doubled or does not serve, stderr says what; 2 bad usage)";

// Records that have no outcome yet: the load goes on and the folders stay small.
constexpr std::size_t kUnderWay = 48;
constexpr std::chrono::seconds kPatience{180};

struct Wrong {
  std::string what;
};
void require(bool condition, const std::string& what) {
  if (!condition) throw Wrong{what};
}

json record() {
  const std::string sample = RUJUKAN_SOURCE_DIR "/adapters/kpai/samples/1-pengaduan.json";
  json out = json::parse(read_file(sample, 1 << 20).value());
  out["media"] = "luring";
  out["korban"][0]["kode_wilayah"] = "11.01";
  out["terlapor"] = json::array();
  out["tempat_kejadian"] = {"11.01"};
  return out;
}

std::set<std::string> names_in(const fs::path& folder) {
  std::set<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) out.insert(entry.path().filename());
  }
  return out;
}

std::size_t count_of(const std::string& text, std::string_view what) {
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

class Campaign {
 public:
  explicit Campaign(std::uint32_t seed) : random_(seed), record_(record().dump()) {
    kpai_.add_settings("mapping = \"" RUJUKAN_SOURCE_DIR "/adapters/kpai/mapping.toml\"\n");
    for (test::GatewayProcess* gateway : gateways()) {
      gateway->add_settings("auto_accept = true\nreconnect_most_ms = 200\nretry_most_ms = 500\n");
    }
    require(broker_.start(), "the broker does not start");
    broker_.keep_address();
    broker_.stop();
    require(broker_.start(), "the broker does not start at the same address");
    for (test::GatewayProcess* gateway : gateways()) gateway->start(broker_);
  }

  void kill_often(std::uint64_t kills) {
    for (std::uint64_t kill = 0; kill < kills; ++kill) {
      send_for(std::chrono::milliseconds(20 + random_() % 300));
      if (kill % 2 == 0) {
        require(broker_.crash(SIGKILL), "the supervisor does not start the broker again");
      } else {
        broker_.kill();
        require(broker_.start(), "the broker does not start again");
      }
    }
  }

  // Everything that was sent has its outcome and is accepted by those who are responsible.
  void settle() {
    send_for(500ms);
    wait_until([this] { return done() == sent_; }, "records have no outcome");
    wait_until([this] { return events(EventType::kAccepted) == 2 * sent_; },
               "cases are not accepted");
    for (test::GatewayProcess* gateway : gateways()) {
      restarts_ += count_of(gateway->trace(), "process.restarted");
      require(gateway->stop() == 0, "a gateway does not stop: " + gateway->trace());
      require(names_in(gateway->agency() / "failed").empty(), "a file failed");
      require(!fs::exists(gateway->agency() / "ALARM.txt"), "a gateway raised an alarm");
    }
    require(broker_.stop() == 0, "the broker does not stop: " + broker_.trace());
  }

  void judge() {
    std::set<std::string> expected;
    std::set<std::string> cases;
    for (std::uint64_t number = 1; number <= sent_; ++number) {
      const std::string name = name_of(number);
      for (const char* suffix : {"", ".result.json", ".receipt.tlog-proof"}) {
        expected.insert(name + suffix);
      }
      const auto result = read_file(kpai_.agency() / "done" / (name + ".result.json"), 1 << 20);
      require(result.ok(), "a result is not where its record is: " + name);
      cases.insert(json::parse(*result).at("case"));
    }
    require(names_in(kpai_.agency() / "done") == expected,
            "done/ holds other files than each record with its result and its receipt");
    require(cases.size() == sent_, "a record became two cases, or two records one");
    require(events(EventType::kOpened) == sent_, "the log has more or fewer cases than records");
    std::size_t delivered = 0;
    for (const std::string& name : names_in(police_.agency() / "incoming")) {
      delivered += name.find("-referral-polres.a.json") != std::string::npos ? 1 : 0;
    }
    require(delivered == sent_, "a case was not delivered, or twice under two names");
    test::ChildProcess verify(
        {std::string(RUJUKAN_BIN_DIR) + "/rujukan", "log", "verify",
         (broker_.folder() / "data").string(), "--anchor", kpai_.anchor().string()},
        broker_.folder() / "verified");
    require(verify.wait() == 0, "the log does not verify: " + verify.errors());
  }

  std::uint64_t sent() const { return sent_; }
  std::size_t restarts() const { return restarts_; }
  std::string traces() const {
    std::string out = broker_.trace();
    for (const auto* gateway : {&kpai_, &police_, &centre_}) out += gateway->trace();
    return out;
  }

 private:
  std::array<test::GatewayProcess*, 3> gateways() { return {&kpai_, &police_, &centre_}; }

  static std::string name_of(std::uint64_t number) { return std::to_string(number) + ".json"; }

  std::uint64_t done() const {
    std::uint64_t count = 0;
    for (const std::string& name : names_in(kpai_.agency() / "done")) {
      count += std::isdigit(name[0]) && name.find(".json") == name.size() - 5 ? 1 : 0;
    }
    return count;
  }

  void send_for(std::chrono::milliseconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    while (std::chrono::steady_clock::now() < end) {
      for (std::uint64_t settled = done(); sent_ < settled + kUnderWay;) {
        const fs::path outgoing = kpai_.agency() / "outgoing";
        const std::string name = name_of(++sent_);
        std::ofstream(outgoing / (name + ".tmp")) << record_;
        fs::rename(outgoing / (name + ".tmp"), outgoing / name);
      }
      std::this_thread::sleep_for(10ms);
    }
  }

  std::uint64_t events(EventType type) const {
    const auto store = store::ReadOnlyStore::open((broker_.folder() / "data").string());
    require(store.ok(), "the data directory cannot be read");
    std::uint64_t count = 0;
    const auto read = (*store)->reader().entries(LogIndex{0}, 100'000'000,
                                                 [&count, type](LogIndex, ByteView bytes) {
                                                   const auto entry = wire::decode_entry(bytes);
                                                   if (!entry || entry->outcome.refusal)
                                                     return entry.ok();
                                                   for (const Event& event : entry->outcome.events)
                                                     count += event.type == type ? 1 : 0;
                                                   return true;
                                                 });
    require(read.ok(), "the log cannot be read");
    return count;
  }

  template <typename Condition>
  void wait_until(const Condition& condition, const std::string& otherwise) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!condition()) {
      require(std::chrono::steady_clock::now() < end, otherwise);
      std::this_thread::sleep_for(200ms);
    }
  }

  std::mt19937 random_;
  const std::string record_;
  test::BrokerProcess broker_;
  test::GatewayProcess kpai_{"kpai"};
  test::GatewayProcess police_{"police"};
  test::GatewayProcess centre_{"centre"};
  std::uint64_t sent_ = 0;
  std::size_t restarts_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t kills = 1000;
  std::uint64_t seed = std::random_device()();
  CommandLine cli{"Kills a broker under load, with gateways connected.", "broker_kills"};
  cli.add_option("--kills", kills, "How often").shows_default();
  cli.add_option("--seed", seed, "Of the times between them");
  cli.footer(kManual);
  if (const auto end = cli.parse(argc, argv)) return *end;
  const auto start = std::chrono::steady_clock::now();
  Campaign campaign(static_cast<std::uint32_t>(seed));
  try {
    campaign.kill_often(kills);
    campaign.settle();
    campaign.judge();
  } catch (const Wrong& wrong) {
    const std::string traces = campaign.traces();
    std::cerr << traces.substr(traces.size() - std::min<std::size_t>(traces.size(), 20'000))
              << "broker_kills: seed " << seed << ": " << wrong.what << "\n";
    return 1;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << nlohmann::ordered_json{{"campaign", "broker_kills"},
                                      {"seed", seed},
                                      {"kills", kills},
                                      {"records", campaign.sent()},
                                      {"gateway_restarts", campaign.restarts()},
                                      {"seconds", std::round(took.count())}}
                   .dump()
            << "\n";
  return 0;
}
