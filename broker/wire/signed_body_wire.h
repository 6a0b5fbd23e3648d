// The envelope of schemas/signed_release.fbs and schemas/signed_order.fbs, which have one form.
#pragma once

#include "broker/wire/buffers.h"
#include "broker/wire/release_wire.h"
#include "broker/wire/signed_body.h"

namespace rujukan::wire {

// There are few administrators; an envelope with more signatures is refused unread.
inline constexpr std::size_t kMostSignatures = 64;
// Of an envelope beside its body.
inline constexpr std::size_t kSignaturesBytes = 4096;

template <typename Table, typename SignatureTable>
Bytes encode_signed_body(const SignedBody& signed_body, const char* identifier) {
  flatbuffers::FlatBufferBuilder out(signed_body.body.size() + 1024);
  const auto body = put_bytes(out, signed_body.body);
  std::vector<flatbuffers::Offset<SignatureTable>> offsets;
  for (const AdministratorSignature& one : signed_body.signatures) {
    const auto key = put_bytes(out, one.key);
    const auto signature = put_bytes(out, one.signature);
    typename SignatureTable::Builder table(out);
    table.add_signature(signature);
    table.add_key(key);
    offsets.push_back(table.Finish());
  }
  const auto signatures = out.CreateVector(offsets);
  typename Table::Builder root(out);
  root.add_signatures(signatures);
  root.add_body(body);
  return finish(out, root.Finish(), identifier);
}

// Every failure gets `code`.
template <typename Table>
Result<SignedBody> decode_signed_body(ByteView bytes, const char* identifier, std::size_t max_bytes,
                                      ErrorCode code) {
  if (bytes.size() > max_bytes) return Error{code, "", "too large"};
  const auto* table = verified_root<Table>(bytes, identifier, kMostSignatures + 1);
  if (table == nullptr) return Error{code, "", "not a valid buffer"};
  if (table->body() == nullptr || table->body()->size() > max_bytes - kSignaturesBytes) {
    return Error{code, "body", "missing or too large"};
  }
  FieldReader fields(code);
  SignedBody out;
  out.body = {table->body()->begin(), table->body()->end()};
  out.signatures =
      read_tables(fields, table->signatures(), [](FieldReader& reader, const auto& signature) {
        return AdministratorSignature{
            reader.template fixed<32>("signatures.key", signature.key()),
            reader.template fixed<64>("signatures.signature", signature.signature())};
      });
  if (fields.failed()) return fields.error();
  return out;
}

}  // namespace rujukan::wire
