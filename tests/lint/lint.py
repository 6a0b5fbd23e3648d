#!/usr/bin/env python3
"""Checks what the compiler does not: layers, purity, sizes, words, configuration keys, format.

Usage: lint.py [--root DIR] [--no-format]
Prints one finding per line as file:line: what. Exit code: 0 without findings, 1 with.
Standard library only, and no more of it than python3-minimal brings.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys

from used_names import check_used_names

PURE = ("base", "model", "crypto", "wire", "routing", "decide", "merkle", "seal")
BELOW_EFFECTS = PURE + ("runtime",)

# Which folders each folder may include besides itself: the layers of ARCHITECTURE.md. CMake's LINKS
# are held to the same table.
LAYERS = {
    "broker/base": (),
    "broker/model": ("base",),
    "broker/crypto": ("base", "model"),
    "broker/wire": ("base", "model"),
    # crypto: the public keys of a release are checked when it is compiled.
    "broker/routing": ("base", "model", "crypto"),
    "broker/decide": ("base", "model", "crypto", "wire", "routing"),
    "broker/merkle": ("base", "model", "crypto", "wire", "routing"),
    "broker/seal": ("base", "model", "crypto", "wire", "routing"),
    "broker/runtime": PURE,
    "broker/transport": BELOW_EFFECTS,
    # transport: the pool is the sink of what the transport receives.
    "broker/verify": BELOW_EFFECTS + ("transport",),
    "broker/store": BELOW_EFFECTS,
    "broker/deliver": BELOW_EFFECTS + ("transport", "verify", "store"),
    "broker/sequencer": BELOW_EFFECTS + ("transport", "verify", "store", "deliver"),
    "broker/admin": BELOW_EFFECTS + ("store",),
    # admin: the HTTP client.
    "broker/audit": BELOW_EFFECTS + ("store", "admin"),
    "broker/app": BELOW_EFFECTS + ("transport", "verify", "store", "deliver", "sequencer", "admin"),
    # store: the SQLite wrapper of store/database.h.
    "adapters/sdk": ("base", "model", "crypto", "wire", "routing", "decide", "merkle", "seal", "runtime",
                     "store"),
    "adapters/gateway": ("base", "model", "crypto", "wire", "routing", "decide", "merkle", "seal", "runtime",
                         "sdk"),
    # sequencer: `rujukan recover` replays a log; only through the header of PUBLIC_HEADERS.
    "ops/cli": BELOW_EFFECTS + ("transport", "verify", "store", "deliver", "sequencer", "admin",
                                "audit", "sdk"),
}

# (who, whose): the only header that may be included.
PUBLIC_HEADERS = {("ops/cli", "broker/sequencer"): "broker/sequencer/recover.h"}

# Libraries that only some folders may name. Tests may name any.
LIBRARIES = {
    "zmq.hpp": ("broker/transport", "adapters/sdk"),
    "zmq.h": ("broker/transport", "adapters/sdk"),
    "sqlite3.h": ("broker/store", "adapters/sdk", "adapters/gateway"),
    # runtime: the source of random bytes.
    "sodium.h": ("broker/crypto", "broker/seal", "broker/runtime"),
    "openssl/": ("broker/crypto",),
    "zip.h": ("broker/audit",),
    # Its header costs every source that includes it seconds: broker/runtime/command_line.h.
    "CLI/": ("broker/runtime",),
    "boost/beast": ("broker/admin", "adapters/gateway"),
    "schemas/": ("broker/wire", "broker/seal"),
}

IMPURE_HEADERS = {"iostream", "fstream", "filesystem", "thread", "mutex", "shared_mutex",
                  "condition_variable", "future", "random", "ctime", "time.h", "unistd.h"}
IMPURE_CODE = {
    r"::now\s*\(": "reads a clock",
    r"\bgetenv\b": "reads the environment",
    r"\b(?:float|double)\b": "floating point",
    r"\b(?:fopen|fstream|ifstream|ofstream)\b": "opens a file",
    r"\brand(?:om_device|om)?\s*\(": "draws randomness",
    r"\brandombytes_\w+": "draws randomness",
}

UNORDERED = re.compile(
    r"(?:\busing\s+(\w+)\s*=\s*)?(?:std::)?\bunordered_(?:multi)?(?:map|set)\s*<")

MAX_HEADER, MAX_SOURCE, MAX_FUNCTION = 250, 500, 70
MAX_PROSE = 120

TYPE_WORDS = re.compile(
    r"\b(?:class|struct|union|enum(?:\s+class)?|using)\s+\w*(?:Manager|Helper|Utils?|Utility|Service)"
    r"\b")
CODE_WORDS = {
    r"\bcatch\s*\(\s*\.\.\.\s*\)": "catch (...) swallows",
    r"\(void\)\s*[\w:.>-]+\s*\(": "(void) drops a result",
}
COMMENT_WORDS = {
    r"\bnow we\b": "narrates", r"\bpreviously\b": "tells history", r"\brefactored\b": "tells history",
    r"\b(?:TODO|FIXME)\b(?!\(#?\d+\))": "TODO without an issue's number",
}
MACHINE_PATHS = re.compile(r"(?<![\w.>}-])/(?:home|mnt|root|[a-z]ork)(?:/|\b)|(?<![\w./$}\"*])\.\./[a-z.]\w+|/tmp/build")

TOP_FOLDERS = {"broker", "adapters", "schemas", "config", "tests", "ops"}
TOP_FILES = {"CMakeLists.txt", "CMakePresets.json", "README.md", "ARCHITECTURE.md",
             "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "LICENSE"}

# Tables of TOML files whose keys are data.
DATA_TABLES = re.compile(r"(narrative|codes)(\.|$)")
TOML_READ = re.compile(
    r"(?:\.|->)(?:text|text_or|number|number_or|flag_or|optional_flag|key_bytes|texts|texts_or_none|"
    r"values|tables?|codes?<\w+>)\(\s*\"([a-z0-9_]+)\"|"
    r"\b(?:condition_codes<\w+>|seconds|read_path|table_of|id_of)\((?:\*?\w+, )?\"([a-z0-9_]+)\"")

CODE_FILE = re.compile(r"\.(?:cc|h)$")
TEXT_FILE = re.compile(r"(?:\.(?:cc|h|inc|py|sh|toml|fbs|md|txt|json|csv|cmake|service)|/[^./]+)$")


class Source:
    """A file of the project; `code` and `comments` keep every line's place."""

    def __init__(self, root, path):
        self.path = path
        self.folder = "/".join(path.split("/")[:2])
        with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
            self.text = file.read()
        self.code, self.comments = split_code(self.text) if CODE_FILE.search(path) else ("", "")

    def line(self, offset):
        return self.text.count("\n", 0, offset) + 1


