// What an audit costs: verification with replay of a log's files, beside the signature checks and
// hashes alone that it cannot do without, its memory at two sizes of the log, proofs from the
// stored nodes, and what signing checkpoints adds to a commit. One JSON line per measure.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "broker/audit/entry_reader.h"
#include "broker/audit/export.h"
#include "broker/audit/replay.h"
#include "broker/audit/source.h"
#include "broker/audit/verification.h"
#include "broker/merkle/proof.h"
#include "broker/runtime/command_line.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/frames.h"
#include "tests/bench/rate.h"
#include "tests/bench/written_log.h"
#include "tests/support/temporary_folder.h"

namespace {

using namespace rujukan;
using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

[[noreturn]] void fail(const std::string& what) {
  std::cerr << "bench_audit: " << what << "\n";
  std::exit(1);
}
template <typename T>
T required(Result<T> result) {
  if (!result) fail(to_string(result.error()));
  return *std::move(result);
}

double rounded(double value) { return std::round(value * 100) / 100; }
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}
unsigned cores() { return std::max(std::thread::hardware_concurrency(), 1U); }

void print(const char* measure, const Json& fields) {
  Json line = {{"bench", "audit"}, {"measure", measure}};
  line.update(fields);
  std::cout << line.dump() << std::endl;
}

merkle::Policy policy() {
  merkle::Policy out;
  const auto key = Ed25519SecretKey::from_seed(test::seed_of("log"));
  out.logs.push_back({{test::kOrigin, key.public_key()}, {}});
  return out;
}

// Seconds for what no audit can do without: each entry hashed into the tree, each message into its
// submission's tree, and each signature once; on all cores.
double bare_cost(const store::LogFiles& files, std::uint64_t size) {
  struct Part {
    Bytes entry;
    MessageCause cause;
  };
  std::vector<Part> parts;
  std::map<UnitId, PublicKey> keys;
  const auto read = audit::for_each_entry(files, 0, size, [&](std::uint64_t, ByteView bytes) {
    const Entry entry = required(wire::decode_entry(bytes));
    const auto* cause = std::get_if<MessageCause>(&entry.cause);
    if (cause != nullptr && !keys.contains(cause->proof.unit)) {
      keys.emplace(cause->proof.unit, test::signing_key(cause->proof.unit).public_key());
    }
    parts.push_back({to_bytes(bytes), cause != nullptr ? *cause : MessageCause{}});
    return true;
  });
  if (!read) fail(to_string(read.error()));
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> bad{0};
  const auto work = [&] {
    constexpr std::size_t kAtOnce = 64;
    for (std::size_t from = next.fetch_add(kAtOnce); from < parts.size();
         from = next.fetch_add(kAtOnce)) {
      for (std::size_t i = from; i < std::min(from + kAtOnce, parts.size()); ++i) {
        const Digest leaf = merkle::leaf_hash(parts[i].entry);
        merkle::node_hash(leaf, leaf);
        const SenderProof& proof = parts[i].cause.proof;
        if (parts[i].cause.message.empty()) continue;
        Digest root = merkle::leaf_hash(parts[i].cause.message);
        // Of the first message it is always on the left.
        for (const Digest& sibling : proof.path) root = merkle::node_hash(root, sibling);
        if (proof.index != 0) continue;
        const Bytes text =
            wire::submission_signing_bytes(test::kOrigin, proof.unit, proof.count, root);
        if (!ed25519_verify(keys.at(proof.unit), text, proof.signature)) ++bad;
      }
    }
  };
  const auto start = Clock::now();
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < cores(); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  const double seconds = seconds_since(start);
  if (bad > 0) fail("a signature does not verify");
  return seconds;
}

struct Audited {
  std::uint64_t entries = 0;
  double seconds = 0;
};

Audited audit_folder(const std::string& folder, bool with_replay) {
  const auto files = required(audit::open_source(folder));
  const auto replay = required(audit::Replay::create());
  audit::VerifyOptions options;
  options.policy = policy();
  if (with_replay) options.consumers = {replay.get()};
  const auto start = Clock::now();
  const auto verified = required(audit::verify_log(*files, options));
  const double seconds = seconds_since(start);
  if (!verified.findings.empty()) fail(verified.findings[0].text());
  if (with_replay && replay->counts().entries != verified.entries) fail("the replay stopped");
  return {verified.entries, seconds};
}

