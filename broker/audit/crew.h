// The threads of a verification: one reads bundles ahead, others examine them and check signatures.
#pragma once

#include <functional>
#include <thread>
#include <vector>

#include "broker/audit/batch.h"
#include "broker/audit/signatures.h"
#include "broker/runtime/ordered_pipeline.h"

namespace rujukan::audit {

// Both pipelines are emptied by the thread that owns it, which also fills `signatures`.
class Crew {
 public:
  // `threads`: at least 1.
  explicit Crew(std::size_t threads);
  ~Crew() { stop(); }

  // `examiners` has one for each thread; `read` is called in one of its own for each bundle of
  // [from, size), until one says that the source failed.
  void start(const std::vector<Examiner>& examiners, std::uint64_t from, std::uint64_t size,
             std::function<Batch(std::uint64_t)> read);
  // What is in the pipelines is still worked on.
  void stop();

  OrderedPipeline<Batch> batches;
  OrderedPipeline<SignatureBatch> signatures;

 private:
  void read_batches(std::uint64_t from, std::uint64_t size,
                    const std::function<Batch(std::uint64_t)>& read);
  void examine_batches(const Examiner& examiner);
  void check_signatures();

  std::vector<std::thread> threads_;
};

}  // namespace rujukan::audit
