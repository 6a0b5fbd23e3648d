"""Numbers of the wire and their names: section 5 of wire.md, and the fates of section 13."""

MODES = ("online", "offline", "mixed")
CATEGORIES = ("grooming", "sexual_extortion", "csam", "livestreamed_abuse", "self_generated_imagery",
              "online_harassment", "trafficking", "sexual_exploitation", "contact_sexual_abuse",
              "physical_violence", "psychological_violence", "neglect", "economic_exploitation",
              "property_crime")
AGES = ("child", "adult", "unknown")
URGENCIES = ("routine", "urgent", "immediate")
CONSENTS = ("given", "not_required", "withheld_police", "pending")
NEEDS = ("investigation", "protection", "psychological", "shelter", "legal_aid", "rehabilitation",
         "medical", "takedown", "prosecution", "witness_protection")
HANDLING = ("victim_protected",)
STATES = ("requested", "received", "accepted", "in-progress", "on-hold", "completed", "cancelled")
SUBJECTS = ("assignment", "offer", "request")
REASONS = ("out_of_jurisdiction", "no_capacity", "conflict_of_interest", "duplicate",
           "insufficient_information", "other", "unreadable")
ANCHORS = ("victims", "suspects", "incidents")
EVENTS = ("opened", "assigned", "withheld", "informed", "received", "accepted", "declined",
          "escalated", "overdue", "progressed", "completed", "noted", "closed", "delivered", "offered",
          "offer_ended", "transferred", "transfer_requested", "request_ended", "moved",
          "facts_added", "led", "cancelled", "reopened", "linked", "erasure_proposed", "erased",
          "held", "hold_lifted", "carried", "excluded", "facts_proposed", "readmitted", "unreadable")

SINGLES = {"mode": MODES, "victim_age": AGES, "urgency": URGENCIES, "consent": CONSENTS}
LISTS = {"categories": CATEGORIES, "needs": NEEDS}
PLACES = ("victims", "suspects", "incidents")

# Codes after which the same message is sent again, or another one is composed; all others but the
# fatal ones are the last word.
STALE = {"recipients.stale", "case.stale", "release.expired", "release.unknown"}
WAIT = {"frame.no_hello", "clock.doubted", "witness.lag"}

ERRORS = {
    1: "frame.malformed", 2: "frame.too_large", 3: "frame.unknown_type", 4: "frame.version",
    5: "frame.no_hello", 10: "station.unknown", 11: "station.unit_not_served",
    20: "submission.malformed", 21: "submission.too_large", 22: "submission.key_unknown",
    23: "submission.signature", 30: "message.malformed", 31: "message.too_large",
    32: "message.invalid", 33: "message.sender", 34: "message.conflict", 40: "payload.missing",
    41: "payload.unexpected", 42: "payload.too_large", 43: "payload.digest",
    44: "handling.mismatch", 50: "facts.invalid", 51: "permission.denied", 52: "recipients.stale",
    53: "recipients.not_permitted", 54: "routing.no_rule", 55: "routing.no_unit",
    60: "release.expired", 61: "release.unknown", 62: "release.invalid", 63: "release.signature",
    64: "release.older", 65: "release.parent", 66: "release.early", 70: "case.unknown",
    71: "case.stale", 72: "case.closed", 73: "case.not_owner", 74: "case.open_assignments",
    75: "assignment.unknown", 76: "assignment.not_yours", 77: "assignment.state",
    78: "assignment.terminal", 85: "checkpoint.fork", 86: "checkpoint.behind",
    88: "entry.too_large", 90: "seal.malformed", 128: "clock.doubted", 170: "offer.pending",
    171: "offer.unknown", 172: "offer.not_competent", 173: "request.pending",
    174: "request.unknown", 175: "case.open", 176: "facts.not_appended", 177: "payload.erased",
    179: "assist.limit", 180: "related.limit", 181: "case.held", 182: "related.excluded",
    184: "received.unknown", 185: "legal_basis.unknown", 186: "custodian.unknown",
    187: "identity.number", 188: "name.unknown", 189: "seal.recipients", 192: "witness.lag",
}


class Refused(Exception):
    """Why something is not sent, or was not taken: the protocol's code, and the field it is about."""

    def __init__(self, code, field="", detail=""):
        super().__init__(": ".join(part for part in (code, field, detail) if part))
        self.code, self.field, self.detail = code, field, detail


def error_name(number):
    """The name of a code; of a newer broker's, its number."""
    return ERRORS.get(number, f"code {number}")


def facts_from_names(named):
    """Facts as people and agencies write them -> as they stand on the wire. Raises Refused."""
    facts = {}
    for field, value in named.items():
        if field in SINGLES and value in SINGLES[field]:
            facts[field] = SINGLES[field].index(value)
        elif field in LISTS and set(value) <= set(LISTS[field]):
            facts[field] = bytes(LISTS[field].index(name) for name in value)
        elif field in PLACES or field == "legal_bases":
            facts[field] = list(value)
        elif field != "handling":
            raise Refused("facts.invalid", field)
    for field in (*SINGLES, *LISTS, *PLACES):
        if field not in facts:
            raise Refused("facts.invalid", field, "missing")
    facts.setdefault("legal_bases", [])
    return facts


def handling_from_names(named):
    """The caveats beside the facts."""
    return bytes(HANDLING.index(name) for name in named.get("handling", ()))
