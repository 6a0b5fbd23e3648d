// The tiles and entries of a log, in order.
#pragma once

#include <cstdint>
#include <functional>

#include "broker/merkle/tiles.h"
#include "broker/store/log_files.h"

namespace rujukan::audit {

// Whether an error of LogFiles::read says that one file is damaged, and not that the log cannot be
// read.
bool is_of_file(const Error& error);

// The hashes or entries of a tile as they lie there. A log may drop a partial tile once it has the
// full one: then this is the beginning of the full one. nullopt: neither is there. Errors: those of
// `files`.
Result<std::optional<Bytes>> read_tile(const store::LogFiles& files, const merkle::TileId& tile);

// Calls `visit` for the entries [from, size) of a tree of `size` entries; stops when it returns
// false. The bytes are aligned for decoding; nothing is verified. Errors: those of `files`;
// tile.missing and tile.malformed, `field` the path.
Result<void> for_each_entry(const store::LogFiles& files, std::uint64_t from, std::uint64_t size,
                            const std::function<bool(std::uint64_t, ByteView)>& visit);

}  // namespace rujukan::audit
