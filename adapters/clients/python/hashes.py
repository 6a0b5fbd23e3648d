"""SHA-256 in the forms of the protocol: tuples, the RFC 6962 tree, and its proofs (RFC 9162)."""
import hashlib


def sha256(data):
    """32 bytes."""
    return hashlib.sha256(data).digest()


def tuple_bytes(*parts):
    """T(a, b, ...): each part after its length."""
    parts = [part.encode() if isinstance(part, str) else bytes(part) for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def leaf_hash(data):
    """Of an entry, or of a message in its submission."""
    return sha256(b"\0" + data)


def node_hash(left, right):
    """Of two subtrees."""
    return sha256(b"\1" + left + right)


def root_of(leaves):
    """The root over leaf hashes, of which there is at least one."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(root_of(leaves[:split]), root_of(leaves[split:]))


def hashes_of(data):
    """A path: 32 bytes each; None when it has another length."""
    if len(data) % 32:
        return None
    return [data[at:at + 32] for at in range(0, len(data), 32)]


def root_of_path(leaf, index, size, path):
    """The root to which an inclusion path leads; None when its length does not fit."""
    if path is None or index >= size:
        return None
    at, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if at % 2 or at == last:
            root = node_hash(step, root)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            root = node_hash(root, step)
        at, last = at >> 1, last >> 1
    return root if last == 0 else None


def is_included(leaf, index, size, path, root):
    """RFC 9162 section 2.1.3.2."""
    return root_of_path(leaf, index, size, path) == root


def is_consistent(first, first_root, second, second_root, path):
    """Whether the first tree is the beginning of the second. RFC 9162 section 2.1.4.2."""
    if path is None or first == 0 or first > second:
        return False
    if first == second:
        return not path and first_root == second_root
    if first & (first - 1) == 0:
        path = [first_root, *path]
    if not path:
        return False
    at, last = first - 1, second - 1
    while at % 2:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if at % 2 or at == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
