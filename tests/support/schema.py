"""Encodes and decodes Kafka messages from the field tables in messages.txt.

Written apart from the broker's own codecs on purpose: a mistake in one of them shows as a difference.
Values are plain dictionaries; an absent field takes its default. Unknown tagged fields travel under "_tags".
"""

import dataclasses
import pathlib
import struct

INTS = {"int8": ">b", "int16": ">h", "int32": ">i", "int64": ">q", "uint16": ">H", "bool": ">?", "float64": ">d"}
LAST = 1 << 15


class DecodeError(Exception):
    """The bytes are not what the table says."""


@dataclasses.dataclass
class Field:
    name: str
    kind: str
    array: bool
    versions: range
    null: range
    tag: int | None
    tag_versions: range
    default: object
    children: list

    def tagged(self, version):
        return self.tag is not None and version in self.tag_versions


@dataclasses.dataclass
class Api:
    name: str
    key: int
    versions: range
    flexible: int
    request: list
    response: list

    def is_flexible(self, version):
        return version >= self.flexible

    @property
    def newest(self):
        return self.versions[-1]


def parse_range(text):
    if text.endswith("+"):
        return range(int(text[:-1]), LAST)
    low, _, high = text.partition("-")
    return range(int(low), int(high or low) + 1)


def parse_default(text, kind):
    if text in ("null", "None"):
        return None
    if kind == "string":
        return text.strip('"')
    if kind == "bool":
        return text == "true"
    return int(text, 0)


def parse_field(words):
    options = dict(word.split("=", 1) for word in words[3:] if "=" in word)
    array = words[1].startswith("[]")
    kind = words[1].removeprefix("[]")
    tag, _, tag_versions = options.get("tag", "").partition("@")
    return Field(
        name=words[0],
        kind=kind,
        array=array,
        versions=parse_range(words[2]),
        null=parse_range(options["null"]) if "null" in options else range(0),
        tag=int(tag) if tag else None,
        tag_versions=parse_range(tag_versions) if tag else range(0),
        default=parse_default(options["default"], kind) if "default" in options else natural_default(kind, array),
        children=[],
    )


def natural_default(kind, array):
    if array:
        return ()
    return {"string": "", "bytes": b"", "records": b"", "uuid": bytes(16), "bool": False, "struct": {}}.get(kind, 0)


def load_apis(path):
    apis = {}
    levels = []
    for line in path.read_text().splitlines():
        words = line.split()
        if not words or words[0] == "#":
            continue
        if words[0] == "api":
            flexible = parse_range(words[4]).start
            api = Api(words[1], int(words[2]), parse_range(words[3]), flexible, [], [])
            apis[api.name] = api
        elif words[0] in ("request", "response"):
            levels = [getattr(api, words[0])]
        else:
            depth = (len(line) - len(line.lstrip())) // 2 - 1
            field = parse_field(words)
            del levels[depth + 1 :]
            levels[depth].append(field)
            levels.append(field.children)
    return apis


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode_length(length, flexible, form):
    """A length or count, where -1 is null."""
    return varint(length + 1) if flexible else struct.pack(form, length)


def encode_fields(fields, version, flexible, values):
    unknown = set(values) - {field.name for field in fields} - {"_tags"}
    if unknown:
        raise KeyError(f"no such fields: {sorted(unknown)}")
    out = bytearray()
    tags = dict(values.get("_tags", {}))
    for field in fields:
        if version not in field.versions and not field.tagged(version):
            continue
        value = values.get(field.name, field.default)
        if field.tagged(version):
            if field.name in values:
                tags[field.tag] = encode_field(field, version, flexible, value)
        else:
            out += encode_field(field, version, flexible, value)
    return bytes(out) + (encode_tags(tags) if flexible else b"")


def encode_tags(tags):
    out = varint(len(tags))
    for tag, data in sorted(tags.items()):
        out += varint(tag) + varint(len(data)) + data
    return out


def encode_field(field, version, flexible, value):
    if not field.array:
        return encode_single(field, version, flexible, value)
    if value is None:
        return encode_length(-1, flexible, ">i")
    items = [encode_single(field, version, flexible, item) for item in value]
    return encode_length(len(items), flexible, ">i") + b"".join(items)


def encode_single(field, version, flexible, value):
    if field.kind in INTS:
        return struct.pack(INTS[field.kind], value)
    if field.kind == "uuid":
        return value
    if field.kind == "struct":
        nullable = version in field.null and not field.array
        if value is None:
            return b"\xff"
        return (b"\x01" if nullable else b"") + encode_fields(field.children, version, flexible, value)
    form = ">h" if field.kind == "string" else ">i"
    if value is None:
        return encode_length(-1, flexible, form)
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else bytes(value)
    return encode_length(len(data), flexible, form) + data


class Reader:
    """Takes values off the front of a message."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise DecodeError(f"{count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count : self.at]

    def number(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise DecodeError("endless varint")

    def zigzag(self):
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def length(self, flexible, form):
        return self.varint() - 1 if flexible else self.number(form)

    def left(self):
        return len(self.data) - self.at


def decode_fields(fields, version, flexible, reader):
    values = {}
    for field in fields:
        if field.tagged(version):
            values[field.name] = field.default
        elif version in field.versions:
            values[field.name] = decode_field(field, version, flexible, reader)
    if flexible:
        decode_tags(fields, version, reader, values)
    return values


def decode_tags(fields, version, reader, values):
    known = {field.tag: field for field in fields if field.tagged(version)}
    for _ in range(reader.varint()):
        tag = reader.varint()
        data = reader.take(reader.varint())
        if tag in known:
            values[known[tag].name] = decode_field(known[tag], version, True, Reader(data))
        else:
            values.setdefault("_tags", {})[tag] = data


def decode_field(field, version, flexible, reader):
    if not field.array:
        return decode_single(field, version, flexible, reader)
    count = reader.length(flexible, ">i")
    if count < 0:
        return check_null(field, version)
    return [decode_single(field, version, flexible, reader) for _ in range(count)]


def check_null(field, version):
    if version not in field.null:
        raise DecodeError(f"{field.name} must not be null in version {version}")
    return None


def decode_single(field, version, flexible, reader):
    if field.kind in INTS:
        return reader.number(INTS[field.kind])
    if field.kind == "uuid":
        return reader.take(16)
    if field.kind == "struct":
        if version in field.null and not field.array and reader.number(">b") < 0:
            return None
        return decode_fields(field.children, version, flexible, reader)
    length = reader.length(flexible, ">h" if field.kind == "string" else ">i")
    if length < 0:
        return check_null(field, version)
    data = reader.take(length)
    return data.decode("utf-8", "surrogateescape") if field.kind == "string" else data


APIS = load_apis(pathlib.Path(__file__).with_name("messages.txt"))
