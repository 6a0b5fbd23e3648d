"""FlatBuffers from the schemas of the tree: read at start, written and read without generated code.

A table is a dict of the fields that it has. What is absent reads as its default: 0, "", b"", [] or
None; a union is a pair (name of the table, dict). To leave a field out when writing, leave it out of
the dict.
"""
import os
import re
import struct

import flatbuffers

SCHEMAS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                        os.pardir, os.pardir, os.pardir, "schemas"))
SCALARS = {"bool": "<B", "ubyte": "<B", "ushort": "<H", "uint": "<I", "ulong": "<Q"}
SIZES = {name: struct.calcsize(form) for name, form in SCALARS.items()}
MAX_DEPTH = 8


class Malformed(Exception):
    """Bytes that are no buffer of their schema."""


class Field:
    """A field of a table: its place in the vtable, its type and its default."""

    def __init__(self, slot, kind, default):
        self.slot = slot
        self.kind = kind
        self.default = default


class Schema:
    """The tables of one .fbs file and of those that it includes."""

    def __init__(self, name):
        self.tables, self.unions = {}, {}
        self.root, self.identifier = None, None
        self._read(name)

    def _read(self, name):
        with open(os.path.join(SCHEMAS, name + ".fbs"), encoding="utf-8") as file:
            text = re.sub(r"//[^\n]*", "", file.read())
        for included in re.findall(r'include\s+"(\w+)\.fbs"\s*;', text):
            self._read(included)
        for union, body in re.findall(r"union\s+(\w+)\s*\{([^}]*)\}", text):
            self.unions[union] = [member.strip() for member in body.split(",")]
        for table, body in re.findall(r"table\s+(\w+)\s*\{([^}]*)\}", text):
            self.tables[table] = self._fields(body)
        root = re.search(r"root_type\s+(\w+)\s*;", text)
        identifier = re.search(r'file_identifier\s+"(\w{4})"\s*;', text)
        if root and identifier:
            self.root, self.identifier = root.group(1), identifier.group(1).encode()

    def _fields(self, body):
        fields, slot = {}, 0
        for line in filter(None, (part.strip() for part in body.split(";"))):
            name, kind, default = re.fullmatch(r"(\w+)\s*:\s*(\[?\w+\]?)(?:\s*=\s*(\d+))?", line).groups()
            if kind in self.unions:
                slot += 1  # the type stands before the value
            fields[name] = Field(slot, kind, int(default or 0))
            slot += 1
        return fields

    # ---- Writing.

    def encode(self, value):
        """The size-prefixed buffer of the root table."""
        builder = flatbuffers.Builder(1024)
        root = self._put_table(builder, self.root, value)
        builder.FinishSizePrefixed(root, file_identifier=self.identifier)
        return bytes(builder.Output())

    def _put_table(self, builder, name, value):
        fields = self.tables[name]
        unknown = set(value) - set(fields)
        if unknown:
            raise ValueError(f"{name} has no field {sorted(unknown)}")
        kept = {field: value[field] for field in value if value[field] is not None}
        places = {field: self._put_child(builder, fields[field].kind, kept[field])
                  for field in kept if fields[field].kind not in SCALARS}
        builder.StartObject(1 + max((f.slot for f in fields.values()), default=-1))
        for field, of in fields.items():
            if field not in kept:
                continue
            if of.kind in SCALARS:
                self._put_scalar(builder, of, kept[field])
            else:
                if of.kind in self.unions:
                    number = 1 + self.unions[of.kind].index(kept[field][0])
                    builder.PrependUint8Slot(of.slot - 1, number, 0)
                builder.PrependUOffsetTRelativeSlot(of.slot, places[field], 0)
        return builder.EndObject()

    @staticmethod
    def _put_scalar(builder, field, value):
        put = {"bool": builder.PrependUint8Slot, "ubyte": builder.PrependUint8Slot,
               "ushort": builder.PrependUint16Slot, "uint": builder.PrependUint32Slot,
               "ulong": builder.PrependUint64Slot}[field.kind]
        put(field.slot, int(value), field.default)

    def _put_child(self, builder, kind, value):
        if kind == "string":
            return builder.CreateString(value)
        if kind == "[ubyte]":
            return builder.CreateByteVector(bytes(value))
        if kind in self.unions:
            return self._put_table(builder, value[0], value[1])
        if not kind.startswith("["):
            return self._put_table(builder, kind, value)
        inner = kind[1:-1]
        if inner in SCALARS:
            builder.StartVector(SIZES[inner], len(value), SIZES[inner])
            for item in reversed(value):
                {"uint": builder.PrependUint32, "ulong": builder.PrependUint64}[inner](item)
            return builder.EndVector()
        places = [self._put_child(builder, inner, item) for item in value]
        builder.StartVector(4, len(places), 4)
        for place in reversed(places):
            builder.PrependUOffsetTRelative(place)
        return builder.EndVector()

    # ---- Reading.

    def decode(self, data, most_tables=64):
        """The root table of a size-prefixed buffer. Raises Malformed."""
        return _Reader(self, bytes(data), most_tables).root()


