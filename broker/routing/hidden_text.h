// What a reader does not see in a text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rujukan::routing {

// The first character that is not shown, that looks like a plain space, or that turns the direction
// of what follows; else where letters of a second direction begin. nullopt: none, or not UTF-8.
// Source: Unicode 15, general categories Cc, Cf and Zs, default ignorables, and bidi classes R, AL.
std::optional<std::string> hidden_in(std::string_view text);

}  // namespace rujukan::routing
