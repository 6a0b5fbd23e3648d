#include "broker/runtime/random.h"

#include <sodium.h>

#include "broker/base/bytes.h"
#include "broker/crypto/sodium_ready.h"
#include "broker/model/ids.h"
#include "broker/runtime/mutex.h"

namespace rujukan {

void fill_random(std::span<std::uint8_t> out) {
  if (out.empty()) return;  // its data may be null, which randombytes_buf does not take
  ensure_sodium();
  randombytes_buf(out.data(), out.size());
}

namespace {

// Of the latest id of this process.
struct Uuid7Counter {
  static constexpr unsigned kBits = 26;  // the 12 of rand_a and the first 14 of rand_b
  static constexpr std::uint32_t kEnd = 1U << kBits;
  // A clock that went back by no more is waited for: its ids go on ascending.
  static constexpr std::uint64_t kWaitedForMs = 10'000;

  Mutex mutex;
  std::uint64_t unix_ms GUARDED_BY(mutex) = 0;
  std::uint32_t count GUARDED_BY(mutex) = 0;

  void advance(std::uint64_t now_ms, std::uint32_t fresh) REQUIRES_LOCK(mutex) {
    const bool later = now_ms > unix_ms || unix_ms - now_ms > kWaitedForMs;
    if (!later && ++count < kEnd) return;
    unix_ms = later ? now_ms : unix_ms + 1;
    count = fresh;
  }
};

}  // namespace

std::array<std::uint8_t, 16> new_uuid7(Clock& clock) {
  static Uuid7Counter latest;
  auto random = random_bytes<10>();
  // Half of the range at least is left to count in.
  const std::uint32_t fresh = read_u32be(random_bytes<4>()) % (Uuid7Counter::kEnd / 2);
  const MutexLock lock(latest.mutex);
  latest.advance(to_us(clock.now()) / 1000, fresh);
  random[0] = static_cast<std::uint8_t>(latest.count >> 22);
  random[1] = static_cast<std::uint8_t>(latest.count >> 14);
  random[2] = static_cast<std::uint8_t>(latest.count >> 8 & 0x3F);
  random[3] = static_cast<std::uint8_t>(latest.count);
  return make_uuid7(latest.unix_ms, random);
}

}  // namespace rujukan
