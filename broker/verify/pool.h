// The verify threads: between the transport and the sequencer, keeping the order of arrival.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "broker/runtime/clock.h"
#include "broker/runtime/mutex.h"
#include "broker/runtime/ordered_pipeline.h"
#include "broker/transport/inbound.h"
#include "broker/verify/verify.h"

namespace rujukan::verify {

using Pipeline = OrderedPipeline<Job>;

// Threads: offer() and gone() by the transport's; set_table() by any.
class Pool final : public transport::InboundSink {
 public:
  struct Config {
    std::size_t threads = 1;  // at least 1
  };

  // Starts the threads. `pipeline` and `clock` outlive it.
  Pool(Config config, std::shared_ptr<const routing::RoutingTable> table, Pipeline& pipeline,
       Clock& clock);
  // Requires: the pipeline was closed. Waits for the threads.
  ~Pool() override;

  // For jobs that are taken up from now on.
  void set_table(std::shared_ptr<const routing::RoutingTable> table);

  bool offer(transport::Inbound&& inbound) override;
  void gone(const transport::ConnectionId& connection) override;

 private:
  void work();
  std::shared_ptr<const routing::RoutingTable> table() const;
  // What is gone is told before anything newer, as soon as there is room.
  void push_gone();

  const Config config_;
  Pipeline& pipeline_;
  Clock& clock_;
  mutable Mutex mutex_;
  std::shared_ptr<const routing::RoutingTable> table_ GUARDED_BY(mutex_);
  std::set<transport::ConnectionId> gone_;  // the transport's thread only
  std::vector<std::thread> threads_;
};

}  // namespace rujukan::verify
