"""Entries of the log as they reach a station: read, and held against who signed what is in them."""
import hashes
import notes
import schema
from keyfiles import SIGN

ORDER_THRESHOLD_KIND = 2  # lifting a hold takes the threshold; the other orders one administrator


def read(data):
    """(entry, message or None). Raises notes.Untrue."""
    try:
        entry = schema.ENTRY.decode(data, schema.ENTRY_TABLES)
        if entry["cause"] is None or entry["outcome"] is None:
            raise notes.Untrue("entry: without cause or outcome")
        kind, cause = entry["cause"]
        if kind != "MessageCause" or not cause["message"]:
            return entry, None
        message = schema.MESSAGE.decode(cause["message"])
    except schema.Malformed as error:
        raise notes.Untrue(f"entry: {error}") from error
    if message["body"] is None:
        raise notes.Untrue("entry: a message that says nothing")
    return entry, message


def case_of(entry, message):
    """The id of the case that the entry is about; empty when it is about none."""
    return message["case_id"] if message else entry["cause"][1].get("case_id", b"")


def check_delivered(entry, message, release, origin):
    """That what was delivered was accepted, and said by whom it names. Raises notes.Untrue."""
    kind, cause = entry["cause"]
    if entry["outcome"]["refusal"] is not None or not case_of(entry, message):
        raise notes.Untrue("delivery: nothing that is delivered")
    if kind == "MessageCause":
        if message is None:
            raise notes.Untrue("delivery: without its message")
        _check_sender(cause, message, entry["time_us"], release, origin)
    if kind == "OrderCause":
        _check_order(cause, release, origin)


def _check_sender(cause, message, at, release, origin):
    proof = cause["proof"]
    if proof is None or proof["unit"] != message["sender"]:
        raise notes.Untrue("entry: submitted by another unit")
    key = release.key(proof["unit"], proof["key_id"], SIGN, at)
    if key is None:
        raise notes.Untrue("entry: the sender's key is not in force")
    root = hashes.root_of_path(hashes.leaf_hash(cause["message"]), proof["index"], proof["count"],
                               hashes.hashes_of(proof["path"]))
    if root is None or not notes.verify(key, signing_bytes(origin, proof["unit"], proof["count"], root),
                                        proof["signature"]):
        raise notes.Untrue("entry: the sender's signature does not verify")


def _check_order(cause, release, origin):
    try:
        envelope = schema.SIGNED_ORDER.decode(cause["order"])
        order = schema.ORDER.decode(envelope["body"])
    except schema.Malformed as error:
        raise notes.Untrue(f"order: {error}") from error
    said = hashes.tuple_bytes("rujukan/order/v1", envelope["body"])
    signers = {row["key"] for row in envelope["signatures"] if row["key"] in release.administrators
               and notes.verify(row["key"], said, row["signature"])}
    needed = release.threshold if order["kind"] == ORDER_THRESHOLD_KIND else 1
    if len(signers) < needed or order["log_origin"] != origin or order["case_id"] != cause["case_id"]:
        raise notes.Untrue("order: not the administrators' about this case")


def check_own(entry, sent, code):
    """That the receipt is for what was sent, with the outcome that was told. Raises notes.Untrue."""
    kind, cause = entry["cause"]
    same = kind == "MessageCause" and (cause["message"] == sent if cause["message"]
                                       else cause["leaf"] == hashes.leaf_hash(sent))
    if not same:
        raise notes.Untrue("receipt: for another message")
    refusal = entry["outcome"]["refusal"]
    if (refusal["code"] if refusal else 0) != code:
        raise notes.Untrue("receipt: of another outcome")


def signing_bytes(origin, unit, count, root):
    """What a submission's signature is over."""
    return hashes.tuple_bytes("rujukan/submission/v1", origin, unit, count.to_bytes(4, "big"), root)
