#!/usr/bin/python3
"""Holds the Python client against schemas/vectors and schemas/golden, which the broker's code agrees
with (tests/unit/vectors, tests/unit/wire).

Usage: client_vectors_test.py SOURCE_FOLDER
"""
import hashlib
import json
import os
import sys
import unittest

SOURCE = os.path.abspath(sys.argv[1])
sys.path.insert(0, os.path.join(SOURCE, "adapters", "clients", "python"))

import nacl.bindings as sodium  # noqa: E402
import nacl.signing             # noqa: E402

import codes                    # noqa: E402
import entries                  # noqa: E402
import frames                   # noqa: E402
import hashes                   # noqa: E402
import keyfiles                 # noqa: E402
import notes                    # noqa: E402
import releases                 # noqa: E402
import schema                   # noqa: E402
import sealing                  # noqa: E402


def vectors(name):
    with open(os.path.join(SOURCE, "schemas", "vectors", name + ".json"), encoding="utf-8") as file:
        return json.load(file)


def golden(name):
    with open(os.path.join(SOURCE, "schemas", "golden", name + ".hex"), encoding="ascii") as file:
        return bytes.fromhex(file.read().replace("\n", ""))


def facts_of(vector):
    return codes.facts_from_names({key: value for key, value in vector["facts"].items()
                                   if key not in ("origin", "at")})


def hex_list(values):
    return [bytes.fromhex(value) for value in values]


