#!/usr/bin/env python3
"""Fuzzes with libFuzzer, the address and the undefined-behaviour sanitizer, for as long as you like.

Usage: run.py [--seconds N] [--jobs N] [--only NAME]... [--list]

  --seconds N  for each fuzzer (default 600)
  --jobs N     fuzzers at once (default: one per processor)
  --only NAME  this fuzzer, e.g. wire; may be repeated
  --list       prints the fuzzers' names and ends

Needs the preset `fuzz` to be built: cmake --preset fuzz && cmake --build --preset fuzz. Inputs that
reach new code are kept in build/fuzz/found/NAME and used the next time; tests/fuzz/corpus is only
read. What fails is kept as build/fuzz/failed/NAME-*, the fuzzer's last lines are printed, and
  build/fuzz/tests/fuzz/NAME_fuzz FILE
runs it again. Temporary folders lie where TMPDIR says; a file system in memory is much faster.

Exit codes: 0 nothing failed; 1 something did; 2 bad usage, or nothing is built.
"""
import argparse
import concurrent.futures
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(ROOT, "tests", "fuzz", "corpus")
BUILT = os.path.join(ROOT, "build", "fuzz", "tests", "fuzz")
FOUND = os.path.join(ROOT, "build", "fuzz", "found")
FAILED = os.path.join(ROOT, "build", "fuzz", "failed")
# Of one input, in seconds and MiB: more is a finding.
INPUT_S = 20
MEMORY = 2048
# Longer inputs are longer stories, not other ones.
INPUT_BYTES = 16384
LAST_LINES = 30


def names():
    return sorted(os.listdir(CORPUS))


def fuzz(name, seconds):
    """Prints one line, and what failed. Returns whether nothing did."""
    found = os.path.join(FOUND, name)
    os.makedirs(found, exist_ok=True)
    command = [os.path.join(BUILT, name + "_fuzz"), found, os.path.join(CORPUS, name),
               f"-max_total_time={seconds}", f"-timeout={INPUT_S}", f"-rss_limit_mb={MEMORY}",
               f"-max_len={INPUT_BYTES}", "-print_final_stats=1",
               f"-artifact_prefix={os.path.join(FAILED, name)}-"]
    run = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    inputs = re.search(r"stat::number_of_executed_units:\s*(\d+)", run.stderr)
    reached = re.findall(r"cov: (\d+)", run.stderr)
    passed = run.returncode == 0
    print(f"{name:10} {inputs[1] if inputs else '?':>12} inputs, "
          f"{reached[-1] if reached else '?':>6} edges: {'passed' if passed else 'FAILED'}",
          flush=True)
    if not passed:
        print("\n".join(run.stderr.splitlines()[-LAST_LINES:]), flush=True)
    return passed


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only", action="append", choices=names())
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    if arguments.list:
        print("\n".join(names()))
        return 0
    chosen = arguments.only or names()
    missing = [name for name in chosen if not os.path.exists(os.path.join(BUILT, name + "_fuzz"))]
    if missing:
        print(f"run.py: not built: {', '.join(missing)}; see --help", file=sys.stderr)
        return 2
    os.makedirs(FAILED, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        passed = list(pool.map(lambda name: fuzz(name, arguments.seconds), chosen))
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
