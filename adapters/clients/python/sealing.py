"""Sealed payloads: padded, encrypted once, and a box for each unit that may open them."""
import hashlib
import secrets

import nacl.bindings as sodium
import nacl.exceptions

import schema
from hashes import sha256, tuple_bytes

SUITE = 1
INNER_HEADER = 36  # salt and length
MAX_PAYLOAD = 1024 * 1024
MAX_RECIPIENTS = 64


class SealError(Exception):
    """Why a payload does not open; `code` is the protocol's name for it."""

    def __init__(self, code, text=""):
        super().__init__(f"{code} {text}".strip())
        self.code = code


def padme(length):
    """The size to which `length` bytes are padded."""
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    mask = (1 << (exponent - exponent.bit_length())) - 1
    return (length + mask) & ~mask


def commitment_to(salt, text):
    """What a sender signs instead of the text."""
    return sha256(tuple_bytes("rujukan/commitment/v1", salt, text))


def box_binding(context, unit, key_id):
    """Stands beside the key in a unit's box. `context`: message id, case id, sender."""
    return sha256(tuple_bytes("rujukan/box/v1", *context, unit, key_id))


def associated_data(context):
    """What is authenticated with the text."""
    return tuple_bytes("rujukan/seal/v1", *context)


def seal_box(public_key, plaintext, secret):
    """crypto_box_seal, from a 32-byte secret of one use."""
    ephemeral = sodium.crypto_scalarmult_base(secret)
    nonce = hashlib.blake2b(ephemeral + public_key, digest_size=24).digest()
    return ephemeral + sodium.crypto_box(plaintext, nonce, public_key, secret)


class Randomness:
    """What a seal is made with, new for each."""

    def __init__(self, recipients):
        self.key, self.nonce, self.salt = (secrets.token_bytes(n) for n in (32, 24, 32))
        self.ephemeral_secrets = [secrets.token_bytes(32) for _ in range(recipients)]


def seal(text, context, recipients, randomness=None):
    """Payload and its reference in the message. `recipients`: of (unit, key id, X25519 key)."""
    randomness = randomness or Randomness(len(recipients))
    if not 1 <= len(recipients) <= MAX_RECIPIENTS:
        raise SealError("payload.too_large", "recipients")
    inner = randomness.salt + len(text).to_bytes(4, "big") + text
    inner += bytes(padme(len(inner)) - len(inner))
    ciphertext = sodium.crypto_aead_xchacha20poly1305_ietf_encrypt(
        inner, associated_data(context), randomness.nonce, randomness.key)
    boxes = []
    for (unit, key_id, key), ephemeral in zip(recipients, randomness.ephemeral_secrets):
        inside = randomness.key + box_binding(context, unit, key_id)
        boxes.append({"unit": unit, "key_id": key_id, "sealed_key": seal_box(key, inside, ephemeral)})
    payload = schema.PAYLOAD.encode({"suite": SUITE, "nonce": randomness.nonce, "boxes": boxes,
                                     "ciphertext": ciphertext})
    if len(payload) > MAX_PAYLOAD:
        raise SealError("payload.too_large", "text")
    return payload, {"digest": sha256(payload), "size": len(payload),
                     "commitment": commitment_to(randomness.salt, text)}


def is_announced(reference, payload):
    """Whether the payload is the one that its message signed."""
    return len(payload) == reference["size"] and sha256(payload) == reference["digest"]


def open_box(box, context, secret):
    """The key of the text. Raises SealError."""
    public = sodium.crypto_scalarmult_base(secret)
    try:
        opened = sodium.crypto_box_seal_open(box["sealed_key"], public, secret)
    except (nacl.exceptions.CryptoError, nacl.exceptions.TypeError, ValueError) as error:
        raise SealError("seal.broken", "the box") from error
    if len(opened) != 64 or opened[32:] != box_binding(context, box["unit"], box["key_id"]):
        raise SealError("seal.broken", "the box is for another message or unit")
    return opened[:32]


def open_seal(payload, reference, context, unit, secret):
    """The text, when it is what the sender committed to. Raises SealError."""
    if not is_announced(reference, payload):
        raise SealError("payload.digest")
    try:
        parts = schema.PAYLOAD.decode(payload, most_tables=1 + MAX_RECIPIENTS)
    except schema.Malformed as error:
        raise SealError("seal.malformed", str(error)) from error
    if parts["suite"] != SUITE or len(parts["nonce"]) != 24:
        raise SealError("seal.malformed", "suite")
    mine = [box for box in parts["boxes"] if box["unit"] == unit]
    if len(mine) != 1:
        raise SealError("seal.not_recipient")
    key = open_box(mine[0], context, secret)
    try:
        inner = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
            parts["ciphertext"], associated_data(context), parts["nonce"], key)
    except (nacl.exceptions.CryptoError, nacl.exceptions.TypeError, ValueError) as error:
        raise SealError("seal.broken", "the text") from error
    length = int.from_bytes(inner[32:36], "big")
    if (len(inner) < INNER_HEADER + length or len(inner) != padme(INNER_HEADER + length)
            or any(inner[INNER_HEADER + length:])):
        raise SealError("seal.malformed", "not padded as it must be")
    text = inner[INNER_HEADER:INNER_HEADER + length]
    if commitment_to(inner[:32], text) != reference["commitment"]:
        raise SealError("seal.commitment")
    return text