class Routing(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.vectors = vectors("routing")
        cls.release = releases.Release(bytes.fromhex(cls.vectors["release"]))
        cls.directory = cls.release.directory

    def routed(self, vector):
        try:
            route = self.directory.route(facts_of(vector), vector["at_us"])
        except codes.Refused as refused:
            return "refused", {"code": refused.code, "field": refused.field}
        return "route", {
            "owner": route.owner, "lead": codes.NEEDS[route.lead],
            "assignments": [{"need": codes.NEEDS[need], "function": function, "rule": rule,
                             "chain": chain} for need, function, rule, chain in route.assignments],
            "withheld": [{"need": codes.NEEDS[need], "rule": rule} for need, rule in route.withheld],
            "informed": route.informed, "recipients": route.recipients(),
            "accept_within_s": route.accept_within_s}

    def test_facts_are_routed_as_the_broker_routes_them(self):
        self.assertGreater(len(self.vectors["routes"]), 30)
        for vector in self.vectors["routes"]:
            with self.subTest(vector["what"]):
                kind, found = self.routed(vector)
                self.assertEqual(found, vector.get(kind))

    def test_who_may_open_a_case_is_known(self):
        denied = 0
        for vector in self.vectors["routes"]:
            with self.subTest(vector["what"]):
                found = None
                try:
                    self.directory.may_open(vector["facts"]["origin"], facts_of(vector),
                                            vector["at_us"])
                except codes.Refused as refused:
                    found = {"code": refused.code, "field": refused.field}
                self.assertEqual(found, vector.get("may_open"))
                denied += found is not None
        self.assertGreaterEqual(denied, 5)

    def test_who_could_be_named_and_who_is_kept_out_is_known(self):
        for vector in self.vectors["routes"]:
            if "route" not in vector:
                continue
            facts = facts_of(vector)
            with self.subTest(vector["what"]):
                self.assertEqual([unit for unit in self.directory.units
                                  if self.directory.is_competent(unit, facts, vector["at_us"])],
                                 vector["competent"])
                self.assertEqual([unit for unit in self.directory.units
                                  if not self.directory.may_know(unit, facts)], vector["kept_out"])

    def test_chains_stand_ins_and_keys_are_known_at_every_time(self):
        self.assertGreater(len(self.vectors["units"]), 50)
        for vector in self.vectors["units"]:
            unit, at = vector["unit"], vector["at_us"]
            with self.subTest(unit=unit, at=at):
                self.assertEqual(self.directory.chain_from(unit, at), vector["chain"])
                self.assertEqual(self.directory.stand_in(unit, at), vector["stand_in"])
                key = self.release.sealing_key(unit, at)
                self.assertEqual(key and key[0], vector["seal_for"])
                listed = [row["key_id"] for row in self.release.body["keys"] if row["unit"] == unit]
                self.assertEqual([key_id for key_id in listed if self.release.key(
                    unit, key_id, keyfiles.SIGN, at)], vector["may_sign"])


class Bytes(unittest.TestCase):

    def test_lengths_are_padded_alike(self):
        for length, size in vectors("padding")["padme"]:
            self.assertEqual(sealing.padme(length), size, length)

    def test_a_text_is_sealed_and_opened_alike(self):
        vector = vectors("seal")
        context = (bytes.fromhex(vector["message_id"]), bytes.fromhex(vector["case_id"]),
                   vector["sender"])
        drawn = sealing.Randomness(0)
        drawn.key, drawn.nonce, drawn.salt = hex_list(
            (vector["content_key"], vector["nonce"], vector["salt"]))
        drawn.ephemeral_secrets = [hashlib.sha512(seed).digest()[:32] for seed in
                                 hex_list(box["ephemeral_seed"] for box in vector["boxes"])]
        recipients = [(box["unit"], box["key_id"], bytes.fromhex(box["key"]))
                      for box in vector["boxes"]]
        payload, reference = sealing.seal(vector["text"].encode(), context, recipients, drawn)
        stored = bytes.fromhex(vector["payload"])
        self.assertEqual(schema.PAYLOAD.decode(payload), schema.PAYLOAD.decode(stored))
        self.assertEqual(reference["commitment"].hex(), vector["commitment"])
        announced = {"digest": bytes.fromhex(vector["digest"]), "size": vector["size"],
                     "commitment": reference["commitment"]}
        for box in vector["boxes"]:
            self.assertEqual(sealing.box_binding(context, box["unit"], box["key_id"]).hex(),
                             box["binding"])
            text = sealing.open_seal(stored, announced, context, box["unit"],
                                     bytes.fromhex(box["secret"]))
            self.assertEqual(text.decode(), vector["text"])

    def test_no_other_seal_opens(self):
        vector = vectors("seal")
        context = (bytes.fromhex(vector["message_id"]), bytes.fromhex(vector["case_id"]),
                   vector["sender"])
        payload, box = bytes.fromhex(vector["payload"]), vector["boxes"][0]
        reference = {"digest": bytes.fromhex(vector["digest"]), "size": vector["size"],
                     "commitment": bytes.fromhex(vector["commitment"])}

        def refused(payload, reference, context, unit=box["unit"], secret=box["secret"]):
            with self.assertRaises(sealing.SealError) as caught:
                sealing.open_seal(payload, reference, context, unit, bytes.fromhex(secret))
            return caught.exception.code

        self.assertEqual(refused(payload[:-1], reference, context), "payload.digest")
        self.assertEqual(refused(payload, reference, (*context[:2], "sapa")), "seal.broken")
        self.assertEqual(refused(payload, reference, context, "lpsk"), "seal.not_recipient")
        self.assertEqual(refused(payload, reference, context, secret=vector["boxes"][1]["secret"]),
                         "seal.broken")
        other = dict(reference, commitment=bytes(32))
        self.assertEqual(refused(payload, other, context), "seal.commitment")
        for at in range(0, len(payload), 7):
            flipped = payload[:at] + bytes([payload[at] ^ 1]) + payload[at + 1:]
            announced = dict(reference, digest=hashes.sha256(flipped))
            try:
                text = sealing.open_seal(flipped, announced, context, box["unit"],
                                         bytes.fromhex(box["secret"]))
                # The other unit's box, or what lies between fields.
                self.assertEqual(text.decode(), vector["text"])
            except sealing.SealError:
                pass

    def test_submissions_are_signed_alike(self):
        vector = vectors("submission")
        signer = nacl.signing.SigningKey(bytes.fromhex(vector["seed"]))
        for submission in vector["submissions"]:
            leaves = [hashes.leaf_hash(message) for message in hex_list(submission["messages"])]
            root = hashes.root_of(leaves)
            self.assertEqual(root.hex(), submission["root"])
            said = entries.signing_bytes(vector["log_origin"], vector["unit"], len(leaves), root)
            self.assertEqual(said.hex(), submission["signed"])
            self.assertEqual(signer.sign(said).signature.hex(), submission["signature"])
            self.assertTrue(notes.verify(bytes.fromhex(vector["key"]), said,
                                         bytes.fromhex(submission["signature"])))
            for index, path in enumerate(submission["paths"]):
                self.assertEqual(hashes.root_of_path(leaves[index], index, len(leaves),
                                                     hex_list(path)), root)

    def test_receipts_verify_and_no_changed_one_does(self):
        vector = vectors("receipts")
        key = notes.LogKey.from_text(vector["log_key"])
        checkpoints = [notes.Checkpoint(note, key) for note in vector["checkpoints"]]
        logged = hex_list(vector["entries"])
        for receipt in vector["receipts"]:
            at, size, path = receipt["index"], receipt["size"], hex_list(receipt["path"])
            leaf, root = hashes.leaf_hash(logged[at]), checkpoints[size - 1].root
            self.assertTrue(hashes.is_included(leaf, at, size, path, root))
            self.assertFalse(hashes.is_included(leaf, at + 1, size, path, root))
            self.assertFalse(hashes.is_included(leaf, at, size, [*path, bytes(32)], root))
            self.assertFalse(hashes.is_included(hashes.leaf_hash(b"other"), at, size, path, root))
        for proof in vector["consistency"]:
            first, second = proof["first"], proof["second"]
            roots = checkpoints[first - 1].root, checkpoints[second - 1].root
            path = hex_list(proof["path"])
            self.assertTrue(hashes.is_consistent(first, roots[0], second, roots[1], path))
            self.assertFalse(hashes.is_consistent(first, bytes(32), second, roots[1], path))
            self.assertFalse(hashes.is_consistent(first, roots[0], second, roots[1],
                                                  [*path, bytes(32)]))
        note = vector["checkpoints"][4]
        for changed in (note[:-1], note + note, note.replace("\n5\n", "\n6\n"), note.replace("\n5\n", "\n05\n"),
                        note.replace("log.example", "log.Example"), note.replace("\u2014", "-")):
            with self.assertRaises(notes.Untrue):
                notes.Checkpoint(changed, key)

    def test_messages_of_the_connection_are_framed_alike(self):
        vector = vectors("frame")
        joined = bytes.fromhex(vector["joined"])
        self.assertEqual(frames.join(hex_list(vector["frames"])), joined)
        self.assertEqual(frames.split(joined), hex_list(vector["frames"]))
        self.assertEqual(frames.read(joined), ("GetRelease", {"version": 7}, []))
        self.assertEqual(frames.read(frames.write("GetRelease", {"version": 7})),
                         ("GetRelease", {"version": 7}, []))
        sent = bytes.fromhex(vector["sent"])
        self.assertEqual(sodium.crypto_scalarmult_base(bytes.fromhex(vector["station_secret"])).hex(),
                         vector["station_key"])
        self.assertEqual(sodium.crypto_box_open(
            sent[24:], sent[:24], bytes.fromhex(vector["broker_key"]),
            bytes.fromhex(vector["station_secret"])), joined)

    def test_golden_buffers_are_read_and_written(self):
        for kind, names in ((schema.MESSAGE, ("referral", "accept", "transfer")),
                            (schema.ENTRY, ("entry", "entry_held", "entry_linked", "entry_offered")),
                            (schema.RELEASE, ("release", "release_with_guarantee")),
                            (schema.SIGNED_ORDER, ("signed_order",)), (schema.ORDER, ("order",))):
            for name in names:
                read = kind.decode(golden(name), 10_000)
                self.assertEqual(kind.decode(kind.encode(read), 10_000), read, name)
        self.assertEqual(schema.MESSAGE.decode(golden("referral_by_flatc")),
                         schema.MESSAGE.decode(golden("referral")))

    def test_no_damaged_buffer_does_more_than_be_refused(self):
        whole, refused = golden("entry"), 0
        for at in range(len(whole)):
            for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0x80]) + whole[at + 1:]):
                try:
                    schema.ENTRY.decode(damaged)
                except schema.Malformed:
                    refused += 1
        self.assertGreater(refused, len(whole))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
