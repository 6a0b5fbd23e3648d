#!/usr/bin/python3
"""The Python client of adapters/clients against a real rujukand: as opener, as owner, and with the
C++ gateway at the other end.

Usage: wire_client_test.py SOURCE_FOLDER BINARIES
"""
import json
import os
import random
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.abspath(sys.argv[1]), "tests", "support"))

from wire_stations import BINARIES, CLIENT, FACTS, OTHER, OWNER, SOURCE, TEXT, WithBroker  # noqa: E402

import codes                                    # noqa: E402
import releases                                 # noqa: E402
import schema                                   # noqa: E402


class BothSides(WithBroker):

    def test_the_whole_life_of_a_referral_runs_and_the_log_verifies(self):
        self.broker.write("facts.json", json.dumps(FACTS))
        command = [os.path.join(CLIENT, "wire_client.py"), "life", "--anchor",
                   self.broker.path("anchor.toml"), "--facts", self.broker.path("facts.json"),
                   "--unit", "kpai", "--text", TEXT, "--transfer-to", OTHER,
                   "--state", self.broker.path("client"),
                   "--opener", self.key_path("kpai", "station"), self.key_path("kpai", "units")]
        for agency in ("police", "service_centre"):
            command += ["--party", self.key_path(agency, "station"), self.key_path(agency, "units")]
        ran = subprocess.run(["/usr/bin/python3", *command], capture_output=True, text=True,
                             check=False, timeout=300)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""), ran.stdout)
        for kind in ("referral", "accept", "progress", "note", "transfer", "decline", "complete",
                     "close", "reopen"):
            self.assertIn(f": {kind}, version ", ran.stdout)
        self.assertNotIn(TEXT, ran.stdout)
        self.broker.stop()
        said = self.broker.rujukan("log", "verify", self.broker.path("data"), "--anchor",
                                   self.broker.path("anchor.toml"))
        self.assertIn("verifies", said)
        self.assertIn(OTHER, self.broker.rujukan("cases", "--data", self.broker.path("data")))

    def test_each_bad_usage_has_its_exit_code(self):
        for arguments, expected in ((["life"], 2), (["--help"], 0),
                                    (["route", "--release", "nowhere", "--facts", "nowhere"], 2)):
            ran = subprocess.run(["/usr/bin/python3", os.path.join(CLIENT, "wire_client.py"), *arguments],
                                 capture_output=True, check=False, timeout=60)
            self.assertEqual(ran.returncode, expected, arguments)

    def test_its_table_answers_as_rujukan_route_does(self):
        with open(self.broker.path("release.rjr"), "rb") as file:
            release = releases.Release(schema.SIGNED_RELEASE.decode(file.read(), 100_000)["body"])
        places = [row["code"] for row in release.body["areas"]] + ["XX"]
        draw, routed, first = random.Random(15), 0, 1 + release.body["valid_from_us"] // 1_000_000
        for _ in range(60):
            facts = {"mode": draw.choice(codes.MODES), "victim_age": draw.choice(codes.AGES),
                     "urgency": draw.choice(codes.URGENCIES), "consent": draw.choice(codes.CONSENTS),
                     "categories": draw.sample(codes.CATEGORIES, 2),
                     "needs": draw.sample(codes.NEEDS, draw.randrange(4)),
                     **{name: draw.sample(places, draw.randrange(3)) for name in codes.PLACES}}
            at = first + draw.randrange(360 * 86_400)
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
            self.broker.write("facts.json", json.dumps({"origin": "kpai", "at": stamp, **facts}))
            ran = subprocess.run(
                [os.path.join(BINARIES, "rujukan"), "route", "--release", self.broker.path("release.rjr"),
                 "--facts", self.broker.path("facts.json")], capture_output=True, text=True, check=False,
                timeout=60)
            try:
                route = release.directory.route(codes.facts_from_names(facts), at * 1_000_000)
            except codes.Refused as refused:
                self.assertNotEqual(ran.returncode, 0, facts)
                self.assertIn(refused.code, ran.stderr)
                continue
            if ran.returncode:  # it also asks who may open, and for clear consent
                self.assertRegex(ran.stderr, "permission.denied|facts.invalid")
                continue
            answer = json.loads(ran.stdout)
            self.assertEqual([row["chain"] for row in answer["assignments"]],
                             [chain for *_, chain in route.assignments], facts)
            self.assertEqual((answer["owner"], answer["informed"]), (route.owner, route.informed))
            routed += 1
        self.assertGreater(routed, 20)

    def test_two_who_answer_at_once_are_both_heard(self):
        kpai, police, centre = map(self.station, ("kpai", "police", "service_centre"))
        everybody = (kpai, police, centre)
        life = self.life(*everybody)
        protector = life.case(kpai).assignments[(1, 0)].unit
        for station in everybody:
            self.drive(everybody, lambda: life.case(station).known, "the case")
        # `received` is told to nobody and moves the version: whoever was first does not know it.
        self.drive(everybody, lambda: not any(s.store.rows("SELECT 1 FROM outbox WHERE outcome IS NULL")
                                              for s in everybody), "the acknowledgements")
        numbers = [(police, police.say(kind="accept", unit=OWNER, case=life.case_id.hex(),
                                       need="investigation")),
                   (centre, centre.say(kind="accept", unit=protector, case=life.case_id.hex(),
                                       need="protection"))]
        police.sender.pump()
        centre.sender.pump()
        self.drive(everybody, lambda: all(s.outcome(n) for s, n in numbers), "both")
        self.assertEqual([s.outcome(n)["code"] for s, n in numbers], ["", ""])
        self.assertEqual({row[3] for row in self.heard("again")}, {"case.stale"})


    def test_help_new_facts_and_what_they_forbid_are_followed(self):
        police, centre, social = map(self.station, ("police", "service_centre", "social_affairs"))
        everybody = (police, centre, social)
        self.drive(everybody, lambda: all(s.welcomed and s.release for s in everybody), "welcome")
        opened = self.said(everybody, centre, kind="referral", unit="uptd-ppa.32", text=TEXT, facts={
            **FACTS, "victim_age": "adult", "consent": "given", "needs": ["investigation", "protection"]})
        self.assertEqual(opened["code"], "")
        case = bytes.fromhex(opened["case"])
        self.drive(everybody, lambda: police.cases.find(case).known, "the case")
        about = {"unit": "uptd-ppa.32", "case": opened["case"]}
        helped = self.said(everybody, centre, kind="assist", need="rehabilitation", to="dinsos.32",
                           text="Catatan contoh.", **about)
        self.assertEqual(helped["code"], "")
        texts = lambda: [row[3] for row in self.heard("opened") if row[2] == "dinsos.32"]  # noqa: E731
        self.drive(everybody, texts, "the text")
        self.assertEqual(json.loads(texts()[0]), {"narrative": TEXT, "text": "Catatan contoh."})
        taken = self.said(everybody, social, kind="accept", unit="dinsos.32", case=opened["case"],
                          need="rehabilitation")
        self.assertEqual(taken["code"], "")
        changed = self.said(everybody, centre, kind="facts", facts={
            "consent": "withheld_police", "handling": ["victim_protected"]}, **about)
        self.assertEqual(changed["code"], "")
        self.drive(everybody, lambda: any(row[0] == "police" and row[3].endswith(": excluded")
                                          for row in self.heard("delivery")), "the exclusion")
        self.assertFalse(police.cases.find(case).known)
        self.assertEqual(centre.cases.find(case).owner, "uptd-ppa.32")
        self.drive(everybody, lambda: social.cases.find(case).handling == b"\0", "the caveat")
        self.drive(everybody, lambda: not police.store.rows(
            "SELECT 1 FROM outbox WHERE outcome IS NULL"), "the acknowledgements")
        last = police.store.row("SELECT outcome FROM outbox ORDER BY seq DESC LIMIT 1")
        self.assertEqual(json.loads(last[0])["code"], "")
        self.assertEqual(police.store.rows("SELECT 1 FROM entry"), [])