def split_code(text):
    """The text without comments and contents of literals, and the comments alone."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"([^()\s\\]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![\w])\'(?:\\.|[^\'\\\n])+\'',
        re.DOTALL)

    def blank(part):
        return re.sub(r"[^\n]", " ", part)

    code, comments, at = [], [], 0
    for match in token.finditer(text):
        code.append(text[at:match.start()])
        comments.append(blank(text[at:match.start()]))
        part = match.group()
        if part.startswith("/"):
            code.append(blank(part))
            comments.append(part)
        else:
            keep = text[text.rfind("\n", 0, match.start()) + 1:match.start()].lstrip()
            code.append(part if keep.startswith("#include") else '"' + blank(part[1:-1]) + '"')
            comments.append(blank(part))
        at = match.end()
    code.append(text[at:])
    comments.append(blank(text[at:]))
    return "".join(code), "".join(comments)


def ignored_names(root):
    """The root's entries that .gitignore names as /name or /name/."""
    try:
        with open(os.path.join(root, ".gitignore"), encoding="utf-8") as file:
            return {line.strip().strip("/") for line in file if line.startswith("/")}
    except FileNotFoundError:
        return set()


def project_files(root):
    skip = ignored_names(root)
    for folder, folders, files in os.walk(root):
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        at_root = relative == "."
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "__pycache__"
                            and not (at_root and f in skip))
        for name in sorted(files):
            if name.startswith(".") or (at_root and name in skip):
                continue
            yield name if at_root else relative + "/" + name


