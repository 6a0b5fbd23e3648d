"""Whom an auditor trusts (c2sp.org/tlog-policy): logs, witnesses, and their quorum."""
import re
from typing import NamedTuple

import notes
from findings import Finding, Unreadable

MOST_BYTES = 256 * 1024


class Policy(NamedTuple):
    logs: list          # Key
    witnesses: dict     # name in the policy: Key
    groups: dict        # name: (threshold, members)
    quorum: str         # "none", a witness or a group


class _Parser:
    def __init__(self):
        self.policy = Policy([], {}, {}, "")
        self.keys = set()
        self.members = set()

    def key(self, vkey, key_type):
        key = notes.read_vkey(vkey, key_type)
        if key is None or key.key in self.keys:
            raise ValueError("not a key, or a key that stands twice")
        self.keys.add(key.key)
        return key

    def is_name(self, name):
        return name in self.policy.witnesses or name in self.policy.groups

    def new_name(self, name):
        if self.is_name(name) or name == "none":
            raise ValueError("a name that is taken")
        return name

    def log(self, vkey, url=""):
        self.policy.logs.append(self.key(vkey, notes.ED25519))

    def witness(self, name, vkey, url=""):
        self.policy.witnesses[self.new_name(name)] = self.key(vkey, notes.COSIGNATURE)

    def group(self, name, threshold, *members):
        for member in members:
            if not self.is_name(member) or member in self.members:
                raise ValueError("a member that was not defined before, or is one already")
            self.members.add(member)
        count = {"any": 1, "all": len(members)}.get(threshold, notes.from_decimal(threshold))
        if not count or count > len(members):
            raise ValueError("not a threshold")
        self.policy.groups[self.new_name(name)] = (count, members)

    def quorum(self, name):
        if self.policy.quorum or not (name == "none" or self.is_name(name)):
            raise ValueError("a second quorum, or one that was not defined before")
        self.policy = self.policy._replace(quorum=name)

    def line(self, line):
        if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", line):
            raise ValueError("a control character")
        words = re.findall(r"[^ \t]+", line)
        if not words or words[0].startswith("#"):
            return
        kinds = {"log": (self.log, 1, 2), "witness": (self.witness, 2, 3),
                 "group": (self.group, 3, MOST_BYTES), "quorum": (self.quorum, 1, 1)}
        kind, least, most = kinds.get(words[0], (None, 0, 0))
        if not least <= len(words) - 1 <= most or kind is None:
            raise ValueError("not a line of a policy")
        kind(*words[1:])


def read_policy(data):
    """Raises Unreadable."""
    parser, number = _Parser(), 0
    try:
        text = data.decode("utf-8")
        if len(data) > MOST_BYTES or not text.endswith("\n"):
            raise ValueError("too large, or no newline at the end")
        for number, line in enumerate(text[:-1].split("\n"), 1):
            parser.line(line)
        if not parser.policy.quorum:
            raise ValueError("no quorum line")
    except ValueError as error:
        raise Unreadable(f"policy.invalid: line {number}: {error}") from None
    return parser.policy


def _is_met(policy, name, cosigned):
    if name == "none":
        return True
    if name in policy.witnesses:
        return name in cosigned
    threshold, members = policy.groups[name]
    return sum(_is_met(policy, member, cosigned) for member in members) >= threshold


def verify_checkpoint(note, policy):
    """The checkpoint of one of the policy's logs, cosigned by its quorum. Raises Finding."""
    text, lines = notes.read_note(note)
    signers = [log.name for log in policy.logs if notes.is_signed(text, lines, log)]
    if not signers:
        raise Finding("signature.invalid", "no signature of the policy's logs")
    cosigned = {name for name, key in policy.witnesses.items()
                if notes.is_signed(text, lines, key)}
    checkpoint = notes.read_checkpoint(text)
    if checkpoint.origin not in signers:
        raise Finding("checkpoint.invalid", "its origin is not the log that signed")
    if not _is_met(policy, policy.quorum, cosigned):
        raise Finding("witness.quorum", "cosigned by " + (", ".join(sorted(cosigned)) or "none"))
    return checkpoint
