"""Every tile and entry against the checkpoint's root: which of them are those of the tree."""
import tree


def _height(level):
    return 8 * level


def _first_entry(level, index):
    return index << _height(level + 1)


class Hashes:
    """From the root down: the partial tiles give the root, and a full tile gives its hash in the
    tile above. Where that does not hold, from the entries up."""

    def __init__(self, source, checkpoint, find):
        self.source = source
        self.size = checkpoint.size
        self.root = checkpoint.root
        self.find = find
        self.tiles = {}         # (level, index): hashes; None: missing or malformed
        self.edge_holds = False
        self.held = set()       # tiles that are those of the tree
        self.committed = {}     # full tile: its root, by a tile that holds
        self.disputed = []      # entries that differ from a tile that nothing vouches for
        self.hashes = []        # of each entry, as far as can be told; else None
        self.intact = []        # of each entry: whether it is that of the tree

    def check(self):
        for level, index, width in tree.tiles(self.size):
            self.tiles[level, index] = self.read_hashes(level, index, width)
        edge = [place for place, width in self.places() if width < tree.WIDTH]
        rows = [(level, self.tiles[level, index] or []) for level, index in reversed(edge)]
        self.edge_holds = all(hashes for _, hashes in rows) and self.fold(rows) == self.root
        if self.edge_holds:
            self.held.update(edge)
        for place, width in reversed(self.places()):
            if width == tree.WIDTH:
                self.hold(place)
        for index in range(0, (self.size + tree.WIDTH - 1) // tree.WIDTH):
            self.check_bundle(index, min(tree.WIDTH, self.size - index * tree.WIDTH))
        self.check_root()

    def places(self):
        return [((level, index), width) for level, index, width in tree.tiles(self.size)]

    def read(self, level, index, width):
        data = self.source.read_tile(level, index, width)
        if data is None:
            self.lose("tile.missing", level, index, width)
        return data

    def lose(self, code, level, index, width):
        first = _first_entry(0 if level == "entries" else level, index)
        self.find(code, first, tree.tile_path(level, index, width))

    def read_hashes(self, level, index, width):
        data = self.read(level, index, width)
        if data is not None and len(data) != width * tree.HASH:
            self.lose("tile.malformed", level, index, width)
            data = None
        return data and [data[at:at + tree.HASH] for at in range(0, len(data), tree.HASH)]

    @staticmethod
    def fold(rows):
        """The root over rows of (level, hashes of complete subtrees), as in a binary counter."""
        peaks = []
        for level, hashes in rows:
            for top in hashes:
                height = _height(level)
                while peaks and peaks[-1][0] == height:
                    height, top = height + 1, tree.node_hash(peaks.pop()[1], top)
                peaks.append((height, top))
        top = peaks.pop()[1] if peaks else tree.root([])
        while peaks:
            top = tree.node_hash(peaks.pop()[1], top)
        return top

    def hold(self, place):
        (level, index), hashes = place, self.tiles[place]
        above = (level + 1, index // tree.WIDTH)
        if above not in self.held:
            return
        self.committed[place] = self.tiles[above][index % tree.WIDTH]
        if hashes and tree.root(hashes) == self.committed[place]:
            self.held.add(place)
        elif hashes:
            self.lose("tile.hash", level, index, tree.WIDTH)

    def check_bundle(self, index, width):
        first, tile = index * tree.WIDTH, self.tiles[0, index] or [None] * width
        data = self.read("entries", index, width)
        entries = None if data is None else tree.read_bundle(data, width)
        if data is not None and entries is None:
            self.lose("tile.malformed", "entries", index, width)
        leaves = [tree.leaf_hash(entry) for entry in entries or []] or [None] * width
        differ = [at for at in range(width) if None not in (leaves[at], tile[at]) and
                  leaves[at] != tile[at]]
        whole = self.committed.get((0, index))
        if (0, index) in self.held:
            wrong, hashes = differ, tile
        elif not entries or whole in (None, tree.root(leaves)):
            wrong, hashes = [], leaves
            self.disputed += [first + at for at in differ]
        else:
            wrong, hashes = differ or [0], [None] * width
        for at in wrong:
            self.find("entry.hash", first + at, "it is not the one that the tree commits to")
        self.hashes += hashes
        self.intact += [bool(entries) and at not in wrong for at in range(width)]

    def check_root(self):
        """What the tiles could not tell the entries can, if they are all there."""
        if self.edge_holds or None in self.hashes:
            return
        if self.fold([(0, self.hashes)]) != self.root:
            self.find("log.root", self.size - 1, "the entries do not give the checkpoint's root")
            for position in self.disputed:
                self.find("entry.hash", position, "the entry or its hash in the tile is wrong")
            return
        below = self.hashes
        for (level, index), width in self.places():
            if level and index == 0:
                below = [tree.root(below[at:at + tree.WIDTH])
                         for at in range(0, len(below) - tree.WIDTH + 1, tree.WIDTH)]
            tile = self.tiles[level, index]
            if tile not in (None, below[index * tree.WIDTH:index * tree.WIDTH + width]):
                self.lose("tile.hash", level, index, width)
