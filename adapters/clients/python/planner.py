"""From what a unit wants to say to a message and its payload: routed, sealed, encoded.

An intent is a dict: `kind` of message, `unit` that says it, `case`, what the kind needs, and `text`
to be sealed. It is planned again, under another message id, when the case or the release moved on.
"""
import json
import secrets
import time

import codes
import schema
import sealing
from cases import add
from codes import Refused

KINDS = {"referral": "Referral", "accept": "Accept", "decline": "Decline", "received": "Received",
         "note": "Note", "progress": "Progress", "complete": "Complete", "close": "Close",
         "transfer": "Transfer", "transfer_request": "TransferRequest", "assist": "Assist",
         "facts": "NewFacts", "cancel": "Cancel", "reopen": "Reopen", "erase": "Erase",
         "unreadable": "Unreadable"}
# Kinds that do not say which version of the case they were made for.
VERSIONLESS = ("referral", "received", "note", "transfer_request", "unreadable")


def uuid7(now_us):
    """A message id: RFC 9562, version 7."""
    data = bytearray((now_us // 1000).to_bytes(6, "big") + secrets.token_bytes(10))
    data[6] = 0x70 | data[6] & 0x0F
    data[8] = 0x80 | data[8] & 0x3F
    return bytes(data)


def now_us():
    """Microseconds since 1970."""
    return time.time_ns() // 1000


class Planner:
    """Plans under one release. `narrative_of(case_id, unit)`: what the case is about, or None."""

    def __init__(self, release, narrative_of):
        self.release, self.directory = release, release.directory
        self._narrative_of = narrative_of

    def plan(self, intent, case, at):
        """(message, payload or None), ready to be signed. Raises Refused."""
        if self.release.has_expired(at):
            raise Refused("release.expired", "release_version")
        message = {"message_id": uuid7(at), "sender": intent["unit"], "sent_at_us": at,
                   "release_version": self.release.version}
        if intent["kind"] == "referral":
            return self._referral(intent, message, at)
        # What a guarantee keeps the unit out of is acknowledged though nothing of it is kept.
        if not case.known and intent["kind"] != "received":
            raise Refused("case.unknown", "case_id")
        message.update(case_id=case.case_id, handling=case.handling)
        message["body"] = KINDS[intent["kind"]], self._body(intent, case)
        if intent["kind"] == "facts":
            message["handling"] = max(case.handling, codes.handling_from_names(intent["facts"]))
        if intent["kind"] not in VERSIONLESS:
            message["expected_version"] = case.version
        new = self._unsealed(intent, message, case, at)
        text, units = intent.get("text", ""), list(new)
        if intent["kind"] == "note" and not text:
            raise Refused("payload.missing", "text")
        if text:
            add(units, self._readers(message, case))
        if new:
            text = self._forwarded(intent, case)
        return self._finish(message, units, text, at)

    # ---- Openings.

    def _referral(self, intent, message, at):
        facts = codes.facts_from_names(intent["facts"])
        self.directory.may_open(intent["unit"], facts, at)
        route = self.directory.route(facts, at)
        related = b"".join(bytes.fromhex(case) for case in intent.get("related", ()))
        message.update(case_id=message["message_id"], body=("Referral", {
            "facts": facts, "evidence": intent.get("evidence", []), "related": related}),
            handling=codes.handling_from_names(intent["facts"]))
        return self._finish(message, route.recipients(), intent["text"], at)

    # ---- Answers.

    def _body(self, intent, case):
        kind = intent["kind"]
        body = {}
        for field, names in (("need", codes.NEEDS), ("state", codes.STATES),
                             ("reason", codes.REASONS), ("subject", codes.SUBJECTS)):
            if field in intent:
                body[field] = names.index(intent[field])
        for field in ("to", "entries", "entry", "legal_basis"):
            if field in intent:
                body[field] = intent[field]
        if kind == "cancel" and "of" in intent:
            body["unit"] = intent["of"]
        if kind == "facts":
            body["facts"] = self._grown(intent["facts"], case.facts)
            if self.release.edition >= 2:
                body["facts_seen"] = 1 + case.facts_seen
        return body

    @staticmethod
    def _grown(more, facts):
        """The facts with what is new: single values change, lists grow."""
        out = dict(facts)
        for field, value in more.items():
            if field in codes.SINGLES:
                out[field] = codes.SINGLES[field].index(value)
            elif field in codes.LISTS:
                numbers = bytes(codes.LISTS[field].index(name) for name in value)
                out[field] = facts[field] + bytes(n for n in numbers if n not in facts[field])
            elif field != "handling":
                out[field] = facts[field] + [item for item in value if item not in facts[field]]
        return out

    def _concerned(self, intent, message, case, at):
        """Who may come to act through the message, by this table."""
        kind = intent["kind"]
        if kind in ("transfer", "assist"):
            chain = self.directory.chain_from(intent["to"], at)
            if not chain:
                raise Refused("offer.not_competent", "to")
            return chain
        units = []
        facts = case.facts
        if kind == "facts":
            facts = message["body"][1]["facts"]
            units = self.directory.route(facts, at).recipients()
        if kind == "reopen" or (kind == "facts" and case.closed):
            standing = [self.directory.stand_in(unit, at) for unit in case.chain_units]
            add(units, [u for u in standing if u and self.directory.may_know(u, facts)])
        return units

    def _unsealed(self, intent, message, case, at):
        return [unit for unit in self._concerned(intent, message, case, at)
                if unit not in case.readers]

    def _readers(self, message, case):
        """Everybody who may have to read a later message, less its sender."""
        units = list(case.chain_units)
        add(units, [case.opener])
        now = message["body"][1].get("facts") or case.facts
        units = [unit for unit in units if unit != message["sender"]
                 and self.directory.may_know(unit, now) and self.directory.may_know(unit, case.facts)]
        return units or [message["sender"]]

    def _forwarded(self, intent, case):
        """The case once more, for those who were not sealed for; and what is to be said with it."""
        narrative = self._narrative_of(case.case_id, intent["unit"])
        if narrative is None:
            raise Refused("payload.missing", "case_id")
        if not intent.get("text"):
            return narrative
        try:
            whole = json.loads(narrative)
        except ValueError:
            whole = None
        whole = whole if isinstance(whole, dict) else narrative
        return json.dumps({"narrative": whole, "text": intent["text"]}, indent=2, ensure_ascii=False)

    def _finish(self, message, units, text, at):
        payload = None
        message["recipients"] = units
        if units:
            recipients = []
            for unit in units:
                key = self.release.sealing_key(unit, at)
                if key is None:
                    raise Refused("release.invalid", "keys", f"no sealing key for {unit}")
                recipients.append((unit, *key))
            context = message["message_id"], message["case_id"], message["sender"]
            payload, message["payload"] = sealing.seal(text.encode(), context, recipients)
        return schema.MESSAGE.encode(message), payload
