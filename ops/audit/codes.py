"""The numbers of wire.md: how many codes an enumeration has, and the events by name."""

CODES = {
    "mode": 3, "category": 14, "victim_age": 3, "urgency": 3, "consent": 4, "need": 10,
    "handling": 1, "state": 7, "subject": 3, "basis": 2, "reason": 7, "evidence": 5, "level": 3,
    "purpose": 2, "second_agency_for": 3,
}
EVENTS = (
    "opened", "assigned", "withheld", "informed", "received", "accepted", "declined", "escalated",
    "overdue", "progressed", "completed", "noted", "closed", "delivered", "offered", "offer_ended",
    "transferred", "transfer_requested", "request_ended", "moved", "facts_added", "led",
    "cancelled", "reopened", "linked", "erasure_proposed", "erased", "held", "hold_lifted",
    "carried", "excluded", "facts_proposed", "readmitted", "unreadable",
)
ASSIGNMENT, OFFER, REQUEST = range(3)
IN_PROGRESS, ON_HOLD, COMPLETED, CANCELLED = 3, 4, 5, 6
CLOSED = 1
BY_TRANSFER, BY_FACTS = range(2)
SIGN = 0
FIRST, PRESENT_FACTS, FAIR_WAITS = 1, 2, 3   # editions
NEWEST_EDITION = FAIR_WAITS
ADULT = 1
WITHHELD_POLICE = 2
WITHDRAWAL_LIFTED, ADULTHOOD_CHANGED = range(2)
# Refusals that do not use up a message id: those of the envelope.
ENVELOPE = {10, 11, 22, 30, 31, 32, 33, 34, 40, 41, 42, 43, 90, 185, 186, 187, 188, 189}
# Refusals of what may be a name: from edition 2 on the message is not kept.
UNVOUCHED = {30, 32, 185, 186, 187, 188}
REFUSALS = {
    *range(1, 6), 10, 11, *range(20, 24), *range(30, 35), *range(40, 45), *range(50, 56),
    *range(60, 67), *range(70, 79), *range(80, 89), *range(90, 94), *range(170, 190),
    *range(190, 199), *range(210, 225),
}
