#!/usr/bin/env python3
"""Tests of lint.py: one sound tree without findings, and each kind of breach found at its place."""
import os
import shutil
import subprocess
import sys
import tempfile

LINT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "lint.py")

SOUND = {
    "README.md": "The broker reads `port`.\n",
    "broker/base/bytes.h": "#pragma once\n\n#include <vector>\n",
    "broker/base/bytes.cc": '#include "broker/base/bytes.h"\n',
    "broker/base/CMakeLists.txt": "rujukan_library(base SOURCES bytes.cc)\n",
    "broker/decide/decide.cc":
        '#include "broker/model/ids.h"\n#include "broker/routing/table.h"\n',
    "broker/decide/CMakeLists.txt": "rujukan_library(decide SOURCES decide.cc LINKS rujukan_routing)\n",
    "broker/transport/socket.cc": "#include <zmq.hpp>\n",
    "broker/runtime/clock.cc": "#include <chrono>\nauto t = std::chrono::system_clock::now();\n",
    "config/broker.toml": "# Where it listens.\nport = 7400\n",
    "broker/app/config.cc": 'int port(TomlTable& t) { return t.number_or("port", 1, 1, 9); }\n',
    "build/junk.cc": "catch (...)\n",
    ".gitignore": "/build/\n",
}

LONG_BODY = "".join(f"  step_{n}();\n" for n in range(70))


def function(head):
    return f"\n\n{head} {{\n{LONG_BODY}}}\n"


