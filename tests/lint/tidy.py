#!/usr/bin/env python3
"""Runs clang-tidy with the checks of .clang-tidy.

Usage: tidy.py [--build FOLDER] [--jobs N] [PATH...]
PATH: sources, or folders of them (default: broker adapters ops tests). Needs the Debian package
clang-tidy, and a built BUILD FOLDER (default build/release) for its compile_commands.json and what is
generated. Says how far it is on stderr, and each finding once on stdout. All of it takes about an hour
of two processors.

Exit codes: 0 nothing was found; 1 something was; 2 bad usage, clang-tidy or the build is missing, or a
source does not compile under clang.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import subprocess
import sys

import compile_alone

ROOT = compile_alone.ROOT
FINDING = re.compile(r"^(/\S+):(\d+):\d+: (?:error|warning): .*\[([\w.,-]+)\]$")
# Of gcc alone; each with the word behind it.
WITH_A_VALUE = ("--param",)
OF_GCC = ("-Werror", "-Wno-restrict", "-Wno-stringop-overread", "-Wno-maybe-uninitialized")


def for_clang(words):
    """A command's words without the compiler's name and without what clang does not know."""
    words, kept = iter(words[1:]), []
    for word in words:
        if word in WITH_A_VALUE:
            next(words)
        elif word not in OF_GCC:
            kept.append(word)
    return kept


def look_at(source, words):
    """What clang-tidy prints about one source, and whether the source could be read."""
    ran = subprocess.run(["clang-tidy", "--quiet", source, "--", *for_clang(words)], cwd=ROOT,
                         capture_output=True, text=True, check=False)
    return ran.stdout, "clang-diagnostic-error" not in ran.stdout and ran.returncode in (0, 1)


def findings_in(output):
    """{(file, line, check): text with the lines that explain it}"""
    found, last = {}, None
    for line in output.splitlines():
        match = FINDING.match(line)
        if match:
            last = (os.path.relpath(match[1], ROOT), int(match[2]), match[3])
            found[last] = [line.replace(ROOT + "/", "")]
        elif last:
            found[last].append(line.replace(ROOT + "/", ""))
    return {key: "\n".join(lines) for key, lines in found.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", default=list(compile_alone.FOLDERS))
    parser.add_argument("--build", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    if not shutil.which("clang-tidy"):
        print("tidy.py: clang-tidy is not installed: apt-get install clang-tidy", file=sys.stderr)
        return 2
    if not os.path.exists(os.path.join(arguments.build, "compile_commands.json")):
        print(f"tidy.py: {arguments.build} is not built: ops/build", file=sys.stderr)
        return 2
    paths = [os.path.relpath(os.path.abspath(path), ROOT) for path in arguments.paths]
    known = compile_alone.commands(arguments.build)
    chosen = sorted(source for source in known
                    if any(source == path or source.startswith(path + "/") for path in paths))
    if not chosen:
        print("tidy.py: no such source is built: " + " ".join(paths), file=sys.stderr)
        return 2
    shown, unread = set(), []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for number, (source, (output, read)) in enumerate(
                zip(chosen, pool.map(lambda s: look_at(s, known[s]), chosen)), 1):
            print(f"{number} of {len(chosen)}: {source}", file=sys.stderr, flush=True)
            if not read:
                unread.append(source)
                print(output, flush=True)
            for key, text in findings_in(output).items():
                if key not in shown:
                    shown.add(key)
                    print(text, flush=True)
    print(f"{len(chosen)} sources, {len(shown)} findings, {len(unread)} could not be read",
          file=sys.stderr)
    return 2 if unread else 1 if shown else 0


if __name__ == "__main__":
    sys.exit(main())
