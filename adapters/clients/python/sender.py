"""What a station sends: planned when it is its turn, durable, the same bytes until the outcome."""
import json
import time

import codes
import entries
import hashes
import notes
from codes import Refused
from link import Backoff
from planner import Planner, now_us

IN_FLIGHT = 4
BATCH = 256
MAX_BYTES = 4 * 1024 * 1024 - 64 * 1024
OUTCOME_WITHIN_S = 30
REPLANS = 8
# Refused here for good; whatever else forbids a plan may pass with another release or delivery.
FINAL = {"payload.missing", "payload.too_large"}


class Item:
    """A message on its way."""

    def __init__(self, row):
        self.seq, self.unit, self.intent, self.message, self.payload, self.tries = row
        self.intent = json.loads(self.intent)

    @property
    def case(self):
        """In hexadecimal; of an opening, its own."""
        return self.intent.get("case", f"opening {self.seq}")

    def size(self):
        """Of what is sent for it."""
        return len(self.message) + len(self.payload or b"")


class Sender:
    """The outbox of one station. `station` has store, keys, seen, release and cases."""

    def __init__(self, station):
        self._station, self._store = station, station.store
        self._in_flight = {}  # request id -> (items, until)
        self._next_request = 1  # 0 answers a hello
        self._delayed = {}  # seq -> (due, Backoff)
        self.waits = {}  # seq -> why it is not sent yet
        self.wants_release = False
        self._resigned = False

    def keep(self, intent):
        """What a unit wants to say; its number. Inside a `with store:` block."""
        return self._store.run("INSERT INTO outbox(unit, intent) VALUES(?, ?)", intent["unit"],
                               json.dumps(intent))

    def outcome(self, seq):
        """None while it is on its way; then a dict with code, field, detail, case and version."""
        row = self._store.row("SELECT outcome FROM outbox WHERE seq = ?", seq)
        return json.loads(row[0]) if row[0] else None

    def disconnected(self):
        """What was on its way is sent again, as it is."""
        self._in_flight.clear()

    def _delay(self, seq):
        _, backoff = self._delayed.get(seq, (0, Backoff()))
        self._delayed[seq] = time.monotonic() + backoff.next(), backoff

    def again(self):
        """Something changed that waiting messages may have waited for."""
        self._delayed.clear()

    # ---- Out.

    def pump(self):
        """Sends what is due."""
        now = time.monotonic()
        for request in [r for r, (_, until) in self._in_flight.items() if until <= now]:
            for item in self._in_flight.pop(request)[0]:
                self._delay(item.seq)
        for unit, items in self._due(now).items():
            if len(self._in_flight) == IN_FLIGHT:
                return
            self._submit(unit, items, now)

    def _due(self, now):
        """By unit: at most one message of a case, because each moves the version."""
        flying = {(i.unit, i.case) for items, _ in self._in_flight.values() for i in items}
        due = {}
        for row in self._store.rows("SELECT seq, unit, intent, message, payload, tries FROM outbox "
                                    "WHERE outcome IS NULL ORDER BY seq"):
            item = Item(row)
            if (item.unit, item.case) in flying:
                continue
            flying.add((item.unit, item.case))
            if self._delayed.get(item.seq, (0,))[0] > now or not self._planned(item):
                continue
            batch = due.setdefault(item.unit, [])
            if len(batch) < BATCH and sum(map(Item.size, batch)) + item.size() <= MAX_BYTES:
                batch.append(item)
        return due

    def _planned(self, item):
        if item.message is not None:
            return True
        at = now_us()
        station = self._station
        try:
            if station.release is None:
                raise Refused("release.unknown", "release_version")
            if station.keys.signing(item.unit, station.release, at) is None:
                raise Refused("submission.key_unknown", "unit", item.unit)
            case = station.cases.find(bytes.fromhex(item.intent["case"])) if "case" in item.intent else None
            item.message, item.payload = Planner(station.release, station.narrative_of).plan(
                item.intent, case, at)
        except Refused as refused:
            if refused.code in FINAL:
                self._settle(item, refused.code, refused.field, refused.detail, 0, None)
                return False
            self.waits[item.seq] = str(refused)
            self.wants_release = True
            self._delay(item.seq)
            return False
        self.waits.pop(item.seq, None)
        with self._store:
            self._store.run("UPDATE outbox SET message = ?, payload = ? WHERE seq = ?", item.message,
                            item.payload, item.seq)
        return True

    def _submit(self, unit, items, now):
        key = self._station.keys.signing(unit, self._station.release, now_us())
        if key is None:
            for item in items:
                self._delay(item.seq)
            return
        key_id, signer = key
        root = hashes.root_of([hashes.leaf_hash(item.message) for item in items])
        said = entries.signing_bytes(self._station.seen.origin(), unit, len(items), root)
        request, self._next_request = self._next_request, self._next_request + 1
        header = {"request_id": request, "unit": unit, "key_id": key_id, "count": len(items),
                  "signature": signer.sign(said).signature,
                  "has_payload": bytes(item.payload is not None for item in items)}
        parts = []
        for item in items:
            parts += [item.message] if item.payload is None else [item.message, item.payload]
        if self._station.link.send("Submission", header, parts):
            self._in_flight[request] = items, now + OUTCOME_WITHIN_S

    # ---- Back.

    def take(self, header, parts):
        """An outcome. Raises notes.Untrue for receipts that do not verify."""
        items, _ = self._in_flight.pop(header["request_id"], (None, None))
        if items is None:
            return  # of a connection before this one: it is asked for again
        if header["code"]:
            self._refused_whole(items, header)
            return
        self._resigned = False
        if len(header["results"]) != len(items):
            raise notes.Untrue("outcome: not one result for each message")
        parts = iter(parts)
        for item, result in zip(items, header["results"]):
            entry = next(parts, None) if result["has_entry"] else None
            self._take_result(item, result, entry, header["checkpoints"])

    def _refused_whole(self, items, header):
        code = codes.error_name(header["code"])
        first_time, self._resigned = not self._resigned, True
        for item in items:
            if code in codes.WAIT or (code == "submission.signature" and first_time):
                self._delay(item.seq)  # another shard may have begun: signed for its origin then
            else:
                self._settle(item, code, header["field"], header["detail"], 0, None)

    def _take_result(self, item, result, data, checkpoints):
        code = codes.error_name(result["code"]) if result["code"] else ""
        receipt = None
        if data is not None:
            if result["checkpoint"] >= len(checkpoints):
                raise notes.Untrue("outcome: a receipt without its checkpoint")
            note = checkpoints[result["checkpoint"]]
            with self._store:
                self._station.seen.receipt(data, result["index"], result["path"], note)
            entry, message = entries.read(data)
            entries.check_own(entry, item.message, result["code"])
            receipt = notes.receipt_text(data, result["index"], hashes.hashes_of(result["path"]), note)
        elif not code:
            raise notes.Untrue("outcome: accepted without a receipt")
        if not code:
            with self._store:
                # Nothing is kept again of a case that was forgotten.
                if item.intent["kind"] == "referral" or self._station.cases.find(
                        message["case_id"]).known:
                    self._station.cases.keep(entry, message, data, item.payload)
                self._settle(item, "", "", "", result["case_version"], receipt, message)
        elif code in codes.WAIT:
            self._delay(item.seq)
        elif code in codes.STALE and item.tries < REPLANS:
            self._plan_again(item, code, result)
        else:
            with self._store:
                self._settle(item, code, result["field"], result["detail"], result["case_version"],
                             receipt)

    def _plan_again(self, item, code, result):
        """Under a new id, by the newest release and what is known of the case then."""
        with self._store:
            self._store.run("UPDATE outbox SET message = NULL, payload = NULL, tries = tries + 1 "
                            "WHERE seq = ?", item.seq)
        if "case" in item.intent:
            self._station.cases.note_version(bytes.fromhex(item.intent["case"]), result["case_version"])
        self._station.told("again", item.unit, code)
        if code == "case.stale" and result["field"] != "facts_seen":
            return
        self.wants_release = True
        self._delay(item.seq)

    def _settle(self, item, code, field, detail, version, receipt, message=None):
        case = message["case_id"].hex() if message else item.intent.get("case", "")
        said = {"code": code, "field": field, "detail": detail, "case": case, "version": version}
        kept = dict(item.intent)
        kept.pop("text", None)  # sealed in what was sent
        self._store.run("UPDATE outbox SET outcome = ?, receipt = ?, intent = ?, payload = NULL "
                        "WHERE seq = ?", json.dumps(said), receipt, json.dumps(kept), item.seq)
        self._delayed.pop(item.seq, None)
