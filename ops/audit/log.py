"""A whole log: its checkpoint, every tile, every entry (wire.md section 8)."""
import tree
from buffers import Malformed
from codes import ENVELOPE
from ed25519 import verify
from entries import CASELESS, check_form, need, read_entry, read_message
from findings import Finding, Findings, Unreadable
from hashes import Hashes
from notes import is_signed, read_checkpoint, read_note
from orders import tuple_bytes, verify_order
from ownership import Fault, Ownership
from policy import verify_checkpoint
from releases import key_in_force, verify_release


def is_decided(entry):
    """Whether the entry uses up its message's id."""
    refusal = entry["outcome"]["refusal"]
    return refusal is None or refusal["code"] not in ENVELOPE


def signed_bytes(cause, origin):
    """What the sender of a message signed; None when the path has not the length for its place."""
    proof = cause["proof"]
    hashes = proof["path"] or b""
    path = [hashes[at:at + tree.HASH] for at in range(0, len(hashes), tree.HASH)]
    root = tree.root_of_path(
        cause["leaf"] or tree.leaf_hash(cause["message"]), proof["index"], proof["count"], path)
    return root and tuple_bytes(b"rujukan/submission/v1", origin, proof["unit"],
                                proof["count"].to_bytes(4, "big"), root)


class Entries:
    """The checks of entries, one after the other."""

    def __init__(self, source, origin, logs, find):
        self.source = source
        self.origin = origin
        self.logs = logs        # keys that the policy trusts
        self.find = find
        self.first = 0          # Entry.index of the tree's entry 0
        self.last_time = None
        self.release = None     # in force
        self.all_keys = {}      # (unit, key id): every key that a release so far has of that name
        self.decided = set()    # ids of messages and orders that are used up
        self.ownership = Ownership()
        self.data = b""         # of the entry looked at
        self.lost = False       # an entry before: what follows from others cannot be told

    def lose(self):
        self.lost = True

    def check(self, position, data):
        try:
            entry = read_entry(data)
        except Malformed as error:
            self.find("entry.malformed", position, str(error))
            self.lose()
            return
        self.check_place(position, entry)
        if self.lost:
            return
        message = self.message_of(entry)
        self.data = data
        for check in (self.check_release, self.check_form, self.check_id, self.check_message, self.check_order,
                      self.check_ownership):
            try:
                check(position, entry, message)
            except Finding as finding:
                self.find(finding.code, position, finding.reason)

    def check_place(self, position, entry):
        index, time = entry["index"], entry["time_us"]
        if self.last_time is None and index >= position:
            # Shards after the first count on, and begin with a genesis.
            counts_on = position > 0 or entry["cause_type"] == "GenesisCause"
            self.first = index - position if counts_on else 0
        if index != self.first + position:
            self.find("log.index", position, f"it says that its index is {index}")
        if self.last_time is not None and time <= self.last_time:
            self.find("log.time", position, "its time is not after that of the entry before")
        self.last_time = time

    @staticmethod
    def message_of(entry):
        """None for what a refusal may be about as well: bytes that are no message."""
        if entry["cause_type"] != "MessageCause":
            return None
        try:
            return read_message(entry["cause"]["message"] or b"")
        except Malformed:
            return None

    def check_release(self, position, entry, _):
        if entry["cause_type"] == "GenesisCause":
            self.check_genesis(position, entry)
        if entry["cause_type"] in ("ReleaseCause", "GenesisCause"):
            self.put_in_force(entry["cause"])
        if entry["release_version"] != (self.release and self.release.version):
            raise Finding("log.release", "it names another release than the one in force")

    def check_form(self, _, entry, message):
        if self.release is None:
            return
        try:
            check_form(entry, self.data, message, self.release.edition)
        except Malformed as error:
            raise Finding("entry.malformed", str(error)) from None

    def check_genesis(self, position, entry):
        try:
            text, lines = read_note(entry["cause"]["previous"] or b"")
            before = read_checkpoint(text)
            signed = all(is_signed(text, lines, log) for log in self.logs
                         if log.name == before.origin)
        except Finding as finding:
            self.find("log.genesis", position, str(finding))
            return
        if position > 0 or not signed or before.origin.encode() == self.origin:
            self.find("log.genesis", position, "it does not begin the shard after another one")
        if not 0 < before.size <= self.first:
            self.find("log.genesis", position, "the shard before has another size")

    def put_in_force(self, cause):
        digest = cause["digest"]
        signed = self.source.read("release/" + digest.hex())
        if signed is None:
            raise Finding("log.release", "the release is missing")
        try:
            release = verify_release(signed, digest, self.origin, self.release)
        except Malformed as error:
            raise Finding("log.release", str(error)) from None
        if release.version != cause["version"]:
            raise Finding("log.release", "the release has another version than the entry says")
        self.release = release
        for name, row in release.keys.items():
            self.all_keys.setdefault(name, set()).add(row["key"])

    def check_id(self, _, entry, message):
        if message is not None and is_decided(entry):
            self.use_id(message["message_id"])

    def use_id(self, used):
        if used in self.decided:
            raise Finding("log.duplicate", "its id was used before")
        self.decided.add(used)

    def check_message(self, _, entry, message):
        if entry["cause_type"] != "MessageCause":
            return
        proof, decided = entry["cause"]["proof"], is_decided(entry)
        if decided and message and message["sender"] != proof["unit"]:
            raise Finding("log.sender", "the message names another sender than its proof")
        signed = signed_bytes(entry["cause"], self.origin)
        name = (proof["unit"], proof["key_id"])
        # Refusals of the envelope are also of messages whose key went out of force on their way.
        in_force = decided and self.release is not None
        keys = self.all_keys.get(name, set())
        if in_force:
            keys = {key_in_force(self.release, *name, entry["time_us"])} - {None}
        if signed is None or in_force and not keys:
            raise Finding("log.sender", "no key in force, or a path of another length")
        if keys and not any(verify(key, signed, proof["signature"]) for key in keys):
            raise Finding("log.sender", "the sender's signature does not verify")

    def check_order(self, _, entry, __):
        if entry["cause_type"] != "OrderCause" or self.release is None:
            return
        try:
            order = verify_order(entry["cause"]["order"], self.release.administrators)
            need(order["case_id"] == entry["cause"]["case_id"], "an order of another case")
        except Malformed as error:
            raise Finding("log.sender", str(error)) from None
        if is_decided(entry):
            self.use_id(order["order_id"])

    def check_ownership(self, _, entry, message):
        if entry["cause_type"] in CASELESS:
            return
        try:
            self.ownership.add(entry, message, self.release)
        except Fault as fault:
            raise Finding("log.ownership", str(fault)) from None


