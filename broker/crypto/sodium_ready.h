// libsodium chooses its implementations when it is initialised; without it the slow ones run.
#pragma once

namespace rujukan {

// Initialises libsodium at the first call. Any thread.
void ensure_sodium();

}  // namespace rujukan
