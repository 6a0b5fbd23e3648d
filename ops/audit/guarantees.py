"""What the guarantees of a release promise about the agencies of a case, by its facts (wire.md
sections 9 and 14)."""
from codes import ADULT, PRESENT_FACTS, WITHHELD_POLICE
from codes import ADULTHOOD_CHANGED, WITHDRAWAL_LIFTED

CODED = ("mode", "victim_age", "consent", "urgency")
LISTS = ("categories", "victims", "suspects", "incidents", "needs", "legal_bases")
ABROAD = b"XX"
NOT_ASKED = 2


def facts_of(message):
    """The facts that a message states, comparable; None when it states none."""
    facts = message["body"].get("facts") if message and message["body"] else None
    if facts is None:
        return None
    return {**{name: facts[name] for name in CODED},
            **{name: tuple(facts[name] or ()) for name in LISTS},
            "protected": bool(message["handling"])}


def stored_facts(row, protected):
    """The same, of a case's record."""
    return facts_of({"body": {"facts": row}, "handling": protected})


def concerns(when, facts):
    if when is None:
        return True
    for name in CODED:
        if when[name] and facts[name] not in when[name]:
            return False
    if when["any_category"] and not set(when["any_category"]) & set(facts["categories"]):
        return False
    return when["suspect_abroad"] in (NOT_ASKED, int(ABROAD in facts["suspects"]))


class Guarantees:
    """Those of a release, on the facts of one case."""

    def __init__(self, release, facts):
        self.release = release
        self.holding = [row for row in release.guarantees if concerns(row["when"], facts)]

    def _of(self, unit, agencies):
        return self.release.agencies.get(unit) in (agencies or [])

    def keep_out(self, unit):
        return any(self._of(unit, row["excluded_agency"]) for row in self.holding)

    def forbid_acting(self, unit):
        return self.keep_out(unit) or any(
            self._of(unit, row["unassigned_agency"]) for row in self.holding)

    def forbid_owning(self, unit):
        return self.forbid_acting(unit) or any(
            row["owner_agency"] and not self._of(unit, row["owner_agency"])
            for row in self.holding)


def on_present_facts(release):
    return release is not None and release.edition >= PRESENT_FACTS


def asks_for_second_agency(release, before, after):
    """Whether facts that follow on others hold only once a unit of another agency agrees."""
    lifted = before["consent"] == WITHHELD_POLICE != after["consent"]
    adulthood = (before["victim_age"] == ADULT) != (after["victim_age"] == ADULT)
    return (lifted and WITHDRAWAL_LIFTED in release.second_agency_for
            or adulthood and ADULTHOOD_CHANGED in release.second_agency_for)
