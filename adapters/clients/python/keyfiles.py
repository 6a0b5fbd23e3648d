"""What a station is installed with: its keys, its units' keys, and the anchor that it trusts."""
import os
import stat
import tomllib

import nacl.bindings as sodium
import nacl.signing

import notes

SIGN, SEAL = 0, 1
PURPOSES = {"sign": SIGN, "seal": SEAL}


class BadFile(Exception):
    """A file that cannot be used: its path and why."""


def read_toml(path, private):
    """The tables of a file; a private one SHALL be its owner's only. Raises BadFile."""
    try:
        if private and stat.S_IMODE(os.stat(path).st_mode) & 0o077:
            raise BadFile(f"{path}: others may read it; set its permissions to 0600")
        with open(path, "rb") as file:
            return tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadFile(f"{path}: {error}") from error


def bytes_of(table, key, path):
    """32 bytes in base64."""
    try:
        data = notes.from_base64(table[key], key)
    except (KeyError, TypeError, notes.Untrue) as error:
        raise BadFile(f"{path}: {key} is not 32 bytes in base64") from error
    if len(data) != 32:
        raise BadFile(f"{path}: {key} has {len(data)} bytes")
    return data


class Anchor:
    """The log, the broker, and who signs the first release."""

    def __init__(self, path):
        table = read_toml(path, private=False)
        try:
            self.log = notes.LogKey.from_text(table["log_key"])
            self.endpoints = list(table["endpoints"])
            self.threshold = int(table["threshold"])
            rows = list(table["administrator"])
        except (KeyError, TypeError, ValueError, notes.Untrue) as error:
            raise BadFile(f"{path}: {error}") from error
        self.broker_key = bytes_of(table, "broker_key", path)
        self.administrators = {bytes_of(row, "key", path) for row in rows}
        if not 1 <= self.threshold <= len(self.administrators) or not self.endpoints:
            raise BadFile(f"{path}: threshold or endpoints")


class StationKey:
    """The CURVE key of the connection."""

    def __init__(self, path):
        table = read_toml(path, private=True)
        if table.get("kind") != "station":
            raise BadFile(f"{path}: not a station's key file")
        self.name = table.get("name", "")
        self.secret = bytes_of(table, "curve_secret", path)
        self.public = sodium.crypto_scalarmult_base(self.secret)


class UnitKeys:
    """Secret keys of the units that the station speaks for."""

    def __init__(self, path):
        table = read_toml(path, private=True)
        if table.get("kind") != "units":
            raise BadFile(f"{path}: not a key file of units")
        self._secrets = {}  # (unit, purpose) -> [(key id, secret)]
        for row in table.get("key", ()):
            if row.get("purpose") not in PURPOSES:
                raise BadFile(f"{path}: purpose is sign or seal")
            held = self._secrets.setdefault((row["unit"], PURPOSES[row["purpose"]]), [])
            held.append((row["key_id"], bytes_of(row, "secret", path)))

    def units(self):
        """Those that have a signing key here."""
        return sorted(unit for unit, purpose in self._secrets if purpose == SIGN)

    def signing(self, unit, release, at):
        """(key id, signer) of a key that is in force; None without one."""
        for key_id, seed in self._secrets.get((unit, SIGN), ()):
            listed = release.key(unit, key_id, SIGN, at)
            signer = nacl.signing.SigningKey(seed)
            if listed is not None and bytes(signer.verify_key) == listed:
                return key_id, signer
        return None

    def sealing(self, unit):
        """Every secret that may open what is sealed for the unit, in force or not."""
        return [secret for _, secret in self._secrets.get((unit, SEAL), ())]
