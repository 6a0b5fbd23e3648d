"""A whole log: its checkpoint, every tile, every entry (wire.md section 8)."""
import tree
from entries import read_entry, read_message
from buffers import Malformed
from codes import ENVELOPE
from ed25519 import verify
from findings import Finding, Unreadable
from hashes import Hashes
from orders import tuple_bytes, verify_order
from ownership import Fault, Ownership
from policy import verify_checkpoint
from releases import key_in_force, verify_release


def check_sender(cause, origin, key):
    """The sender's signature over the message's bytes. Raises log.sender."""
    proof = cause["proof"]
    if key is None:
        raise Finding("log.sender", "the sender's key is not in force")
    hashes = proof["path"] or b""
    path = [hashes[at:at + 32] for at in range(0, len(hashes), 32)]
    root = tree.root_of_path(
        tree.leaf_hash(cause["message"]), proof["index"], proof["count"], path)
    signed = root and tuple_bytes(b"rujukan/submission/v1", origin, proof["unit"],
                                  proof["count"].to_bytes(4, "big"), root)
    if not signed or not verify(key, signed, proof["signature"]):
        raise Finding("log.sender", "the sender's signature does not verify")


class Entries:
    """The checks of entries, one after the other; yields (code, reason)."""

    def __init__(self, source, origin):
        self.source = source
        self.origin = origin
        self.first = 0          # Entry.index of the tree's entry 0
        self.last_time = 0
        self.release = None     # in force
        self.decided = set()    # message ids that are used up
        self.ownership = Ownership()
        self.lost = False       # an entry before: what follows from others cannot be told

    def lose(self):
        self.lost = True

    def check(self, position, data):
        try:
            entry = read_entry(data)
        except Malformed as error:
            yield "entry.malformed", str(error)
            self.lose()
            return
        if position == 0 and entry["cause_type"] == "GenesisCause":
            self.first = entry["index"]
        if entry["index"] != self.first + position:
            yield "log.index", f"it says that its index is {entry['index']}"
        if entry["time_us"] <= self.last_time:
            yield "log.time", "its time is not after that of the entry before"
        self.last_time = entry["time_us"]
        if self.lost:
            return
        message = self.message_of(entry)
        for check in (self.check_release, self.check_duplicate, self.check_signatures):
            try:
                check(entry, message)
            except Finding as finding:
                yield finding.code, finding.reason
        try:
            if entry["cause_type"] not in ("ReleaseCause", "StateCause", "GenesisCause"):
                self.ownership.add(entry, message)
        except Fault as fault:
            yield "log.ownership", str(fault)

    @staticmethod
    def message_of(entry):
        """None for what a refusal may be about as well: bytes that are no message."""
        if entry["cause_type"] != "MessageCause":
            return None
        try:
            return read_message(entry["cause"]["message"])
        except Malformed:
            return None

    def check_release(self, entry, _):
        if entry["cause_type"] in ("ReleaseCause", "GenesisCause"):
            self.put_in_force(entry["cause"])
        version = self.release and self.release.version
        if entry["release_version"] != version:
            raise Finding("log.release", "it names another release than the one in force")

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

    def check_duplicate(self, entry, message):
        refusal = entry["outcome"]["refusal"]
        if message is None or (refusal is not None and refusal["code"] in ENVELOPE):
            return
        if message["message_id"] in self.decided:
            raise Finding("log.duplicate", "the message was decided before")
        self.decided.add(message["message_id"])

    def check_signatures(self, entry, message):
        cause = entry["cause"]
        if entry["cause_type"] == "OrderCause":
            try:
                verify_order(cause["order"], self.release.administrators)
            except Malformed as error:
                raise Finding("log.sender", str(error)) from None
        if entry["cause_type"] == "MessageCause":
            self.check_sender(entry, message)


    def check_sender(self, entry, message):
        proof, refusal = entry["cause"]["proof"], entry["outcome"]["refusal"]
        key = self.release and key_in_force(
            self.release, proof["unit"], proof["key_id"], entry["time_us"])
        # The key ended between the check of the signature and this place in the log.
        if key is None and refusal is not None and refusal["code"] in ENVELOPE:
            return
        check_sender(entry["cause"], self.origin, key)
        if refusal is None and message and message["sender"] != proof["unit"]:
            raise Finding("log.sender", "the message names another sender than its proof")


class Log:
    def __init__(self, source, policy):
        self.source = source
        self.policy = policy
        self.findings = []
        self.checkpoint = None
        self.cases = {}

    def find(self, code, position, reason):
        self.findings.append(Finding(code, reason, position))

    def verify(self, until=None):
        note = self.source.read("checkpoint")
        if note is None:
            raise Unreadable("log.not_found: no checkpoint there")
        try:
            self.checkpoint = verify_checkpoint(note, self.policy)
        except Finding as finding:
            self.findings.append(finding)
            return
        hashes = Hashes(self.source, self.checkpoint, self.find)
        hashes.check()
        checks = Entries(self.source, self.checkpoint.origin.encode())
        for position, data in enumerate(self.entries(hashes.intact[:until])):
            if data is None:
                checks.lose()
                continue
            for code, reason in checks.check(position, data):
                self.find(code, position, reason)
        self.cases = checks.ownership.cases
        self.findings.sort(key=lambda finding: finding.position)

    def entries(self, intact):
        """Their bytes; None for those that are not the tree's."""
        size = self.checkpoint.size
        for first in range(0, len(intact), tree.WIDTH):
            here = intact[first:first + tree.WIDTH]
            width = min(tree.WIDTH, size - first)
            data = self.source.read_tile("entries", first // tree.WIDTH, width)
            entries = tree.read_bundle(data, width) if any(here) else [None] * width
            yield from (entry if whole else None for entry, whole in zip(entries, here))
