"""Releases: who signed them, and what they say of keys, units and permissions."""
import notes
import schema
from hashes import sha256, tuple_bytes
from keyfiles import SEAL
from routing import Directory


class Release:
    """One release, read; its signatures are `verified`'s matter."""

    def __init__(self, body):
        try:
            self.body = schema.RELEASE.decode(body, schema.RELEASE_TABLES)
        except schema.Malformed as error:
            raise notes.Untrue(f"release: {error}") from error
        self.digest = sha256(body)
        self.version = self.body["version"]
        self.origin = self.body["log_origin"]
        self.edition = self.body["edition"]
        self.threshold = self.body["threshold"]
        self.administrators = {row["key"] for row in self.body["administrators"]}
        self.directory = Directory(self.body)
        self._keys = {}
        for key in self.body["keys"]:
            self._keys.setdefault(key["unit"], []).append(key)
        self._stations = {row["id"]: row for row in self.body["stations"]}

    def has_expired(self, at):
        """Whether nothing new may be sent under it."""
        return bool(self.body["expires_us"]) and at >= self.body["expires_us"]

    def key(self, unit, key_id, purpose, at):
        """The public key that is in force under this id; None without one."""
        for key in self._keys.get(unit, ()):
            if key["key_id"] == key_id and _in_force(key, purpose, at):
                return key["key"]
        return None

    def sealing_key(self, unit, at):
        """(key id, key) to seal for the unit: the one in force that became valid last."""
        usable = [key for key in self._keys.get(unit, ()) if _in_force(key, SEAL, at)]
        if not usable:
            return None
        last = max(usable, key=lambda key: key["valid_from_us"])  # the first of equals
        return last["key_id"], last["key"]

    def units_served_by(self, station):
        """For whom a station may speak."""
        return set(self._stations.get(station, {"units": ()})["units"])

    def trusts(self):
        """(administrators, threshold) of the release after this one."""
        return self.administrators, self.threshold


def _in_force(key, purpose, at):
    return (key["purpose"] == purpose and key["valid_from_us"] <= at
            and (not key["valid_until_us"] or at < key["valid_until_us"])
            and (not key["compromised_since_us"] or at < key["compromised_since_us"]))


def verified(signed, administrators, threshold):
    """The release of these bytes when enough administrators signed it. Raises notes.Untrue."""
    try:
        envelope = schema.SIGNED_RELEASE.decode(signed, schema.RELEASE_TABLES)
    except schema.Malformed as error:
        raise notes.Untrue(f"release: {error}") from error
    said = tuple_bytes("rujukan/release/v1", sha256(envelope["body"]))
    signers = set()
    for row in envelope["signatures"]:
        if row["key"] not in administrators:
            continue
        if not notes.verify(row["key"], said, row["signature"]):
            raise notes.Untrue("release: a signature of an administrator does not verify")
        signers.add(row["key"])
    if len(signers) < threshold:
        raise NotSigned(f"release: {len(signers)} of {threshold} signatures")
    return Release(envelope["body"])


class NotSigned(notes.Untrue):
    """Too few of the trusted administrators signed: others may lie between."""
