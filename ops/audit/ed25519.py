"""Strict Ed25519 (RFC 8032): no key and no signature that could mean more than one thing."""
import functools

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
# An ordinate of the points of order 8; with its negative, 0, 1 and -1 these are all points that 8
# times give the identity.
Y8 = int.from_bytes(bytes.fromhex(
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
SMALL_ORDER = {0, 1, P - 1, Y8, P - Y8}


def _ordinate(encoded):
    return int.from_bytes(encoded, "little") & (2**255 - 1)


def _add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    m, n = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    c, d = 2 * D * t1 * t2, 2 * z1 * z2
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def _abscissa(y):
    """An x of the curve for this y; None when there is none."""
    u, v = (y * y - 1) % P, (D * y * y + 1) % P
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if v * x * x % P == u:
        return x
    x = x * SQRT_MINUS_1 % P
    return x if v * x * x % P == u else None


@functools.cache
def is_key(key):
    """A canonical encoding of a point of the prime-order group."""
    y = _ordinate(key)
    if len(key) != 32 or y >= P or y in SMALL_ORDER:
        return False
    x = _abscissa(y)
    if x is None:
        return False
    # The sign of x does not matter here: a point and its negative have the same order.
    point, total, times = (x, y, 1, x * y % P), (0, 1, 1, 0), L
    while times:
        if times & 1:
            total = _add(total, point)
        point, times = _add(point, point), times >> 1
    return total[0] % P == 0 and (total[1] - total[2]) % P == 0


@functools.cache
def _public_key(key):
    return Ed25519PublicKey.from_public_bytes(key)


def verify(key, message, signature):
    if len(key) != 32 or len(signature) != 64:
        return False
    y = _ordinate(key)
    if y >= P or y in SMALL_ORDER or _ordinate(signature[:32]) % P in SMALL_ORDER:
        return False
    try:
        _public_key(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True