void measure_audit(const std::string& folder, std::size_t per_submission) {
  const Audited both = audit_folder(folder, true);
  const Audited verify_only = audit_folder(folder, false);
  const double bare = bare_cost(*required(audit::open_source(folder)), both.entries);
  const auto rate = [&](double seconds) {
    return std::round(static_cast<double>(both.entries) / seconds);
  };
  print("verify_and_replay", {{"per_submission", per_submission},
                              {"entries", both.entries},
                              {"cores", cores()},
                              {"value", rate(both.seconds)},
                              {"verify_alone", rate(verify_only.seconds)},
                              {"signatures_and_hashes_alone", rate(bare)},
                              {"ratio", rounded(both.seconds / bare)}});
}

// In a process of its own, so that nothing else counts.
void measure_memory(const std::string& folder, std::uint64_t entries) {
  std::cout.flush();
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    ::execl("/proc/self/exe", "bench_audit", "--read", folder.c_str(), nullptr);
    ::_exit(127);
  }
  int status = 0;
  struct rusage usage {};
  if (::wait4(child, &status, 0, &usage) != child || status != 0) fail("the reading failed");
  print("memory", {{"entries", entries},
                   {"value", rounded(static_cast<double>(usage.ru_maxrss) / 1024)},
                   {"unit", "MiB"}});
}

void measure_proofs(const std::filesystem::path& data_dir, std::size_t count) {
  const auto stored = required(store::ReadOnlyStore::open(data_dir.string()));
  const store::Reader& reader = stored->reader();
  const std::uint64_t size = required(reader.size());
  const auto tree = required(merkle::Tree::load(reader, size));
  std::mt19937_64 random(1);
  std::vector<double> ms;
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t index = random() % size;
    const auto start = Clock::now();
    const Bytes entry = required(reader.entry(LogIndex{index}));
    const auto path = required(tree.inclusion(index, size));
    ms.push_back(seconds_since(start) * 1000);
    if (!merkle::verify_inclusion(merkle::leaf_hash(entry), index, size, path, tree.root())) {
      fail("a proof does not verify");
    }
  }
  std::sort(ms.begin(), ms.end());
  print("proof", {{"entries", size},
                  {"value", std::round(ms[ms.size() / 2] * 1000) / 1000},
                  {"unit", "ms"},
                  {"max", rounded(ms.back())}});
}

void measure_signing(const bench::LogWriting& writing) {
  const double commit = writing.committing().count() / static_cast<double>(writing.commits());
  const double signs = bench::calls_per_second(
      std::chrono::milliseconds(300), [&writing, n = std::uint64_t{0}]() mutable {
        return !merkle::sign_checkpoint({test::kOrigin, ++n, Digest{}}, writing.log_key()).empty();
      });
  print("checkpoint_signing", {{"commits", writing.commits()},
                               {"commit_ms", std::round(commit * 1e6) / 1000},
                               {"sign_ms", std::round(1e6 / signs) / 1000},
                               {"value", std::round(10000 / signs / commit) / 100},
                               {"unit", "percent of a commit"}});
}

void export_log(const std::filesystem::path& data_dir, const std::filesystem::path& folder) {
  const auto log = required(audit::open_source(data_dir.string()));
  const auto out = required(audit::Export::open(folder));
  required(out.update(*log, [](std::uint64_t, std::uint64_t) { return true; }));
}

void run(std::uint64_t entries, std::size_t per_submission, const std::filesystem::path& under) {
  const auto data_dir = under / ("data-" + std::to_string(per_submission));
  const auto folder = under / ("log-" + std::to_string(per_submission));
  std::filesystem::create_directories(data_dir);
  bench::LogWriting writing(data_dir);
  for (const std::uint64_t part : {entries / 4, entries}) {
    writing.grow(part, per_submission);
    export_log(data_dir, folder);
    measure_memory(folder.string(), writing.size());
  }
  measure_audit(folder.string(), per_submission);
  measure_proofs(data_dir, 1000);
  measure_signing(writing);
}

}  // namespace

int main(int argc, char** argv) {
  CommandLine app{"Measures audits of a log; prints one JSON line per measure."};
  std::uint64_t batched = 200'000;
  std::uint64_t single = 50'000;
  std::string read;
  app.add_option("--batched", batched, "entries from submissions of 64; 0: none").shows_default();
  app.add_option("--single", single, "entries from submissions of 1; 0: none").shows_default();
  app.add_option("--read", read, "only verify and replay the log in this folder");
  if (const auto end = app.parse(argc, argv)) return *end;
  if (!read.empty()) {
    audit_folder(read, true);
    return 0;
  }
  const test::TemporaryFolder under;
  if (batched > 0) run(batched, 64, under.path());
  if (single > 0) run(single, 1, under.path());
  return 0;
}
