#!/usr/bin/env python3
"""Runs every ```sh block of a document, in order, in one shell, from the top of the tree.

Usage: document_test.py [--write] SOURCE_DIR DOCUMENT
A ```text block right after a ```sh block is what that block prints; "..." stands for anything.
--write puts what was printed into those blocks instead of comparing. Stops the demonstration at the
end. Exit code: 0 when every command succeeds and prints what the document says; 1 otherwise.
Standard library only.
"""
import os
import re
import subprocess
import sys

BLOCK = re.compile(r"^```sh\n(?P<commands>.*?)^```\n(?:\n*^```text\n(?P<printed>.*?)^```\n)?",
                   re.MULTILINE | re.DOTALL)
END = "-- end of block --"


class Shell:
    def __init__(self):
        self.process = subprocess.Popen(["bash", "-eu", "-o", "pipefail"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, commands):
        """What the commands print; None with what was printed so far when one of them failed."""
        self.process.stdin.write(f"{commands}\necho '{END}'\n")
        self.process.stdin.flush()
        printed = []
        for line in self.process.stdout:
            if line == END + "\n":
                return True, "".join(printed)
            printed.append(line)
        return False, "".join(printed)


def says(expected, printed):
    pattern = ".*?".join(re.escape(part) for part in expected.split("..."))
    return re.fullmatch(pattern, printed, re.DOTALL) is not None


def main():
    arguments = sys.argv[1:]
    write = "--write" in arguments
    source, document = [a for a in arguments if a != "--write"]
    os.chdir(source)
    with open(document, encoding="utf-8") as file:
        text = file.read()
    blocks = list(BLOCK.finditer(text))
    if not blocks:
        sys.exit(f"{document} has no commands")
    shell = Shell()
    faults = 0
    out = []
    last = 0
    for block in blocks:
        succeeded, printed = shell.run(block["commands"])
        print(block["commands"] + printed, flush=True)
        if not succeeded:
            sys.exit(f"{document}: a command of this block failed:\n{block['commands']}")
        if block["printed"] is None:
            continue
        out += [text[last:block.start("printed")], printed]
        last = block.end("printed")
        if not write and not says(block["printed"], printed):
            print(f"{document}: the document says:\n{block['printed']}", file=sys.stderr)
            faults += 1
    if write:
        with open(document, "w", encoding="utf-8") as file:
            file.write("".join(out) + text[last:])
    return 1 if faults else 0


if __name__ == "__main__":
    try:
        status = main()
    finally:
        subprocess.run(["ops/run", "--stop"], check=False)
    sys.exit(status)
