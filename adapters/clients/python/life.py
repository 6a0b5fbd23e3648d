"""The whole life of a referral, step by step, as the parties of one case."""
import cases
import codes
from station import drive

OPEN = ("requested", "received")


class Failed(Exception):
    """A step that was refused, or did not come in time."""


class Life:
    """One case between stations of this process and others. `show` prints a line."""

    def __init__(self, opener, others, within_s, show):
        self._opener, self._stations = opener, [opener, *others]
        self._within_s, self._show = within_s, show
        self.case_id = None

    # ---- Steps.

    def wait(self, what, until):
        """Until it holds. Raises Failed."""
        if drive(self._stations, until, self._within_s):
            return
        waits = [why for station in self._stations for why in station.sender.waits.values()]
        raise Failed("; ".join([f"not in {self._within_s} s: {what}", *waits]))

    def say(self, station, **intent):
        """Says it and waits for the receipt. Raises Failed when it is refused."""
        if self.case_id:
            intent["case"] = self.case_id.hex()
        number = station.say(**intent)
        self.wait(f"the outcome of {intent['kind']} by {intent['unit']}",
                  lambda: station.outcome(number) is not None)
        outcome = station.outcome(number)
        if outcome["code"]:
            raise Failed(f"{intent['kind']} by {intent['unit']}: {outcome['code']} "
                         f"{outcome['field']} {outcome['detail']}".rstrip())
        self._show(f"{intent['unit']}: {intent['kind']}, version {outcome['version']}, receipt verified")
        return outcome

    def connect(self):
        """All stations are welcomed and hold the release in force."""
        self.wait("a welcome and a release",
                  lambda: all(s.welcomed and s.release for s in self._stations))
        for station in self._stations:
            self._show(f"station {station.name}: release {station.release.version}, "
                       f"units {', '.join(station.keys.units()[:3])} ...")

    def refer(self, unit, facts, text):
        """Opens the case; its owner is whom this client's own table names."""
        outcome = self.say(self._opener, kind="referral", unit=unit, facts=facts, text=text)
        self.case_id = bytes.fromhex(outcome["case"])
        case = self.case(self._opener)
        self._show(f"case {outcome['case']}: owner {case.owner}, sealed for {', '.join(case.chain_units)}")

    # ---- What is known.

    def case(self, station):
        """As far as the station knows it."""
        return station.cases.find(self.case_id)

    def station_of(self, unit):
        """Of this process; None when another one speaks for the unit."""
        return next((s for s in self._stations if unit in s.keys.units()), None)

    def owner(self):
        """(station, unit) of the owner as the opener knows it. Raises Failed when it is not here."""
        unit = self.case(self._opener).owner
        if self.station_of(unit) is None:
            raise Failed(f"no key of {unit} is here")
        return self.station_of(unit), unit

    def lead(self):
        """The name of the lead need, and its assignment."""
        case = self.case(self._opener)
        return codes.NEEDS[case.lead], case.assignments[(case.lead, 0)]

    def up_to_date(self, station):
        """Waits until the station knows what the opener knows."""
        self.wait(f"the case at {station.name}", lambda: self.case(station).known and
                  self.case(station).version >= self.case(self._opener).version)

    # ---- The parts of a life.

    def take(self, station, unit):
        """The unit has the case, could read it, and accepts."""
        self.up_to_date(station)
        if not station.may_accept(unit, self.case_id):
            raise Failed(f"{unit} cannot read what it was sent")
        self.say(station, kind="accept", unit=unit, need=self.lead()[0])

    def work(self, transfer_to=None):
        """Progress, a note, and a transfer when there is somebody to transfer to."""
        station, unit = self.owner()
        need, _ = self.lead()
        self.say(station, kind="progress", unit=unit, need=need, state="in-progress")
        self.say(station, kind="note", unit=unit, text="Catatan contoh: berkas diterima.")
        if transfer_to is None:
            return
        other = self.station_of(transfer_to)
        if other is None:
            raise Failed(f"no key of {transfer_to} is here")
        offer = dict(kind="transfer", unit=unit, need=need, to=transfer_to, reason="no_capacity")
        answer = dict(unit=transfer_to, need=need, subject="offer")
        self.say(station, **offer)
        self._offered(other, transfer_to)
        self.say(other, kind="decline", reason="no_capacity", **answer)
        self.wait("the end of the offer", lambda: self._offer_at(station) is None)
        self.say(station, **offer, text="Catatan contoh: sekali lagi.")
        self._offered(other, transfer_to)
        self.say(other, kind="accept", **answer)
        self.wait("the new owner at the opener",
                  lambda: self.case(self._opener).owner == transfer_to)

    def _offer_at(self, station):
        case = self.case(station)
        return case.assignments[(case.lead, 0)].offered_to

    def _offered(self, station, unit):
        self.wait(f"the offer to {unit}",
                  lambda: self.case(station).known and self._offer_at(station) == unit)

    def finish(self):
        """The lead is completed, what others have not taken is cancelled, the case is closed."""
        station, unit = self.owner()
        self.up_to_date(station)
        need, _ = self.lead()
        self.say(station, kind="complete", unit=unit, need=need)
        for assignment in list(self.case(station).assignments.values()):
            if assignment.state in (cases.COMPLETED, cases.CANCELLED):
                continue
            name = codes.NEEDS[assignment.need]
            other = self.station_of(assignment.unit)
            if other is None or other is self._opener:
                self.say(station, kind="cancel", unit=unit, need=name, of=assignment.unit,
                         reason="other")
                continue
            self.wait(f"the case at {assignment.unit}", lambda: self.case(other).known)
            if codes.STATES[assignment.state] in OPEN:
                self.say(other, kind="accept", unit=assignment.unit, need=name)
            self.say(other, kind="complete", unit=assignment.unit, need=name)
        self.say(station, kind="close", unit=unit)
        self.wait("the close at the opener", lambda: self.case(self._opener).closed)

    def reopen(self, unit, text):
        """By the opener, sealed for whoever is to act; the owner accepts again."""
        self.say(self._opener, kind="reopen", unit=unit, text=text)
        station, owner = self.owner()
        self.wait("the open case at its owner", lambda: not self.case(station).closed)
        self.take(station, owner)
        self.wait("the accept at the opener",
                  lambda: codes.STATES[self.lead()[1].state] == "accepted")
