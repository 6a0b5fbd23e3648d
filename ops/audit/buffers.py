"""Strict reading of size-prefixed FlatBuffers by the schemas of schemas/*.fbs (wire.md section 2).

Every offset is checked before the flatbuffers library follows it, so that a malformed buffer is
Malformed and nothing else. The checks are those that the format's own verifiers make.
"""
import functools
import os
import re
from typing import NamedTuple

from flatbuffers import number_types
from flatbuffers.table import Table

MAX_DEPTH = 8
MAX_TABLES = 64
MAX_RELEASE_TABLES = 100_000
MOST_BYTES = 2**31 - 1

IDENTITY_NUMBER = re.compile(rb"[0-9]{16}")

SCALARS = {
    "bool": number_types.Uint8Flags, "ubyte": number_types.Uint8Flags,
    "ushort": number_types.Uint16Flags, "uint": number_types.Uint32Flags,
    "ulong": number_types.Uint64Flags,
}
SCHEMAS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "schemas")


class Malformed(Exception):
    """The bytes are not what they should be; says why."""


class Field(NamedTuple):
    name: str
    kind: str       # scalar, string, table, union, or vector of scalars, strings, tables
    of: object      # the scalar's flags, or the name of the table or union
    slot: int       # offset in the vtable
    default: int
    truth: bool = False


class Schema(NamedTuple):
    tables: dict    # name: list of Field
    unions: dict    # name: list of table names, from type 1
    root: str
    identifier: bytes


def _fields(text, unions):
    fields, slot = [], 4
    for name, kind, default in re.findall(r"(\w+):(\[?\w+\]?)\s*(?:=\s*(\d+))?\s*;", text):
        inner, vector = kind.strip("[]"), kind.startswith("[")
        if inner in unions:
            slot += 2       # the union's type goes before it
            fields.append(Field(name, "union", inner, slot, 0))
        elif inner in SCALARS:
            form = "scalars" if vector else "scalar"
            truth = inner == "bool"
            fields.append(Field(name, form, SCALARS[inner], slot, int(default or 0), truth))
        elif inner == "string":
            fields.append(Field(name, "strings" if vector else "string", None, slot, 0))
        else:
            fields.append(Field(name, "tables" if vector else "table", inner, slot, 0))
        slot += 2
    return fields


@functools.cache
def schema(name):
    """The tables of schemas/<name>.fbs and of what it includes."""
    with open(os.path.join(SCHEMAS, name + ".fbs"), encoding="utf-8") as file:
        text = re.sub(r"//[^\n]*", "", file.read())
    tables = {}
    for included in re.findall(r'include "(\w+)\.fbs"', text):
        tables.update(schema(included).tables)
    unions = {union: re.findall(r"\w+", members)
              for union, members in re.findall(r"union (\w+) \{([^}]*)\}", text)}
    for table, body in re.findall(r"table (\w+) \{([^}]*)\}", text):
        tables[table] = _fields(body, unions)
    root = re.search(r"root_type (\w+)", text)
    identifier = re.search(r'file_identifier "(\w{4})"', text)
    return Schema(tables, unions, root.group(1) if root else "",
                  identifier.group(1).encode() if identifier else b"")


class Object(NamedTuple):
    """What lies in one place of a buffer; less than `padding` zeros may follow."""
    begin: int
    end: int
    kind: str
    padding: int


