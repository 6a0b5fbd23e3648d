#!/usr/bin/env python3
"""Compiles headers alone, and sources, without precompiled headers: each must include what it uses.

Usage: compile_alone.py [--sample N] [--seed N] [BUILD_FOLDER]
Checks every header and source of the project in BUILD_FOLDER's compile_commands.json (default
build/release), or N drawn ones; syntax only, on every processor. All of them take some 6 minutes of
two processors. Prints a line for each that does not compile. Exit code: 0 when all do, 1 otherwise,
2 when there is nothing to check.
"""
import argparse
import concurrent.futures
import json
import os
import random
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ("broker", "adapters", "ops", "tests")


def commands(build):
    """source: the compiler's words without what is precompiled and without an output."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    out = {}
    for entry in entries:
        source = os.path.relpath(entry["file"], ROOT)
        if not source.startswith(FOLDERS):
            continue
        words, kept = iter(shlex.split(entry["command"])), []
        for word in words:
            if word == "-include" or word in ("-o", "-c"):
                next(words)
            elif word != "-Winvalid-pch":
                kept.append(word)
        out[source] = kept
    return out


def headers():
    for folder in FOLDERS:
        for at, _, names in os.walk(os.path.join(ROOT, folder)):
            yield from (os.path.relpath(os.path.join(at, name), ROOT) for name in names
                        if name.endswith(".h"))


def command_for(path, known):
    """A header is compiled like a source of the nearest folder that has one."""
    if path in known:
        return known[path] + ["-fsyntax-only", path]
    folder = os.path.dirname(path)
    while folder:
        near = min((s for s in known if s.startswith(folder + "/")), default=None)
        if near:
            break
        folder = os.path.dirname(folder)
    return known[near] + ["-fsyntax-only", "-x", "c++", "-include", path, os.devnull]


def complaint(path, known):
    ran = subprocess.run(command_for(path, known), cwd=ROOT, capture_output=True, text=True,
                         check=False)
    return ran.stderr if ran.returncode != 0 else ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build", nargs="?", default=os.path.join(ROOT, "build", "release"))
    parser.add_argument("--sample", type=int, help="so many, drawn")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    arguments = parser.parse_args()
    known = commands(arguments.build)
    paths = sorted({*headers(), *known})
    if not known or not paths:
        print("nothing to check", file=sys.stderr)
        return 2
    if arguments.sample is not None:
        paths = random.Random(arguments.seed).sample(paths, min(arguments.sample, len(paths)))
        print(f"{len(paths)} drawn with --seed {arguments.seed}", flush=True)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as crew:
        for path, said in zip(paths, crew.map(lambda path: complaint(path, known), paths)):
            if said:
                failed += 1
                print(f"{path} does not compile alone:\n{said}", flush=True)
    print(f"{len(paths) - failed} of {len(paths)} compile alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
