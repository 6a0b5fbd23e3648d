"""Bytes that administrators signed: releases and orders (wire.md section 9)."""
from typing import NamedTuple

import buffers
import ed25519
from entries import check_bytes, check_id, check_time, need

HOLD, LIFT_HOLD, CONSENT_TO_ERASURE = 1, 2, 3
MOST_SIGNATURES = 64
MOST_ORDER_BYTES = 16 * 1024


class Administrators(NamedTuple):
    keys: set
    threshold: int


def tuple_bytes(*parts):
    """T(a, b, ...) of wire.md section 4."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def open_signed(data, name):
    """Body and (key, signature) pairs of schemas/<name>.fbs. Raises Malformed."""
    signed = buffers.read(data, name, MOST_SIGNATURES + 1)
    need(signed["body"], "no body")
    pairs = []
    for signature in signed["signatures"] or []:
        check_bytes(signature["key"], 32, "a key")
        check_bytes(signature["signature"], 64, "a signature")
        pairs.append((signature["key"], signature["signature"]))
    return signed["body"], pairs


def count_signers(pairs, administrators, message):
    """How many administrators signed. Signatures of others are ignored, a bad one of an
    administrator raises Malformed."""
    signers = set()
    for key, signature in pairs:
        if key in administrators.keys:
            need(ed25519.verify(key, message, signature), "an administrator's signature is bad")
            signers.add(key)
    return len(signers)


def read_order(data):
    """The order in its signed form; the signatures are not looked at. Raises Malformed."""
    need(len(data) <= MOST_ORDER_BYTES, "too large")
    body, _ = open_signed(data, "signed_order")
    order = buffers.read(body, "order", 1)
    check_bytes(order["order_id"], 16, "order_id")
    need(order["order_id"][6] >> 4 == 7 and order["order_id"][8] >> 6 == 2, "not a UUIDv7")
    need(len(order["log_origin"] or b"") <= 96, "log_origin is too long")
    check_bytes(order["case_id"], 16, "case_id")
    need(HOLD <= order["kind"] <= CONSENT_TO_ERASURE, "unknown kind of order")
    check_id(order["legal_basis"], "legal_basis")
    check_time(order["issued_at_us"])
    return order


def verify_order(data, administrators):
    """A hold and a consent need one administrator, lifting a hold the threshold. Raises
    Malformed."""
    body, pairs = open_signed(data, "signed_order")
    signers = count_signers(pairs, administrators, tuple_bytes(b"rujukan/order/v1", body))
    order = read_order(data)
    enough = administrators.threshold if order["kind"] == LIFT_HOLD else 1
    need(signers >= enough, f"signed by {signers} of {enough} administrators")
    return order
