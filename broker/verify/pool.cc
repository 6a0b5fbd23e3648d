#include "broker/verify/pool.h"

#include "broker/base/invariant.h"

namespace rujukan::verify {

Pool::Pool(Config config, std::shared_ptr<const routing::RoutingTable> table, Pipeline& pipeline,
           Clock& clock)
    : config_(config), pipeline_(pipeline), clock_(clock), table_(std::move(table)) {
  INVARIANT(config_.threads > 0);
  for (std::size_t i = 0; i < config_.threads; ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

Pool::~Pool() {
  for (std::thread& thread : threads_) thread.join();
}

void Pool::set_table(std::shared_ptr<const routing::RoutingTable> table) {
  const MutexLock lock(mutex_);
  table_ = std::move(table);
}

std::shared_ptr<const routing::RoutingTable> Pool::table() const {
  const MutexLock lock(mutex_);
  return table_;
}

void Pool::work() {
  while (const auto ticket = pipeline_.take()) {
    const auto snapshot = table();
    verify_job(*ticket->job, Ground{*snapshot, snapshot->release().log_origin, clock_.now()});
    pipeline_.finish(*ticket);
  }
}

bool Pool::offer(transport::Inbound&& inbound) {
  push_gone();
  const std::size_t bytes = transport::bytes_of(inbound.frames);
  Job job{std::move(inbound.from),
          std::move(inbound.station),
          inbound.station_key,
          std::move(inbound.frames),
          {}};
  if (pipeline_.push(std::move(job), bytes)) return true;
  // NOLINTNEXTLINE(bugprone-use-after-move): only what was taken is moved from
  inbound = {std::move(job.from), std::move(job.station), job.station_key, std::move(job.frames)};
  return false;
}

void Pool::gone(const transport::ConnectionId& connection) {
  gone_.insert(connection);
  push_gone();
}

void Pool::push_gone() {
  while (!gone_.empty()) {
    if (!pipeline_.push(Job{*gone_.begin(), {}, {}, {}, Gone{}}, 0)) return;
    gone_.erase(gone_.begin());
  }
}

}  // namespace rujukan::verify
