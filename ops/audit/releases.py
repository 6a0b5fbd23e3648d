"""Releases: the directory of units and their keys, signed by administrators (wire.md section 9)."""
import hashlib
from typing import NamedTuple

import buffers
from buffers import MAX_RELEASE_TABLES
from codes import FAIR_WAITS, NEWEST_EDITION, SIGN
from entries import check_bytes, check_code, check_codes, check_id, check_time, need
from orders import Administrators, count_signers, open_signed, tuple_bytes


MOST_PROVENANCE = 1024


class Release(NamedTuple):
    version: int
    origin: bytes
    administrators: Administrators
    functions: dict     # unit: function
    keys: dict          # (unit, key id): rows of signing keys
    edition: int        # of the rules by which cases are decided
    agencies: dict      # unit: agency
    guarantees: list    # rows
    second_agency_for: bytes
    digest: bytes       # of its body
    parent: bytes       # of the body of the release before; None: it may follow any


def _validity(row, start="valid_from_us", end="valid_until_us"):
    check_time(row[start])
    check_time(row[end])
    need(not (row[start] and row[end]) or row[start] < row[end], "it ends before it begins")


def _ascending(keys, what):
    need(all(a < b for a, b in zip(keys, keys[1:])), what + " are not sorted, or one stands twice")


def _administrators(rows, threshold):
    for row in rows:
        check_id(row["name"], "an administrator's name")
        check_bytes(row["key"], 32, "an administrator's key")
    _ascending([row["name"] for row in rows], "administrators")
    keys = {row["key"] for row in rows}
    need(len(keys) == len(rows), "an administrator's key stands twice")
    need(1 <= threshold <= len(keys), "the threshold is not one of the administrators' number")
    return Administrators(keys, threshold)


def _functions(rows):
    for row in rows:
        for field in ("id", "agency", "function"):
            check_id(row[field], "units." + field)
        check_code(row["level"], "level")
        _validity(row)
    _ascending([row["id"] for row in rows], "units")
    return {row["id"]: row["function"] for row in rows}


def _keys(rows):
    for row in rows:
        check_id(row["unit"], "keys.unit")
        check_id(row["key_id"], "keys.key_id")
        check_code(row["purpose"], "purpose")
        check_bytes(row["key"], 32, "a key")
        check_time(row["compromised_since_us"])
        _validity(row)
    _ascending([(row["unit"], row["key_id"]) for row in rows], "keys")
    return {(row["unit"], row["key_id"]): row for row in rows if row["purpose"] == SIGN}


def _guarantees(rows):
    for row in rows:
        need(len(row["id"] or b"") <= 96, "a guarantee's id is too long")
        for field in ("owner_agency", "unassigned_agency", "excluded_agency"):
            for agency in row[field] or []:
                check_id(agency, "guarantees." + field)
        when = row["when"]
        for field, codes in (("mode", "mode"), ("victim_age", "victim_age"), ("urgency", "urgency"),
                             ("consent", "consent"), ("any_category", "category")):
            check_codes(when and when[field], codes)
    return rows


def _second_agency_for(release):
    changes = release["second_agency_for"] or b""
    check_codes(changes, "second_agency_for")
    return changes


def read_release(body):
    """Raises Malformed."""
    release = buffers.read(body, "release", MAX_RELEASE_TABLES)
    need(len(release["log_origin"] or b"") <= 96, "log_origin is too long")
    need(1 <= release["edition"] <= NEWEST_EDITION, "its edition is not known to this version")
    _validity(release, "valid_from_us", "expires_us")
    lineage = [release[field] for field in ("parent", "author", "reason", "reference")]
    need(release["edition"] >= FAIR_WAITS or not any(lineage), "its parent is of a later edition")
    need(lineage[0] is None or len(lineage[0]) == 32, "its parent has not 32 bytes")
    need(all(len(text or b"") <= MOST_PROVENANCE for text in lineage[1:]), "a text is too long")
    return Release(
        release["version"], release["log_origin"] or b"",
        _administrators(release["administrators"] or [], release["threshold"]),
        _functions(release["units"] or []), _keys(release["keys"] or []), release["edition"],
        {row["id"]: row["agency"] for row in release["units"] or []},
        _guarantees(release["guarantees"] or []), _second_agency_for(release),
        hashlib.sha256(body).digest(), release["parent"])


def verify_release(signed, digest, origin, previous):
    """The release whose body has this digest, signed by the administrators of the one before; the
    first one by its own. Raises Malformed."""
    body, pairs = open_signed(signed, "signed_release")
    need(hashlib.sha256(body).digest() == digest, "its body has another digest")
    if previous is None:
        release = read_release(body)
        administrators = release.administrators
    else:
        administrators = previous.administrators
    signers = count_signers(pairs, administrators, tuple_bytes(b"rujukan/release/v1", digest))
    need(signers >= administrators.threshold,
         f"signed by {signers} of {administrators.threshold} administrators")
    release = read_release(body)
    need(release.origin == origin, "it is of another log")
    if previous is not None:
        need(release.version > previous.version, "it is not newer than the one before")
        need(release.edition >= previous.edition, "of an older edition than the one before")
        need(release.parent in (None, previous.digest), "made from another one than the one before")
        need(all(release.functions.get(unit) == function
                 for unit, function in previous.functions.items()),
             "a unit of the one before is gone or has another function")
    return release


def key_in_force(release, unit, key_id, time_us):
    """The signing key's bytes; None when it is not in force then."""
    row = release.keys.get((unit, key_id))
    if row is None:
        return None
    begun = not row["valid_from_us"] or row["valid_from_us"] <= time_us
    ended = row["valid_until_us"] and row["valid_until_us"] <= time_us
    lost = row["compromised_since_us"] and row["compromised_since_us"] <= time_us
    return row["key"] if begun and not ended and not lost else None


