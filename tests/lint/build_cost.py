#!/usr/bin/env python3
"""Prints the ten dearest sources and headers of a build, so that it stays quick.

Usage: build_cost.py [--count N] [--measured N] [BUILD_FOLDER]
Sources: wall seconds of their latest compilation, from BUILD_FOLDER/.ninja_log (default
build/release); on a machine where nothing else runs that is processor time. Headers: how many sources
each was compiled into (ninja's dependencies), times the seconds that it takes alone beyond what is
precompiled, measured now; headers of others that the project names are among them, where they are not
precompiled.
Exit codes: 0 printed; 2 there is no build.
"""
import argparse
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import time

FOLDERS = ("broker", "adapters", "ops", "tests")
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

def source_seconds(build):
    """object: seconds of its latest compilation; precompiled headers are among them."""
    out = {}
    with open(os.path.join(build, ".ninja_log"), encoding="utf-8") as file:
        for line in file:
            row = line.rstrip("\n").split("\t")
            if len(row) == 5 and row[3].endswith((".o", ".gch")):
                out[row[3]] = (int(row[1]) - int(row[0])) / 1000
    return out


def named_headers():
    """What the project's files include by <name>."""
    out = set()
    for folder in FOLDERS:
        for at, _, names in os.walk(os.path.join(ROOT, folder)):
            for name in names:
                if name.endswith((".h", ".cc")):
                    with open(os.path.join(at, name), encoding="utf-8") as file:
                        out.update(re.findall(r"^#include <([^>]+)>", file.read(), re.MULTILINE))
    return out


def precompiled(build):
    """object: the headers of others that it finds precompiled, as <name>."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = [shlex.split(entry["command"]) for entry in json.load(file)]
    held, out = {}, {}
    for words in commands:
        if "-include" not in words:
            continue
        header = words[words.index("-include") + 1]
        if header not in held:
            with open(header, encoding="utf-8") as file:
                held[header] = set(re.findall(r"^#include (<[^>]+>)", file.read(), re.MULTILINE))
        out[words[words.index("-o") + 1]] = held[header]
    return out


def shown_name(path, named):
    """A header of the project from its root, of others as it is included; "" for the rest."""
    if path.startswith(ROOT + os.sep):
        return os.path.relpath(path, ROOT) if path.endswith(".h") else ""
    parts = path.split(os.sep)
    ends = ("/".join(parts[-length:]) for length in range(1, 5))
    return next((f"<{end}>" for end in ends if end in named), "")


def users(build):
    """header: in how many objects it was parsed; the project's, and those that it names."""
    named = named_headers()
    printed = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True,
                             check=True).stdout
    found = precompiled(build)
    count = collections.Counter()
    for block in printed.split("\n\n"):
        output = block.lstrip().split(":")[0]
        paths = [os.path.normpath(os.path.join(build, line.strip()))
                 for line in block.splitlines() if line.startswith("    ")]
        names = {shown_name(path, named) for path in paths}
        count.update(names - found.get(output, set()) - {""})
    return count


def parse_command(build):
    """How a source of the plain kind is compiled, without the source."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        command = next(e["command"] for e in json.load(file)
                       if e["file"].endswith("broker/wire/message_codec.cc"))
    words = shlex.split(command)
    return words[:words.index("-o")] + ["-fsyntax-only", "-x", "c++"]


def seconds_alone(header, command, nothing):
    begin = time.monotonic()
    ran = subprocess.run([*command, "-include", header.strip("<>"), os.devnull], cwd=ROOT,
                         capture_output=True, check=False)
    # What needs another kind's flags is not measured.
    return max(0.0, time.monotonic() - begin - nothing) if ran.returncode == 0 else 0.0


def name_of(output):
    return re.sub(r"CMakeFiles/[^/]+\.dir/", "", output.removesuffix(".o"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--count", type=int, default=10, help="how many to print")
    # One that few sources use can't be dear.
    parser.add_argument("--measured", type=int, default=80, help="headers, those with most sources")
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    if not os.path.exists(os.path.join(build, ".ninja_log")):
        print(f"{build} holds no build", file=sys.stderr)
        return 2
    cost = source_seconds(build)
    print(f"{len(cost)} sources, {sum(cost.values()):.0f} s; the dearest:")
    for output in sorted(cost, key=cost.get, reverse=True)[:arguments.count]:
        print(f"{cost[output]:8.1f} s  {name_of(output)}")
    command = parse_command(build)
    nothing = min(seconds_alone(os.devnull, command, 0) for _ in range(3))
    dear = []
    for header, count in users(build).most_common(arguments.measured):
        alone = min(seconds_alone(header, command, nothing) for _ in range(2))
        dear.append((alone * count, alone, count, header))
    print("headers; seconds alone and in how many sources:")
    for total, alone, count, header in sorted(dear, reverse=True)[:arguments.count]:
        print(f"{total:8.1f} s  {header}  {alone:.2f} x {count}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
