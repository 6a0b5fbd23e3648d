// What the process as a whole needs from the system.
#pragma once

namespace rujukan {

// Raises the limit of open files to the most allowed, and traces when that is less than `needed`.
void raise_open_files(unsigned long needed);

// A supervised program begins with them blocked; see below.
void unblock_signals();

// While it lives, the signals that a program answers to (SIGTERM, SIGINT, SIGHUP) stay away from
// this thread and from those it starts; whoever made it takes them afterwards. What came meanwhile
// waits.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
};

}  // namespace rujukan
