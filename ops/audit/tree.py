"""RFC 6962 trees over SHA-256 and the files of c2sp.org/tlog-tiles."""
import hashlib

WIDTH = 256
HASH = 32


def leaf_hash(entry):
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes):
    """MTH over leaf hashes, or over the roots of complete subtrees of one size. RFC 6962 section
    2.1."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    while len(hashes) > 1:
        pairs = [node_hash(a, b) for a, b in zip(hashes[::2], hashes[1::2])]
        hashes = pairs + hashes[len(pairs) * 2:]
    return hashes[0]


def root_of_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2; None when the path has another length than (index, size) asks."""
    if index >= size:
        return None
    node, last = index, size - 1
    for sibling in path:
        if last == 0:
            return None
        if node & 1 or node == last:
            leaf = node_hash(sibling, leaf)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            leaf = node_hash(leaf, sibling)
        node, last = node >> 1, last >> 1
    return leaf if last == 0 else None


def tile_path(level, index, width):
    """`level` is a number or "entries"."""
    groups = "%03d" % (index % 1000)
    while index := index // 1000:
        groups = "x%03d/%s" % (index % 1000, groups)
    return f"tile/{level}/{groups}" + (f".p/{width}" if width < WIDTH else "")


def tiles(size):
    """(level, index, width) of the hash tiles of a tree of `size` entries, from the leaves up."""
    level, count = 0, size
    while count:
        for index in range((count + WIDTH - 1) // WIDTH):
            yield level, index, min(WIDTH, count - index * WIDTH)
        level, count = level + 1, count // WIDTH


def read_bundle(data, width):
    """The entries of a bundle; None unless it is exactly `width` entries."""
    entries, at = [], 0
    for _ in range(width):
        length = int.from_bytes(data[at:at + 2], "big")
        entry = data[at + 2:at + 2 + length]
        if len(data) < at + 2 or len(entry) != length:
            return None
        entries.append(entry)
        at += 2 + length
    return entries if at == len(data) else None


def first_entries(data, width):
    """The part of a bundle with its first `width` entries; all of it when it breaks before."""
    at = 0
    for _ in range(width):
        at += 2 + int.from_bytes(data[at:at + 2], "big")
    return data[:at]
