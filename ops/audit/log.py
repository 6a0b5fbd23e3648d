"""A whole log: its checkpoint, every tile, every entry (wire.md section 8)."""
import tree
from entries import read_entry, read_message
from buffers import Malformed
from codes import ENVELOPE
from ed25519 import verify
from findings import Finding, Unreadable
from notes import MOST_BYTES
from orders import tuple_bytes, verify_order
from ownership import Fault, Ownership
from policy import verify_checkpoint
from releases import key_in_force, verify_release


def check_sender(cause, message, origin, key):
    """The sender's signature over the message's bytes. Raises log.sender."""
    proof = cause["proof"]
    if message is not None and message["sender"] != proof["unit"]:
        raise Finding("log.sender", "the message names another sender than its proof")
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

    def check(self, position, data):
        try:
            entry = read_entry(data)
        except Malformed as error:
            yield "entry.malformed", str(error)
            return
        if position == 0 and entry["cause_type"] == "GenesisCause":
            self.first = entry["index"]
        if entry["index"] != self.first + position:
            yield "log.index", f"it says that its index is {entry['index']}"
        if entry["time_us"] <= self.last_time:
            yield "log.time", "its time is not after that of the entry before"
        self.last_time = entry["time_us"]
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
            proof = cause["proof"]
            key = self.release and key_in_force(
                self.release, proof["unit"], proof["key_id"], entry["time_us"])
            check_sender(cause, message, self.origin, key)


class Log:
    def __init__(self, source, policy):
        self.source = source
        self.policy = policy
        self.findings = []
        self.checkpoint = None
        self.leaves = []        # leaf hashes of the entries; None where they are missing
        self.checks = None

    def find(self, code, position, reason):
        self.findings.append(Finding(code, reason, position))

    def verify(self, until=None):
        note = self.source.read("checkpoint")
        if note is None:
            raise Unreadable("log.not_found: no checkpoint there")
        try:
            self.checkpoint = verify_checkpoint(note[:MOST_BYTES + 1], self.policy)
        except Finding as finding:
            self.findings.append(finding)
            return
        self.checks = Entries(self.source, self.checkpoint.origin.encode())
        size = self.checkpoint.size
        for first in range(0, size, tree.WIDTH):
            self.read_bundle(first, min(tree.WIDTH, size - first), until)
        self.check_tiles(size)
        self.findings.sort(key=lambda finding: finding.position)

    def read_bundle(self, first, width, until):
        path = tree.tile_path("entries", first // tree.WIDTH, width)
        data = self.source.read_tile("entries", first // tree.WIDTH, width)
        entries = data and tree.read_bundle(data, width)
        if data is None:
            self.find("tile.missing", first, path)
        elif entries is None:
            self.find("tile.malformed", first, path)
        self.leaves += [tree.leaf_hash(entry) for entry in entries or []]
        self.leaves += [None] * (width - len(entries or []))
        for position, entry in enumerate(entries or [], first):
            if until is None or position < until:
                for code, reason in self.checks.check(position, entry):
                    self.find(code, position, reason)

    def read_hashes(self, size):
        """The hashes of every level; None where a tile is missing or has another length."""
        levels = []
        for level, index, width in tree.tiles(size):
            if level == len(levels):
                levels.append([])
            data = self.source.read_tile(level, index, width)
            hashes = [None] * width
            first = index * tree.WIDTH ** (level + 1)
            if data is None:
                self.find("tile.missing", first, tree.tile_path(level, index, width))
            elif len(data) != width * tree.HASH:
                self.find("tile.malformed", first, tree.tile_path(level, index, width))
            else:
                hashes = [data[at:at + tree.HASH] for at in range(0, len(data), tree.HASH)]
            levels[level] += hashes
        return levels

    def check_tiles(self, size):
        """Entries or tiles: what leads to the checkpoint's root is right, the other is not."""
        levels = self.read_hashes(size)
        tiles = levels[0] if levels else []
        of_entries = [a or b for a, b in zip(self.leaves, tiles)]
        of_tiles = [b or a for a, b in zip(self.leaves, tiles)]
        right = next((hashes for hashes in (of_entries, of_tiles)
                      if None not in hashes and tree.root(hashes) == self.checkpoint.root), None)
        if right is None:
            self.find("log.root", 0, "neither entries nor tiles give the checkpoint's root")
            right = of_entries
        for position, hashes in enumerate(zip(self.leaves, tiles, right)):
            leaf, tile, of_root = hashes
            if leaf not in (None, of_root):
                self.find("entry.hash", position, "the entry has another hash")
            if tile not in (None, of_root):
                self.find("tile.hash", position, "the tile of level 0 has another hash")
        below = right
        for level, hashes in enumerate(levels[1:], 1):
            blocks = [below[at:at + tree.WIDTH] for at in range(0, len(below), tree.WIDTH)]
            below = [None if None in block else tree.root(block)
                     for block in blocks[:len(hashes)]]
            for at, (tile, computed) in enumerate(zip(hashes, below)):
                if None not in (tile, computed) and tile != computed:
                    self.find("tile.hash", at * tree.WIDTH ** level,
                              f"the tile of level {level} has another hash")
