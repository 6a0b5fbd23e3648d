#include "tests/integration/log_mutations.h"

#include <random>

#include "broker/merkle/proof.h"
#include "broker/merkle/receipt.h"
#include "broker/merkle/tiles.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "tests/support/small_release.h"

namespace rujukan::test {

std::string receipt_in(const LogBytes& log, std::size_t at) {
  std::vector<Digest> leaves;
  for (const Bytes& entry : log.entries) leaves.push_back(merkle::leaf_hash(entry));
  const auto key = Ed25519SecretKey::from_seed(seed_of("log"));
  const merkle::Checkpoint checkpoint{kOrigin, leaves.size(), merkle::root_of(leaves)};
  return merkle::receipt_to_text({LogIndex{at}, log.entries[at], merkle::path_of(leaves, at),
                                  merkle::sign_checkpoint(checkpoint, key)});
}

Bytes mutations(const LogBytes& log) {
  std::minstd_rand random(1);
  const auto below = [&random](std::size_t count) { return random() % count; };
  Bytes out;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = log.entries[below(log.entries.size())];
    const Entry entry = *wire::decode_entry(bytes);
    const auto* cause = std::get_if<MessageCause>(&entry.cause);
    const bool of_message = cause != nullptr && !cause->leaf && i % 2 == 0;
    if (of_message) bytes = cause->message;
    // Mostly small numbers, which offsets and codes are.
    for (std::size_t change = 0; change <= below(3); ++change) {
      bytes[4 + below(bytes.size() - 4)] =
          static_cast<std::uint8_t>(below(2) == 0 ? below(256) : below(20));
    }
    const bool accepted =
        of_message ? wire::decode_message(bytes).ok() : wire::decode_entry(bytes).ok();
    const bool exact = accepted && (of_message ? wire::check_exact_message(bytes).ok()
                                               : wire::check_exact_entry(bytes).ok());
    out.push_back(of_message ? 1 : 0);
    out.push_back(static_cast<std::uint8_t>((accepted ? 1 : 0) + (exact ? 1 : 0)));
    merkle::append_entry(out, bytes);
  }
  return out;
}

}  // namespace rujukan::test