def check_top_level(root):
    skip = ignored_names(root)
    for name in sorted(os.listdir(root)):
        if name.startswith(".") or name in skip:
            continue
        allowed = TOP_FOLDERS if os.path.isdir(os.path.join(root, name)) else TOP_FILES
        if name not in allowed:
            yield name, 1, "not one of the agreed folders and files at the top"


def check_includes(source):
    if source.folder not in LAYERS:
        return
    own = source.folder.split("/")[1]
    for match in re.finditer(r'^[ \t]*#include[ \t]+[<"]([^>"]+)[>"]', source.code, re.MULTILINE):
        target = match.group(1)
        line = source.line(match.start())
        inner = re.match(r"(broker|adapters|ops|tests)/(\w+)/", target)
        if inner:
            folder = inner.group(1) + "/" + inner.group(2)
            known = inner.group(2) if folder in LAYERS else folder
            if folder != source.folder and known not in LAYERS[source.folder]:
                yield line, f"{source.folder} may not include {folder}"
            if PUBLIC_HEADERS.get((source.folder, folder), target) != target:
                yield line, f"{source.folder} may not include {target}"
        for prefix, folders in LIBRARIES.items():
            named = target == prefix or (not prefix.endswith((".h", ".hpp"))
                                         and target.startswith(prefix))
            if named and source.folder not in folders:
                yield line, f"only {', '.join(folders)} may include {prefix}"
        if own in PURE and source.folder.startswith("broker/"):
            if target in IMPURE_HEADERS or target.startswith("sys/"):
                yield line, f"a pure folder may not include <{target}>"


def check_links(source):
    if os.path.basename(source.path) != "CMakeLists.txt" or source.folder not in LAYERS:
        return
    text = re.sub(r"#[^\n]*", "", source.text)
    for call in re.finditer(r"(?:rujukan_library|target_link_libraries)\s*\(([^)]*)\)", text):
        own = "rujukan_" + source.folder.split("/")[1]
        for link in re.finditer(r"\brujukan_(\w+)", call.group(1)):
            name = link.group(1)
            if name in ("flags", "quick_build", "schemas") or link.group() == own:
                continue
            if name not in LAYERS[source.folder]:
                place = source.line(call.start(1) + link.start())
                yield place, f"{source.folder} may not link rujukan_{name}"


def unordered_names(sources):
    """Names declared as unordered containers, by folder; aliases of their types included."""
    names = {}
    for source in sources:
        here = names.setdefault(source.folder, set())
        for match in UNORDERED.finditer(source.code):
            at, depth = match.end(), 1
            while at < len(source.code) and depth > 0:
                depth += {"<": 1, ">": -1}.get(source.code[at], 0)
                at += 1
            declared = re.match(r"[&\s]*(\w+)", source.code[at:])
            if declared:
                here.add(declared.group(1))
            if match.group(1):
                here.update(re.findall(rf"\b{match.group(1)}[&\s]+(\w+)", source.code))
    return names


def check_purity(source, unordered):
    if not source.folder.startswith("broker/") or source.folder.split("/")[1] not in PURE:
        return
    for pattern, what in IMPURE_CODE.items():
        for match in re.finditer(pattern, source.code):
            yield source.line(match.start()), f"a pure folder: {what}"
    for match in re.finditer(r"\bfor\s*\([^;()]*[^:]:\s*(?:this->)?(\w+)\s*\)", source.code):
        if match.group(1) in unordered.get(source.folder, ()):
            yield source.line(match.start()), "a pure folder: iterates an unordered container"


