"""A station: hello, releases, proofs, mail and answers over one link, durable in one store."""
import time

import zmq

import codes
import entries
import notes
import releases
import schema
import sealing
from known import KnownCases
from link import Backoff, Link
from planner import now_us
from seen import Distrust, SeenLog
from sender import Sender

ASK_RELEASE_EVERY_S = 60
RECEIVED_AT_ONCE = 256
HELLOS_KEPT = 16


class Station:
    """One installed client. `on_told(what, unit, text)` hears what people should see."""

    def __init__(self, anchor, station_key, unit_keys, store, context, on_told=None, backoff=None):
        self.anchor, self.name, self.keys, self.store = anchor, station_key.name, unit_keys, store
        self.told = on_told or (lambda what, unit, text: None)
        self.seen = SeenLog(store, anchor.log)
        if self.seen.alarm():
            raise Distrust("found before: " + self.seen.alarm())
        self.cases = KnownCases(store)
        self.release = self._stored_release()
        self._older = {}
        self.link = Link(context, anchor, station_key, backoff)
        self.sender = Sender(self)
        self.welcomed = False
        self._hellos = []  # the checkpoints of this connection's
        self._in_force = 0
        self._awaited = None  # the version of the release that was asked for
        self._ask_again_at = 0.0
        self._ask_backoff = Backoff(most_s=ASK_RELEASE_EVERY_S)
        self._passed_over = False

    # ---- The loop.

    def step(self):
        """Takes what came, sends what is due. Raises seen.Distrust when the log contradicts itself."""
        try:
            for happened in self.link.poll():
                self._happened(happened)
        except Distrust as distrust:
            self.seen.keep_alarm(distrust)
            raise
        except (notes.Untrue, schema.Malformed, codes.Refused) as error:
            # Nothing of it was kept. Over the next connection it comes again, as it should be.
            self.told("distrusted", "", str(error))
            self.link.close()
            self._disconnected()
        if self.welcomed:
            self._acknowledge()
            self.sender.pump()
            for first, second in self.seen.questions():
                self.link.send("GetConsistency", {"first": first, "second": second})
            self._want_release()

    def _happened(self, happened):
        if happened == "lost":
            self._disconnected()
        elif happened == "connected":
            self._disconnected()
            self._hello()
        else:
            name, header, parts = happened
            handler = {"Welcome": self._welcome, "ReleaseHeader": self._take_release,
                       "OutcomeHeader": self._outcome, "Delivery": self._delivery,
                       "Consistency": self._consistency}.get(name)
            if handler is None:
                raise schema.Malformed("a message of a station")
            handler(header, parts)

    def _disconnected(self):
        self.welcomed = False
        self._hellos = []
        self._awaited = None
        self.sender.disconnected()
        self.seen.disconnected()

    def _hello(self):
        self._hellos = [*self._hellos[1 - HELLOS_KEPT:], self.seen.latest()]
        self._passed_over = False
        held = self.release.version if self.release else 0
        self.link.send("Hello", {"release_version": held, "checkpoint": self._hellos[-1],
                                 "units": self._ready_units()})

    def _ready_units(self):
        """Those whose mail could be acknowledged."""
        units = self.keys.units()
        if self.release is None:
            return units
        served = self.release.units_served_by(self.name)
        return [unit for unit in units
                if unit in served and self.keys.signing(unit, self.release, now_us())]

    # ---- Welcome and releases.

    def _welcome(self, header, _):
        note = header["checkpoint"]
        self._in_force = header["release_version"]
        if note and self.seen.shard_of(note) is None:
            self._follow(note)
            return
        with self.store:
            self.seen.welcome(note, header["consistency"], self._hellos)
        news = self.welcomed
        self.welcomed = True
        self.link.well()
        self.told("news" if news else "welcomed", "", f"release {self._in_force} is in force")
        if self._in_force > (self.release.version if self.release else 0):
            self._ask_release(0)

    def _follow(self, note):
        """A new shard: a release that is trusted names it, and a proof leads there."""
        if self.release is not None and self.release.origin == notes.origin_of(note):
            with self.store:
                question = self.seen.ask_for_link(note)
            if question is None:
                self._hello()
            else:
                self.link.send("GetConsistency", {"first": question[0], "second": question[1]})
        elif self._in_force > (self.release.version if self.release else 0):
            self._passed_over = True
            self._ask_release(0)
        else:
            raise notes.Untrue("welcome: of a log that no release names")

    def _consistency(self, header, parts):
        with self.store:
            follows = self.seen.answer(header, parts)
        if follows:
            self._hello()

    def _ask_release(self, version):
        if self._awaited is None and self.link.send("GetRelease", {"version": version}):
            self._awaited = version

    def _take_release(self, header, parts):
        if self._awaited is None:
            raise notes.Untrue("release: not asked for")
        stepping, self._awaited = self._awaited != 0, None
        held = self.release.version if self.release else 0
        if not stepping:
            self._in_force = header["version"]
        following = header["version"] + 1
        if header["code"]:
            if stepping and following <= self._in_force:  # versions may leave gaps
                self._ask_release(following if following < self._in_force else 0)
            return
        if len(parts) != 1:
            raise notes.Untrue("release: without its bytes")
        trusted = self.release.trusts() if self.release else (self.anchor.administrators,
                                                              self.anchor.threshold)
        try:
            release = releases.verified(parts[0], *trusted)
        except releases.NotSigned:
            if stepping or held + 1 >= self._in_force:
                raise
            self._ask_release(held + 1)  # whoever signed it was named in between
            return
        self._take_verified(release, parts[0], held)

    def _take_verified(self, release, signed, held):
        if self.release and release.digest == self.release.digest:
            return
        if release.version <= held:
            raise notes.Untrue("release: older than the one that is held")
        if release.version >= self._in_force and release.has_expired(now_us()):
            self.told("release expired", "", f"release {release.version}")
            return
        with self.store:
            self.store.run("INSERT INTO release VALUES(?, ?)", release.version, signed)
        self.release = release
        self.told("release", "", f"release {release.version} is signed by those who may")
        self.sender.again()
        self._ask_backoff.reset()
        if release.version < self._in_force:
            following = release.version + 1
            self._ask_release(following if following < self._in_force else 0)
        elif self._passed_over:
            self._hello()

    def _stored_release(self):
        row = self.store.row("SELECT signed FROM release ORDER BY version DESC LIMIT 1")
        return self._read_stored(row[0]) if row else None

    @staticmethod
    def _read_stored(signed):
        envelope = schema.SIGNED_RELEASE.decode(signed, schema.RELEASE_TABLES)
        return releases.Release(envelope["body"])

    def _release_of(self, version):
        """To check an older entry by; the one that is held when that one never was here."""
        if version >= self.release.version:
            return self.release
        if version not in self._older:
            row = self.store.row("SELECT signed FROM release WHERE version = ?", version)
            self._older[version] = self._read_stored(row[0]) if row else self.release
        return self._older[version]

    def _want_release(self):
        now = time.monotonic()
        expired = self.release is None or self.release.has_expired(now_us())
        if (self.sender.wants_release or expired or self._passed_over) and now >= self._ask_again_at:
            self.sender.wants_release = False
            self._ask_again_at = now + self._ask_backoff.next()
            self._ask_release(0)

    # ---- Outcomes and mail.

    def _outcome(self, header, parts):
        if header["request_id"] == 0 and header["code"]:
            code = codes.error_name(header["code"])
            if code in ("checkpoint.fork", "checkpoint.behind"):
                raise Distrust(f"{code}: the broker denies a checkpoint that was seen",
                               self._hellos[-1] if self._hellos else "")
            raise codes.Refused(code, header["field"], header["detail"])
        self.sender.take(header, parts)

    def _delivery(self, header, parts):
        if not self.welcomed:
            return
        if len(parts) != 1 + header["has_payload"]:
            raise notes.Untrue("delivery: not its parts")
        payload = parts[1] if header["has_payload"] else None
        with self.store:
            origin = self.seen.receipt(parts[0], header["index"], header["path"],
                                       header["checkpoint"])
        entry, message = entries.read(parts[0])
        if self.release is None or entry["release_version"] > self.release.version:
            self._passed_over = True  # it comes again after the next hello
            return
        entries.check_delivered(entry, message, self._release_of(entry["release_version"]), origin)
        reference = message["payload"] if message else None
        if payload is not None and (reference is None
                                    or not sealing.is_announced(reference, payload)):
            raise notes.Untrue("delivery: not the payload that the message announces")
        self._keep(header["unit"], entry, message, parts[0], payload)

    def _keep(self, unit, entry, message, data, payload):
        case_id = entries.case_of(entry, message)
        known = self.store.row("SELECT acknowledged FROM mail WHERE unit = ? AND idx = ?", unit,
                               entry["index"])
        excluded = any(codes.EVENTS[event["type"]] == "excluded" and event["unit"] == unit
                       for event in entry["outcome"]["events"])
        with self.store:
            if excluded:
                self.cases.forget(unit, case_id)
            else:
                self.cases.keep(entry, message, data, payload)
            self.store.run("INSERT INTO mail(unit, idx, case_id, excludes) VALUES(?, ?, ?, ?) "
                           "ON CONFLICT DO UPDATE SET acknowledged = 0", unit, entry["index"], case_id,
                           int(excluded))
        if known is None:
            self._tell(unit, entry, message, payload)

    def _tell(self, unit, entry, message, payload):
        events = ", ".join(codes.EVENTS[event["type"]] for event in entry["outcome"]["events"])
        self.told("delivery", unit, f"entry {entry['index']}: {events}")
        if payload is None or unit not in message["recipients"]:
            return
        try:
            self.told("opened", unit, self._open(message, payload, unit))
        except sealing.SealError as error:
            self.told("unreadable", unit, str(error))
            self.store.run("UPDATE mail SET unreadable = 1 WHERE unit = ? AND idx = ?", unit,
                           entry["index"])
            if self.release.edition >= 2:
                self.say(kind="unreadable", unit=unit, case=message["case_id"].hex(),
                         entry=entry["index"])

    def _open(self, message, payload, unit):
        """By any key of the unit. Raises sealing.SealError."""
        last = sealing.SealError("seal.not_recipient", "no sealing key is held")
        for secret in self.keys.sealing(unit):
            try:
                return sealing.open_seal(
                    payload, message["payload"],
                    (message["message_id"], message["case_id"], message["sender"]), unit,
                    secret).decode("utf-8", "replace")
            except sealing.SealError as error:
                last = error
        raise last

    def narrative_of(self, case_id, unit):
        """What the case is about, as the unit can read it; None when it cannot."""
        for message, payload in self.cases.telling(case_id):
            try:
                return self._open(message, payload, unit)
            except sealing.SealError:
                continue
        return None

    def may_accept(self, unit, case_id):
        """Whether the unit could read all that it was sent of the case."""
        return not self.store.row("SELECT 1 FROM mail WHERE unit = ? AND case_id = ? AND unreadable",
                                  unit, case_id)

    def _acknowledge(self):
        """What is kept durably, and is on no way yet: per unit and case, up to 256 entries."""
        due = {}
        for unit, index, case_id in self.store.rows(
                "SELECT unit, idx, case_id FROM mail WHERE acknowledged = 0 ORDER BY idx"):
            due.setdefault((unit, case_id), []).append(index)
        for (unit, case_id), indexes in due.items():
            with self.store:
                self.sender.keep({"kind": "received", "unit": unit, "case": case_id.hex(),
                                  "entries": indexes[:RECEIVED_AT_ONCE]})
                self.store.db.executemany(
                    "UPDATE mail SET acknowledged = 1 WHERE unit = ? AND idx = ?",
                    [(unit, index) for index in indexes[:RECEIVED_AT_ONCE]])

    # ---- For people.

    def say(self, **intent):
        """Keeps what a unit says; the number under which `outcome` tells what became of it."""
        if intent["kind"] == "referral":
            codes.facts_from_names(intent["facts"])
        with self.store:
            return self.sender.keep(intent)

    def outcome(self, number):
        """None while it is on its way."""
        return self.sender.outcome(number)

    def receipt(self, number):
        """The C2SP tlog-proof of what was said; None without one."""
        return self.store.row("SELECT receipt FROM outbox WHERE seq = ?", number)[0]


def drive(stations, until, seconds, tick_ms=20):
    """Steps the stations until it holds; whether it did in time."""
    end = time.monotonic() + seconds
    while not until():
        if time.monotonic() >= end:
            return False
        poller = zmq.Poller()
        for station in stations:
            for socket in station.link.sockets():
                poller.register(socket, zmq.POLLIN)
        poller.poll(tick_ms)
        for station in stations:
            station.step()
    return True
