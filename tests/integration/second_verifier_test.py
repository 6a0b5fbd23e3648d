#!/usr/bin/python3
"""Holds ops/audit/verify.py and `rujukan log verify` against each other, on a good log and on
damaged ones: same exit code, same code and position of the first finding.

Usage: second_verifier_test.py SOURCE_FOLDER AUDITED_LOGS_TEST RUJUKAN
"""
import contextlib
import http.server
import io
import json
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import unittest

SOURCE, WRITER, RUJUKAN = (os.path.abspath(argument) for argument in sys.argv[1:4])
sys.path.insert(0, os.path.join(SOURCE, "ops", "audit"))

import buffers              # noqa: E402
import entries              # noqa: E402
import verify               # noqa: E402

VERIFIES, DOES_NOT, UNREADABLE = range(3)


def verdict(exit_code, lines):
    """Exit code, and code and position of the first finding."""
    rows = [json.loads(line) for line in lines.splitlines()]
    if not rows or "code" not in rows[0]:
        return exit_code, None, None
    return exit_code, rows[0]["code"], rows[0]["position"]


def by_python(*arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        exit_code = verify.main([*arguments, "--json"])
    return verdict(exit_code, out.getvalue())


def by_rujukan(*arguments):
    ran = subprocess.run([RUJUKAN, "log", "verify", *arguments, "--json"], capture_output=True,
                         text=True, timeout=60)
    return verdict(ran.returncode, ran.stdout)


@contextlib.contextmanager
def written_by(version):
    """What that version wrote, in a folder for a while."""
    with tempfile.TemporaryDirectory(prefix="rujukan-test-") as folder:
        with tarfile.open(os.path.join(SOURCE, f"tests/fixtures/{version}/written.tar.gz")) as written:
            written.extractall(folder)
        yield folder


def flip(data, at, mask):
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1:]


def read_message(data):
    """0: does not decode; 1: decodes; 2: and holds exactly what its schema names."""
    try:
        entries.read_message(data)
    except buffers.Malformed:
        return 0
    return is_exact(buffers.check_exact, data, "message")


def read_entry(data):
    try:
        entry = entries.read_entry(data)
    except buffers.Malformed:
        return 0
    return is_exact(entries.check_exact_entry, entry, data)


def is_exact(check, *arguments):
    try:
        check(*arguments)
    except buffers.Malformed:
        return 1
    return 2