class WithGateways(WithBroker):

    def put(self, agency, name, value):
        path = self.broker.path(agency, "outgoing", name)
        self.broker.write(os.path.join(agency, "outgoing", "." + name), json.dumps(value))
        os.replace(self.broker.path(agency, "outgoing", "." + name), path)

    def test_the_owner_is_a_gateway(self):
        self.broker.start_gateway("police", "auto_accept = true\n")
        self.broker.start_gateway("service_centre", "auto_accept = true\n")
        kpai = self.station("kpai")
        life = self.life(kpai)
        case = life.case_id.hex()
        text_id = "-".join([case[:8], case[8:12], case[12:16], case[16:20], case[20:]])
        self.drive([kpai], lambda: all(codes.STATES[a.state] == "accepted" for a in
                                       life.case(kpai).assignments.values()), "accepted")
        self.assertTrue(self.is_written("police", TEXT))
        for name, more in (("1", {"kind": "progress", "need": "investigation", "state": "on-hold"}),
                           ("2", {"kind": "note", "text": "Jawaban contoh."}),
                           ("3", {"kind": "complete", "need": "investigation"})):
            self.put("police", name + ".answer.json", {"case": text_id, "unit": OWNER, **more})
        self.drive([kpai], lambda: codes.STATES[life.lead()[1].state] == "completed", "completed")
        self.assertIn(("kpai", "opened", "kpai", "Jawaban contoh."), self.told)
        self.assertEqual(self.said([kpai], kpai, kind="note", unit="kpai", case=case,
                                   text="Dari pelapor contoh.")["code"], "")
        self.drive([kpai], lambda: self.is_written("police", "Dari pelapor contoh."), "the note")
        protector = life.case(kpai).assignments[(1, 0)].unit
        self.put("service_centre", "4.answer.json",
                 {"kind": "complete", "case": text_id, "unit": protector, "need": "protection"})
        self.drive([kpai], lambda: codes.STATES[life.case(kpai).assignments[(1, 0)].state]
                   == "completed", "protection")
        self.put("police", "5.answer.json", {"kind": "close", "case": text_id, "unit": OWNER})
        self.drive([kpai], lambda: life.case(kpai).closed, "closed")
        self.assertEqual(self.said([kpai], kpai, kind="reopen", unit="kpai", case=case,
                                   text="Sekali lagi, contoh.")["code"], "")
        self.drive([kpai], lambda: codes.STATES[life.lead()[1].state] == "accepted", "accepted again")
        self.assertTrue(self.is_written("police", "Sekali lagi, contoh."))
        self.assertEqual(self.heard("distrusted"), [])

    def test_the_opener_is_a_gateway(self):
        mapping = os.path.join(SOURCE, "adapters", "kpai", "mapping.toml")
        self.broker.start_gateway("kpai", f'mapping = "{mapping}"\n')
        with open(os.path.join(SOURCE, "adapters", "kpai", "samples", "1-pengaduan.json"),
                  encoding="utf-8") as file:
            self.put("kpai", "1.json", json.load(file))
        police = self.station("police")
        self.drive([police], lambda: self.heard("opened"), "the case")
        _, _, unit, text = self.heard("opened")[0]
        self.assertIsInstance(json.loads(text), dict)
        case_id, = police.store.row("SELECT case_id FROM mail WHERE unit = ?", unit)
        self.assertEqual(self.said([police], police, kind="accept", unit=unit, case=case_id.hex(),
                                   need="investigation")["code"], "")
        self.assertEqual(police.cases.find(case_id).owner, unit)

    def is_written(self, agency, text):
        folder = self.broker.path(agency, "incoming")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                if text in file.read():
                    return True
        return False


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
