// What the signed-note format asks of text: UTF-8, few control characters, names without spaces.
#pragma once

#include <string_view>

namespace rujukan::merkle {

// UTF-8 in the shortest form without surrogates, and no character below U+0020 but newlines.
bool is_note_text(std::string_view text);

// Not empty, no Unicode space, no '+'. Requires: is_note_text(name).
bool is_note_key_name(std::string_view name);

}  // namespace rujukan::merkle
