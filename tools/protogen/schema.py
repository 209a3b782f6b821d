"""The schema notation (src/wire/README.md) read into objects, with every rule of the notation checked."""

import os
import re

FOREVER = 32767
SCALARS = {
    "bool", "int8", "int16", "int32", "int64", "uint16", "float64", "uuid", "string", "bytes", "records",
}
# Smallest number of wire bytes; classic and compact encoding.
SCALAR_SIZE = {
    "bool": (1, 1), "int8": (1, 1), "int16": (2, 2), "uint16": (2, 2), "int32": (4, 4), "int64": (8, 8),
    "float64": (8, 8), "uuid": (16, 16), "string": (2, 1), "bytes": (4, 1), "records": (4, 1),
}
RESERVED = {"in", "out", "v", "arena", "encoding", "read", "put", "decode", "encode", "measure", "encoded_size",
            "all_default", "unknown_tags", "default", "operator", "class", "namespace", "template", "tags", "size_of"}


class SchemaError(Exception):
    pass


def snake(name):
    """ListOffsets -> list_offsets."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


class Versions:
    """An inclusive range of versions; `3+` has no end."""

    def __init__(self, low, high):
        self.low, self.high = low, high

    @staticmethod
    def parse(text):
        match = re.fullmatch(r"(\d+)(?:(\+)|-(\d+))?", text)
        if not match:
            raise SchemaError(f"not a version range: {text}")
        low = int(match[1])
        return Versions(low, FOREVER if match[2] else int(match[3] or low))

    def __contains__(self, version):
        return self.low <= version <= self.high

    def within(self, other):
        return Versions(max(self.low, other.low), min(self.high, other.high))

    def covers(self, other):
        return self.low <= other.low and self.high >= other.high

    def empty(self):
        return self.low > self.high


class Field:
    def __init__(self, name, kind, array, nullable, versions, tag, default):
        self.name, self.kind, self.array = name, kind, array
        self.nullable, self.versions, self.tag, self.default = nullable, versions, tag, default
        self.inline = []  # fields of the struct defined in place
        self.struct = None

    def can_be_null(self):
        return self.nullable is not None


class Struct:
    def __init__(self, name, fields):
        self.name, self.fields = name, fields

    def known_tags(self):
        return sorted((f for f in self.fields if f.tag is not None), key=lambda f: f.tag)


class Message:
    """A request, a response or a record: the outermost struct, and those that it holds, innermost first."""

    def __init__(self, name, versions, flexible_from, api_key, record_type):
        self.name, self.versions, self.flexible_from = name, versions, flexible_from
        self.api_key, self.record_type = api_key, record_type
        self.fields = []
        self.shared = {}
        self.structs = []
        self.body = None

    def flexible(self, version):
        return self.flexible_from is not None and version >= self.flexible_from

    def min_wire_size(self, struct):
        """Over the versions in which the struct can occur at all."""
        smallest = min(self._struct_size(struct, v) for v in self._occurs(struct))
        if smallest == 0:
            raise SchemaError(f"{struct.name} can be empty, so a count of it has no bound")
        return smallest

    def _occurs(self, struct):
        occurs = {self.body.name: set(range(self.versions.low, self.versions.high + 1))}
        for outer in [self.body] + self.structs[::-1]:  # each before what it holds
            for field in outer.fields:
                if field.struct:
                    inner = {v for v in occurs[outer.name] if v in field.versions}
                    occurs.setdefault(field.struct.name, set()).update(inner)
        return occurs[struct.name]

    def _struct_size(self, struct, version):
        size = 1 if self.flexible(version) else 0
        for field in struct.fields:
            if version not in field.versions or field.tag is not None:
                continue
            if field.array:
                size += 1 if self.flexible(version) else 4
            elif field.struct and field.nullable:
                size += 1
            elif field.struct:
                size += self._struct_size(field.struct, version)
            else:
                size += SCALAR_SIZE[field.kind][self.flexible(version)]
        return size


class Schema:
    """One file: its name in the build tree and its messages."""

    def __init__(self, path):
        self.path = path
        self.file_name = re.sub(r"^\d+_", "", os.path.basename(path)).removesuffix(".msg")
        self.api_key, self.api_name = None, None
        self.messages = []


def parse_field(words, message):
    name, kind = words[0], words[1]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in RESERVED:
        raise SchemaError(f"field name not allowed: {name}")
    match = re.fullmatch(r"(\[\])?([A-Za-z0-9]+)(\?)?(.*)", kind)
    if not match:
        raise SchemaError(f"not a type: {kind}")
    rest = words[2:]
    versions = Versions(0, FOREVER)
    if rest and rest[0][0].isdigit():
        versions = Versions.parse(rest.pop(0))
    tag = None
    if rest and rest[0] == "tag":
        tag = int(rest[1])
        rest = rest[2:]
    default = None
    if rest and rest[0] == "=":
        default = rest[1]
        rest = rest[2:]
    if rest:
        raise SchemaError(f"left over: {' '.join(rest)}")
    versions = versions.within(message.versions)
    nullable = None
    if match[3]:
        nullable = Versions.parse(match[4]) if match[4] else Versions(0, FOREVER)
        nullable = nullable.within(versions)
        if nullable.empty():
            nullable = None
    if default == "null" and nullable is None:
        raise SchemaError(f"{name} is null by default, but never nullable")
    return Field(name, match[2], bool(match[1]), nullable, versions, tag, default)


def parse_message_line(schema, words):
    if words[0] in ("request", "response"):
        if schema.api_name is None:
            raise SchemaError("a request before its `api` line")
        name = schema.api_name + words[0].capitalize()
        rest = words[1:]
    else:
        name, rest = words[1], words[2:]
    versions = Versions.parse(rest.pop(0))
    options = dict(zip(rest[::2], rest[1::2]))
    unknown = set(options) - {"flexible", "type"}
    if unknown or len(rest) % 2:
        raise SchemaError(f"not understood: {' '.join(rest)}")
    flexible = int(options["flexible"]) if "flexible" in options else None
    record_type = int(options["type"]) if "type" in options else None
    return Message(name, versions, flexible, schema.api_key, record_type)


def parse_line(schema, indent, words, open_lists):
    """Adds one line; open_lists holds the field lists that deeper lines go to, by indent."""
    if indent == 0 and words[0] == "api":
        schema.api_key, schema.api_name = int(words[1]), words[2]
        return
    if indent == 0:
        message = parse_message_line(schema, words)
        schema.messages.append(message)
        open_lists[:] = [message.fields]
        return
    message = schema.messages[-1]
    del open_lists[indent:]
    if len(open_lists) != indent:
        raise SchemaError("indented too far")
    if words[0] == "struct":
        open_lists[:] = [message.fields, message.shared.setdefault(words[1], [])]
        return
    field = parse_field(words, message)
    open_lists[-1].append(field)
    open_lists.append(field.inline)


def resolve(message, fields, done):
    """Gives struct fields their Struct, and collects the structs so that each stands after what it holds."""
    for field in fields:
        if field.kind in SCALARS:
            continue
        if field.kind not in done:
            inner = field.inline or message.shared.get(field.kind)
            if not inner:
                raise SchemaError(f"no such type: {field.kind}")
            done[field.kind] = None
            resolve(message, inner, done)
            done[field.kind] = Struct(field.kind, inner)
            message.structs.append(done[field.kind])
        elif field.inline:
            raise SchemaError(f"{field.kind} is defined twice")
        if done[field.kind] is None:
            raise SchemaError(f"{field.kind} holds itself")
        field.struct = done[field.kind]


def check(message):
    for struct in message.structs + [message.body]:
        names = [f.name for f in struct.fields]
        if len(names) != len(set(names)):
            raise SchemaError(f"{message.name}.{struct.name}: a name occurs twice")
        tags = [f.tag for f in struct.fields if f.tag is not None]
        if len(tags) != len(set(tags)):
            raise SchemaError(f"{message.name}.{struct.name}: a tag occurs twice")
        for field in struct.fields:
            if field.tag is not None and not message.flexible(field.versions.low):
                raise SchemaError(f"{field.name}: a tag before the first flexible version")
            if field.kind == "records" and field.tag is not None:
                raise SchemaError(f"{field.name}: records cannot be tagged")


def load(path):
    schema = Schema(path)
    open_lists = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            text = line.split("#")[0].rstrip()
            if not text:
                continue
            indent = len(text) - len(text.lstrip())
            try:
                parse_line(schema, indent // 2, text.split(), open_lists)
            except (SchemaError, IndexError, ValueError) as error:
                raise SchemaError(f"{path}:{number}: {error}") from error
    for message in schema.messages:
        try:
            resolve(message, message.fields, {})
            message.body = Struct(message.name, message.fields)
            check(message)
        except SchemaError as error:
            raise SchemaError(f"{path}: {error}") from error
    return schema
