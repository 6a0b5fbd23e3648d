// Under ThreadSanitizer as well; assertions on the test thread only (Catch2's macros are not
// thread-safe).
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <thread>

#include "broker/runtime/bounded_queue.h"
#include "broker/runtime/ordered_pipeline.h"

using namespace rujukan;
using namespace std::chrono_literals;

namespace {

using Queue = BoundedQueue<std::unique_ptr<int>>;
using Pipeline = OrderedPipeline<int>;

// Long enough never to be reached by a test that passes.
constexpr auto kLong = 60'000ms;

std::vector<int> pop_all(Pipeline& pipeline) {
  std::vector<int> out;
  while (!pipeline.drained()) {
    for (const int job : pipeline.pop_ready(7, kLong)) out.push_back(job);
  }
  return out;
}

}  // namespace

TEST_CASE("a queue is full by items and by bytes and refused items are left untouched") {
  Queue queue(2, 10);
  CHECK(queue.try_push(std::make_unique<int>(1), 4));
  auto big = std::make_unique<int>(2);
  CHECK_FALSE(queue.try_push(std::move(big), 7));
  REQUIRE(big != nullptr);
  CHECK(queue.try_push(std::move(big), 6));
  auto third = std::make_unique<int>(3);
  CHECK_FALSE(queue.try_push(std::move(third), 0));
  CHECK(*queue.pop(0ms).value() == 1);
  CHECK(queue.try_push(std::move(third), 0));
  CHECK(*queue.pop(0ms).value() == 2);
  CHECK(*queue.pop(0ms).value() == 3);
  CHECK_FALSE(queue.pop(0ms));
}

TEST_CASE("an item over the byte limit passes when the queue is empty") {
  Queue queue(2, 10);
  CHECK(queue.try_push(std::make_unique<int>(1), 11));
  CHECK_FALSE(queue.try_push(std::make_unique<int>(2), 1));
}

TEST_CASE("a closed queue takes nothing in and gives out what it holds") {
  Queue queue(2, 10);
  CHECK(queue.try_push(std::make_unique<int>(1), 1));
  queue.close();
  CHECK_FALSE(queue.try_push(std::make_unique<int>(2), 1));
  CHECK_FALSE(queue.push(std::make_unique<int>(2), 1));
  CHECK(*queue.pop(kLong).value() == 1);
  CHECK_FALSE(queue.pop(kLong));
}

TEST_CASE("a waiting producer gets room from a consumer and loses nothing") {
  BoundedQueue<int> queue(1, 100);
  std::thread producer([&] {
    for (int i = 0; i < 1000; ++i) {
      if (!queue.push(int{i}, 1)) return;
    }
    queue.close();
  });
  std::vector<int> got;
  while (const auto item = queue.pop(kLong)) got.push_back(*item);
  producer.join();
  REQUIRE(got.size() == 1000);
  std::vector<int> wanted(1000);
  std::iota(wanted.begin(), wanted.end(), 0);
  CHECK(got == wanted);
}

TEST_CASE("a pipeline is full by jobs and by bytes until they are popped") {
  Pipeline pipeline(2, 10);
  CHECK(pipeline.push(1, 4));
  CHECK_FALSE(pipeline.push(2, 7));
  CHECK(pipeline.push(2, 6));
  CHECK_FALSE(pipeline.push(3, 0));
  const auto ticket = pipeline.take();
  REQUIRE(ticket);
  pipeline.finish(*ticket);
  CHECK_FALSE(pipeline.push(3, 0));
  CHECK(pipeline.pop_ready(10, kLong) == std::vector<int>{1});
  CHECK(pipeline.push(3, 0));
}

TEST_CASE("only the finished run from the oldest job on is popped") {
  Pipeline pipeline(10, 100);
  for (int i = 0; i < 4; ++i) REQUIRE(pipeline.push(int(i), 1));
  const auto a = pipeline.take();
  const auto b = pipeline.take();
  const auto c = pipeline.take();
  REQUIRE((a && b && c));
  pipeline.finish(*b);
  pipeline.finish(*c);
  CHECK(pipeline.pop_ready(10, 0ms).empty());
  pipeline.finish(*a);
  CHECK(pipeline.pop_ready(2, kLong) == std::vector<int>{0, 1});
  CHECK(pipeline.pop_ready(10, kLong) == std::vector<int>{2});
  CHECK(pipeline.pop_ready(10, 0ms).empty());
}

TEST_CASE("a worker's changes reach the consumer") {
  Pipeline pipeline(10, 100);
  REQUIRE(pipeline.push(20, 1));
  const auto ticket = pipeline.take();
  REQUIRE(ticket);
  *ticket->job += 1;
  pipeline.finish(*ticket);
  CHECK(pipeline.pop_ready(1, kLong) == std::vector<int>{21});
}

TEST_CASE("closing a pipeline drains what was pushed and then ends workers and consumer") {
  Pipeline pipeline(10, 100);
  REQUIRE(pipeline.push(1, 1));
  pipeline.close();
  CHECK_FALSE(pipeline.push(2, 1));
  CHECK_FALSE(pipeline.drained());
  const auto ticket = pipeline.take();
  REQUIRE(ticket);
  CHECK_FALSE(pipeline.take());
  pipeline.finish(*ticket);
  CHECK(pipeline.pop_ready(10, kLong) == std::vector<int>{1});
  CHECK(pipeline.drained());
  CHECK(pipeline.pop_ready(10, kLong).empty());
}

TEST_CASE("many workers keep the order of arrival") {
  constexpr int kJobs = 20'000;
  Pipeline pipeline(64, 1000);
  std::vector<std::thread> threads;
  for (int w = 0; w < 4; ++w) {
    threads.emplace_back([&] {
      while (const auto ticket = pipeline.take()) {
        // Unequal work, so that later jobs overtake earlier ones.
        if (*ticket->job % 3 == 0) std::this_thread::yield();
        *ticket->job *= 2;
        pipeline.finish(*ticket);
      }
    });
  }
  threads.emplace_back([&] {
    for (int i = 0; i < kJobs;) {
      if (pipeline.push(int{i}, 1)) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
    pipeline.close();
  });
  const auto got = pop_all(pipeline);
  for (auto& thread : threads) thread.join();
  REQUIRE(got.size() == kJobs);
  bool in_order = true;
  for (int i = 0; i < kJobs; ++i) in_order = in_order && got[static_cast<std::size_t>(i)] == 2 * i;
  CHECK(in_order);
}

TEST_CASE("a producer of a pipeline waits for room and loses nothing") {
  constexpr int kJobs = 2000;
  Pipeline pipeline(4, 1000);
  std::thread producer([&] {
    for (int i = 0; i < kJobs; ++i) pipeline.push_when_room(int(i), 1);
    pipeline.close();
  });
  std::thread worker([&] {
    while (const auto ticket = pipeline.take()) pipeline.finish(*ticket);
  });
  const auto got = pop_all(pipeline);
  producer.join();
  worker.join();
  REQUIRE(got.size() == kJobs);
  CHECK(std::is_sorted(got.begin(), got.end()));
}

TEST_CASE("closing a pipeline ends a producer that waits for room") {
  Pipeline pipeline(1, 1000);
  REQUIRE(pipeline.push(1, 1));
  bool taken = true;
  std::thread producer([&] { taken = pipeline.push_when_room(2, 1); });
  pipeline.close();
  producer.join();
  CHECK_FALSE(taken);
}
