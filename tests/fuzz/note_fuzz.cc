// Signed notes, checkpoints, verifier keys and receipt files. What is read must be written the
// same.
#include <cstdlib>

#include "broker/crypto/ed25519.h"
#include "broker/merkle/note.h"
#include "broker/merkle/receipt.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rujukan;
  static const merkle::NoteKey kKey{"log.example/test",
                                    Ed25519SecretKey::from_seed(Seed{1, 2, 3}).public_key()};
  const std::string_view text = as_text({data, size});
  if (const auto checkpoint = merkle::parse_checkpoint_text(text)) {
    if (merkle::checkpoint_text(*checkpoint) != text) std::abort();
  }
  if (const auto key = merkle::NoteKey::from_vkey(text)) {
    if (key->to_vkey() != text) std::abort();
  }
  if (const auto receipt = merkle::receipt_from_text(text)) {
    if (merkle::receipt_to_text(*receipt) != text) std::abort();
    if (merkle::verify_receipt(*receipt, kKey)) return 0;
  }
  if (merkle::verify_note(text, kKey)) return 0;
  return 0;
}