def functions(code):
    """(first line, last line) of every outermost function body, by its braces."""
    scopes, statement, line = [], "", 1
    start = 1
    for at, char in enumerate(code):
        if char == "\n":
            line += 1
        if char == "{":
            scopes.append((opens_function(statement) and not any(s[0] for s in scopes), start))
            statement, start = "", line
        elif char == "}":
            if scopes:
                is_function, first = scopes.pop()
                if is_function:
                    yield first, line
            statement, start = "", line
        elif char == ";" and statement.count("(") == statement.count(")"):
            statement, start = "", line
        else:
            if not statement.strip() and not char.isspace():
                start = line
            if char == "\n" and statement.lstrip().startswith("#") and code[at - 1] != "\\":
                statement = ""  # a preprocessor line ends here
            else:
                statement += char


def opens_function(statement):
    flat = re.sub(r"operator\s*(?:\(\)|[^\s\w(]+)", "operator_", statement)
    while re.search(r"\([^()]*\)", flat):
        flat = re.sub(r"\([^()]*\)", " @ ", flat)
    if re.search(r"\b(?:namespace|enum)\b", flat) or "@" not in flat:
        return False
    if re.match(r"\s*(?:template\s*<[^{]*>\s*)?(?:class|struct|union)\b[^@]*$", flat):
        return False
    return re.search(r"(?<![=!<>])=(?!=)", re.sub(r"<[^<>]*>", "", flat)) is None


def check_sizes(source):
    if not re.search(r"\.(?:cc|h|py)$", source.path):
        return
    limit = MAX_HEADER if source.path.endswith(".h") else MAX_SOURCE
    lines = source.text.count("\n")
    if lines > limit:
        yield limit + 1, f"{lines} lines, at most {limit}"
    for first, last in functions(source.code):
        if last - first + 1 > MAX_FUNCTION:
            yield first, f"a function of {last - first + 1} lines, at most {MAX_FUNCTION}"


def check_prose(source):
    """Lines of a document; tables and what is shown as it is may be wider."""
    if not source.path.endswith(".md"):
        return
    shown = False
    for number, line in enumerate(source.text.split("\n"), 1):
        if line.lstrip().startswith("```"):
            shown = not shown
        elif not shown and not line.startswith("|") and len(line) > MAX_PROSE:
            yield number, f"a line of {len(line)} characters, at most {MAX_PROSE}"


def check_words(source):
    found = []
    if CODE_FILE.search(source.path):
        found += [(m.start(), "a type name that says nothing")
                  for m in TYPE_WORDS.finditer(source.code)]
        for pattern, what in CODE_WORDS.items():
            found += [(m.start(), what) for m in re.finditer(pattern, source.code)]
        found += list(enum_switches_with_default(source.code))
        if source.path.endswith(".h") and "#pragma once" not in source.text:
            found.append((0, "no #pragma once"))
    comments = source.comments
    if re.search(r"(?:\.(?:py|sh|toml|txt|cmake)|/[^./]+)$", source.path):
        comments = re.sub(r"(?m)^((?:[^#\n\"']|\"[^\"\n]*\"|'[^'\n]*')*)",
                          lambda m: " " * len(m.group()), source.text)
    for pattern, what in COMMENT_WORDS.items():
        found += [(m.start(), what) for m in re.finditer(pattern, comments, re.IGNORECASE)]
    found += [(m.start(), "a path of one machine") for m in MACHINE_PATHS.finditer(source.text)]
    for offset, what in found:
        yield source.line(offset), what


def enum_switches_with_default(code):
    for match in re.finditer(r"\bswitch\s*\(", code):
        at = code.find("{", match.end())
        depth, own = 0, []
        for end in range(at, len(code)) if at >= 0 else ():
            depth += {"{": 1, "}": -1}.get(code[end], 0)
            if depth == 0:
                break
            own.append(code[end] if depth <= 2 else " ")
        body = "".join(own)
        default = re.search(r"\bdefault\s*:", body)
        if default and re.search(r"\bcase\s+(?:\w+::)*k[A-Z]\w*\s*:", body):
            yield at + default.start(), "a switch over an enum has a default"


