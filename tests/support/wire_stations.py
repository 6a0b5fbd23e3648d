"""Stations of the Python client at a real rujukand, for tests. Command line: SOURCE_FOLDER BINARIES."""
import os
import sys
import unittest

SOURCE, BINARIES = (os.path.abspath(argument) for argument in sys.argv[1:3])
CLIENT = os.path.join(SOURCE, "adapters", "clients", "python")
sys.path.insert(0, CLIENT)

import zmq                                      # noqa: E402

import keyfiles                                 # noqa: E402
import sender                                   # noqa: E402
from life import Life                           # noqa: E402
from link import Backoff                        # noqa: E402
from small_broker import SmallBroker            # noqa: E402
from station import Station, drive              # noqa: E402
from store import Store                         # noqa: E402
from wire_middle import Middle                  # noqa: E402

WITHIN_S = 60
OWNER, OTHER = "polri.polres.32.04.ppa", "polri.polres.32.05.ppa"
FACTS = {"mode": "offline", "categories": ["physical_violence"], "victim_age": "child",
         "victims": ["32.04"], "suspects": ["32.05"], "incidents": ["32.04"], "urgency": "routine",
         "consent": "not_required", "needs": []}
TEXT = "Catatan contoh yang dibuat-buat."


class WithBroker(unittest.TestCase):
    """One broker for each test; stations of this process."""

    def setUp(self):
        self.broker = SmallBroker(SOURCE, BINARIES)
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.context = zmq.Context()
        self.addCleanup(self.context.destroy, 0)
        self.told = []

    def key_path(self, agency, kind):
        return self.broker.path("keys", f"{agency}.{kind}.key")

    def station(self, agency, anchor="anchor.toml", state=None):
        def told(what, unit, text):
            self.told.append((agency, what, unit, text))

        store = Store(self.broker.path(state or agency + ".client.db"))
        self.addCleanup(store.close)
        station = Station(keyfiles.Anchor(self.broker.path(anchor)),
                          keyfiles.StationKey(self.key_path(agency, "station")),
                          keyfiles.UnitKeys(self.key_path(agency, "units")), store, self.context,
                          told, Backoff(0.05, 1.0))
        self.addCleanup(station.link.close)
        return station

    def middle(self, agency, **hooks):
        """A station's way to the broker that leads over somebody else; its anchor."""
        broker = keyfiles.bytes_of(keyfiles.read_toml(self.broker.path("keys", "broker.key"), True),
                                   "curve_secret", "broker.key")
        between = Middle(self.broker.endpoint, broker,
                         keyfiles.StationKey(self.key_path(agency, "station")).secret, **hooks)
        self.addCleanup(between.close)
        self.broker.write_anchor("middle.toml", between.endpoint)
        return "middle.toml"

    def impatient(self):
        """An outcome that does not come is asked for again soon."""
        self.addCleanup(setattr, sender, "OUTCOME_WITHIN_S", sender.OUTCOME_WITHIN_S)
        sender.OUTCOME_WITHIN_S = 1

    def drive(self, stations, until, what):
        self.assertTrue(drive(stations, until, WITHIN_S), (what, self.told[-10:]))

    def said(self, stations, station, **intent):
        """What became of it."""
        number = station.say(**intent)
        self.drive(stations, lambda: station.outcome(number) is not None, intent["kind"])
        return station.outcome(number)

    def heard(self, what):
        return [row for row in self.told if row[1] == what]

    def life(self, opener, *others):
        life = Life(opener, others, WITHIN_S, lambda line: None)
        life.connect()
        life.refer("kpai", FACTS, TEXT)
        return life
