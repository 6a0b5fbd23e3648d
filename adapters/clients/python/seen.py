"""The log as the station saw it: every checkpoint lies on one history, or the station stops."""
import hashes
import notes
import schema


class Distrust(Exception):
    """The log contradicts itself; `first` and `second`: what it signed, the evidence."""

    def __init__(self, why, first="", second=""):
        super().__init__(why)
        self.first, self.second = first, second


class SeenLog:
    """Checkpoints, proven or waiting for their proof; shards that releases name."""

    def __init__(self, store, log_key):
        self._store, self._key = store, log_key
        self._asked = set()
        self._link = None
        if not store.rows("SELECT no FROM shard"):
            store.run("INSERT INTO shard(no, origin) VALUES(0, ?)", log_key.origin)

    def origin(self):
        """Of the newest shard."""
        return self._store.row("SELECT origin FROM shard ORDER BY no DESC")[0]

    def alarm(self):
        """The contradiction that was found before; None without one."""
        row = self._store.row("SELECT why FROM alarm")
        return row[0] if row else None

    def latest(self):
        """The note of the latest checkpoint; empty without one."""
        row = self._store.row("SELECT note FROM seen ORDER BY shard DESC, size DESC LIMIT 1")
        return row[0] if row else ""

    def shard_of(self, note):
        """Its number; None for a shard that is not known."""
        row = self._store.row("SELECT no FROM shard WHERE origin = ?", notes.origin_of(note))
        return row[0] if row else None

    def read(self, note):
        """The checkpoint, its signature verified. Raises notes.Untrue."""
        return notes.Checkpoint(note, self._key.of_shard(notes.origin_of(note)))

    def keep_alarm(self, distrust):
        """From here on no start of the station goes on."""
        with self._store:
            self._store.run("INSERT INTO alarm VALUES(?, ?, ?)", distrust.first, distrust.second,
                            str(distrust))

    def disconnected(self):
        """What was asked is asked again."""
        self._asked.clear()
        self._link = None

    def welcome(self, note, consistency, hellos):
        """`hellos`: the notes of this connection's, of any of which the proof may be. Raises
        Distrust, notes.Untrue."""
        last = self.latest()
        if not note and not last:
            return
        now = self.read(note)
        shard = self.shard_of(note)
        if last:
            before = self.read(last)
            if self.shard_of(last) > shard or (before.origin == now.origin and now.size < before.size):
                raise Distrust("the log is behind a checkpoint that was seen", last, note)
            starts = [self.read(said) for said in hellos
                      if said and notes.origin_of(said) == now.origin]
            proven = [start for start in starts if hashes.is_consistent(
                start.size, start.root, now.size, now.root, hashes.hashes_of(consistency))]
            if starts and not proven:
                raise Distrust("the log does not continue what was seen", starts[-1].note, note)
            if proven:
                self._remember(shard, now, self._is_proven(shard, proven[-1].size))
                return
        self._remember(shard, now, not last)

    def _is_proven(self, shard, size):
        row = self._store.row("SELECT proven FROM seen WHERE shard = ? AND size = ?", shard, size)
        return bool(row and row[0])

    def _remember(self, shard, checkpoint, proven):
        row = self._store.row("SELECT note FROM seen WHERE shard = ? AND size = ?", shard,
                              checkpoint.size)
        if row and self.read(row[0]).root != checkpoint.root:
            raise Distrust("two roots of one size", row[0], checkpoint.note)
        self._store.run("INSERT INTO seen VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                        "proven = max(proven, excluded.proven)", shard, checkpoint.size,
                        checkpoint.note, int(proven))

    def receipt(self, entry, index, path, note):
        """The origin of the shard in which the entry lies at `index`. Raises Distrust, notes.Untrue."""
        shard = self.shard_of(note)
        if shard is None:
            raise notes.Untrue("receipt: of a shard that no release names")
        checkpoint = self.read(note)
        if not hashes.is_included(hashes.leaf_hash(entry), index, checkpoint.size,
                                  hashes.hashes_of(path), checkpoint.root):
            raise notes.Untrue("receipt: the entry is not in the tree of the checkpoint")
        self._remember(shard, checkpoint, not self.latest())
        return checkpoint.origin

    # ---- Proofs between checkpoints.

    def questions(self):
        """(first, second) of each proof to ask for now."""
        out = []
        for shard, size, note in self._store.rows(
                "SELECT shard, size, note FROM seen WHERE proven = 0 ORDER BY shard, size LIMIT 8"):
            proven = self._store.row(
                "SELECT shard, size, note FROM seen WHERE proven = 1 "
                "ORDER BY shard != ?, abs(size - ?) LIMIT 1", shard, size)
            pair = (proven[2], note) if proven[:2] < (shard, size) else (note, proven[2])
            if pair not in self._asked:
                self._asked.add(pair)
                out.append(pair)
        return out

    def ask_for_link(self, note):
        """The question that leads to a shard which a release names; None: nothing was seen before."""
        self.read(note)
        if not self.latest():
            self._store.run("INSERT INTO shard(no, origin) SELECT max(no) + 1, ? FROM shard",
                            notes.origin_of(note))
            return None
        self._link = self.latest(), note
        return self._link

    def answer(self, header, parts):
        """Whether the station follows into a new shard now. Raises Distrust, notes.Untrue."""
        pair = header["first"], header["second"]
        if pair not in self._asked and pair != self._link:
            raise notes.Untrue("consistency: not asked for")
        self._asked.discard(pair)
        if header["code"]:
            raise Distrust("the log denies a checkpoint that it signed", *pair)
        first, second = self.read(pair[0]), self.read(pair[1])
        path = hashes.hashes_of(header["path"])
        if first.origin == second.origin:
            if not hashes.is_consistent(first.size, first.root, second.size, second.root, path):
                raise Distrust("no proof between two checkpoints", *pair)
        elif not self._leads(first, second, path, header["genesis"], parts):
            raise Distrust("the shard does not continue the one before it", *pair)
        if pair == self._link:
            self._link = None
            self._store.run("INSERT INTO shard(no, origin) SELECT max(no) + 1, ? FROM shard",
                            second.origin)
            self._remember(self.shard_of(second.note), second, True)
            return True
        later = second if not self._is_proven(self.shard_of(second.note), second.size) else first
        self._remember(self.shard_of(later.note), later, True)
        return False

    def _leads(self, first, second, path, genesis, entries):
        """From a checkpoint over the first entry of each later shard to one of the last."""
        if not genesis or len(genesis) != len(entries):
            return False
        try:
            causes = [schema.ENTRY.decode(entry)["cause"] for entry in entries]
            ends = [self.read(cause["previous"]) for kind, cause in causes if kind == "GenesisCause"]
        except (schema.Malformed, notes.Untrue):
            return False
        if len(ends) != len(entries) or ends[0].origin != first.origin:
            return False
        if not hashes.is_consistent(first.size, first.root, ends[0].size, ends[0].root, path):
            return False
        return all(hashes.is_included(hashes.leaf_hash(entry), 0, shard.size,
                                      hashes.hashes_of(proof["path"]), shard.root)
                   for entry, proof, shard in zip(entries, genesis, [*ends[1:], second]))
