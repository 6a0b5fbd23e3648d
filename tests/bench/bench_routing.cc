// The routing table on one core: lookups and routes per second, full decisions with their records,
// time to compile, to check and to build, and memory; for the national table and for the national
// directory with many more rules. Prints one JSON line per measure, each beside what the machine
// did in the same run.
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "broker/routing/check.h"
#include "broker/routing/compile.h"
#include "broker/routing/table.h"
#include "broker/runtime/command_line.h"
#include "broker/wire/release_codec.h"
#include "tests/bench/case_lives.h"
#include "tests/bench/drawn_facts.h"
#include "tests/bench/national_release.h"
#include "tests/bench/rate.h"
#include "tests/bench/reference.h"

namespace {

using namespace rujukan;
using std::chrono::milliseconds;

constexpr std::size_t kFacts = 4096;
constexpr std::uint32_t kLives = 512;
// Between two readings of the clock.
constexpr std::size_t kBatch = 512;

[[noreturn]] void fail(const std::string& why) {
  std::cerr << "bench_routing: " << why << "\n";
  std::exit(1);
}

double rounded(double value, int digits) {
  const double unit = std::pow(10, digits);
  return std::round(value * unit) / unit;
}

struct Table {
  std::string name;
  Release release;
  std::shared_ptr<const routing::RoutingTable> table;
};

class Measures {
 public:
  explicit Measures(milliseconds duration) : duration_(duration) {}

  void all_of(const std::string& name, const routing::ConfigFiles& files) {
    const Table table = make(name, files);
    const std::vector<Facts> facts = bench::drawn_facts(table.release, kFacts);
    const auto at = parse_time("2026-11-22").value();

    routing::Lookup found;
    print_rate(name, "lookups_per_s", per_second(facts, [&](const Facts& f) {
                 return table.table->lookup(f, at, found).ok();
               }));
    print_rate(name, "routes_per_s",
               per_second(facts, [&](const Facts& f) { return table.table->route(f, at).ok(); }));
    all_of_cases(table, facts, at);
    print_time(name, "compile_ms",
               bench::calls_per_second(duration_, [&] { return compiles(files); }));
    print_time(name, "check_ms", bench::calls_per_second(duration_, [&] { return checks(files); }));
    print_time(name, "build_ms", bench::calls_per_second(duration_, [&] {
                 return routing::RoutingTable::build(table.release).ok();
               }));
    print_memory(table);
  }

 private:
  // Decided and folded into the record, invariants included.
  void all_of_cases(const Table& made, const std::vector<Facts>& facts, TimeUs at) const {
    const routing::RoutingTable& table = *made.table;
    std::vector<bench::CaseLife> lives;
    for (std::uint32_t i = 0; i < kLives; ++i) {
      lives.push_back(bench::case_life(facts[i], table, at, i));
    }
    std::size_t next = 0;
    print_rate(made.name, "opens_per_s", bench::calls_per_second(duration_, [&] {
                 const CaseRecord record = bench::opened(lives[next].referral, table, at);
                 next = (next + 1) % lives.size();
                 return record.version == 1;
               }));
    print_rate(made.name, "accepts_per_s", accepts_per_second(lives, table, at));
    print_rate(made.name, "decisions_per_s", decisions_per_second(lives, table, at));
  }

  double accepts_per_second(const std::vector<bench::CaseLife>& lives,
                            const routing::RoutingTable& table, TimeUs at) const {
    const auto open_all = [&] {
      std::vector<CaseRecord> records;
      records.reserve(lives.size());
      for (const auto& life : lives) records.push_back(bench::opened(life.referral, table, at));
      return records;
    };
    return bench::prepared_calls_per_second(duration_, open_all, [&](auto& records) {
      std::size_t calls = 0;
      for (std::size_t i = 0; i < lives.size(); ++i) {
        for (const Message& accept : lives[i].accepts) {
          bench::decide_and_apply(records[i], accept, table, at);
        }
        calls += lives[i].accepts.size();
      }
      return calls;
    });
  }

