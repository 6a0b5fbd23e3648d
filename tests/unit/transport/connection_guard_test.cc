#include "broker/transport/connection_guard.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>

#include "broker/runtime/file.h"

using namespace rujukan;
using namespace rujukan::transport;

namespace {

// Two ends of a connection; what is cut at one end reads as ended at the other.
struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) == 0);
    ours = FileDescriptor(ends[0]);
    theirs = FileDescriptor(ends[1]);
  }
  bool cut() const {
    char byte = 0;
    return ::read(theirs.get(), &byte, 1) == 0;
  }
  FileDescriptor ours, theirs;
};

}  // namespace

TEST_CASE("a connection over the number is cut and the others stay") {
  ConnectionGuard guard(2);
  const Pair a, b, c, d;
  for (const Pair* pair : {&a, &b, &c}) guard.observe({ZMQ_EVENT_ACCEPTED, pair->ours.get()});
  CHECK_FALSE(a.cut());
  CHECK_FALSE(b.cut());
  CHECK(c.cut());
  CHECK(guard.cut() == 1);
  guard.observe({ZMQ_EVENT_DISCONNECTED, c.ours.get()});
  guard.observe({ZMQ_EVENT_DISCONNECTED, a.ours.get()});
  guard.observe({ZMQ_EVENT_ACCEPTED, d.ours.get()});
  CHECK_FALSE(d.cut());
  CHECK(guard.connections() == 2);
}
