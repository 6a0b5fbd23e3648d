"""What a station knows of a case: the fold of its entries, by the events of wire.md section 8."""
import codes

# Kinds whose payload tells what the case is about.
TELLING = ("Referral", "Transfer", "Assist", "NewFacts", "Reopen")
OPENED, COMPLETED, CANCELLED = 0, 5, 6
# In the order of the assignment's states: what an event makes of one.
STATE_AFTER = {"received": 1, "accepted": 2, "completed": 5, "cancelled": 6}


class Assignment:
    """One need of the case, or one assist, and who is responsible for it."""

    def __init__(self, event):
        self.need, self.assist = event["need"], event["assist"]
        self.state, self.unit = 0, event["unit"]
        self.chain = event["units"]
        self.offered_to, self.offer_chain = None, []


class Case:
    """Of one case id; `learn` takes its accepted entries in the order of the log."""

    def __init__(self, case_id):
        self.case_id = case_id
        self.version, self.owner, self.opener = 0, "", ""
        self.facts, self.handling, self.facts_seen = None, b"", 0
        self.assignments = {}  # (need, assist)
        self.lead = None
        self.chain_units, self.readers, self.informed = [], [], []
        self.closed = self.erased = False
        self.proposed = None  # (unit, facts)

    @property
    def known(self):
        """Whether the opening was seen."""
        return self.facts is not None

    def responsible(self, unit):
        """The open assignments of a unit."""
        return [a for a in self.assignments.values()
                if a.unit == unit and a.state not in (COMPLETED, CANCELLED)]

    def learn(self, entry, message):
        """`message`: the entry's, decoded; None when its cause is another."""
        outcome = entry["outcome"]
        self.version = max(self.version, outcome["case_version"])
        self.owner = outcome["owner"] or self.owner
        kind, body = message["body"] if message else ("", None)
        if kind == "Referral":
            self.opener, self.facts, self.handling = message["sender"], body["facts"], message["handling"]
            add(self.readers, [self.opener])
        for event in outcome["events"]:
            self._apply(codes.EVENTS[event["type"]], event, entry, message)
        if kind in TELLING:
            add(self.readers, message["recipients"])

    def _apply(self, name, event, entry, message):
        key = (event["need"], event["assist"])
        if name == "informed":
            self.informed = event["units"]
        else:
            add(self.chain_units, event["units"])
        if name in ("opened", "led"):
            self.lead = event["need"]
        if name == "assigned":
            self.assignments[key] = Assignment(event)
        elif name in ("closed", "reopened"):
            self.closed = name == "closed"
            self.proposed = None if self.closed else self.proposed
        elif name == "erased":
            self.erased = True
        elif name == "facts_added":
            self.facts, self.handling = message["body"][1]["facts"], message["handling"]
            self.proposed = None
            if message["body"][1]["facts_seen"]:
                self.facts_seen = entry["outcome"]["case_version"]
        elif name == "facts_proposed":
            self.proposed = (message["sender"], message["body"][1]["facts"])
        if key in self.assignments:
            self._move(self.assignments[key], name, event)

    @staticmethod
    def _move(assignment, name, event):
        if name == "offered":
            assignment.offer_chain = event["units"]
            assignment.offered_to = event["units"][event["position"]]
        elif name == "escalated" and event["subject"] == 1:
            assignment.offered_to = event["unit"]
        elif name == "offer_ended" or (name == "declined" and event["subject"] == 1):
            assignment.offered_to, assignment.offer_chain = None, []
        elif name == "escalated":
            assignment.unit, assignment.state = event["unit"], 0
        elif name in ("moved", "transferred", "reopened"):
            assignment.unit, assignment.chain = event["unit"], event["units"]
            assignment.state = {"moved": event["state"], "transferred": 2, "reopened": 0}[name]
            assignment.offered_to, assignment.offer_chain = None, []
        elif name == "progressed":
            assignment.state = event["state"]
        elif name in STATE_AFTER and event["subject"] == 0:
            assignment.state = STATE_AFTER[name]
            if name in ("completed", "cancelled"):
                assignment.offered_to, assignment.offer_chain = None, []


def add(units, more):
    """Appends those that are not there."""
    units += [unit for unit in dict.fromkeys(more) if unit not in units]
