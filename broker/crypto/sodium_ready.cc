#include "broker/crypto/sodium_ready.h"

#include <sodium.h>

#include "broker/base/invariant.h"

namespace rujukan {

void ensure_sodium() {
  static const int state = sodium_init();
  INVARIANT(state >= 0);
}

}  // namespace rujukan
