"""What is wrong with a log, a receipt or a policy: a stable code, a position and a reason."""

# Numbers of wire.md section 10.
NUMBERS = {
    "signature.invalid": 81, "note.malformed": 82, "checkpoint.invalid": 83, "proof.invalid": 84,
    "entry.malformed": 87, "witness.quorum": 193, "tile.missing": 210, "tile.malformed": 211,
    "tile.hash": 212, "entry.hash": 213, "log.root": 214, "log.index": 215, "log.time": 216,
    "log.duplicate": 217, "log.sender": 218, "log.release": 219, "log.ownership": 220,
    "log.genesis": 224,
}
# A log is not worth reading further after as many.
MOST_FINDINGS = 100


class Finding(Exception):
    """`position` is a place in the tree, from 0; for a tile the first entry that it covers."""

    def __init__(self, code, reason, position=0):
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.position = position


class Findings(list):
    def add(self, code, position, reason):
        self.append(Finding(code, reason, position))

    def enough(self):
        return len(self) >= MOST_FINDINGS

    def put_in_order(self):
        """By position, then by the code's number."""
        self.sort(key=lambda finding: (finding.position, NUMBERS[finding.code]))
        del self[MOST_FINDINGS:]


class Unreadable(Exception):
    """The question cannot be answered: bad usage, or no log, no policy, no server there."""
