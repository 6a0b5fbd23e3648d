#include "broker/audit/crew.h"

namespace rujukan::audit {
namespace {

// Bundles of 256 entries on their way; by bytes for logs of large entries.
constexpr std::size_t kBatchesPerThread = 4;
constexpr std::size_t kBatchBytes = 32 * 1024 * 1024;

}  // namespace

Crew::Crew(std::size_t threads)
    : batches(kBatchesPerThread * threads, kBatchBytes),
      signatures(kBatchesPerThread * threads, kBatchBytes) {}

void Crew::start(const std::vector<Examiner>& examiners, std::uint64_t from, std::uint64_t size,
                 std::function<Batch(std::uint64_t)> read) {
  for (const Examiner& examiner : examiners) {
    threads_.emplace_back([this, examiner] { examine_batches(examiner); });
    threads_.emplace_back([this] { check_signatures(); });
  }
  threads_.emplace_back(
      [this, from, size, read = std::move(read)] { read_batches(from, size, read); });
}

void Crew::stop() {
  batches.close();
  signatures.close();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Crew::read_batches(std::uint64_t from, std::uint64_t size,
                        const std::function<Batch(std::uint64_t)>& read) {
  for (std::uint64_t first = from; first < size; first += merkle::kTileWidth) {
    Batch batch = read(first);
    const bool failed = batch.unreadable.has_value();
    const std::size_t bytes = batch.bundle ? batch.bundle->size() : 0;
    if (!batches.push_when_room(std::move(batch), bytes) || failed) return;
  }
}

void Crew::examine_batches(const Examiner& examiner) {
  while (const auto ticket = batches.take()) {
    if (const auto done = examine(*ticket->job, examiner); !done) {
      ticket->job->unreadable = done.error();
    }
    batches.finish(*ticket);
  }
}

void Crew::check_signatures() {
  while (const auto ticket = signatures.take()) {
    ticket->job->run();
    signatures.finish(*ticket);
  }
}

}  // namespace rujukan::audit
