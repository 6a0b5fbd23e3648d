"""C2SP signed notes, checkpoints, cosignatures and tlog-proof files (wire.md section 8)."""
import base64
import binascii
import hashlib
import re
from typing import NamedTuple

import ed25519
import tree
from findings import Finding

MOST_BYTES = 64 * 1024
MOST_SIGNATURES = 100
MOST_HASHES = 63
MOST_ENTRY_BYTES = 65_535
ED25519, COSIGNATURE = 0x01, 0x04
SIGNATURE_LINE = "\N{EM DASH} "


class Key(NamedTuple):
    """A name and a key that signs notes (type 0x01) or cosigns them (0x04)."""
    name: str
    type: int
    key: bytes

    @property
    def id(self):
        return hashlib.sha256(
            self.name.encode() + b"\n" + bytes([self.type]) + self.key).digest()[:4]


class Line(NamedTuple):
    name: str
    id: bytes
    signature: bytes


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes


class Proof(NamedTuple):
    entry: bytes
    index: int
    path: list
    checkpoint: bytes


def from_base64(text):
    """None unless `text` is the one base64 form of its bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def from_decimal(text):
    """None unless `text` is the one decimal form of a number below 2^63."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text, re.ASCII) or int(text) >= 2**63:
        return None
    return int(text)


def is_origin(name):
    return re.fullmatch(r"[A-Za-z0-9._/-]{1,255}", name, re.ASCII) is not None


def read_vkey(text, key_type):
    """name+hex8(id)+base64(type || key), split at the first two '+'. Errors: None."""
    parts = text.split("+", 2)
    raw = from_base64(parts[2]) if len(parts) == 3 else None
    if raw is None or len(raw) != 33 or raw[0] != key_type:
        return None
    key = Key(parts[0], key_type, raw[1:])
    if not is_origin(key.name) or parts[1] != key.id.hex() or not ed25519.is_key(key.key):
        return None
    return key


def _read_line(line):
    name, space, encoded = line.removeprefix(SIGNATURE_LINE).partition(" ")
    raw = from_base64(encoded)
    if not line.startswith(SIGNATURE_LINE) or not space or not name or "+" in name:
        raise Finding("note.malformed", "not a signature line")
    if any(c.isspace() for c in name) or raw is None or len(raw) <= 4:
        raise Finding("note.malformed", "not a signature line")
    return Line(name, raw[:4], raw[4:])


def read_note(note):
    """The signed text and the signature lines. Raises note.malformed."""
    if len(note) > MOST_BYTES:
        raise Finding("note.malformed", "too large")
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError:
        raise Finding("note.malformed", "not UTF-8") from None
    if re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise Finding("note.malformed", "a control character")
    signed, empty_line, rest = text.rpartition("\n\n")
    if not empty_line or not rest.endswith("\n"):
        raise Finding("note.malformed", "no empty line, or no newline at the end")
    lines = [_read_line(line) for line in rest[:-1].split("\n")]
    if len(lines) > MOST_SIGNATURES:
        raise Finding("note.malformed", "more than 100 signatures")
    if len({(line.name, line.id) for line in lines}) != len(lines):
        raise Finding("note.malformed", "a name and key id stand twice")
    return (signed + "\n").encode(), lines


def read_checkpoint(text):
    """The three lines of a checkpoint's text. Raises checkpoint.invalid."""
    lines = text.decode().split("\n")
    if len(lines) != 4 or lines[3]:
        raise Finding("checkpoint.invalid", "not three lines")
    size, root = from_decimal(lines[1]), from_base64(lines[2])
    if not is_origin(lines[0]) or size is None or root is None or len(root) != 32:
        raise Finding("checkpoint.invalid", "not an origin, a size and a root")
    if size == 0 and root != tree.root([]):
        raise Finding("checkpoint.invalid", "not the empty tree's root")
    return Checkpoint(lines[0], size, root)


def is_signed(text, lines, key):
    """Whether `key` signed the text, or cosigned it. Raises signature.invalid for a line of its
    that does not verify."""
    for line in lines:
        if (line.name, line.id) != (key.name, key.id):
            continue
        message, signature = text, line.signature
        if key.type == COSIGNATURE:
            time, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            message = b"cosignature/v1\ntime %d\n" % time + text
            if time >= 2**63:
                raise Finding("signature.invalid", "a cosignature's time is over 2^63 - 1")
        if not ed25519.verify(key.key, message, signature):
            raise Finding("signature.invalid", "bad signature of " + key.name)
        return True
    return False


def read_proof(data):
    """A tlog-proof whose `extra` line is the entry's bytes. Raises proof.invalid."""
    head, empty_line, checkpoint = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        lines = []
    if not empty_line or not checkpoint or len(lines) < 3 or lines[0] != "c2sp.org/tlog-proof@v1":
        raise Finding("proof.invalid", "not a tlog-proof of version 1")
    if not lines[1].startswith("extra ") or not lines[2].startswith("index "):
        raise Finding("proof.invalid", "not the entry and its index")
    entry, index = from_base64(lines[1][6:]), from_decimal(lines[2][6:])
    if not entry or len(entry) > MOST_ENTRY_BYTES or index is None:
        raise Finding("proof.invalid", "not an entry or not an index")
    path = [from_base64(line) for line in lines[3:]]
    if len(path) > MOST_HASHES or any(p is None or len(p) != 32 for p in path):
        raise Finding("proof.invalid", "not a list of at most 63 hashes")
    return Proof(entry, index, path, checkpoint)