# (what it is, files added to the sound tree, where, what)
BREACHES = [
    ("a folder above", {"broker/model/a.h": '#pragma once\n#include "broker/decide/decide.h"\n'},
     "broker/model/a.h:2", "broker/model may not include broker/decide"),
    ("an effect in a pure folder", {"broker/seal/a.cc": '#include "broker/runtime/file.h"\n'},
     "broker/seal/a.cc:1", "may not include broker/runtime"),
    ("siblings", {"broker/wire/a.cc": '#include "broker/crypto/sha256.h"\n'},
     "broker/wire/a.cc:1", "may not include broker/crypto"),
    ("an adapter from the broker", {"broker/app/a.cc": '#include "adapters/sdk/station.h"\n'},
     "broker/app/a.cc:1", "may not include adapters/sdk"),
    ("the application from the command line", {"ops/cli/a.cc": '#include "broker/app/app.h"\n'},
     "ops/cli/a.cc:1", "may not include broker/app"),
    ("an inner part of the sequencer", {"ops/cli/a.cc": '#include "broker/sequencer/ledger.h"\n'},
     "ops/cli/a.cc:1", "may not include broker/sequencer/ledger.h"),
    ("tests from the broker", {"broker/app/a.cc": '#include "tests/support/hex.h"\n'},
     "broker/app/a.cc:1", "may not include tests/support"),
    ("a link upwards", {"broker/wire/CMakeLists.txt": "rujukan_library(wire\n  LINKS rujukan_store)\n"},
     "broker/wire/CMakeLists.txt:2", "may not link rujukan_store"),
    ("a socket elsewhere", {"broker/verify/a.cc": "\n#include <zmq.hpp>\n"},
     "broker/verify/a.cc:2", "may include zmq.hpp"),
    ("a database elsewhere", {"broker/sequencer/a.cc": "#include <sqlite3.h>\n"},
     "broker/sequencer/a.cc:1", "may include sqlite3.h"),
    ("a name without its header", {"broker/app/a.h": "#pragma once\n", "broker/app/a.cc":
                                   '#include "broker/app/a.h"\nstd::optional<int> a;\n'},
     "broker/app/a.cc:2", "std::optional without <optional>"),
    ("a wide line of prose", {"SECURITY.md": "```\n" + "a " * 70 + "\n```\n|" + "a " * 70 + "|\n" + "a " * 70 + "\n"},
     "SECURITY.md:5", "a line of 140 characters, at most 120"),
    ("a clock", {"broker/decide/a.cc": "auto t = Steady::now();\n"},
     "broker/decide/a.cc:1", "reads a clock"),
    ("a thread", {"broker/merkle/a.cc": "#include <thread>\n"},
     "broker/merkle/a.cc:1", "may not include <thread>"),
    ("a system header", {"broker/base/a.cc": "#include <sys/stat.h>\n"},
     "broker/base/a.cc:1", "may not include <sys/stat.h>"),
    ("the environment", {"broker/base/a.cc": 'auto v = std::getenv("X");\n'},
     "broker/base/a.cc:1", "reads the environment"),
    ("floating point", {"broker/routing/a.cc": "int a;\ndouble share = 0.5;\n"},
     "broker/routing/a.cc:2", "floating point"),
    ("unordered iteration",
     {"broker/routing/a.h": "#pragma once\nunordered_map<Key, Values<int>> by_key_;\n",
      "broker/routing/a.cc": "void f() {\n  for (const auto& [k, v] : by_key_) g(k);\n}\n"},
     "broker/routing/a.cc:2", "iterates an unordered container"),
    ("unordered iteration by an alias",
     {"broker/routing/a.cc": "using Seen = unordered_set<int>;\nvoid f(const Seen& seen) {\n"
                             "  for (int n : seen) g(n);\n}\n"},
     "broker/routing/a.cc:3", "iterates an unordered container"),
    ("a long header", {"broker/base/a.h": "#pragma once\n" + "int a();\n" * 250},
     "broker/base/a.h:251", "251 lines, at most 250"),
    ("a long source", {"broker/base/a.cc": "int a();\n" * 501},
     "broker/base/a.cc:501", "501 lines, at most 500"),
    ("a long function", {"broker/base/a.cc": function("Result<void> Tree::load(int a, Map<A, B> m)")},
     "broker/base/a.cc:3", "a function of 72 lines, at most 70"),
    ("a long function with a default argument",
     {"broker/base/a.cc": function("int load(int a = 3) const noexcept")}, "broker/base/a.cc:3",
     "a function of 72 lines"),
    ("a long operator", {"broker/base/a.cc": function("bool operator==(A a, A b)")},
     "broker/base/a.cc:3", "a function of 72 lines"),
    ("a long method", {"broker/base/a.cc": "class A : public B {\n" + function("void f()") + "};\n"},
     "broker/base/a.cc:4", "a function of 72 lines"),
    ("a long test", {"tests/unit/a.cc": "#include <catch2/catch.hpp>" +
                    function('TEST_CASE("a { fact")')}, "tests/unit/a.cc:3",
     "a function of 72 lines"),
    ("an empty name", {"broker/app/a.cc": "class ConnectionManager;\n"}, "broker/app/a.cc:1",
     "says nothing"),
    ("another empty name", {"broker/app/a.cc": "using StringUtils = int;\n"}, "broker/app/a.cc:1",
     "says nothing"),
    ("a swallowed exception", {"broker/app/a.cc": "try {\n} catch (...) {\n}\n"},
     "broker/app/a.cc:2", "catch (...)"),
    ("a dropped result", {"broker/app/a.cc": "(void)store.commit();\n"}, "broker/app/a.cc:1",
     "drops a result"),
    ("a default", {"broker/app/a.cc": "switch (mode) {\n  case Mode::kOnline:\n    f();\n"
                                      "  default:\n    break;\n}\n"},
     "broker/app/a.cc:4", "has a default"),
    ("an unnumbered task", {"broker/app/a.cc": "int a;  // TODO: later\n"}, "broker/app/a.cc:1",
     "without an issue's number"),
    ("narration", {"broker/app/a.cc": "// Now we send it.\n"}, "broker/app/a.cc:1", "narrates"),
    ("history", {"ops/run": "#!/bin/sh\n# previously two scripts\n"}, "ops/run:2", "tells history"),
    ("no guard", {"broker/app/a.h": "int a();\n"}, "broker/app/a.h:1", "no #pragma once"),
    ("a path of a machine", {"ops/run": "#!/bin/sh\ncd /" + "work/main\n"}, "ops/run:2",
     "a path of one machine"),
    ("a folder beside the project", {"README.md": "`port`; see ../" + "shared/design.md\n"},
     "README.md:1", "a path of one machine"),
    ("a folder at the top", {"scripts/a.py": "\n"}, "scripts:1", "not one of the agreed"),
    ("a file at the top", {"notes.md": "\n"}, "notes.md:1", "not one of the agreed"),
    ("a key that nothing reads", {"config/broker.toml": "port = 1\n\nspeed = 2\n",
                                  "config/README.md": "speed\n"},
     "config/broker.toml:3", "nothing reads the key speed"),
    ("an inline key that nothing reads", {"config/broker.toml": 'port = { speed = "a = b" }\n',
                                          "config/README.md": "speed\n"},
     "config/broker.toml:1", "nothing reads the key speed"),
    ("a commented-out key that nothing reads",
     {"config/broker.toml": "port = 1\n\n# Metres per second.\n# speed = 2\n"},
     "config/broker.toml:4", "nothing reads the key speed"),
    ("a table that nothing reads", {"config/broker.toml": "[[limits]]\n",
                                    "config/README.md": "limits\n"},
     "config/broker.toml:1", "nothing reads the key limits"),
    ("an undocumented key", {"config/broker.toml": "speed = 2\n", "broker/app/a.cc": 'f("speed");\n'},
     "config/broker.toml:1", "the key speed stands in no document"),
    ("an undocumented key in the code",
     {"broker/app/a.cc": 'void f(TomlTable& t) {\n  t.text("host");\n}\n'}, "broker/app/a.cc:2",
     "the key host is read and stands in no document"),
]

