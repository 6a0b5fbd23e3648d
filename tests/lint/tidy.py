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
import bisect
import concurrent.futures
import itertools
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
# Sources read as one: more save less, and need more memory.
TOGETHER = 16
# A check that costs nothing, to learn whether clang can read the sources.
READ_ONLY = "--checks=-*,misc-definitions-in-headers"
ERROR = re.compile(r"^(/\S+):\d+:\d+: error: .*\[clang-diagnostic-error\]$", re.MULTILINE)


def for_clang(words):
    """A command's words without the compiler's name and without what clang does not know."""
    words, kept = iter(words[1:]), []
    for word in words:
        if word in WITH_A_VALUE:
            next(words)
        elif word not in OF_GCC:
            kept.append(word)
    return kept


class Sources:
    """Sources of one folder that are read as one, so that what they include is read once. Each line
    keeps its place: `where` tells it."""

    def __init__(self, paths, words, scratch):
        self.paths, self.words = paths, words
        self.starts, lines = [], []
        for path in paths:
            self.starts.append(len(lines))
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                lines += file.read().splitlines()
        self.file = os.path.join(scratch, "_".join(paths[0].split("/")) + f"_{len(paths)}.cc")
        with open(self.file, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")

    def where(self, line):
        """The source and its line, both from 1, of a line of all of them."""
        at = bisect.bisect_left(self.starts, line) - 1
        return self.paths[at], line - self.starts[at]

    def run(self, *options):
        """What clang-tidy prints, with the sources' own names and lines."""
        ran = subprocess.run(["clang-tidy", "--quiet", *options, self.file, "--", *self.words,
                              "-ferror-limit=0"], cwd=ROOT, capture_output=True, text=True, check=False)
        if ran.returncode not in (0, 1):
            raise OSError(f"clang-tidy ended with {ran.returncode}: {self.file}: {ran.stderr[-2000:]}")

        def named(match):
            source, line = self.where(int(match[1]))
            return f"{ROOT}/{source}:{line}:"
        return re.sub(rf"{re.escape(self.file)}:(\d+):", named, ran.stdout)

    def unread(self):
        """Those with an error, in order."""
        wrong = {os.path.relpath(match[1], ROOT) for match in ERROR.finditer(self.run(READ_ONLY))}
        return [path for path in self.paths if path in wrong] or (self.paths if wrong else [])


def look_at(paths, words, scratch):
    """[(sources, what clang-tidy prints about them, whether it could read them)]. Sources that do not
    bear one another, because a name of their own means something else in each, are looked at apart."""
    together = Sources(paths, words, scratch)
    wrong = together.unread()
    if not wrong or len(paths) == 1:
        return [(paths, together.run(), not wrong)]
    good = [path for path in paths if path not in wrong]
    parts = [good, wrong] if good else [[path] for path in paths]
    return [result for part in parts for result in look_at(part, words, scratch)]


def groups(chosen, known):
    """[(sources, words)]: of one folder, compiled alike, at most TOGETHER."""
    alike = {}
    for source in chosen:
        words = for_clang(known[source])
        alike.setdefault((os.path.dirname(source), *words), []).append(source)
    return [(paths[at:at + TOGETHER], key[1:]) for key, paths in alike.items()
            for at in range(0, len(paths), TOGETHER)]


# Nobody waits for a test's copies of short strings.
NOT_IN_TESTS = {"performance-inefficient-string-concatenation",
                "performance-inefficient-vector-operation"}


def findings_in(output):
    """{(file, line, check): text with the lines that explain it}"""
    found, last = {}, None
    for line in output.splitlines():
        match = FINDING.match(line)
        if match:
            last = (os.path.relpath(match[1], ROOT), int(match[2]), match[3])
            if last[0].startswith("tests/") and last[2] in NOT_IN_TESTS:
                last = None
                continue
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
    scratch = os.path.join(arguments.build, "tidy")
    os.makedirs(scratch, exist_ok=True)
    shown, unread, done = set(), [], 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        looks = [pool.submit(look_at, *group, scratch) for group in groups(chosen, known)]
        for paths, output, read in itertools.chain.from_iterable(
                look.result() for look in concurrent.futures.as_completed(looks)):
            done += len(paths)
            print(f"{done} of {len(chosen)}: {' '.join(paths)}", file=sys.stderr, flush=True)
            if not read:
                unread += paths
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
