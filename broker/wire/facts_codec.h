// Facts <-> the table of schemas/common.fbs, shared by messages and stored cases.
#pragma once

#include "broker/model/facts.h"
#include "broker/wire/buffers.h"
#include "schemas/common_generated.h"

namespace rujukan::wire {

// `victim_protected` is not in the table: it stands on the message or record itself.
flatbuffers::Offset<fb::Facts> put_facts(flatbuffers::FlatBufferBuilder& builder,
                                         const Facts& facts);
Facts read_facts(FieldReader& fields, const fb::Facts* table);

}  // namespace rujukan::wire
