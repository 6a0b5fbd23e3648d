"""What a station keeps durably: releases, checkpoints, cases, what it sends, what it was sent."""
import sqlite3

TABLES = """
CREATE TABLE IF NOT EXISTS release(version INTEGER PRIMARY KEY, signed BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS shard(no INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS seen(shard INTEGER NOT NULL, size INTEGER NOT NULL, note TEXT NOT NULL,
  proven INTEGER NOT NULL, PRIMARY KEY(shard, size));
CREATE TABLE IF NOT EXISTS alarm(first TEXT NOT NULL, second TEXT NOT NULL, why TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS outbox(seq INTEGER PRIMARY KEY, unit TEXT NOT NULL, intent TEXT NOT NULL,
  message BLOB, payload BLOB, tries INTEGER NOT NULL DEFAULT 0, outcome TEXT, receipt TEXT);
CREATE TABLE IF NOT EXISTS entry(case_id BLOB NOT NULL, idx INTEGER NOT NULL, bytes BLOB NOT NULL,
  payload BLOB, PRIMARY KEY(case_id, idx));
CREATE TABLE IF NOT EXISTS mail(unit TEXT NOT NULL, idx INTEGER NOT NULL, case_id BLOB NOT NULL,
  acknowledged INTEGER NOT NULL DEFAULT 0, unreadable INTEGER NOT NULL DEFAULT 0,
  excludes INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY(unit, idx));
"""


class Store:
    """One SQLite file; every change of a `with store:` block is durable when it ends, or none."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.execute("PRAGMA journal_mode = DELETE")  # erased text is in no second file
        self.db.execute("PRAGMA secure_delete = ON")
        self.db.execute("PRAGMA synchronous = FULL")
        self.db.executescript(TABLES)

    def close(self):
        """Of the file."""
        self.db.close()

    def __enter__(self):
        self.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind, *_):
        self.db.execute("ROLLBACK" if kind else "COMMIT")

    def rows(self, query, *values):
        """All rows of a query."""
        return self.db.execute(query, values).fetchall()

    def row(self, query, *values):
        """The first row of a query; None without one."""
        return self.db.execute(query, values).fetchone()

    def run(self, statement, *values):
        """A change; the number of the row that it added."""
        return self.db.execute(statement, values).lastrowid

    def forget_payloads(self, case_id):
        """The case's payloads were erased."""
        self.run("UPDATE entry SET payload = NULL WHERE case_id = ?", case_id)

    def forget_case(self, unit, case_id):
        """A guarantee keeps the unit out: all of it, unless another unit here has a part."""
        self.run("DELETE FROM mail WHERE case_id = ? AND unit = ?", case_id, unit)
        if self.row("SELECT 1 FROM mail WHERE case_id = ? AND NOT excludes", case_id) is None:
            self.run("DELETE FROM entry WHERE case_id = ?", case_id)
