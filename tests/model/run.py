#!/usr/bin/env python3
"""Checks the models in every reachable state, and that each of their mutants is caught.

ownership.pml: who owns a case. facts.pml: who may know a case whose facts change.

Usage: run.py [--only NAME]
Needs spin and gcc. Prints one line per search; its seconds are without compiling. Exit code: 0 when
the models hold, all of their rules are reached and no mutant survives; 1 otherwise, also when a
search was cut short.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from typing import NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
SAFETY = ("-DSAFETY", "-DNOFAIR")
# A pan that needs more than this, in MiB, stops and the run fails.
MEMORY = 900
LIMIT_S = 240


class Model(NamedTuple):
    name: str       # of its file
    modes: dict     # name: (switches of the model, options of the compiler, of the search)
    formulas: tuple  # of its mode "liveness"
    seen_by: dict   # mutants that break no single entry: the run that sees them, else "rules"

    @property
    def path(self):
        return os.path.join(HERE, self.name + ".pml")

    def mutants(self):
        with open(self.path, encoding="utf-8") as file:
            return sorted(set(re.findall(r"\bMUTANT_([A-Z_]*[A-Z])\b", file.read())))

    def programs(self):
        """(mode, mutant, the formulas to check or None) of every pan."""
        for mode in self.modes:
            yield mode, None, self.formulas if mode == "liveness" else (None,)
        for mutant in self.mutants():
            by = self.seen_by.get(mutant, "rules")
            yield ("liveness", mutant, (by,)) if by in self.formulas else (by, mutant, (None,))


OWNERSHIP_FORMULAS = (
    "an_asked_unit_answers_or_the_terminal_unit_is_asked",
    "an_offer_ends_or_reaches_the_terminal_unit",
    "a_request_ends_or_reaches_the_terminal_unit",
    "an_ended_unit_is_succeeded",
)
MODELS = (
    Model("ownership", {
        "rules": ((), SAFETY, ()),
        "link": (("-DLINK",), SAFETY, ()),
        # NFAIR=3: room for the fairness counters of up to 46 processes.
        "liveness": (("-DLIVENESS",), ("-DNFAIR=3",), ("-a", "-f")),
    }, OWNERSHIP_FORMULAS, {
        "VERSION_OF_THE_LAST_COMMIT": "link",
        "ANSWER_BEFORE_THE_COMMIT": "link",
        "DEADLINE_ONLY_REMINDS": OWNERSHIP_FORMULAS[0],
        "OFFER_EXPIRY_ONLY_REMINDS": OWNERSHIP_FORMULAS[1],
        "FACTS_REPLACE_OFFERS_FOR_EVER": OWNERSHIP_FORMULAS[1],
        "REQUEST_STAYS_WITH_THE_OWNER": OWNERSHIP_FORMULAS[2],
        "SUCCESSION_WAITS_FOR_AN_ACCEPTANCE": OWNERSHIP_FORMULAS[3],
    }),
    Model("facts", {"rules": ((), SAFETY, ())}, (), {}),
)
CUT_SHORT = ("max search depth too small", "out of memory", "Search not completed", "aborting",
             "VECTORSZ", "hash array")
# A mutant must break a property, not the model's own mechanics.
CAUGHT_BY = ("assertion violated", "acceptance cycle")


def run(command, folder):
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False,
                              timeout=LIMIT_S)
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        sys.exit(f"model: {error}")
    return done.returncode, done.stdout + done.stderr


def build(folder, model, mode, mutant):
    """The pan of one mode; a mutant's is found soon, so it is not worth optimising."""
    switches, options, _ = model.modes[mode]
    if mutant:
        switches += ("-DMUTANT_" + mutant,)
    for command in (("spin", *switches, "-a", model.path),
                    ("gcc", "-O0" if mutant else "-O2", "-w", f"-DMEMLIM={MEMORY}", *options, "-o",
                     "pan", "pan.c")):
        status, output = run(command, folder)
        if status != 0 or not os.path.exists(os.path.join(folder, "pan.c")):
            sys.exit(f"model: {' '.join(command)} failed:\n{output}")


def number(pattern, output):
    match = re.search(pattern, output)
    return int(match.group(1)) if match else 0


def search(folder, model, mode, formula):
    """(errors or None when cut short, states, transitions, depth, complaint, unreached)"""
    command = ["./pan", "-m600000", "-w22", *model.modes[mode][2]]
    if formula:
        command += ["-N", formula]
    _, output = run(command, folder)
    errors = number(r"errors: (\d+)", output)
    if "errors:" not in output or (errors == 0 and any(text in output for text in CUT_SHORT)):
        errors = None
    complaint = re.search(r"pan:\d+: (.*)", output)
    return (errors, number(r"(\d+) states, stored", output),
            number(r"(\d+) transitions", output), number(r"depth reached (\d+)", output),
            complaint.group(1) if complaint else output.strip()[-300:], unreached(model, output))


def unreached(model, output):
    """Statements that no run takes: a rule of the model that would be proved of nothing."""
    found = re.findall(model.name + r'\.pml:(\d+), state \d+, "(.*)"', output)
    return [f"line {line}: {text}" for line, text in found if text != "-end-"]


def verdict_of(errors, mutant, complaint):
    """(verdict, whether it is the one wanted)"""
    if errors is None:
        return "CUT SHORT", False
    if errors == 0:
        return ("SURVIVES", False) if mutant else ("holds", True)
    if not mutant:
        return "FAILS", False
    return ("caught", True) if complaint.startswith(CAUGHT_BY) else ("BREAKS THE MODEL", False)


def check(folder, model, name, mode, formula, mutant):
    start = time.monotonic()
    errors, states, transitions, depth, complaint, unused = search(folder, model, mode, formula)
    verdict, good = verdict_of(errors, mutant, complaint)
    if good and mode == "rules" and not mutant and unused:
        verdict, good, complaint = "NOT ALL REACHED", False, "; ".join(unused)
    print(f"{name:64} {states:9,} {transitions:11,} {depth:8,} {time.monotonic() - start:6.1f}  "
          f"{verdict}", flush=True)
    if not good:
        print("    " + complaint)
    return good


def check_all(only):
    for model in MODELS:
        for mode, mutant, formulas in model.programs():
            names = {f: f"{model.name}: " + ("mutant " + mutant if mutant else f or mode)
                     for f in formulas}
            wanted = [f for f in formulas if only in names[f]]
            if not wanted:
                continue
            with tempfile.TemporaryDirectory() as folder:
                build(folder, model, mode, mutant)
                for formula in wanted:
                    yield check(folder, model, names[formula], mode, formula, mutant)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME", default="", help="runs whose name contains this")
    only = parser.parse_args().only
    start = time.monotonic()
    print(f"{'run':64} {'states':>9} {'transitions':>11} {'depth':>8} {'s':>6}  verdict")
    results = list(check_all(only))
    print(f"{sum(results)} of {len(results)} runs as they should be, "
          f"{time.monotonic() - start:.0f} s")
    return 0 if results and all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
