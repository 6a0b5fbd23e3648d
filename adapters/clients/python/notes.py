"""C2SP signed notes of the log: its verifier key, checkpoints, and receipts as files."""
import base64
import binascii

import nacl.exceptions
import nacl.signing

import hashes

ED25519 = 1
MAX_SIGNATURES = 100


class Untrue(Exception):
    """Bytes that do not verify, or have not the form to be verified."""


def from_base64(text, what):
    """Canonical base64 only. Raises Untrue."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Untrue(f"{what}: not base64") from error
    if base64.b64encode(data).decode() != text:
        raise Untrue(f"{what}: not as base64 is written")
    return data


def verify(key, data, signature):
    """Whether the Ed25519 signature is the key's over the data."""
    try:
        nacl.signing.VerifyKey(key).verify(data, signature)
    except (nacl.exceptions.BadSignatureError, nacl.exceptions.ValueError, ValueError):
        return False
    return True


class LogKey:
    """Who signs the checkpoints of a log: its origin and key."""

    def __init__(self, origin, key):
        self.origin, self.key = origin, key
        self.id = hashes.sha256(origin.encode() + b"\n" + bytes([ED25519]) + key)[:4]

    @classmethod
    def from_text(cls, text):
        """From ORIGIN+ID+KEY. Raises Untrue."""
        parts = text.split("+", 2)
        if len(parts) != 3:
            raise Untrue("log_key: not ORIGIN+ID+KEY")
        data = from_base64(parts[2], "log_key")
        if len(data) != 33 or data[0] != ED25519:
            raise Untrue("log_key: no Ed25519 key")
        key = cls(parts[0], data[1:])
        if key.id.hex() != parts[1]:
            raise Untrue("log_key: the id is not the key's")
        return key

    def of_shard(self, origin):
        """The same key under a later shard's origin."""
        return LogKey(origin, self.key)


class Checkpoint:
    """A verified statement of the log: size and root."""

    def __init__(self, note, key):
        self.note = note
        text, lines = split(note)
        if not self._is_signed(text, lines, key):
            raise Untrue("checkpoint: not signed by the log")
        parts = text.split("\n")
        if len(parts) != 4 or parts[3] or parts[0] != key.origin:
            raise Untrue("checkpoint: not of this log's form")
        if not parts[1].isdecimal() or not parts[1].isascii() or str(int(parts[1])) != parts[1]:
            raise Untrue("checkpoint: no size")
        self.origin, self.size = parts[0], int(parts[1])
        self.root = from_base64(parts[2], "checkpoint")
        if len(self.root) != 32:
            raise Untrue("checkpoint: no root")

    @staticmethod
    def _is_signed(text, lines, key):
        signed = False
        for name, data in lines:
            if (name, data[:4]) != (key.origin, key.id):
                continue  # somebody else's, for example a witness's
            if signed or not verify(key.key, text.encode(), data[4:]):
                raise Untrue("checkpoint: a signature of the log does not verify")
            signed = True
        return signed


def origin_of(note):
    """The first line: which log the note says it is of."""
    return note.split("\n", 1)[0]


def split(note):
    """The text of a note, which ends in a newline, and its signature lines. Raises Untrue."""
    text, blank, rest = note.rpartition("\n\n")
    lines = rest.split("\n")
    if not blank or lines[-1] or not 2 <= len(lines) <= 1 + MAX_SIGNATURES:
        raise Untrue("note: not of the C2SP form")
    signatures = []
    for line in lines[:-1]:
        parts = line.split(" ")
        if len(parts) != 3 or parts[0] != "\u2014" or not parts[1]:
            raise Untrue("note: a line is no signature")
        data = from_base64(parts[2], "note")
        if len(data) < 5:
            raise Untrue("note: a signature is too short")
        signatures.append((parts[1], data))
    return text + "\n", signatures


def receipt_text(entry, index, path, note):
    """A receipt as a file: C2SP tlog-proof, the entry on the `extra` line."""
    lines = ["c2sp.org/tlog-proof@v1", "extra " + base64.b64encode(entry).decode(), f"index {index}"]
    lines += [base64.b64encode(step).decode() for step in path]
    return "\n".join(lines) + "\n\n" + note