class Log:
    def __init__(self, source, policy):
        self.source = source
        self.policy = policy
        self.findings = Findings()
        self.checkpoint = None
        self.cases = {}
        self.entries = 0        # looked at

    def summary(self):
        if self.checkpoint is None:
            return {}
        cases = self.cases.values()
        return {"origin": self.checkpoint.origin, "size": self.checkpoint.size,
                "entries": self.entries, "root": self.checkpoint.root.hex(), "cases": len(cases),
                "cases_with_one_owner_at_every_entry": sum(not case.faulty for case in cases),
                "open": sum(not case.closed for case in cases),
                "closed": sum(case.closed for case in cases)}

    def verify(self, until=None):
        note = self.source.read("checkpoint")
        if not note:
            raise Unreadable("log.not_found: no checkpoint there")
        try:
            self.checkpoint = verify_checkpoint(note, self.policy)
        except Finding as finding:
            self.findings.append(finding)
            if finding.code != "witness.quorum":
                return
            # The log signed it: so much of the tree can be told.
            self.checkpoint = verify_checkpoint(note, self.policy._replace(quorum="none"))
        hashes = Hashes(self.source, self.checkpoint, self.findings.add)
        hashes.check()
        checks = Entries(self.source, self.checkpoint.origin.encode(), self.policy.logs,
                         self.findings.add)
        self.cases = checks.ownership.cases
        for position, data in enumerate(self.read_entries(hashes.intact[:until])):
            if self.findings.enough():
                break
            self.entries = position + 1
            if data is None:
                checks.lose()
            else:
                checks.check(position, data)
        self.findings.put_in_order()

    def read_entries(self, intact):
        """Their bytes; None for those that are not the tree's."""
        size = self.checkpoint.size
        for first in range(0, len(intact), tree.WIDTH):
            here = intact[first:first + tree.WIDTH]
            width = min(tree.WIDTH, size - first)
            data = self.source.read_tile("entries", first // tree.WIDTH, width)
            entries = tree.read_bundle(data, width) if any(here) else [None] * width
            yield from (entry if whole else None for entry, whole in zip(entries, here))
