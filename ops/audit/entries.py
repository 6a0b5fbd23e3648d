"""Entries, messages and orders, decoded strictly (wire.md sections 2, 5 and 8). Raises Malformed."""
import re

import buffers
from buffers import Malformed
from codes import (
    ASSIGNMENT, CODES, EVENTS, FAIR_WAITS, IN_PROGRESS, ON_HOLD, PRESENT_FACTS, REFUSALS, REQUEST, UNVOUCHED)

MOST_ENTRY_BYTES = 65_535
MOST_MESSAGE_BYTES = 48 * 1024
MOST_PAYLOAD_BYTES = 1024 * 1024
MOST_SUBMISSION_MESSAGES = 256
MOST_PATH = 8
MOST_RECIPIENTS = 64
MOST_PARTIES = 4096
LAST_TIME_US = 253_402_300_799_999_999      # the end of the year 9999
ID = re.compile(rb"[a-z0-9._-]{1,96}")
COMPARE_NO_VERSION = {"Referral", "Received", "Note", "TransferRequest", "Unreadable"}
CASELESS = {"ReleaseCause", "StateCause", "GenesisCause", "TimeCause"}
MOST_SHIFT_US = 3_155_695_200_000_000      # a century


def need(condition, what):
    if not condition:
        raise Malformed(what)


def is_id(text):
    return text is not None and ID.fullmatch(text) is not None


def check_id(text, what):
    need(is_id(text), what + " is not an id")


def check_code(number, enumeration):
    need(number < CODES[enumeration], "unknown code of " + enumeration)


def check_codes(numbers, enumeration):
    numbers = numbers or b""
    need(len(set(numbers)) == len(numbers), "a code stands twice")
    for number in numbers:
        check_code(number, enumeration)


def check_units(units, most):
    units = units or []
    need(len(units) <= most and len(set(units)) == len(units), "too many units, or one twice")
    for unit in units:
        check_id(unit, "a unit")


def check_bytes(data, size, what):
    need(data is not None and len(data) == size, f"{what} has not {size} bytes")


def check_time(time_us):
    need(time_us <= LAST_TIME_US, "a time after the year 9999")


def _cause(kind, cause):
    need(cause is not None, "no cause")
    if kind == "MessageCause":
        proof = cause["proof"]
        kept, leaf = cause["message"] is not None, cause["leaf"] is not None
        need(kept != leaf and proof is not None, "no message or no proof")
        need(not leaf or len(cause["leaf"]) == 32, "leaf has not 32 bytes")
        check_id(proof["unit"], "proof.unit")
        check_id(proof["key_id"], "proof.key_id")
        check_bytes(proof["signature"], 64, "proof.signature")
        path = proof["path"] or b""
        need(len(path) % 32 == 0 and len(path) <= 32 * MOST_PATH, "proof.path")
        need(proof["index"] < proof["count"] <= MOST_SUBMISSION_MESSAGES, "proof.index")
        return
    if kind == "TimeCause":
        need(0 < cause["shift_us"], "no time was lost")
    elif kind in CASELESS:
        check_bytes(cause["digest"], 32, "digest")
    else:
        check_bytes(cause["case_id"], 16, "case_id")
    if kind in ("GenesisCause", "TimeCause"):
        need(cause["shift_us"] <= MOST_SHIFT_US, "over a century was lost")
    if kind == "DeadlineCause":
        check_code(cause["need"], "need")
        check_code(cause["subject"], "subject")
    elif kind == "LinkCause":
        check_bytes(cause["related"], 16, "related")
    elif kind in ("OrderCause", "CarryCause"):
        need(cause["order" if kind == "OrderCause" else "record"], "no order or no record")


def _event(event):
    need(event["type"] < len(EVENTS), "unknown event")
    event["type"] = EVENTS[event["type"]]
    for field in ("unit", "function", "legal_basis"):
        event[field] = event[field] or b""
        need(not event[field] or is_id(event[field]), field + " is not an id")
    need(len(event["rule"] or b"") <= 96, "a rule's name is too long")
    check_units(event["units"], MOST_PARTIES)
    event["units"] = event["units"] or []
    for field in ("need", "reason", "state", "subject", "basis"):
        check_code(event[field], field)
    check_time(event["deadline_us"])
    if event["type"] == "linked":
        check_bytes(event["case_id"], 16, "linked case")


def _outcome(outcome):
    need(outcome is not None, "no outcome")
    outcome["events"] = outcome["events"] or []
    for event in outcome["events"]:
        _event(event)
    outcome["owner"] = outcome["owner"] or b""
    need(not outcome["owner"] or is_id(outcome["owner"]), "the owner is not an id")
    check_units(outcome["recipients"], MOST_RECIPIENTS)
    refusal = outcome["refusal"]
    if refusal is not None:
        need(refusal["code"] in REFUSALS, "unknown refusal")
        need(len(refusal["field"] or b"") <= 1024, "a refusal's field is too long")
        need(len(refusal["detail"] or b"") <= 1024, "a refusal's detail is too long")
    need((refusal is None) == bool(outcome["events"]), "not either events or a refusal")


def read_entry(data):
    """As nested dicts; lists and owner are never None."""
    need(len(data) <= MOST_ENTRY_BYTES, "too large")
    entry = buffers.read(data, "entry")
    check_time(entry["time_us"])
    _cause(entry["cause_type"], entry["cause"])
    if entry["cause_type"] in CASELESS:
        need(not (entry["outcome"] or {}).get("events"), "events without a case")
        entry["stray_outcome"] = any((entry["outcome"] or {}).values())
        entry["outcome"] = {"events": [], "owner": b"", "case_version": 0, "refusal": None}
    else:
        _outcome(entry["outcome"])
    return entry


