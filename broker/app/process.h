// What the process as a whole needs from the system.
#pragma once

namespace rujukan::app {

// Raises the limit of open files to the most allowed: every station costs one.
void raise_open_files();

// While it lives, the signals that the broker answers to stay away from this thread and from those
// it starts; the main thread takes them afterwards.
class SignalsBlocked {
 public:
  SignalsBlocked();
  ~SignalsBlocked();
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
};

}  // namespace rujukan::app
