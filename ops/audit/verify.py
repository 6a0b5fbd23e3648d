#!/usr/bin/python3
"""A second, independent verifier of a Rujukan log, written from schemas/wire.md.

  verify.py SOURCE --policy FILE [--json] [--until N]
  verify.py receipt FILE --policy FILE [--json]

SOURCE is a folder in the layout of c2sp.org/tlog-tiles, with release/<hex> files, or the URL of
such a folder (--token-file, --ca-file). Needs Python 3.11 with cryptography and flatbuffers, and the
folder schemas/.

Exit codes: 0 it verifies; 1 it does not; 2 bad usage, or there is nothing to read.
"""
import argparse
import json
import signal
import sys

import entries
import notes
import tree
from buffers import Malformed
from findings import MOST_FINDINGS, Finding, Unreadable
from log import Log
from policy import read_policy, verify_checkpoint
from sources import open_file, open_source

VERIFIES, DOES_NOT, UNREADABLE = range(3)
MOST_PROOF_BYTES = 256 * 1024


def read_file(path, most):
    try:
        with open_file(path) as file:
            return file.read(most + 1)
    except OSError as error:
        raise Unreadable(f"file.unreadable: {path}: {error.strerror}") from None


def report(findings, summary, as_json):
    for finding in findings:
        row = {"position": finding.position, "code": finding.code, "reason": finding.reason}
        print(json.dumps(row) if as_json else
              "{position}: {code}: {reason}".format_map(row))
    summary = {"verifies": not findings, "findings": len(findings),
               "ended_early": len(findings) >= MOST_FINDINGS, **summary}
    print(json.dumps(summary) if as_json else
          ", ".join(f"{name} {value}" for name, value in summary.items()))
    return DOES_NOT if findings else VERIFIES


def verify_log(options, policy):
    log = Log(open_source(options.source, options.token_file, options.ca_file), policy)
    log.verify(options.until)
    return report(log.findings, log.summary(), options.json)


def read_receipt(path):
    try:
        return notes.read_proof(read_file(path, MOST_PROOF_BYTES))
    except Finding as finding:
        raise Unreadable(f"{finding.code}: {finding}") from None


def verify_receipt(options, policy):
    """That the log has the entry, whatever the entry is."""
    proof, findings, summary = read_receipt(options.file), [], {}
    try:
        checkpoint = verify_checkpoint(proof.checkpoint, policy)
        leaf = tree.leaf_hash(proof.entry)
        if tree.root_of_path(leaf, proof.index, checkpoint.size, proof.path) != checkpoint.root:
            raise Finding("proof.invalid", "the entry is not at this index of the tree")
        summary = {"origin": checkpoint.origin, "size": checkpoint.size, "position": proof.index}
        summary["time_us"] = entries.read_entry(proof.entry)["time_us"]
    except Finding as finding:
        findings.append(finding)
    except Malformed as error:
        summary["entry"] = str(error)
    return report(findings, summary, options.json)


def parse(arguments):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=argparse.SUPPRESS)
    of_receipt = arguments[:1] == ["receipt"]
    parser.add_argument("file" if of_receipt else "source")
    parser.add_argument("--policy", required=True, help="whom to trust: c2sp.org/tlog-policy")
    parser.add_argument("--json", action="store_true", help="JSON lines: findings, then a summary")
    if not of_receipt:
        parser.add_argument("--until", type=int, help="check the entries before this position")
        parser.add_argument("--token-file", help="a bearer token, on one line")
        parser.add_argument("--ca-file", help="certificates that sign the server's, PEM")
    options = parser.parse_args(arguments[1:] if of_receipt else arguments)
    options.verify = verify_receipt if of_receipt else verify_log
    return options


def main(arguments):
    options = parse(arguments)
    try:
        policy = read_policy(read_file(options.policy, 256 * 1024))
        return options.verify(options, policy)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return UNREADABLE


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main(sys.argv[1:]))