  // Whole lives, from the referral to the close.
  double decisions_per_second(const std::vector<bench::CaseLife>& lives,
                              const routing::RoutingTable& table, TimeUs at) const {
    const auto nothing = [] { return 0; };
    return bench::prepared_calls_per_second(duration_, nothing, [&](int) {
      std::size_t calls = 0;
      for (const bench::CaseLife& life : lives) {
        CaseRecord record = bench::opened(life.referral, table, at);
        for (const auto* messages : {&life.accepts, &life.rest}) {
          for (const Message& message : *messages) {
            bench::decide_and_apply(record, message, table, at);
          }
        }
        calls += life.messages();
      }
      return calls;
    });
  }

  // Compiling and proving the table total, as `rujukan release check` does.
  static bool checks(const routing::ConfigFiles& files) {
    const routing::Compiled compiled = routing::compile(files, {});
    return routing::check(compiled.release, compiled.places).counts.classes != 0;
  }
  static bool compiles(const routing::ConfigFiles& files) {
    return routing::compile(files, {}).findings.empty();
  }

  static Table make(const std::string& name, const routing::ConfigFiles& files) {
    routing::Compiled compiled = routing::compile(files, {});
    if (!compiled.findings.empty()) fail(compiled.findings.front().to_string());
    auto table = routing::RoutingTable::build(compiled.release);
    if (!table) fail(to_string(table.error()));
    return {name, std::move(compiled.release), *table};
  }

  template <typename Ask>
  double per_second(const std::vector<Facts>& facts, Ask ask) const {
    std::size_t next = 0;
    const double batches = bench::calls_per_second(duration_, [&] {
      for (std::size_t i = 0; i < kBatch; ++i) {
        if (!ask(facts[next])) fail("facts that are not routed");
        next = (next + 1) % facts.size();
      }
      return true;
    });
    return batches * static_cast<double>(kBatch);
  }

  // Beside each measure, since other processes come and go.
  double hashes_per_second() const { return bench::sha256_per_second(64, duration_); }

  void print_rate(const std::string& table, const char* measure, double rate) const {
    const double hashes = hashes_per_second();
    print({{"table", table},
           {"measure", measure},
           {"value", std::llround(rate)},
           {"sha256_64_bytes_per_s", std::llround(hashes)},
           {"ratio", rounded(rate / hashes, 3)}});
  }
  // The ratio: how many hashes take as long.
  void print_time(const std::string& table, const char* measure, double per_second) const {
    const double hashes = hashes_per_second();
    print({{"table", table},
           {"measure", measure},
           {"value", rounded(1000 / per_second, 2)},
           {"sha256_64_bytes_per_s", std::llround(hashes)},
           {"ratio", std::llround(hashes / per_second)}});
  }
  // The ratio: to the bytes of the release's canonical form.
  static void print_memory(const Table& table) {
    const std::size_t body = wire::encode_release(table.release).size();
    const auto bytes = table.table->memory_bytes();
    print({{"table", table.name},
           {"measure", "memory_bytes"},
           {"value", bytes},
           {"release_bytes", body},
           {"ratio", rounded(static_cast<double>(bytes) / static_cast<double>(body), 2)}});
  }
  static void print(const nlohmann::ordered_json& fields) {
    nlohmann::ordered_json line{{"bench", "routing"}};
    line.update(fields);
    std::cout << line.dump() << std::endl;
  }

  milliseconds duration_;
};

}  // namespace

int main(int argc, char** argv) {
  CommandLine app{"Measures the routing table; prints one JSON line per measure."};
  int duration_ms = 900;
  std::size_t rules = 10'000;
  app.add_option("--duration-ms", duration_ms, "Time for each measure")
      .shows_default()
      .between(1, 60'000);
  app.add_option("--rules", rules, "Drawn rules before those of config/, in the second table")
      .shows_default()
      .between(1, 13'860);
  if (const auto end = app.parse(argc, argv)) return *end;

  Measures measures{milliseconds(duration_ms)};
  routing::ConfigFiles files = bench::national_files();
  measures.all_of("national", files);
  // An array of tables may go on after another one, so the drawn rules come first.
  files["routing.toml"] = bench::drawn_rules(rules) + files["routing.toml"];
  measures.all_of("national with " + std::to_string(rules) + " rules", files);
  return 0;
}
