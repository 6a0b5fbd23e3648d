"""That every case had exactly one owner at every entry, and that the guarantees of the releases were
kept, read literally from the events (wire.md sections 8 and 14). Knows nothing of how the broker
decides."""
import buffers
from buffers import Malformed
from codes import BY_FACTS, CANCELLED, CLOSED, COMPLETED, OFFER, REQUEST
from guarantees import Guarantees, asks_for_second_agency, facts_of, on_present_facts, stored_facts
from orders import CONSENT_TO_ERASURE, HOLD, LIFT_HOLD, read_order

# What may bring an event: kinds of messages, other causes, kinds of orders. The rest may stand in
# any entry.
BROUGHT_BY = {
    "opened": {"Referral"},
    "assigned": {"Referral", "NewFacts", "Assist", "SuccessionCause"},
    "escalated": {"Decline", "DeadlineCause"},
    "transferred": {"Accept"},
    "moved": {"NewFacts", "SuccessionCause"},
    "led": {"Accept", "NewFacts", "SuccessionCause"},
    "reopened": {"Reopen", "NewFacts"},
    "closed": {"Close"},
    "linked": {"Referral", "LinkCause"},
    "erasure_proposed": {"Erase"},
    "unreadable": {"Unreadable"},
    "erased": {"Erase", CONSENT_TO_ERASURE},
    "held": {HOLD},
    "hold_lifted": {LIFT_HOLD},
    "carried": {"CarryCause"},
    "facts_added": {"NewFacts"},
    "facts_proposed": {"NewFacts"},
    "excluded": {"ExclusionCause"},
    "readmitted": {"ExclusionCause"},
}
DONE = (COMPLETED, CANCELLED)
AFTER_CLOSING = {"delivered", "noted", "unreadable", "reopened", "linked", "informed", "facts_added",
                 "facts_proposed", "erasure_proposed", "erased", "held", "hold_lifted", "carried",
                 "excluded", "readmitted"}
ABOUT_MAIL = {"Received", "Unreadable"}
SILENT = {"delivered", "noted", "unreadable", "carried", "excluded", "readmitted"}


class Fault(Exception):
    """What is not legal."""


def law(condition, what):
    if not condition:
        raise Fault(what)


def case_of(entry, message):
    if entry["cause_type"] == "MessageCause":
        return message and message["case_id"]
    return entry["cause"]["case_id"]


def kind_of(entry, message):
    """A message's kind, an order's kind, or the name of the cause."""
    if entry["cause_type"] == "MessageCause":
        return message["body_type"]
    if entry["cause_type"] == "OrderCause":
        try:
            order = read_order(entry["cause"]["order"])
        except Malformed:
            return None
        return order["kind"] if order["case_id"] == entry["cause"]["case_id"] else None
    return entry["cause_type"]


def chain_of(event):
    """The chain that an event brings, and the place in it that is responsible."""
    units, position = event["units"], event["position"]
    law(position < len(units) and position < 2**16, "the position is not in the chain")
    law(units[position] == event["unit"], "the unit is not that of the chain's position")
    return {"chain": units, "position": position}


def stored_chain(row):
    chain, position = row["chain"] or [], row["position"]
    law(position < len(chain), "the position is not in the chain")
    return {"chain": chain, "position": position}


def unit_of(step):
    return step["chain"][step["position"]]