def withholds(outcome, edition):
    """Whether the message of the entry may hold what nobody vouches for, so that it is not kept."""
    refusal = outcome["refusal"]
    return refusal is not None and edition >= PRESENT_FACTS and refusal["code"] in UNVOUCHED


def check_form(entry, data, message, edition):
    """What an edition asks of the bytes of an entry and of what they bring. Raises Malformed."""
    cause, kind = entry["cause"], entry["cause_type"]
    withheld = kind == "MessageCause" and cause["leaf"] is not None
    if kind == "MessageCause":
        need(withheld == withholds(entry["outcome"], edition), "its message is kept, or is not")
    need(kind != "TimeCause" or edition >= FAIR_WAITS, "a cause of edition 3")
    if edition < PRESENT_FACTS:
        return
    check_exact_entry(entry, data)
    if kind == "MessageCause" and not withheld:
        need(message is not None, "a message that cannot be read is kept")
        buffers.check_exact(cause["message"], "message")


def check_exact_entry(entry, data):
    """That the entry, and the order or record in it, hold what their schemas name and nothing
    else. Raises Malformed."""
    cause, kind = entry["cause"], entry["cause_type"]
    buffers.check_exact(data, "entry", coded=False)
    need(not entry.get("stray_outcome"), "an entry without a case has an outcome")
    need(all(event["case_id"] is None or event["type"] == "linked"
             for event in entry["outcome"]["events"]), "a case id of another event")
    if kind == "OrderCause":
        buffers.check_exact(cause["order"], "signed_order")
        buffers.check_exact(buffers.read(cause["order"], "signed_order")["body"], "order")
    elif kind == "CarryCause":
        buffers.check_exact(cause["record"], "record", coded=False)


def _facts(facts):
    need(facts is not None, "no facts")
    for field in ("mode", "victim_age", "urgency", "consent"):
        check_code(facts[field], field)
    check_codes(facts["categories"], "category")
    check_codes(facts["needs"], "need")
    for field in ("victims", "suspects", "incidents"):
        areas = facts[field] or []
        need(len(areas) <= 64, "too many areas")
        need(all(re.fullmatch(rb"[!-~]{1,5}", area) for area in areas), "not an area")
    need(len(facts["legal_bases"] or []) <= 16, "too many legal bases")
    for basis in facts["legal_bases"] or []:
        check_id(basis, "a legal basis")


def _body(kind, body):
    need(body is not None, "no body")
    if kind in ("Referral", "NewFacts"):
        _facts(body["facts"])
    for field in ("need", "reason", "subject"):
        if field in body:
            check_code(body[field], field)
    if "to" in body:
        check_id(body["to"], "to")
    if kind == "Referral":
        related, evidence = body["related"] or b"", body["evidence"] or []
        ids = [related[at:at + 16] for at in range(0, len(related), 16)]
        need(len(related) % 16 == 0 and len(ids) <= 8 and len(set(ids)) == len(ids), "related")
        need(len(evidence) <= 32, "too much evidence")
        for item in evidence:
            check_bytes(item["digest"], 32, "evidence.digest")
            check_code(item["kind"], "evidence")
            check_id(item["custodian"], "evidence.custodian")
    elif kind == "Accept":
        need(body["subject"] != REQUEST, "a request is not accepted")
    elif kind == "Received":
        entries = body["entries"] or []
        need(1 <= len(entries) <= 256, "not 1 to 256 entries")
        need(all(a < b for a, b in zip(entries, entries[1:])), "entries do not ascend")
    elif kind == "Progress":
        need(body["state"] in (IN_PROGRESS, ON_HOLD), "not in-progress or on-hold")
    elif kind == "Cancel":
        need(not body["unit"] or is_id(body["unit"]), "unit is not an id")
        need(bool(body["unit"]) == (body["subject"] == ASSIGNMENT), "unit of an assignment only")
    elif kind == "Erase":
        check_id(body["legal_basis"], "legal_basis")


def read_message(data):
    need(len(data) <= MOST_MESSAGE_BYTES, "too large")
    message = buffers.read(data, "message")
    kind, payload, own_id = message["body_type"], message["payload"], message["message_id"]
    check_bytes(own_id, 16, "message_id")
    need(own_id[6] >> 4 == 7 and own_id[8] >> 6 == 2, "not a UUIDv7")
    check_bytes(message["case_id"], 16, "case_id")
    check_id(message["sender"], "sender")
    check_time(message["sent_at_us"])
    check_codes(message["handling"], "handling")
    check_units(message["recipients"], MOST_RECIPIENTS)
    if payload is not None:
        need(1 <= payload["size"] <= MOST_PAYLOAD_BYTES, "payload.size")
        check_bytes(payload["digest"], 32, "payload.digest")
        check_bytes(payload["commitment"], 32, "payload.commitment")
    _body(kind, message["body"])
    need(kind != "Referral" or message["case_id"] == own_id, "case_id of a referral")
    need(bool(message["recipients"]) == (payload is not None), "recipients without a payload")
    need((message["expected_version"] == 0) == (kind in COMPARE_NO_VERSION), "expected_version")
    need(kind not in ("Received", "Unreadable") or payload is None, "mail with a payload")
    return message
