#!/usr/bin/python3
"""The Python client of adapters/clients with a broker in between that lies, and over restarts,
releases and shards.

Usage: wire_client_faults_test.py SOURCE_FOLDER BINARIES
"""
import csv
import json
import os
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[1]), "tests", "support"))

from wire_stations import FACTS, OTHER, OWNER, TEXT, WITHIN_S, WithBroker  # noqa: E402

import schema                                   # noqa: E402
import sealing                                  # noqa: E402
from life import Life                           # noqa: E402
from seen import Distrust                       # noqa: E402
from station import drive                       # noqa: E402


def flipped(data, at=0):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class BadPeers(WithBroker):

    def changed_once(self, wanted, change):
        """A hook that changes the first message of the type, and remembers that it did."""
        done = threading.Event()

        def down(name, header, parts):
            if name == wanted and not done.is_set():
                other = change(header, parts)
                if other is not None:
                    done.set()
                    return (name, *other)
            return name, header, parts

        return done, down

    def refer_through(self, wanted, change):
        """A referral over a broker that changes one message; the station."""
        done, down = self.changed_once(wanted, change)
        kpai = self.station("kpai", self.middle("kpai", down=down))
        life = self.life(kpai)
        self.drive([kpai], done.is_set, "the change")
        return kpai, life

    def test_no_flipped_receipt_is_taken(self):
        def flipped_path(header, parts):
            if not header["results"]:
                return None
            header["results"][0]["path"] = flipped(header["results"][0]["path"])
            return header, parts

        self.impatient()
        kpai, life = self.refer_through("OutcomeHeader", flipped_path)
        self.assertEqual([row[3] for row in self.heard("distrusted")],
                         ["receipt: the entry is not in the tree of the checkpoint"])
        # The same bytes once more, over another connection: one case, one receipt.
        self.assertEqual(kpai.store.rows("SELECT count(*) FROM entry WHERE idx = "
                                         "(SELECT min(idx) FROM entry)"), [(1,)])
        self.assertTrue(life.case(kpai).known)

    def test_no_receipt_of_another_message_or_outcome_is_taken(self):
        def another(header, parts):
            if not header["results"]:
                return None
            header["results"][0]["code"] = 51
            return header, parts

        self.impatient()
        self.refer_through("OutcomeHeader", another)
        self.assertEqual([row[3] for row in self.heard("distrusted")], ["receipt: of another outcome"])

    def test_no_flipped_delivery_is_taken_and_it_comes_again(self):
        def flipped_entry(header, parts):
            return header, [flipped(parts[0], len(parts[0]) // 2), *parts[1:]]

        def flipped_payload(header, parts):
            return (header, [parts[0], flipped(parts[1], 100)]) if len(parts) == 2 else None

        kpai = self.station("kpai")
        for number, change in enumerate((flipped_entry, flipped_payload)):
            self.told.clear()
            done, down = self.changed_once("Delivery", change)
            police = self.station("police", self.middle("police", down=down), f"police-{number}.db")
            life = self.life(kpai, police)
            self.drive([kpai, police], done.is_set, "the change")
            self.drive([kpai, police], lambda: life.case(police).known, "the case")
            self.assertEqual(len(self.heard("distrusted")), 1)
            police.link.close()

    def test_a_release_that_others_signed_is_not_taken(self):
        def unsigned(header, parts):
            envelope = schema.SIGNED_RELEASE.decode(parts[0], 100_000)
            envelope["signatures"][0]["signature"] = flipped(envelope["signatures"][0]["signature"])
            return header, [schema.SIGNED_RELEASE.encode(envelope)]

        done, down = self.changed_once("ReleaseHeader", unsigned)
        kpai = self.station("kpai", self.middle("kpai", down=down))
        self.drive([kpai], lambda: done.is_set() and kpai.release, "the release")
        self.assertEqual(len(self.heard("distrusted")), 1)

    def test_a_log_that_contradicts_itself_stops_the_station_for_good(self):
        def other_proof(header, parts):
            header["path"] = flipped(header["path"]) if header["path"] else bytes(32)
            return header, parts

        done, down = self.changed_once("Consistency", other_proof)
        kpai = self.station("kpai", self.middle("kpai", down=down))
        with self.assertRaises(Distrust):
            self.life(kpai)
            drive([kpai], lambda: False, 10)
        self.assertTrue(done.is_set())
        self.assertTrue(all(kpai.store.row("SELECT first, second FROM alarm")))
        with self.assertRaises(Distrust):
            self.station("kpai")

    def test_a_wrong_seal_is_said_and_never_accepted(self):
        honest = sealing.commitment_to
        self.addCleanup(setattr, sealing, "commitment_to", honest)
        kpai, police = self.station("kpai"), self.station("police")
        sealing.commitment_to = lambda salt, text: bytes(32)
        life = self.life(kpai)
        sealing.commitment_to = honest
        self.drive([kpai, police], lambda: self.heard("unreadable"), "unreadable")
        self.assertEqual(self.heard("unreadable")[0][2:], (OWNER, "seal.commitment"))
        self.assertFalse(police.may_accept(OWNER, life.case_id))
        self.drive([kpai, police], lambda: any(row[0] == "kpai" and row[3].endswith(": unreadable")
                                               for row in self.heard("delivery")), "the opener hears")


class OverTime(WithBroker):

    def test_a_broker_that_starts_again_finds_its_stations(self):
        kpai, police = self.station("kpai"), self.station("police")
        life = self.life(kpai, police)
        self.broker.stop()
        number = kpai.say(kind="note", unit="kpai", case=life.case_id.hex(), text=TEXT)
        self.drive([kpai, police], lambda: not kpai.welcomed, "the end of the connection")
        self.broker.start()
        self.drive([kpai, police], lambda: kpai.outcome(number), "the note")
        self.assertEqual(kpai.outcome(number)["code"], "")
        life.take(police, OWNER)

    def test_the_same_bytes_are_sent_until_the_outcome_comes(self):
        sent, outcomes = [], []

        def up(name, header, parts):
            if name == "Submission" and len(parts) == 2:  # the referral, not an acknowledgement
                sent.append(parts)
            return name, header, parts

        def down(name, header, parts):
            of_it = sent and name == "OutcomeHeader" and header["results"][0]["message_id"] == \
                schema.MESSAGE.decode(sent[0][0])["message_id"]
            if of_it and len(outcomes) < 3:
                outcomes.append((header["results"][0]["path"], parts))
                if len(outcomes) < 3:
                    return None
            return name, header, parts

        self.impatient()
        self.life(self.station("kpai", self.middle("kpai", up=up, down=down)))
        self.assertEqual(len(outcomes), 3)
        self.assertGreaterEqual(len(sent), 3)
        self.assertTrue(all(parts == sent[0] for parts in sent))
        self.assertTrue(all(outcome == outcomes[0] for outcome in outcomes))

    def test_a_station_that_starts_again_goes_on_from_its_file(self):
        kpai, police = self.station("kpai"), self.station("police")
        life = self.life(kpai, police)
        life.up_to_date(police)
        police.link.close()
        police.store.close()
        again = self.station("police")
        self.assertEqual(again.release.version, 1)
        life = self.with_case(life, kpai, again)
        life.take(again, OWNER)

    @staticmethod
    def with_case(life, *stations):
        other = Life(stations[0], stations[1:], WITHIN_S, lambda line: None)
        other.case_id = life.case_id
        return other

    @staticmethod
    def end_owner(config, _registry):
        """The owner's unit has ended; another one stands in its place."""
        path = os.path.join(config, "units.csv")
        with open(path, encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            if row["id"] == OWNER:
                row.update(valid_until="2026-01-01", successor=OTHER)
        with open(path, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def test_a_case_that_opens_again_is_sealed_for_who_stands_in(self):
        kpai, police, centre = map(self.station, ("kpai", "police", "service_centre"))
        everybody = (kpai, police, centre)
        life = self.life(*everybody)
        protector = life.case(kpai).assignments[(1, 0)].unit
        life.take(police, OWNER)
        life.finish()
        self.broker.release(2, self.end_owner)
        self.broker.activate()
        self.drive(everybody, lambda: all(s.release.version == 2 for s in everybody), "the news")
        # Who cannot read the case cannot seal it for anybody, and says so.
        refused = self.said(everybody, kpai, kind="reopen", unit="kpai", case=life.case_id.hex())
        self.assertEqual(refused["code"], "payload.missing")
        self.told.clear()
        self.assertEqual(self.said(everybody, centre, kind="reopen", unit=protector,
                                   case=life.case_id.hex(), text="Catatan contoh.")["code"], "")
        self.drive(everybody, lambda: life.case(kpai).owner == OTHER, "the new owner")
        self.drive(everybody, lambda: self.heard("opened"), "the text")
        texts = {row[2]: row[3] for row in self.heard("opened")}
        self.assertEqual(json.loads(texts[OTHER]), {"narrative": TEXT, "text": "Catatan contoh."})
        life.take(police, OTHER)

    def replace_administrator(self, _config, registry):
        """A third administrator in the place of the first."""
        self.broker.rujukan("keys", "new", "administrator", "administrator-c", "--out",
                            self.broker.path("keys"), "--registry", registry)
        path = os.path.join(registry, "administrators.csv")
        with open(path, encoding="utf-8") as file:
            rows = [row for row in file if not row.startswith("administrator-a,")]
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(rows)

    def test_releases_lead_from_the_anchor_to_the_one_in_force(self):
        watch = self.station("police")
        self.drive([watch], lambda: watch.release, "the first release")
        # Versions leave gaps.
        for version, edit, signers in ((3, self.replace_administrator, ("a", "b")),
                                       (7, None, ("b", "c"))):
            self.broker.release(version, edit, signers=["administrator-" + s for s in signers])
            self.broker.activate()
            self.drive([watch], lambda: watch.release.version == version, "the news")
        fresh = self.station("kpai")
        self.drive([fresh], lambda: fresh.release and fresh.release.version == 7, "the way there")
        self.assertEqual([v for v, in fresh.store.rows("SELECT version FROM release")], [1, 3, 7])
        self.assertEqual(self.heard("distrusted"), [])

    def test_a_shard_is_followed_by_its_proof(self):
        kpai, police = self.station("kpai"), self.station("police")
        life = self.life(kpai, police)
        late = self.station("service_centre")
        self.drive([late], lambda: late.welcomed and late.seen.latest(), "a first look")
        late.link.close()
        late.store.close()
        for number, origin in ((2, "client.rujukan.invalid/log-2"), (3, "client.rujukan.invalid/log-3")):
            self.broker.release(number, origin=origin)
            self.broker.activate()
            self.drive([kpai, police], lambda: police.seen.origin() == kpai.seen.origin() == origin,
                       "the shard")
        life.take(police, OWNER)
        # Over two shards at once, to the mail of the first.
        late = self.station("service_centre")
        self.drive([kpai, police, late], lambda: late.welcomed and life.case(late).known, "the way there")
        self.assertEqual(late.seen.origin(), origin)
        self.assertEqual(self.heard("distrusted"), [])

    def change_owner_key(self, config, registry):
        """The owner's unit gets further keys, and what its old one sealed is known to others."""
        self.broker.rujukan("keys", "new", "units", "--unit", OWNER, "--name", "later", "--valid-from",
                            "2026-01-01", "--out", self.broker.path("keys"), "--registry", registry)
        path = os.path.join(registry, "keys.csv")
        with open(path, encoding="utf-8") as file:
            rows = file.read().split("\n")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(row + "2026-01-02" if row.startswith(OWNER + ",seal-") and
                                 row.endswith(",,,") else row for row in rows))

    def test_news_of_a_release_come_at_once_and_what_was_sealed_is_sealed_anew(self):
        held, sent = threading.Event(), []

        def up(name, header, parts):
            if name == "Submission":
                sent.append(schema.MESSAGE.decode(parts[0]))
                if not held.is_set():
                    return None
            return name, header, parts

        def down(name, header, parts):
            # This station does not hear the news before its next hello.
            return None if name == "Welcome" and len(sent) == 1 else (name, header, parts)

        self.impatient()
        kpai = self.station("kpai", self.middle("kpai", up=up, down=down))
        police = self.station("police")
        both = (kpai, police)
        self.drive(both, lambda: all(s.welcomed and s.release for s in both), "welcome")
        number = kpai.say(kind="referral", unit="kpai", facts=FACTS, text=TEXT)
        self.drive(both, lambda: sent, "the first try")
        self.broker.release(2, self.change_owner_key)
        self.broker.activate()
        self.drive(both, lambda: police.release.version == 2, "the news")
        self.assertTrue(self.heard("news"))
        self.assertEqual(kpai.release.version, 1)
        held.set()
        self.drive(both, lambda: kpai.outcome(number), "the referral")
        self.assertEqual(kpai.outcome(number)["code"], "")
        self.assertIn(("kpai", "again", "kpai", "recipients.stale"), self.told)
        self.assertEqual([m["release_version"] for m in sent if m["body"][0] == "Referral"][-1], 2)
        self.assertEqual(kpai.release.version, 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