class _Reader:
    """One pass over one buffer; every offset is held against its end."""

    def __init__(self, schema, data, most_tables):
        self.schema, self.data, self.left = schema, data, most_tables

    def root(self):
        if len(self.data) < 12 or self.scalar("uint", 0) != len(self.data) - 4:
            raise Malformed("the length before the buffer is not its length")
        if self.data[8:12] != self.schema.identifier:
            raise Malformed("the buffer is of another kind")
        return self.table(self.schema.root, self.follow(4), 1)

    def scalar(self, kind, at):
        if at < 0 or at + SIZES[kind] > len(self.data):
            raise Malformed("a field leaves the buffer")
        return struct.unpack_from(SCALARS[kind], self.data, at)[0]

    def follow(self, at):
        offset = self.scalar("uint", at)
        if offset == 0 or at + offset > len(self.data):
            raise Malformed("a reference leaves the buffer")
        return at + offset

    def vector(self, at, size):
        start, count = self.follow(at) + 4, self.scalar("uint", self.follow(at))
        if start + count * size > len(self.data):
            raise Malformed("a vector leaves the buffer")
        return start, count

    def table(self, name, at, depth):
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            raise Malformed("too deep, or too many tables")
        if at + 4 > len(self.data):
            raise Malformed("a table leaves the buffer")
        vtable = at - struct.unpack_from("<i", self.data, at)[0]
        length = self.scalar("ushort", vtable)
        size = self.scalar("ushort", vtable + 2)
        if length % 2 or length < 4 or vtable + length > len(self.data) or at + size > len(self.data):
            raise Malformed("a vtable leaves the buffer")

        def place(slot):
            entry = 4 + 2 * slot
            offset = self.scalar("ushort", vtable + entry) if entry < length else 0
            if offset >= size and offset:
                raise Malformed("a field leaves its table")
            return at + offset if offset else None

        return {field: self.value(of, place, depth)
                for field, of in self.schema.tables[name].items()}

    def value(self, field, place, depth):
        at, kind = place(field.slot), field.kind
        if kind in SCALARS:
            return field.default if at is None else self.scalar(kind, at)
        if kind in self.schema.unions:
            return self.union(kind, place(field.slot - 1), at, depth)
        if at is None:
            return {"string": "", "[ubyte]": b""}.get(kind, [] if kind.startswith("[") else None)
        return self.child(kind, at, depth)

    def union(self, kind, type_at, at, depth):
        number = 0 if type_at is None else self.scalar("ubyte", type_at)
        members = self.schema.unions[kind]
        if (number == 0) != (at is None) or number > len(members):
            raise Malformed("a union without a known type")
        if at is None:
            return None
        return members[number - 1], self.table(members[number - 1], self.follow(at), depth + 1)

    def child(self, kind, at, depth):
        if kind == "string":
            start, count = self.vector(at, 1)
            if self.data[start + count:start + count + 1] != b"\0":
                raise Malformed("a text does not end")
            try:
                return self.data[start:start + count].decode("utf-8")
            except UnicodeDecodeError as error:
                raise Malformed("a text is not UTF-8") from error
        if kind == "[ubyte]":
            start, count = self.vector(at, 1)
            return self.data[start:start + count]
        if not kind.startswith("["):
            return self.table(kind, self.follow(at), depth + 1)
        inner = kind[1:-1]
        size = SIZES.get(inner, 4)
        start, count = self.vector(at, size)
        places = range(start, start + count * size, size)
        if inner in SCALARS:
            return [self.scalar(inner, item) for item in places]
        return [self.child(inner, item, depth) for item in places]


FRAME, MESSAGE, ENTRY = Schema("protocol"), Schema("message"), Schema("entry")
PAYLOAD, RELEASE, SIGNED_RELEASE = Schema("payload"), Schema("release"), Schema("signed_release")
ORDER, SIGNED_ORDER = Schema("order"), Schema("signed_order")

ENTRY_TABLES = 100_000
OUTCOME_TABLES = 272
RELEASE_TABLES = 100_000