class _Reader:
    """Remembers in `objects` where everything lies, and in `extra` what no schema names."""

    def __init__(self, data, of, max_tables):
        self.data = data
        self.of = of
        self.objects = {Object(0, 12, "header", 8)}
        self.extra = None
        self.numbered = False   # some text may hold an identity number
        self.tables_left = max_tables
        self.depth = 0
        self.table = Table(data, 0)

    def found(self, what):
        self.extra = self.extra or what

    def range(self, at, size, align):
        if at % align != 0:
            raise Malformed("a field is not aligned")
        if size >= len(self.data) or at < 0 or at > len(self.data) - size:
            raise Malformed("an offset leads out of the buffer")

    def uint32(self, at):
        self.range(at, 4, 4)
        return int.from_bytes(self.data[at:at + 4], "little")

    def follow(self, at):
        offset = self.uint32(at)
        if offset == 0 or offset >= 2**31:
            raise Malformed("an offset is not positive")
        self.range(at + offset, 1, 1)
        return at + offset

    def vector(self, at, width):
        """The place of its first element, and their number."""
        count = self.uint32(at)
        if count >= MOST_BYTES // width:
            raise Malformed("a vector is too long")
        self.range(at, 4 + count * width, 1)
        return at + 4, count

    def string(self, at):
        first, count = self.vector(at, 1)
        self.range(first + count, 1, 1)
        if self.data[first + count] != 0:
            raise Malformed("a string does not end in zero")
        self.objects.add(Object(at, first + count + 1, "string", 4))
        text = self.data[first:first + count]
        if IDENTITY_NUMBER.search(text):
            self.numbered = True
        return text

    def items(self, at, read, kind):
        first, count = self.vector(at, 4)
        self.objects.add(Object(at, first + 4 * count, f"vector {kind}", 4))
        return [read(place + self.uint32(place)) for place in range(first, first + 4 * count, 4)]

    def start(self, at):
        """Checks the vtable of the table at `at`."""
        self.range(at, 4, 4)
        self.depth += 1
        self.tables_left -= 1
        if self.depth > MAX_DEPTH or self.tables_left < 0:
            raise Malformed("too many or too deeply nested tables")
        vtable = at - int.from_bytes(self.data[at:at + 4], "little", signed=True)
        self.range(vtable, 2, 2)
        size = int.from_bytes(self.data[vtable:vtable + 2], "little")
        if size % 2 != 0:
            raise Malformed("a vtable of odd size")
        self.range(vtable, size, 1)
        return vtable, size

    def place(self, name, at, vtable, vtable_size):
        """The places of a table and of its vtable."""
        size = int.from_bytes(self.data[vtable + 2:vtable + 4], "little")
        fields = self.of.tables[name]
        slots_end = fields[-1].slot + 2 if fields else 4
        if not 4 <= vtable_size <= slots_end or size < 4 or at + size > len(self.data):
            self.found("slots that the schema does not name, or another size")
            return
        self.objects.add(Object(vtable, vtable + vtable_size, "vtable", 1))
        self.objects.add(Object(at, at + size, name, 1))
        used = bytearray(size)
        used[:4] = b"\1" * 4
        for field in fields:
            width = field.of.bytewidth if field.kind == "scalar" else 4
            self.use(used, vtable, vtable_size, field.slot, width)
            if field.kind == "union":
                self.use(used, vtable, vtable_size, field.slot - 2, 1)
        if any(self.data[at + i] for i in range(size) if not used[i]):
            self.found("bytes of a table that are no field")

    def use(self, used, vtable, vtable_size, slot, width):
        """A field takes its bytes of a table for itself."""
        if slot >= vtable_size:
            return
        offset = int.from_bytes(self.data[vtable + slot:vtable + slot + 2], "little")
        if offset == 0:
            return
        if offset + width > len(used) or any(used[offset:offset + width]):
            self.found("fields that overlap, or lie beyond their table")
        used[offset:offset + width] = b"\1" * width

    def check_places(self):
        """From the beginning to the end there are objects, and zeros where they are aligned."""
        objects = sorted(self.objects)
        ends = [following.begin for following in objects[1:]] + [len(self.data)]
        for one, end in zip(objects, ends):
            gap = end - one.end
            if not 0 <= gap < one.padding or any(self.data[one.end:end]):
                self.found("bytes that nothing refers to, or objects that overlap")
        if len(self.data) % 4 != 0:
            self.found("bytes after the end")

    def read(self, name, at):
        self.place(name, at, *self.start(at))
        table = Table(self.data, at)
        out = {}
        for field in self.of.tables[name]:
            offset = table.Offset(field.slot)
            if field.kind == "scalar":
                out[field.name] = self.scalar(table, field, offset)
            elif field.kind == "union":
                self.union(out, table, field, offset)
            else:
                out[field.name] = self.value(field, self.follow(at + offset)) if offset else None
        self.depth -= 1
        return out

    def scalar(self, table, field, offset):
        if offset == 0:
            return field.default
        self.range(table.Pos + offset, field.of.bytewidth, field.of.bytewidth)
        value = table.Get(field.of, table.Pos + offset)
        if value == field.default:
            self.found("a number that has its default is not left out")
        if field.truth and value > 1:
            self.found("a truth value is neither 0 nor 1")
        return value

    def union(self, out, table, field, offset):
        """The union's type is `<name>_type`; of a type that the schema does not hold nothing else
        is read."""
        flags = number_types.Uint8Flags
        kind = self.scalar(table, Field("", "scalar", flags, 0, 0), table.Offset(field.slot - 2))
        place = self.follow(table.Pos + offset) if offset else None
        known = 1 <= kind <= len(self.of.unions[field.of])
        if (kind != 0) != (place is not None) or kind and not known:
            self.found("a union without type or value, or of an unknown type")
        out[field.name + "_type"] = self.of.unions[field.of][kind - 1] if known else None
        out[field.name] = (self.read(self.of.unions[field.of][kind - 1], place)
                           if known and place is not None else None)

    def value(self, field, at):
        if field.kind == "string":
            return self.string(at)
        if field.kind == "table":
            return self.read(field.of, at)
        if field.kind == "strings":
            return self.items(at, self.string, "string")
        if field.kind == "tables":
            return self.items(at, functools.partial(self.read, field.of), field.of)
        width = field.of.bytewidth
        first, count = self.vector(at, width)
        self.objects.add(Object(at, first + width * count, f"vector {width}", max(4, width)))
        if width == 1:
            return self.data[first:first + count]
        return [int.from_bytes(self.data[p:p + width], "little")
                for p in range(first, first + width * count, width)]


def read(data, name, max_tables=MAX_TABLES):
    """The root of a buffer of schemas/<name>.fbs as nested dicts: numbers, bytes, lists; None for
    what is absent. Raises Malformed."""
    return read_with_extra(data, name, max_tables)[0]


def check_exact(data, name, coded=True):
    """That the buffer holds what its schema names and nothing else; `coded`: and no text of it what
    may be an identity number. Raises Malformed."""
    _, extra, numbered = read_with_extra(data, name)
    if extra is not None:
        raise Malformed(extra)
    if coded and numbered:
        raise Malformed("a text has as many digits in a row as an identity number")


def read_with_extra(data, name, max_tables=MAX_TABLES):
    """As read(), with what the buffer holds that its schema does not name (None: nothing) and
    whether a text of it may hold an identity number."""
    of = schema(name)
    if len(data) < 12:
        raise Malformed("too short for a buffer")
    if int.from_bytes(data[:4], "little") != len(data) - 4:
        raise Malformed("the length prefix is not that of the rest")
    if data[8:12] != of.identifier:
        raise Malformed("another identifier than " + of.identifier.decode())
    reader = _Reader(data, of, max_tables)
    root = reader.read(of.root, reader.follow(4))
    if reader.extra is None:
        reader.check_places()
    return root, reader.extra, reader.numbered
