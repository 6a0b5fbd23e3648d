// Decoders of what is signed and logged. The first byte chooses; what is accepted must survive
// being written and read again.
#include "broker/seal/seal.h"
#include "broker/wire/entry_codec.h"
#include "broker/wire/message_codec.h"
#include "broker/wire/order_codec.h"
#include "broker/wire/release_codec.h"
#include "tests/fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rujukan;
  using fuzz::require;
  if (size == 0) return 0;
  // A buffer of its own: readers of FlatBuffers want aligned bytes.
  const Bytes input(data + 1, data + size);
  switch (data[0] % 5) {
    case 0:
      if (const auto message = wire::decode_message(input)) {
        require(*wire::decode_message(wire::encode_message(*message)) == *message);
      }
      return 0;
    case 1:
      if (const auto entry = wire::decode_entry(input)) {
        if (const auto again = wire::encode_entry(*entry)) {
          require(*wire::decode_entry(*again) == *entry);
        }
      }
      return 0;
    case 2:
      if (const auto release = wire::decode_release(input)) {
        require(wire::encode_release(*release) == input);
      }
      if (wire::decode_signed_release(input)) require(!input.empty());
      return 0;
    case 3:
      if (sealed_for(input)) require(!input.empty());
      return 0;
    default:
      if (const auto order = wire::order_in(input)) {
        require(*wire::decode_order(wire::encode_order(*order)) == *order);
        const auto envelope = wire::decode_signed_order(input);
        require(wire::order_in(wire::encode_signed_order(*envelope)).ok());
      }
      return 0;
  }
}
