"""Whether a file includes the headers of others whose names it uses, itself or through the project's
own headers. Precompiled headers would hide that it does not; compile_alone.py asks the compiler.

Standard library only.
"""
import re

# name in the code: headers of which one must be included. Names that every standard header brings are
# left out.
NAMES = {
    r"std::optional\b|std::nullopt\b": ("optional",),
    r"std::variant\b|std::visit\b|std::get_if\b|std::holds_alternative\b|std::monostate\b":
        ("variant",),
    r"std::vector\b": ("vector",),
    r"std::deque\b": ("deque",),
    r"std::list\b": ("list",),
    r"std::map\b": ("map",),
    r"std::set\b": ("set",),
    r"std::unordered_map\b": ("unordered_map",),
    r"std::unordered_set\b": ("unordered_set",),
    r"std::span\b": ("span",),
    r"std::array\b": ("array", "span", "tuple"),
    r"std::tuple\b|std::tie\b": ("tuple",),
    r"std::function\b": ("functional",),
    r"std::(?:unique_ptr|shared_ptr|weak_ptr|make_unique|make_shared)\b": ("memory",),
    r"std::chrono::": ("chrono",),
    r"std::filesystem::": ("filesystem",),
    r"std::(?:sort|stable_sort|find_if|any_of|all_of|none_of|lower_bound|upper_bound|binary_search|"
    r"unique|remove_if|transform|copy_if|count_if|max_element|min_element|adjacent_find|"
    r"set_difference|set_intersection|includes|reverse|rotate|partition)\b|std::ranges::": ("algorithm",),
    r"std::(?:i|o)?fstream\b": ("fstream",),
    r"std::[io]?stringstream\b": ("sstream",),
    r"std::from_chars\b|std::to_chars\b": ("charconv",),
    r"std::(?:printf|fprintf|snprintf|fputs|puts|fflush|FILE|fopen)\b": ("cstdio",),
    r"std::mem(?:cpy|cmp|set)\b": ("cstring",),
    r"std::numeric_limits\b": ("limits",),
    r"std::(?:popcount|countr_zero|countl_zero|bit_width|has_single_bit|bit_ceil|bit_cast|endian)\b":
        ("bit",),
    r"std::u?int(?:8|16|32|64)_t\b": ("cstdint",),
    r"std::string\b": ("string",),
    r"std::string_view\b": ("string_view", "string"),
    r"std::thread\b": ("thread",),
    r"std::mutex\b": ("mutex",),
    r"std::atomic\b": ("atomic",),
    r"nlohmann::(?:ordered_)?json\b": ("nlohmann/json.hpp", "nlohmann/json_fwd.hpp"),
    r"\b(?:TEST_CASE|REQUIRE|CHECK)(?:_FALSE)?\s*\(": ("catch2/catch.hpp",),
    r"\bflatbuffers::": ("flatbuffers/flatbuffers.h",),
}
# What these bring with them, by the standard or by what they are.
BRINGS = {
    "string": ("string_view", "cstdint"),
    "vector": ("cstdint",),
    "array": ("cstdint",),
    "memory": ("cstdint",),
    "chrono": ("cstdint",),
    "filesystem": ("string",),
    "fstream": ("string",),
    "sstream": ("string",),
    "iostream": ("string",),
}
INCLUDE = re.compile(r'^[ \t]*#include[ \t]+([<"])([^>"]+)[>"]', re.MULTILINE)


def included(path, sources, seen):
    """The headers of others that the file includes, through the project's headers too."""
    if path in seen:
        return set()
    seen.add(path)
    out = set()
    for kind, target in INCLUDE.findall(sources[path].code):
        if kind == '"' and target in sources:
            out |= included(target, sources, seen)
        elif target.endswith("_generated.h"):
            out |= {"flatbuffers/flatbuffers.h", "cstdint"}
        else:
            out |= {target, *BRINGS.get(target, ())}
    return out


def check_used_names(sources):
    """(path, line, what) of every name whose header is not included. `sources`: all of the project."""
    code = {source.path: source for source in sources if source.code}
    for path, source in code.items():
        if path.endswith(".inc"):
            continue
        headers = None
        for pattern, wanted in NAMES.items():
            match = re.search(pattern, source.code)
            if match is None:
                continue
            headers = included(path, code, set()) if headers is None else headers
            if not headers.intersection(wanted):
                name = match.group().rstrip("( \t")
                yield path, source.line(match.start()), f"{name} without <{wanted[0]}>"
