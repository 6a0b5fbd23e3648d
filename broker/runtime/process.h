// What the process as a whole needs from the system.
#pragma once

namespace rujukan {

// Raises the limit of open files to the most allowed, and traces when that is less than `needed`.
void raise_open_files(unsigned long needed);

// No core dump of this process, and no other process of the same user reads its memory: keys and
// case data are in it. Under a sanitizer it stays readable, because the leak checker reads it so.
void forbid_core_dumps();

// Keeps the memory of this process out of the swap: all of it where the system allows that
// (CAP_IPC_LOCK or no limit of locked memory), else only what Secret holds. Traces which. Called by
// whatever reads or makes a key file; does it once. Any thread.
void lock_memory();

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
