// A disk that reports one error and then behaves as if nothing had been.
#pragma once

namespace rujukan::test {

// While it lives, one sync of the database files that are opened meanwhile fails: that number
// `which`, from 1 on. Only one lives at a time; one thread.
class FailingSync {
 public:
  explicit FailingSync(int which);
  ~FailingSync();
  FailingSync(const FailingSync&) = delete;
  FailingSync& operator=(const FailingSync&) = delete;

  bool failed() const;
};

}  // namespace rujukan::test