class Case:
    def __init__(self, faulty=False):
        self.faulty = faulty    # for good
        self.version = 0
        self.lead = None
        self.closed = self.held = self.erasure_proposed = False
        self.requester = None
        self.parts = {}     # (need, assist): {chain, position, done, offer}
        self.facts = None
        self.proposal = None        # who proposed facts, and which
        self.informed = []
        self.excluded = set()       # units that were told that they are kept out
        self.release = None         # in force at the entry that is folded
        self.message = None         # of its cause
        self.first = 0      # entries before lie in an earlier shard
        self.entries = set()    # of the case, that may be acknowledged
        self.named = set()  # units: the opener, and whom events name

    @classmethod
    def carried_as(cls, case_id, data):
        """From an earlier shard, as its record says (schemas/record.fbs)."""
        try:
            record = buffers.read(data, "record")
        except Malformed as error:
            raise Fault("the carried record cannot be read: " + str(error)) from None
        law(record["case_id"] == case_id, "the record of another case is carried")
        case = cls()
        case.version, case.lead = record["version"], record["lead"]
        case.closed = record["status"] == CLOSED
        case.held = record["hold"] is not None
        case.erasure_proposed = record["erasure"] is not None
        case.requester = record["request"] and record["request"]["unit"]
        case.facts = stored_facts(record["facts"], record["victim_protected"])
        case.informed = record["informed"] or []
        case.excluded = set(record["excluded"] or [])
        if record["proposed"] is not None:
            row = record["proposed"]
            case.proposal = row["by"], stored_facts(row["facts"], row["victim_protected"])
        case.named.update(record["told"] or [])
        own = [(row, 0) for row in record["assignments"] or []]
        assists = [(row, number) for number, row in enumerate(record["assists"] or [], 1)]
        for row, assist in own + assists:
            law((row["need"], assist) not in case.parts, "a need is assigned twice")
            offer = row["offer"] and {**stored_chain(row["offer"]), "basis": row["offer"]["basis"]}
            done = row["state"] in DONE
            case.parts[row["need"], assist] = {**stored_chain(row), "done": done, "offer": offer}
        return case

    def owner(self):
        part = self.parts.get((self.lead, 0))
        law(part is not None, "no assignment leads")
        return unit_of(part)

    def part(self, event):
        part = self.parts.get((event["need"], event["assist"]))
        law(part is not None, "there is no such assignment")
        return part

    def open_part(self, event):
        part = self.part(event)
        law(not part["done"], "the assignment is done")
        return part

    def part_of_unit(self, event):
        part = self.open_part(event)
        law(unit_of(part) == event["unit"], "by a unit that is not responsible")
        return part

    def offer_to_unit(self, event):
        part = self.open_part(event)
        law(part["offer"] is not None, "nothing is offered")
        law(unit_of(part["offer"]) == event["unit"], "it is not offered to the unit")
        return part

    def assigned(self, event):
        law(event["position"] == 0, "not to the first of the chain")
        part = {**chain_of(event), "done": False, "offer": None}
        key = (event["need"], event["assist"])
        if event["assist"]:
            assists = sum(1 for _, assist in self.parts if assist)
            law(event["assist"] == assists + 1, "assists are not numbered in order")
        else:
            law(key not in self.parts or self.parts[key]["done"], "it is assigned already")
        self.parts[key] = part

    def withheld(self, event):
        for (need, _), part in self.parts.items():
            if need == event["need"]:
                part.update(done=True, offer=None)

    received = accepted = progressed = part_of_unit

    def completed(self, event):
        self.part_of_unit(event).update(done=True, offer=None)

    cancelled = completed

    def declined(self, event):
        if event["subject"] == REQUEST:
            self.request_ended(event)
        elif event["subject"] == OFFER:
            part = self.offer_to_unit(event)
            # An offer by facts goes to its next unit, which another event says.
            if part["offer"]["basis"] != BY_FACTS:
                part["offer"] = None
        else:
            self.part_of_unit(event)

    def step(self, event, by):
        """To the unit `by` places on in the chain of what is awaited."""
        if event["subject"] == REQUEST:
            law(self.requester is not None, "no transfer was requested")
            law((self.lead, 0) in self.parts, "there is no such assignment")
            chain = self.parts[(self.lead, 0)]["chain"]
            law(event["position"] < len(chain), "the position is not in the chain")
            law(chain[event["position"]] == event["unit"], "not the unit of the position")
            return
        part = self.open_part(event)
        step = part["offer"] if event["subject"] == OFFER else part
        law(step is not None, "nothing is offered")
        law(event["position"] == step["position"] + by, "not the next position")
        law(event["position"] < len(step["chain"]), "the position is not in the chain")
        law(step["chain"][event["position"]] == event["unit"], "not the unit of the position")
        step["position"] += by

    def escalated(self, event):
        self.step(event, 1)

    def overdue(self, event):
        self.step(event, 0)

    def offered(self, event):
        self.open_part(event)["offer"] = {**chain_of(event), "basis": event["basis"]}

    def offer_ended(self, event):
        self.offer_to_unit(event)["offer"] = None

    def transferred(self, event):
        part = self.offer_to_unit(event)
        offer, part["offer"] = part["offer"], None
        part.update(chain_of(event))
        law(all(part[key] == offer[key] for key in ("chain", "position")),
            "another chain than was offered")

    def transfer_requested(self, event):
        law(event["unit"], "nobody asks")
        self.requester = event["unit"]

    def request_ended(self, event):
        law(self.requester is not None, "no transfer was requested")
        self.requester = None

    def moved(self, event):
        """What is done stays done: whoever led it to its end and has ended is succeeded as owner."""
        part, done = self.part(event), event["state"] in DONE
        law(done == part["done"], "the assignment is done" if part["done"] else "it is not done")
        law(not done or (event["need"] == self.lead and event["assist"] == 0),
            "the assignment is done")
        part.update(chain_of(event))

    def led(self, event):
        self.part_of_unit(event)
        law(event["assist"] == 0, "help does not lead")
        self.lead = event["need"]

    def reopened(self, event):
        law(self.closed, "the case is open")
        law(event["need"] == self.lead, "the need does not lead")
        self.closed = self.erasure_proposed = False
        self.part(event).update(chain_of(event), done=False)

    def by_closing(self, event):
        law(all(part["done"] for part in self.parts.values()), "an assignment is open")
        law(event["unit"] == self.owner(), "by a unit that does not own the case")
        self.closed = True
        self.proposal = None

    def hold(self, event):
        law(not self.held, "a hold stands")
        self.held = True

    def hold_lifted(self, event):
        law(self.held, "nothing is held")
        self.held = False

    def erasure(self, event):
        law(not self.held, "a hold stands")
        law(self.closed, "the case is open")
        erases = event["type"] == "erased"
        law(self.erasure_proposed or not erases, "nothing was proposed")
        self.erasure_proposed = not erases

    def nothing(self, event):
        """What does not bear upon who owns the case."""

    noted = delivered = unreadable = linked = carried = nothing

    def be_informed(self, event):
        self.informed = event["units"]

    def facts_proposed(self, _):
        self.proposal = self.message["sender"], facts_of(self.message)

    def facts_added(self, _):
        before, self.facts = self.facts, facts_of(self.message)
        proposal, self.proposal = self.proposal, None
        if self.release is None or before is None:
            return
        if asks_for_second_agency(self.release, before, self.facts):
            law(proposal is not None and proposal[1] == self.facts,
                "facts that one unit may not decide alone, and nobody proposed")
            agencies = self.release.agencies
            law(agencies.get(proposal[0]) != agencies.get(self.message["sender"]),
                "the unit that proposed the facts is of the same agency")

    def exclusion(self, event):
        unit, out = event["unit"], event["type"] == "excluded"
        law((unit in self.excluded) != out, "the unit was told already")
        if self.release is not None and self.facts is not None:
            law(Guarantees(self.release, self.facts).keep_out(unit) == out,
                "the guarantees say otherwise of the unit")
        self.excluded ^= {unit}

    def check_promises(self):
        if not on_present_facts(self.release) or self.closed or self.facts is None:
            return
        guarantees = Guarantees(self.release, self.facts)
        for (need, assist), part in self.parts.items():
            leads = (need, assist) == (self.lead, 0)
            forbid = guarantees.forbid_owning if leads else guarantees.forbid_acting
            last = len(part["chain"]) if not part["done"] else part["position"] + leads
            law(not any(map(forbid, part["chain"][part["position"]:last])),
                "a guarantee forbids a unit of a chain")
            offer = part["offer"]
            law(offer is None or not any(map(forbid, offer["chain"][offer["position"]:])),
                "a guarantee forbids a unit to which something is offered")
        law(not any(map(guarantees.keep_out, self.informed)), "a guarantee forbids a unit informed")
        law(self.requester is None or not guarantees.forbid_owning(self.requester),
            "a guarantee forbids the unit that asks for a transfer")

    def opened(self, event):
        law(False, "not the first event of an opening")

    EVENTS = {"closed": by_closing, "held": hold, "erasure_proposed": erasure, "erased": erasure,
              "informed": be_informed, "excluded": exclusion, "readmitted": exclusion}

    def fold(self, event, kind, sender):
        name = event["type"]
        law(name not in BROUGHT_BY or kind in BROUGHT_BY[name], name + " by another cause")
        law(name != "unreadable" or sender == event["unit"], "unreadable to another unit")
        law(name != "transferred" or sender == event["unit"], "transferred by another unit")
        law(not self.closed or name in AFTER_CLOSING, name + " in a closed case")
        (self.EVENTS.get(name) or getattr(Case, name))(self, event)

    def remember(self, entry, message):
        self.entries.add(entry["index"])
        if message:
            self.named.add(message["sender"])
        for event in entry["outcome"]["events"]:
            self.named.add(event["unit"])
            if event["type"] == "informed":
                self.named.update(event["units"])

    def check_received(self, entry, message):
        """Earlier entries of the case, by who was told of it. Whether each was in the unit's
        mailbox is for a replay to tell."""
        body = message["body"]
        for index in body["entries"] if "entries" in body else [body["entry"]]:
            law(index in self.entries or index < min(self.first, entry["index"]),
                f"entry {index} is none of the case")
        law(message["sender"] in self.named, "received by a unit that was not told of the case")

    def is_told_nothing(self, kind, outcome):
        """Whether the entry is to somebody who is kept out: an exclusion, or its acknowledgement."""
        first = outcome["events"][0]
        return kind == "ExclusionCause" or (
            first["type"] == "delivered" and first["unit"] in self.excluded)

    def check_after(self, kind, outcome, version_before):
        law(kind != "ExclusionCause" or len(outcome["events"]) == 1, "not about one unit")
        if self.is_told_nothing(kind, outcome):
            law(not outcome["owner"] and outcome["case_version"] == 0,
                "it tells a unit that is kept out who owns the case")
            return
        links = kind == "LinkCause" and on_present_facts(self.release)
        silent = links or all(event["type"] in SILENT for event in outcome["events"])
        law(outcome["case_version"] == version_before + (not silent), "another version")
        law(outcome["owner"] == self.owner(), "the entry names another owner than the events give")


