"""What is wrong with a log, a receipt or a policy: a stable code, a position and a reason."""


class Finding(Exception):
    """`code` is a name of wire.md section 10; `position` a place in the tree, from 0."""

    def __init__(self, code, reason, position=0):
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.position = position


class Unreadable(Exception):
    """The question cannot be answered: bad usage, or no log, no policy, no server there."""