class TwoVerifiers(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="rujukan-test-")
        subprocess.run([WRITER, "write logs for the second verifier"], check=True,
                       stdout=subprocess.DEVNULL,
                       env={**os.environ, "RUJUKAN_AUDITED_LOGS": cls.folder})
        cls.good = os.path.join(cls.folder, "good")
        cls.policy = os.path.join(cls.folder, "policy")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def files(self):
        for folder, _, names in os.walk(self.good):
            yield from (os.path.relpath(os.path.join(folder, name), self.good) for name in names)

    def read(self, path):
        with open(os.path.join(self.good, path), "rb") as file:
            return file.read()

    @contextlib.contextmanager
    def changed(self, path, data):
        """The log with another content of one file; None: without it."""
        whole, kept = os.path.join(self.good, path), self.read(path)
        os.remove(whole)
        if data is not None:
            with open(whole, "wb") as file:
                file.write(data)
        yield
        with open(whole, "wb") as file:
            file.write(kept)

    def both(self, *arguments):
        """The verdict that both give."""
        second = by_python(*arguments)
        self.assertEqual(by_rujukan(*arguments), second)
        return second

    def both_on_change(self, path, data):
        with self.subTest(path=path), self.changed(path, data):
            return self.both(self.good, "--policy", self.policy)

    def test_the_good_log_verifies(self):
        self.assertEqual(self.both(self.good, "--policy", self.policy), (VERIFIES, None, None))

    def test_logs_and_receipts_of_older_versions_verify(self):
        for version, receipts in (("0.3.0", 8), ("0.4.0", 16)):
            with self.subTest(version), written_by(version) as folder:
                for log, policy in (("log", "policy.txt"), ("shard", "shard-policy.txt")):
                    found = self.both(os.path.join(folder, log), "--policy",
                                      os.path.join(folder, policy))
                    self.assertEqual(found, (VERIFIES, None, None), log)
                self.verify_receipts(folder, receipts)

    def verify_receipts(self, folder, count):
        done = os.path.join(folder, "kpai", "done")
        names = [name for name in os.listdir(done) if name.endswith(".tlog-proof")]
        self.assertEqual(len(names), count)
        # As the broker gave them: without witnesses.
        with open(os.path.join(folder, "policy.txt"), encoding="ascii") as file:
            log_alone = file.readline() + "quorum none\n"
        policy = os.path.join(folder, "log-alone.txt")
        with open(policy, "w", encoding="ascii") as file:
            file.write(log_alone)
        for name in names:
            receipt = os.path.join(done, name)
            self.assertEqual(by_python("receipt", receipt, "--policy", policy)[0], VERIFIES, name)

    def test_a_server_is_read_like_a_folder(self):
        folder = self.good

        class Quiet(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *arguments):
                super().__init__(*arguments, directory=folder)

            def log_message(self, *_):
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
            threading.Thread(target=server.serve_forever).start()
            url = f"http://127.0.0.1:{server.server_port}"
            self.assertEqual(self.both(url, "--policy", self.policy), (VERIFIES, None, None))
            with self.changed("tile/entries/000", self.read("tile/entries/000")[:-1]):
                found = self.both(url, "--policy", self.policy)
            self.assertEqual(found, (DOES_NOT, "tile.malformed", 0))
            self.assertEqual(self.both(url + "/none", "--policy", self.policy)[0], UNREADABLE)
            server.shutdown()

    def test_what_only_a_reader_of_entries_can_find_is_found(self):
        for name in sorted(os.listdir(os.path.join(self.folder, "damaged"))):
            code, position, _ = name.split(",")
            with self.subTest(name):
                found = self.both(os.path.join(self.folder, "damaged", name), "--policy", self.policy)
                self.assertEqual(found, (DOES_NOT, code, int(position)))

    def test_flipped_bytes_are_found(self):
        draw = random.Random(4)
        for path in sorted(self.files()):
            data = self.read(path)
            for at in sorted(draw.sample(range(len(data)), 12)):
                found = self.both_on_change(path, flip(data, at, draw.randrange(1, 256)))
                if found is not None:
                    self.assertEqual(found[0], DOES_NOT, (path, at))

    def test_files_that_are_missing_or_of_another_length_are_found(self):
        for path in sorted(self.files()):
            data = self.read(path)
            for other in (data[:-1], data + b"\0", data[:len(data) // 2], data * 2):
                self.assertEqual(self.both_on_change(path, other)[0], DOES_NOT, path)
            for other in (b"", None):
                expected = UNREADABLE if path == "checkpoint" else DOES_NOT
                self.assertEqual(self.both_on_change(path, other)[0], expected, path)

    def test_other_forms_of_the_checkpoint_are_found(self):
        note = self.read("checkpoint")
        text, line = note.split(b"\n\n")
        stranger = "\u2014 example.org/stranger AAAAAAAAAAAA\n".encode()
        origin, size, root = text.split(b"\n")

        def with_size(other):
            return b"\n".join([origin, other, root]) + b"\n\n" + line

        for other in (note.replace(b"\n", b"\r\n"), note[:-1], text + b"\n", text + b"\n\n",
                      note + line, note + b"\n", b"\n" + note, with_size(b"0" + size),
                      with_size(b"+" + size), with_size(b"-0"), with_size(b"9" * 19),
                      with_size(b"1"), note + stranger * 2, note.replace(root, root[:-2] + b"5="),
                      text + b"\n\n" + stranger, text + b"\nmore\n\n" + line, b"\xff" + note,
                      note + b"".join(stranger.replace(b"stranger", b"%d" % i) for i in range(100))):
            self.assertEqual(self.both_on_change("checkpoint", other)[0], DOES_NOT, other)
        self.assertEqual(self.both_on_change("checkpoint", note + stranger)[0], VERIFIES)

    def test_receipts_are_verified_alike(self):
        with open(os.path.join(self.folder, "receipt"), "rb") as file:
            good = file.read()
        path, draw = os.path.join(self.folder, "other_receipt"), random.Random(7)
        others = [good[:-1], good + b"\n", b"", good.replace(b"index 42", b"index 042"),
                  good.replace(b"index 42", b"index 43"), good.replace(b"extra ", b"extra"),
                  good.replace(b"\n\n", b"\n", 1), good.replace(b"@v1", b"@v2")]
        others += [flip(good, at, draw.randrange(1, 256))
                   for at in draw.sample(range(len(good)), 60)]
        for number, receipt in enumerate([good, *others]):
            with open(path, "wb") as file:
                file.write(receipt)
            exit_code, code, _ = by_python("receipt", path, "--policy", self.policy)
            ran = subprocess.run([RUJUKAN, "receipt", "verify", path, "--policy", self.policy],
                                 capture_output=True, text=True, timeout=60)
            with self.subTest(receipt):
                self.assertEqual(ran.returncode, exit_code)
                self.assertIn(code or "", ran.stderr)
                self.assertEqual(exit_code == VERIFIES, number == 0)

    def test_policies_are_understood_alike(self):
        with open(self.policy, encoding="ascii") as file:
            log = file.readline()
        witness = "witness w example.com/w+{}+{}\n".format(*self.witness_key())
        other = "log example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n"
        for text, expected in (
                (log + "quorum none\n", VERIFIES), (other + log + "quorum none\n", VERIFIES),
                ("# a comment\n\n" + log + witness + "quorum none\n", VERIFIES),
                (log + witness + "quorum w\n", DOES_NOT),
                (log + witness + "group g all w\nquorum g\n", DOES_NOT),
                (other + "quorum none\n", DOES_NOT), ("quorum none\n", DOES_NOT),
                (log, UNREADABLE), (log + log + "quorum none\n", UNREADABLE), ("", UNREADABLE),
                (log + "quorum w\n", UNREADABLE), (log + "quorum none", UNREADABLE),
                (log + witness + "group g 2 w\nquorum g\n", UNREADABLE),
                (log + witness * 2 + "quorum w\n", UNREADABLE),
                (log + "quorum none\nquorum none\n", UNREADABLE),
                (log.replace("+", "+0", 1) + "quorum none\n", UNREADABLE)):
            path = os.path.join(self.folder, "other_policy")
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            with self.subTest(text):
                self.assertEqual(self.both(self.good, "--policy", path)[0], expected)

    @staticmethod
    def witness_key():
        import base64
        import notes
        # The key of RFC 8032 section 7.1, test 1.
        key = notes.Key("example.com/w", notes.COSIGNATURE, bytes.fromhex(
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"))
        return key.id.hex(), base64.b64encode(bytes([key.type]) + key.key).decode()

    def test_entries_and_messages_are_decoded_alike(self):
        with open(os.path.join(self.folder, "mutations"), "rb") as file:
            data = file.read()
        readers, at, counts = (read_entry, read_message), 0, [0, 0, 0]
        while at < len(data):
            what, accepted, length = data[at], data[at + 1], int.from_bytes(data[at + 2:at + 4], "big")
            record = data[at + 4:at + 4 + length]
            at += 4 + length
            taken = readers[what](record)
            self.assertEqual(taken, accepted, record.hex())
            counts[taken] += 1
        self.assertGreater(min(counts), 1000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
