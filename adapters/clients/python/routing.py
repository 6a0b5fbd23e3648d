"""The routing table: who owns a case, who else acts, who is informed. Section 15 of wire.md."""
from codes import ANCHORS, NEEDS, PLACES, Refused

NATION, ABROAD = "00", "XX"
NATIONAL, PROVINCE, REGENCY = range(3)
OF_NATION = 255
NOT_ASKED = 2
MAX_AREAS, MAX_LEGAL_BASES = 64, 16
WITHHELD_POLICE, AGE_UNKNOWN = 2, 2


class Route:
    """What the table answers. `assignments`: of (need, function, rule, chain), by need."""

    def __init__(self):
        self.assignments, self.withheld, self.informed = [], [], []
        self.accept_within_s = 0

    @property
    def lead(self):
        """The need whose unit owns the case."""
        return self.assignments[0][0]

    @property
    def owner(self):
        """The unit of the lead assignment."""
        return self.assignments[0][3][0]

    def recipients(self):
        """Every unit of every chain, once."""
        return list(dict.fromkeys(unit for *_, chain in self.assignments for unit in chain))


def is_active(unit, at):
    """Whether the unit serves at this time."""
    return unit["valid_from_us"] <= at and not _has_ended(unit, at)


def _has_ended(unit, at):
    return bool(unit["valid_until_us"]) and at >= unit["valid_until_us"]


