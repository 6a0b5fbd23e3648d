"""The cases of a station, from the entries that it keeps."""
import entries
from cases import TELLING, Case


class KnownCases:
    """Folds the kept entries of a case, again when one was added."""

    def __init__(self, store):
        self._store = store
        self._folded = {}
        self._versions = {}  # as a refusal told them, ahead of the entry that is on its way

    def keep(self, entry, message, data, payload):
        """An accepted entry that was verified. Inside a `with store:` block."""
        case_id = entries.case_of(entry, message)
        self._store.run("INSERT INTO entry VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                        "payload = coalesce(excluded.payload, payload)", case_id, entry["index"],
                        data, payload)
        self._folded.pop(case_id, None)
        if self.find(case_id).erased:
            self._store.forget_payloads(case_id)

    def forget(self, unit, case_id):
        """What the unit was told. Inside a `with store:` block."""
        self._store.forget_case(unit, case_id)
        self._folded.pop(case_id, None)

    def note_version(self, case_id, version):
        """What a refusal said of the case."""
        self._versions[case_id] = max(version, self._versions.get(case_id, 0))
        self._folded.pop(case_id, None)

    def find(self, case_id):
        """The case as far as it is known."""
        if case_id not in self._folded:
            case = Case(case_id)
            for (data,) in self._store.rows("SELECT bytes FROM entry WHERE case_id = ? ORDER BY idx",
                                            case_id):
                case.learn(*entries.read(data))
            case.version = max(case.version, self._versions.get(case_id, 0))
            self._folded[case_id] = case
        return self._folded[case_id]

    def telling(self, case_id):
        """(message, payload) of what tells what the case is about, the newest first."""
        for data, payload in self._store.rows(
                "SELECT bytes, payload FROM entry WHERE case_id = ? AND payload IS NOT NULL "
                "ORDER BY idx DESC", case_id):
            _, message = entries.read(data)
            if message and message["body"][0] in TELLING:
                yield message, payload
