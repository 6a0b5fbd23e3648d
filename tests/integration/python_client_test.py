"""A client that was written from wire.md alone, against a real broker: the whole life of a referral.

Usage: python_client_test.py SOURCE_FOLDER BINARY_FOLDER
"""
import json
import os
import subprocess
import sys
import unittest

SOURCE, BINARIES = sys.argv[1:3]
sys.path.insert(0, os.path.join(SOURCE, "tests", "support"))
from small_broker import SmallBroker

CLIENT = os.path.join(SOURCE, "adapters", "clients", "python", "wire_client.py")
FACTS = {"origin": "kpai", "mode": "offline", "categories": ["physical_violence"],
         "victim_age": "child", "victims": ["31.74"], "suspects": [], "incidents": ["31.74"],
         "urgency": "routine", "consent": "not_required", "needs": ["investigation", "protection"]}
POST = "polri.polres.31.74.ppa"


class WholeLife(unittest.TestCase):
    def setUp(self):
        self.broker = SmallBroker(SOURCE, BINARIES)
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.write("facts.json", json.dumps(FACTS))
        self.broker.write("text", "a text")

    def keys(self, agency):
        return [self.broker.path("keys", f"{agency}.{kind}.key") for kind in ("station", "units")]

    def client(self, *arguments):
        return subprocess.run([sys.executable, CLIENT, *arguments], check=False, timeout=150,
                              capture_output=True, text=True)

    def life(self, *arguments):
        return self.client("life", "--anchor", self.broker.path("anchor.toml"), "--opener",
                           *self.keys("kpai"), "--unit", "kpai", "--facts",
                           self.broker.path("facts.json"), "--text", self.broker.path("text"),
                           *arguments)

    def test_the_client_plays_every_part(self):
        ran = self.life("--party", *self.keys("police"), "--party", *self.keys("service_centre"))
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        for step in (f"{POST}: accept,", f"{POST}: progress,", f"{POST}: note,", f"{POST}: close,",
                     "kpai: reopen,", "done"):
            self.assertIn(step, ran.stdout)
        self.assertNotIn("a text", ran.stdout.replace("(a text)", ""))

    def test_the_owner_is_a_gateway(self):
        self.broker.start_gateway("police", "auto_accept = true\n")
        ran = self.life()
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        delivered = os.listdir(self.broker.path("police", "incoming"))
        self.assertTrue(any("referral" in name for name in delivered), delivered)

    def test_it_routes_as_the_broker_does(self):
        release = self.broker.path("release-1.rjr")
        facts = self.broker.path("facts.json")
        ran = self.client("route", "--release", release, "--facts", facts)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn(POST, ran.stdout)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