# Not breaches, each close to one.
SOUND_TOO = {
    "words inside literals": {"broker/app/a.cc": 'auto a = "catch (...) // TODO";\n'},
    "a numbered task": {"broker/app/a.cc": "// TODO(#12): the rest\n"},
    "forbidden words in comments": {"broker/base/a.cc": "// A double delivery; see getenv(3).\n"},
    "lookups in unordered containers":
        {"broker/routing/a.cc": "unordered_map<int, int> m_;\nint f(int k) {\n"
                                "  for (int n : list) g(m_.at(n));\n  return m_.at(k);\n}\n"},
    "a default for a number": {"broker/app/a.cc": "switch (n) {\n  case 1:\n  default:\n    f();\n}\n"},
    "a long table": {"broker/base/a.cc": "constexpr int kTable[] = {\n" + "  1,\n" * 100 + "};\n"},
    "a long class": {"broker/base/a.cc": "class A {\n" + "  void f();\n" * 100 + "};\n"},
    "a function of 70 lines":
        {"broker/base/a.cc": "void f() {\n" + "  g();\n" * 68 + "}\n"},
    "data keys": {"adapters/kpai/mapping.toml": '[codes.media]\ndaring = "online"\n[narrative]\nno = "/no"\n',
                  "adapters/kpai/a.cc": 'f("media");\n'},
    "keys explained where they stand":
        {"config/broker.toml": "# Metres per second.\nspeed = 2\n# far = 3\n",
         "broker/app/a.cc": 'void f(TomlTable& t) {\n  t.text("speed");\n  t.text("far");\n}\n'},
    "the recovery from the command line":
        {"ops/cli/a.cc": '#include "broker/sequencer/recover.h"\n'},
    "a word that ends in work": {"README.md": "`port`; frame/work, network/a, <dir>/work\n"},
    "a socket in a test": {"tests/support/dealer.h": "#pragma once\n#include <zmq.hpp>\n"},
}


def run_lint(files, *arguments):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**SOUND, **files}.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        run = subprocess.run([sys.executable, LINT, "--root", root, *arguments],
                             capture_output=True, text=True, check=False)
        return run.returncode, run.stdout


def failures():
    for name, files in {"the sound tree": {}, **SOUND_TOO}.items():
        code, out = run_lint(files, "--no-format")
        if code != 0 or out:
            yield f"{name}: no finding expected, got:\n{out}"
    for name, files, place, what in BREACHES:
        code, out = run_lint(files, "--no-format")
        found = [line for line in out.splitlines() if line.startswith(place + ": ") and what in line]
        if code != 1 or len(found) != 1:
            yield f"{name}: expected one {place}: …{what}…, got:\n{out}"
        elif len(out.splitlines()) != 1:
            yield f"{name}: more findings than expected:\n{out}"
    yield from format_failures()


def format_failures():
    if not (shutil.which("clang-format") or shutil.which("clang-format-14")):
        return
    style = {".clang-format": "BasedOnStyle: Google\n"}
    bad = {**style, "broker/base/a.cc": "int a;\nint   b;\n"}
    code, out = run_lint(bad)
    if code != 1 or "broker/base/a.cc:2: not as clang-format writes it" not in out:
        yield f"a badly formatted file is not found:\n{out}"
    good = {**style, "broker/base/a.cc": "int a;\nint b;\n"}
    if "broker/base/a.cc" in run_lint(good)[1]:
        yield "a well formatted file is found"


def main():
    failed = list(failures())
    for text in failed:
        print(f"FAILED: {text}")
    print(f"{len(BREACHES)} breaches, {len(SOUND_TOO) + 1} sound trees, {len(failed)} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