def toml_keys(text):
    """(key, line) of every key of a TOML file that is not data."""
    table = ""
    for number, raw in enumerate(text.split("\n"), 1):
        line = re.sub(r'"(?:\\.|[^"\\])*"', '""', raw).split("#")[0]
        header = re.match(r"\s*\[+([\w.\-]+)\]+", line)
        if header:
            table = header.group(1)
            for key in () if DATA_TABLES.match(table) else table.split("."):
                yield key, number
            continue
        keys = re.findall(r"(?:^|[{,])\s*([A-Za-z0-9_-]+)\s*=", line)
        if DATA_TABLES.match(table):
            continue
        for key in keys:
            yield key, number


def explained_keys(text):
    """Keys of a TOML file that stand below a comment, also keys that are commented out themselves."""
    explained = False
    for line in text.split("\n"):
        key = re.match(r"(?:#\s*)?([a-z0-9_]+)\s*=", line)
        if key and explained:
            yield key.group(1)
        elif not key:
            explained = line.startswith("#")


def check_config_keys(sources):
    read_anywhere, read_by = set(), []
    for source in sources:
        if not CODE_FILE.search(source.path) or source.path.startswith("tests/"):
            continue
        for literal in re.findall(r'"([\w.]+)"', source.text):
            read_anywhere.update(literal.split("."))
        if re.search(r"\bToml(?:Table|Reader)\b", source.code):
            read_by += [(match.group(1) or match.group(2), source.path, source.line(match.start()))
                        for match in TOML_READ.finditer(source.text)]
    documents = "\n".join(s.text for s in sources if s.path.endswith(".md"))
    documented = set(re.findall(r"[A-Za-z0-9_]+", documents))
    for source in sources:
        if source.path.endswith(".toml"):
            documented.update(explained_keys(source.text))
    reported = set()
    for key, path, line in read_by:
        if key not in documented and (path, key) not in reported:
            reported.add((path, key))
            yield path, line, f"the key {key} is read and stands in no document"
    for source in sources:
        if not source.path.endswith(".toml") or source.path.startswith("tests/"):
            continue
        commented_out = [(m.group(1), source.line(m.start()))
                         for m in re.finditer(r"(?m)^# ([a-z0-9_]+) =", source.text)]
        for key, line in [*toml_keys(source.text), *commented_out]:
            if (source.path, key) in reported:
                continue
            reported.add((source.path, key))
            if key not in read_anywhere:
                yield source.path, line, f"nothing reads the key {key}"
            if key not in documented:
                yield source.path, line, f"the key {key} stands in no document"


def check_format(root, sources):
    program = shutil.which("clang-format") or shutil.which("clang-format-14")
    files = [s.path for s in sources if CODE_FILE.search(s.path)]
    if program is None:
        print("lint: clang-format is not installed: the format is not checked", file=sys.stderr)
        return
    if not files or not os.path.exists(os.path.join(root, ".clang-format")):
        return
    run = subprocess.run([program, "--dry-run", *files], cwd=root, capture_output=True, text=True,
                         check=False)
    for path, line in sorted({(m[0], int(m[1])) for m in
                              re.findall(r"^(\S+?):(\d+):\d+: warning", run.stderr, re.MULTILINE)}):
        yield path, line, "not as clang-format writes it"


def findings(root, with_format):
    sources = [Source(root, path) for path in project_files(root)
               if TEXT_FILE.search("/" + path) and os.path.getsize(os.path.join(root, path)) < 4 << 20]
    unordered = unordered_names(sources)
    yield from check_top_level(root)
    for source in sources:
        checks = [check_includes(source), check_links(source), check_purity(source, unordered),
                  check_sizes(source), check_prose(source)]
        # The words that are looked for stand in the lint and its test.
        if not source.path.startswith("tests/lint/"):
            checks.append(check_words(source))
        for check in checks:
            for line, what in check:
                yield source.path, line, what
    yield from check_config_keys(sources)
    yield from check_used_names(sources)
    if with_format:
        yield from check_format(root, sources)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.dirname(os.path.dirname(here)))
    parser.add_argument("--no-format", action="store_true", help="leaves clang-format out")
    arguments = parser.parse_args()
    count = 0
    for path, line, what in sorted(set(findings(arguments.root, not arguments.no_format))):
        print(f"{path}:{line}: {what}")
        count += 1
    print(f"lint: {count} findings" if count else "lint: no findings", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