class Ownership:
    """Takes the entries of a log in order."""

    def __init__(self):
        self.cases = {}

    def add(self, entry, message, release):
        """`message` is that of the cause; None for others, and for one that cannot be read;
        `release` is in force, None when it cannot be read. Raises Fault: of each case the first one
        only, because what comes after follows from it."""
        outcome, case_id = entry["outcome"], case_of(entry, message)
        if outcome["refusal"] is not None:
            self.refused(outcome, case_id)
            return
        law(case_id is not None, "an accepted message cannot be read")
        opens = kind_of(entry, message) == "Referral"
        if opens:
            if case_id in self.cases:
                self.cases[case_id].faulty = True
                raise Fault("a case is opened twice")
            self.cases[case_id] = Case()
        if entry["cause_type"] == "CarryCause" and case_id not in self.cases:
            self.cases[case_id] = Case(faulty=True)
            self.cases[case_id] = Case.carried_as(case_id, entry["cause"]["record"])
            self.cases[case_id].first = entry["index"]
        law(case_id in self.cases, "the case was never opened")
        case = self.cases[case_id]
        if case.faulty:
            return
        case.release, case.message = release, message
        acknowledges = kind_of(entry, message) == "Received"
        try:
            self.fold(case, entry, message, opens)
        except Fault:
            case.faulty = True
            raise
        if on_present_facts(release) and kind_of(entry, message) in ABOUT_MAIL:
            case.check_received(entry, message)
        if not acknowledges:
            case.remember(entry, message)

    @staticmethod
    def fold(case, entry, message, opens):
        outcome, before = entry["outcome"], case.version
        events, cause = outcome["events"], entry["cause"]
        if outcome["owner"]:
            case.version = outcome["case_version"]
        if entry["cause_type"] == "DeadlineCause":
            law((cause["need"], cause["assist"]) in case.parts, "a deadline of no assignment")
        if opens:
            law(events[0]["type"] == "opened", "an opening does not begin with opened")
            case.lead = events[0]["need"]
            case.facts = facts_of(message)
        kind, sender = kind_of(entry, message), message and message["sender"]
        for event in events[1:] if opens else events:
            case.fold(event, kind, sender)
        case.check_after(kind, outcome, before)
        if entry["cause_type"] not in ("OrderCause", "CarryCause"):
            case.check_promises()
        law(not opens or events[0]["unit"] == case.owner(), "opened names another owner")

    def refused(self, outcome, case_id):
        # A stranger is told nothing.
        if not outcome["owner"] and outcome["case_version"] == 0:
            return
        law(case_id in self.cases, "a refusal names the owner of a case that was never opened")
        case = self.cases[case_id]
        if not case.faulty:
            law(outcome["owner"] == case.owner(), "a refusal names another owner")
            law(outcome["case_version"] == case.version, "a refusal names another version")
