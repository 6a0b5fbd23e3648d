#include <catch2/catch.hpp>

#include "broker/verify/pool.h"
#include "tests/support/small_release.h"

using namespace rujukan;
using namespace rujukan::verify;
using namespace std::chrono_literals;

namespace {

class NoonClock final : public Clock {
 public:
  TimeUs now() override { return test::noon(); }
};

transport::Inbound inbound_of(wire::Frames frames, const char* station = "kpai") {
  const auto table = test::small_table();
  const StationId id(station);
  return {{Bytes{0, 1, 2, 3, 4}}, id, table->station(id)->curve_key, std::move(frames)};
}

Job job_of(wire::Frames frames) {
  transport::Inbound inbound = inbound_of(std::move(frames));
  Job job{inbound.from, inbound.station, inbound.station_key, std::move(inbound.frames), {}};
  const auto table = test::small_table();
  verify_job(job, {*table, test::kOrigin, test::noon()});
  CHECK(job.frames.empty());
  return job;
}

ErrorCode refusal(const Job& job) {
  REQUIRE(std::holds_alternative<Refused>(job.work));
  return std::get<Refused>(job.work).error.code;
}

std::vector<Job> pop(Pipeline& pipeline, std::size_t count) {
  std::vector<Job> out;
  while (out.size() < count) {
    auto some = pipeline.pop_ready(count - out.size(), 60'000ms);
    if (some.empty()) break;
    for (Job& job : some) out.push_back(std::move(job));
  }
  return out;
}

}  // namespace

TEST_CASE("a hello and a request for a release become jobs") {
  wire::Hello hello;
  hello.release = ReleaseVersion{3};
  const Job hello_job = job_of(wire::encode(hello));
  REQUIRE(std::holds_alternative<wire::Hello>(hello_job.work));
  CHECK(std::get<wire::Hello>(hello_job.work).release == ReleaseVersion{3});
  const Job release_job = job_of(wire::encode(wire::GetRelease{ReleaseVersion{4}}));
  REQUIRE(std::holds_alternative<wire::GetRelease>(release_job.work));
  CHECK(std::get<wire::GetRelease>(release_job.work).version == ReleaseVersion{4});
}

TEST_CASE("frames that are not of the protocol are refused with their code") {
  wire::Frames hello = wire::encode(wire::Hello{});
  CHECK(refusal(job_of({})) == ErrorCode::kFrameMalformed);
  CHECK(refusal(job_of({Bytes{'X'}})) == ErrorCode::kFrameMalformed);
  wire::Frames version = hello;
  version[0][2] = 9;
  CHECK(refusal(job_of(version)) == ErrorCode::kFrameVersion);
  wire::Frames type = hello;
  type[0][3] = 99;
  CHECK(refusal(job_of(type)) == ErrorCode::kFrameUnknownType);
  wire::Frames truncated = hello;
  truncated[1].resize(truncated[1].size() / 2);
  CHECK(refusal(job_of(truncated)) == ErrorCode::kFrameMalformed);
  wire::Frames trailing = hello;
  trailing[1].push_back(0);
  CHECK(refusal(job_of(trailing)) == ErrorCode::kFrameMalformed);
  CHECK(refusal(job_of(wire::encode(wire::Welcome{}))) == ErrorCode::kFrameUnknownType);
}

TEST_CASE("a station that left the table is refused whatever it sends") {
  Release release = test::small_release();
  std::erase_if(release.stations, [](const Station& s) { return s.id == StationId("kpai"); });
  const auto table = routing::RoutingTable::build(release).value();
  for (const wire::Frames& frames :
       {wire::encode(wire::Hello{}), wire::encode(wire::GetRelease{})}) {
    transport::Inbound inbound = inbound_of(frames);
    Job job{inbound.from, inbound.station, inbound.station_key, frames, {}};
    verify_job(job, {*table, test::kOrigin, test::noon()});
    CHECK(refusal(job) == ErrorCode::kStationUnknown);
  }
}

TEST_CASE("the pool keeps the order of arrival and hands over the connection") {
  NoonClock clock;
  Pipeline pipeline(1000, 1u << 30);
  std::vector<Job> jobs;
  {
    Pool pool({3}, test::small_table(), pipeline, clock);
    for (std::uint32_t i = 0; i < 500; ++i) {
      REQUIRE(pool.offer(inbound_of(wire::encode(wire::GetRelease{ReleaseVersion{i}}))));
    }
    jobs = pop(pipeline, 500);
    pipeline.close();
  }
  REQUIRE(jobs.size() == 500);
  for (std::uint32_t i = 0; i < 500; ++i) {
    REQUIRE(std::get<wire::GetRelease>(jobs[i].work).version == ReleaseVersion{i});
    REQUIRE(jobs[i].station == StationId("kpai"));
    REQUIRE(jobs[i].from.routing_id == Bytes{0, 1, 2, 3, 4});
  }
}

TEST_CASE("an offer that finds no room leaves the message untouched") {
  NoonClock clock;
  Pipeline pipeline(1, 1u << 30);
  {
    Pool pool({1}, test::small_table(), pipeline, clock);
    REQUIRE(pool.offer(inbound_of(wire::encode(wire::Hello{}))));
    transport::Inbound second = inbound_of(wire::encode(wire::GetRelease{ReleaseVersion{7}}));
    const wire::Frames frames = second.frames;
    const bool taken = pool.offer(std::move(second));
    CHECK_FALSE(taken);
    // NOLINTNEXTLINE(bugprone-use-after-move): only what was taken is moved from
    CHECK(second.frames == frames);
    CHECK(second.station == StationId("kpai"));
    CHECK(pop(pipeline, 1).size() == 1);
    const bool taken_now = pool.offer(std::move(second));
    CHECK(taken_now);
    CHECK(std::holds_alternative<wire::GetRelease>(pop(pipeline, 1).at(0).work));
    pipeline.close();
  }
}

TEST_CASE("connections that are gone are told once there is room and before anything newer") {
  NoonClock clock;
  Pipeline pipeline(2, 1u << 30);
  {
    Pool pool({1}, test::small_table(), pipeline, clock);
    REQUIRE(pool.offer(inbound_of(wire::encode(wire::Hello{}))));
    REQUIRE(pool.offer(inbound_of(wire::encode(wire::Hello{}))));
    pool.gone({Bytes{0, 9, 9, 9, 9}});
    pool.gone({Bytes{0, 9, 9, 9, 9}});
    CHECK(pop(pipeline, 2).size() == 2);
    REQUIRE(pool.offer(inbound_of(wire::encode(wire::Hello{}))));
    const auto jobs = pop(pipeline, 2);
    REQUIRE(jobs.size() == 2);
    CHECK(std::holds_alternative<Gone>(jobs[0].work));
    CHECK(jobs[0].from.routing_id == Bytes{0, 9, 9, 9, 9});
    CHECK(std::holds_alternative<wire::Hello>(jobs[1].work));
    pipeline.close();
  }
}

TEST_CASE("a new table holds for jobs that are taken up after it") {
  NoonClock clock;
  Pipeline pipeline(10, 1u << 30);
  {
    Pool pool({2}, test::small_table(), pipeline, clock);
    REQUIRE(pool.offer(inbound_of(wire::encode(wire::Hello{}))));
    CHECK(std::holds_alternative<wire::Hello>(pop(pipeline, 1).at(0).work));
    Release release = test::small_release();
    release.stations.clear();
    pool.set_table(routing::RoutingTable::build(release).value());
    REQUIRE(pool.offer(inbound_of(wire::encode(wire::Hello{}))));
    CHECK(refusal(pop(pipeline, 1).at(0)) == ErrorCode::kStationUnknown);
    pipeline.close();
  }
}
