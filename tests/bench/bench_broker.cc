// Referrals per second through a real rujukand: durable, signature-verified, routed by the national
// table, with a payload of 1 KiB, over CURVE on one machine. Prints one JSON line; the references
// (signature checks, hashes, fdatasync) are measured in the same run.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "broker/crypto/sha256.h"
#include "broker/routing/table.h"
#include "broker/runtime/command_line.h"
#include "broker/runtime/random.h"
#include "broker/wire/message_codec.h"
#include "tests/bench/national_release.h"
#include "tests/bench/reference.h"
#include "tests/support/broker_process.h"

namespace {

using namespace rujukan;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// A complaint of kpai: two assignments with two units each, three units informed.
Facts complaint() {
  Facts facts;
  facts.mode = Mode::kOnline;
  facts.categories = {Category::kSexualExtortion};
  facts.victim_age = VictimAge::kChild;
  facts.victims = {AreaCode("31.71")};
  facts.suspects = {AreaCode("18.71")};
  facts.urgency = Urgency::kUrgent;
  facts.consent = Consent::kNotRequired;
  return facts;
}

class Client {
 public:
  Client(const test::BrokerProcess& broker, std::vector<UnitId> recipients)
      : station_(broker.connect("kpai")), recipients_(std::move(recipients)) {}

  // Signed and encoded before the clock runs.
  wire::Frames submission(std::size_t messages) {
    std::vector<wire::SubmittedMessage> batch;
    for (std::size_t i = 0; i < messages; ++i) {
      Bytes payload = test::payload_form(recipients_, 500);
      Message message = test::referral_message(complaint());
      SystemClock clock;
      message.message_id = MessageId{new_uuid7(clock)};
      message.case_id = case_id_of(message.message_id);
      message.recipients = recipients_;
      message.payload = PayloadRef{sha256(payload), static_cast<std::uint32_t>(payload.size()), {}};
      batch.push_back({wire::encode_message(message), std::move(payload)});
    }
    return wire::encode(test::signed_submission(UnitId("kpai"), std::move(batch), ++requests_));
  }

  // Sends all, `window` submissions ahead of the answers; seconds from first to last.
  double run(const std::vector<wire::Frames>& submissions, std::size_t window) {
    const auto start = Clock::now();
    std::size_t answered = 0;
    for (std::size_t sent = 0; answered < submissions.size();) {
      while (sent < submissions.size() && sent - answered < window)
        station_.send(submissions[sent++]);
      take_answer();
      ++answered;
    }
    return std::chrono::duration<double>(Clock::now() - start).count();
  }

  // Milliseconds from submission to receipt, one after the other at the rate.
  std::vector<double> latencies(const std::vector<wire::Frames>& submissions, int per_second) {
    std::vector<double> out;
    auto next = Clock::now();
    for (const wire::Frames& frames : submissions) {
      std::this_thread::sleep_until(next);
      next += std::chrono::microseconds(1'000'000 / per_second);
      const auto start = Clock::now();
      station_.send(frames);
      take_answer();
      out.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    std::sort(out.begin(), out.end());
    return out;
  }

 private:
  void take_answer() {
    const auto frames = station_.receive(wire::FrameType::kOutcome, 60s);
    const auto outcome = frames
                             ? wire::decode_outcome(test::views(*frames))
                             : Result<wire::SubmissionOutcome>(Error{ErrorCode::kTransportFailed});
    if (!outcome || outcome->refusal) fail(outcome ? *outcome->refusal : outcome.error());
    for (const auto& result : outcome->results) {
      if (result.refusal) fail(*result.refusal);
    }
  }
  [[noreturn]] static void fail(const Error& error) {
    std::cerr << "bench_broker: " << to_string(error) << "\n";
    std::exit(1);
  }

  test::RawStation station_;
  std::vector<UnitId> recipients_;
  std::uint64_t requests_ = 0;
};

struct Rate {
  double per_second = 0;
  std::size_t messages = 0;
};

Rate measure(Client& client, std::size_t messages, std::size_t per_submission, std::size_t window) {
  // In slices, so that what waits to be sent does not fill the memory.
  double seconds = 0;
  std::size_t done = 0;
  while (done < messages) {
    std::vector<wire::Frames> submissions;
    const std::size_t slice = std::min<std::size_t>(messages - done, 16'384);
    for (std::size_t i = 0; i < slice; i += per_submission) {
      submissions.push_back(client.submission(per_submission));
    }
    seconds += client.run(submissions, window);
    done += submissions.size() * per_submission;
  }
  return {static_cast<double>(done) / seconds, done};
}

double rounded(double value) { return std::round(value * 100) / 100; }

}  // namespace

int main(int argc, char** argv) {
  CommandLine app{"Measures a real rujukand; prints one JSON line."};
  std::size_t batched = 100'000;
  std::size_t single = 10'000;
  std::size_t slow = 500;
  app.add_option("--batched", batched, "messages in submissions of 64").shows_default();
  app.add_option("--single", single, "messages in submissions of 1").shows_default();
  app.add_option("--slow", slow, "messages at 100 per second, for the latency").shows_default();
  if (const auto end = app.parse(argc, argv)) return *end;

  const Release release = bench::national_release();
  auto table = routing::RoutingTable::build(release);
  const auto route =
      table ? (*table)->route(complaint(), test::noon()) : Result<routing::Route>(table.error());
  if (!route) {
    std::cerr << "bench_broker: " << to_string(route.error()) << "\n";
    return 1;
  }
  test::BrokerProcess broker(release);
  if (!broker.start()) {
    std::cerr << broker.trace();
    return 1;
  }
  Client client(broker, route->recipients());
  measure(client, 1024, 64, 4);  // warm

  std::vector<wire::Frames> one_by_one;
  for (std::size_t i = 0; i < slow; ++i) one_by_one.push_back(client.submission(1));
  const std::vector<double> ms = client.latencies(one_by_one, 100);
  const Rate one = measure(client, single, 1, 256);
  const Rate many = measure(client, batched, 64, 16);
  const auto resident = broker.resident_bytes();
  const auto at = [&](double part) {
    return rounded(ms[static_cast<std::size_t>(static_cast<double>(ms.size() - 1) * part)]);
  };

  const auto reference = bench::reference_figures(broker.folder().path(), 900ms);
  if (!reference) {
    std::cerr << "bench_broker: " << to_string(reference.error()) << "\n";
    return 1;
  }
  const double verifies = reference->at("ed25519_verifies_per_s_per_core");
  nlohmann::ordered_json out;
  out["bench"] = "broker";
  out["referrals_per_s_1"] = std::round(one.per_second);
  out["referrals_per_s_64"] = std::round(many.per_second);
  out["receipt_p50_ms"] = at(0.5);
  out["receipt_p99_ms"] = at(0.99);
  out["cases"] = one.messages + many.messages + slow + 1024;
  out["broker_resident_mib"] = rounded(static_cast<double>(resident) / (1024 * 1024));
  out["ratio_1_to_verifies"] = rounded(one.per_second / verifies);
  out["ratio_64_to_verifies"] = rounded(many.per_second / verifies);
  out.update(*reference);
  std::cout << out.dump() << "\n";
  return broker.stop() == 0 ? 0 : 1;
}