class Directory:
    """Areas, units, rules and permissions of one release's body."""

    def __init__(self, body):
        self.body = body
        self.units = {unit["id"]: unit for unit in body["units"]}
        self._areas = {area["code"]: area for area in body["areas"]}
        self._permissions = {row["agency"]: row for row in body["permissions"]}
        self._listed = {}  # (function, level, area) -> units, the one that ends last first
        for unit in body["units"]:
            for area in unit["areas"]:
                self._listed.setdefault((unit["function"], unit["level"], area), []).append(unit)
        for units in self._listed.values():
            units.sort(key=lambda unit: -(unit["valid_until_us"] or 1 << 64))

    # ---- Areas and units.

    def area_in_force(self, code, at):
        """The area itself, or what replaced it by then."""
        while code in self._areas and self._areas[code]["succeeded_by"]:
            until = self._areas[code]["valid_until_us"]
            if until and at < until:
                break
            code = self._areas[code]["succeeded_by"]
        return code

    def _successor(self, unit, at):
        """The first active one of those that follow it; None without one."""
        while unit is not None and not is_active(unit, at):
            unit = self.units.get(unit["successor"])
        return unit

    def covering(self, function, level, area, at):
        """The unit of the function at the level that covers the area most specifically."""
        while area:
            units = self._listed.get((function, level, area), ())
            for unit in units:
                if is_active(unit, at):
                    return unit["id"]
            for unit in (unit for unit in units if _has_ended(unit, at)):
                after = self._successor(unit, at)
                if after and (after["function"], after["level"]) == (function, level):
                    return after["id"]
            area = self._areas[area]["parent"] if area in self._areas else ""
        return None

    def stand_in(self, unit, at):
        """The unit, or who stands in its place; None when nobody does."""
        first = self.units.get(unit)
        found = self._successor(first, at) if first else None
        return found["id"] if found and found["function"] == first["function"] else None

    def chain_from(self, unit, at):
        """The unit and the wider ones of its function; empty when it has no chain."""
        first = self.units.get(unit)
        if first is None or not is_active(first, at):
            return []
        if first["level"] == NATIONAL:
            return [unit]
        last = self.covering(first["function"], NATIONAL, NATION, at)
        if last is None:
            return []
        wider = []
        if first["level"] == REGENCY:
            wider = self._agreed(first["function"], PROVINCE,
                                 [self.area_in_force(area, at) for area in first["areas"]], at)
        return [unit, *wider, last]

    def _agreed(self, function, level, areas, at):
        """The one unit that covers each of the areas at the level, or nobody."""
        units = {self.covering(function, level, area, at) for area in areas}
        return list(units) if len(units) == 1 and None not in units else []

    # ---- Rules.

    def _places(self, facts, at):
        places = {}
        for name in PLACES:
            if len(facts[name]) > MAX_AREAS:
                raise Refused("facts.invalid", name)
            for code in facts[name]:
                if code not in self._areas and code != ABROAD:
                    raise Refused("facts.invalid", name, "unknown area")
            places[name] = [self.area_in_force(code, at) for code in facts[name]]
        if len(facts["legal_bases"]) > MAX_LEGAL_BASES:
            raise Refused("facts.invalid", "legal_bases")
        return places

    def _holds(self, when, facts, abroad):
        if when is None:
            return True
        for field in ("mode", "victim_age", "consent", "urgency"):
            if when[field] and facts[field] not in when[field]:
                return False
        if when["any_category"] and not set(when["any_category"]) & set(facts["categories"]):
            return False
        return when["suspect_abroad"] in (NOT_ASKED, int(abroad))

    def route(self, facts, at):
        """Pure. Raises Refused: facts.invalid, routing.no_rule, routing.no_unit."""
        places = self._places(facts, at)
        abroad = ABROAD in places["suspects"]
        needs = set(facts["needs"])
        for implied in self.body["implied"]:
            if self._holds(implied["when"], facts, abroad):
                needs |= set(implied["needs"])
        route, deciding = Route(), set()
        for need in sorted(needs):
            number, rule = self._rule_for(need, facts, abroad)
            if rule["withheld"]:
                route.withheld.append((need, rule["id"]))
                continue
            deciding.add(number)
            route.assignments.append((need, rule["function"], rule["id"],
                                      self._chain(need, rule, places, at)))
        if not route.assignments:
            raise Refused("facts.invalid", "needs")
        route.accept_within_s = self._accept_within_s(facts)
        for number in sorted(deciding):
            for inform in self.body["rules"][number]["inform"]:
                self._inform(route, inform, places, at)
        for row in self.body["case_informs"]:
            if self._holds(row["when"], facts, abroad):
                self._inform(route, row["inform"], places, at)
        return route

    def _rule_for(self, need, facts, abroad):
        for number, rule in enumerate(self.body["rules"]):
            if need in rule["needs"] and self._holds(rule["when"], facts, abroad):
                return number, rule
        raise Refused("routing.no_rule", "needs", NEEDS[need])

    def _chain(self, need, rule, places, at):
        areas = next((places[ANCHORS[anchor]] for anchor in rule["anchors"] if places[ANCHORS[anchor]]),
                     [])
        if NATION in areas or ABROAD in areas:
            areas = []
        chain = []
        for level in range(rule["level"], NATIONAL, -1) if areas else ():
            chain += self._agreed(rule["function"], level, areas, at)
        last = self.covering(rule["function"], NATIONAL, NATION, at)
        if last is None:
            raise Refused("routing.no_unit", "needs", NEEDS[need])
        return [*chain, last]

    def _accept_within_s(self, facts):
        deadlines = self.body["deadlines"]
        return (deadlines["routine_accept_within_s"], deadlines["urgent_accept_within_s"],
                deadlines["immediate_accept_within_s"])[facts["urgency"]]

    def _inform(self, route, inform, places, at):
        areas = [NATION]
        if inform["of"] != OF_NATION:
            areas = [area for area in places[ANCHORS[inform["of"]]] if area not in (NATION, ABROAD)]
        holders = {chain[0] for *_, chain in route.assignments}
        for area in areas:
            unit = self.covering(inform["function"], inform["level"], area, at)
            if unit is not None and unit not in holders and unit not in route.informed:
                route.informed.append(unit)

    # ---- Who may.

    def may_open(self, unit, facts, at):
        """Raises Refused unless the unit may open a case with these facts."""
        sender = self.units.get(unit)
        if sender is None or not is_active(sender, at):
            raise Refused("permission.denied", "sender")
        row = self._permissions.get(sender["agency"])
        if row is None or not row["open_categories"]:
            raise Refused("permission.denied", "origin")
        if not set(facts["categories"]) <= set(row["open_categories"]):
            raise Refused("permission.denied", "categories")
        if not set(facts["needs"]) <= set(row["request_needs"]):
            raise Refused("permission.denied", "needs")
        if facts["consent"] == WITHHELD_POLICE and facts["victim_age"] == AGE_UNKNOWN:
            raise Refused("facts.invalid", "consent")

    def is_competent(self, unit, facts, at):
        """Whether the table could name the unit for a place of the facts, or it is national."""
        row = self.units.get(unit)
        if row is None or not is_active(row, at):
            return False
        if row["level"] == NATIONAL:
            return True
        return any(self.covering(row["function"], row["level"], self.area_in_force(code, at), at)
                   == unit for name in PLACES for code in facts[name]
                   if code in self._areas and code not in (NATION, ABROAD))

    def may_know(self, unit, facts):
        """Whether no guarantee keeps the unit out of a case with these facts."""
        row = self.units.get(unit)
        abroad = any(self.area_in_force(code, 0) == ABROAD for code in facts["suspects"])
        return row is not None and not any(
            row["agency"] in guarantee["excluded_agency"]
            and self._holds(guarantee["when"], facts, abroad) for guarantee in self.body["guarantees"])
