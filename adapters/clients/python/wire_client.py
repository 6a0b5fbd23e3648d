#!/usr/bin/python3
"""A client of Rujukan's wire protocol, written from schemas/wire.md.

  wire_client.py life    the whole life of a referral against a running broker
  wire_client.py route   who would own a case, by this client's own evaluation

Run a command with --help for its options. Exit codes: 0 done; 1 a step was refused, did not come in
time, or did not verify; 2 bad usage, or a file that cannot be used; 3 the log contradicts itself.
"""
import argparse
import json
import os
import sys
import tempfile

import zmq

import codes
import keyfiles
import notes
import releases
import schema
from life import Failed, Life
from seen import Distrust
from planner import now_us
from station import Station
from store import Store

DONE, REFUSED, USAGE, CONTRADICTED = range(4)


def read_facts(path):
    """Of a facts file, without who asks and when. Raises keyfiles.BadFile."""
    try:
        with open(path, encoding="utf-8") as file:
            value = json.load(file)
    except (OSError, ValueError) as error:
        raise keyfiles.BadFile(f"{path}: {error}") from error
    if not isinstance(value, dict):
        raise keyfiles.BadFile(f"{path}: not an object")
    facts = {key: value[key] for key in value if key not in ("origin", "at")}
    try:
        codes.facts_from_names(facts)
    except codes.Refused as error:
        raise keyfiles.BadFile(f"{path}: {error}") from error
    return facts


def show(line):
    """One step, at once."""
    print(line, flush=True)


def live(arguments):
    """The life command."""
    facts = read_facts(arguments.facts)
    anchor = keyfiles.Anchor(arguments.anchor)
    pairs = [arguments.opener, *arguments.party]
    keys = [(keyfiles.StationKey(station), keyfiles.UnitKeys(units)) for station, units in pairs]

    def told(what, unit, text):
        show(f"  {unit or 'station'}: {what}: {'(a text)' if what == 'opened' else text}")

    with tempfile.TemporaryDirectory(prefix="rujukan-client-") as scratch:
        folder = arguments.state or scratch
        os.makedirs(folder, mode=0o700, exist_ok=True)
        stations = [Station(anchor, key, units, Store(os.path.join(folder, key.name + ".db")),
                            zmq.Context.instance(), told) for key, units in keys]
        try:
            run(Life(stations[0], stations[1:], arguments.within, show), arguments, facts)
        finally:
            for station in stations:
                station.link.close()
                station.store.close()


def run(life, arguments, facts):
    """The steps; without parties the opener's only."""
    life.connect()
    life.refer(arguments.unit, facts, arguments.text)
    if arguments.party:
        station, owner = life.owner()
        life.take(station, owner)
        life.work(arguments.transfer_to)
        life.finish()
        life.reopen(arguments.unit, arguments.text)
        life.finish()
    else:
        life.wait("the owner's accept",
                  lambda: codes.STATES[life.lead()[1].state] not in ("requested", "received"))
    show("done")


def route(arguments):
    """The route command: of a signed release whose signatures are not looked at."""
    try:
        with open(arguments.release, "rb") as file:
            envelope = schema.SIGNED_RELEASE.decode(file.read(), schema.RELEASE_TABLES)
    except (OSError, schema.Malformed) as error:
        raise keyfiles.BadFile(f"{arguments.release}: {error}") from error
    release = releases.Release(envelope["body"])
    at = arguments.at_us if arguments.at_us is not None else now_us()
    found = release.directory.route(codes.facts_from_names(read_facts(arguments.facts)), at)
    print(json.dumps({
        "owner": found.owner, "lead": codes.NEEDS[found.lead],
        "assignments": [{"need": codes.NEEDS[need], "unit": chain[0], "function": function,
                         "rule": rule, "chain": chain, "accept_within_s": found.accept_within_s}
                        for need, function, rule, chain in found.assignments],
        "withheld": [codes.NEEDS[need] for need, _ in found.withheld],
        "informed": found.informed,
        "release": {"version": release.version, "digest": release.digest.hex()}}, indent=2))


def parser():
    """Of the command line."""
    whole = argparse.ArgumentParser(description=__doc__, add_help=True,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = whole.add_subparsers(dest="command", required=True)
    life = commands.add_parser(
        "life", formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Opens a case and, with the keys of its owner, carries it to its end and once "
                    "more:\naccept, progress, note, transfer, complete, cancel, close, reopen. "
                    "Prints each step. Every\nreceipt, delivery, release and checkpoint is verified.")
    life.add_argument("--anchor", required=True, help="anchor.toml")
    life.add_argument("--opener", nargs=2, required=True, metavar=("STATION_KEY", "UNITS_KEY"),
                      help="key files of the station that opens the case")
    life.add_argument("--party", nargs=2, action="append", default=[],
                      metavar=("STATION_KEY", "UNITS_KEY"),
                      help="the same of the owner's station and of others; none: waits for the "
                           "owner's accept")
    life.add_argument("--unit", required=True, help="that opens the case")
    life.add_argument("--facts", required=True, help="coded facts: see `rujukan route --help`")
    life.add_argument("--text", required=True, help="what is sealed")
    life.add_argument("--transfer-to", metavar="UNIT", help="declines once, then takes the case")
    life.add_argument("--state", metavar="DIR", help="keeps what the stations hold; else forgotten")
    life.add_argument("--within", type=float, default=60, metavar="SECONDS", help="for each step")
    life.set_defaults(run=live)
    routed = commands.add_parser("route", description="Prints what `rujukan route` prints.")
    routed.add_argument("--release", required=True, help="a signed release")
    routed.add_argument("--facts", required=True, help="coded facts: see `rujukan route --help`")
    routed.add_argument("--at-us", type=int, help="microseconds since 1970; else now")
    routed.set_defaults(run=route)
    return whole


def main(arguments=None):
    """The exit code."""
    chosen = parser().parse_args(arguments)
    try:
        chosen.run(chosen)
    except keyfiles.BadFile as error:
        print(f"wire_client: {error}", file=sys.stderr)
        return USAGE
    except Distrust as error:
        print(f"wire_client: the log is not to be trusted: {error}", file=sys.stderr)
        return CONTRADICTED
    except (Failed, codes.Refused, notes.Untrue) as error:
        print(f"wire_client: {error}", file=sys.stderr)
        return REFUSED
    return DONE


if __name__ == "__main__":
    sys.exit(main())
