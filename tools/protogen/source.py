"""The C++ bodies of a schema's structs: read(), put() once for both sinks, and the entry points."""

from header import cpp_type, inner_namespace, is_optional, item_type, number, tag_structs

PLAIN_READ = {
    "bool": "boolean", "int8": "int8", "int16": "int16", "int32": "int32", "int64": "int64", "uint16": "uint16",
    "float64": "float64", "uuid": "uuid",
}


def condition(versions, known):
    """C++ condition for `v` being in `versions`, when it is known to be in `known`; empty when always true."""
    parts = []
    if versions.low > known.low:
        parts.append(f"v >= {versions.low}")
    if versions.high < known.high:
        parts.append(f"v <= {versions.high}")
    return " && ".join(parts)


def read_plain(field):
    """Statement that reads the field where it must not be null."""
    if field.array:
        return f"{field.name} = read_array<{item_type(field)}>(in, encoding, v, arena);"
    if field.struct:
        target = f"{field.name}.emplace()" if field.nullable else field.name
        return f"{target}.read(in, v, arena);"
    if field.kind in PLAIN_READ:
        return f"{field.name} = in.{PLAIN_READ[field.kind]}();"
    return f"{field.name} = in.{field.kind}(encoding);"


def read_null(field):
    """Statement that reads the field where it may be null."""
    if field.array:
        return f"{field.name} = read_nullable_array<{item_type(field)}>(in, encoding, v, arena);"
    if field.struct:
        return f"read_nullable_struct(in, v, arena, {field.name});"
    return f"{field.name} = in.nullable_{field.kind}(encoding);"


def put_plain(field, out):
    """Statement that writes the field where it must not be null; null then becomes the empty value."""
    value = field.name
    if is_optional(field):
        inner = cpp_type(field).removeprefix("std::optional<").removesuffix(">")
        value = f"{field.name}.value_or({inner}{{}})"
    if field.array:
        return f"put_array({out}, encoding, v, {value});"
    if field.struct:
        return f"{value}.put({out}, v);"
    if field.kind in PLAIN_READ:
        return f"{out}.{PLAIN_READ[field.kind]}({value});"
    return f"put_{field.kind}({out}, encoding, {value});"


def put_null(field, out):
    if field.array:
        return f"put_nullable_array({out}, encoding, v, {field.name});"
    if field.struct:
        return f"put_nullable_struct({out}, v, {field.name});"
    return f"put_nullable_{field.kind}({out}, encoding, {field.name});"


def by_nullness(field, plain, null):
    """The statement, or a choice between both, by the versions in which the field is nullable."""
    if not field.nullable:
        return plain
    test = condition(field.nullable, field.versions)
    if not test:
        return null
    return f"if ({test}) {null} else {plain}"


def guarded(test, statement):
    if not test:
        return [f"  {statement}"]
    if statement.startswith("if "):
        return [f"  if ({test}) {{", f"    {statement}", "  }"]
    return [f"  if ({test}) {statement}"]


def is_default(field):
    """C++ expression: the field has its default value."""
    name = field.name
    if is_optional(field):
        if field.default == "null":
            return f"!{name}.has_value()"
        if field.struct and not field.array:
            return f"({name}.has_value() && {name}->all_default())"
        return f"({name}.has_value() && {name}->empty())"
    if field.array or field.kind == "bytes":
        return f"{name}.empty()"
    if field.struct:
        return f"{name}.all_default()"
    if field.kind == "uuid":
        return f"{name}.is_zero()"
    if field.kind == "string":
        return f'{name} == "{field.default or ""}"'
    if field.kind == "bool":
        return name if field.default == "true" else f"!{name}"
    return f"{name} == {number(field) or '0'}"


def read_tags(struct, message):
    test = f"v >= {message.flexible_from}" if message.flexible_from > message.versions.low else ""
    known = struct.known_tags()
    if not known:
        return guarded(test, "unknown_tags = read_unknown_tags(in, arena);")
    lines = []
    if test:
        lines.append(f"  if (!({test})) return;")
    lines += ["  TagReader tags(in, arena);", "  while (tags.next()) {", "    switch (tags.tag()) {"]
    flexible_range = message.versions.within(type(message.versions)(message.flexible_from, message.versions.high))
    for field in known:
        lines.append(f"      case {field.tag}:")
        present = condition(field.versions, flexible_range)
        statement = by_nullness(field, read_plain(field), read_null(field))
        if present:
            lines += [f"        if ({present}) {{", f"          {statement}", "        } else {", "          tags.keep();", "        }"]
        else:
            lines.append(f"        {statement}")
        lines.append("        break;")
    return lines + ["      default:", "        tags.keep();", "    }", "  }", "  unknown_tags = tags.unknown();"]


def put_tags(struct, message):
    test = f"v >= {message.flexible_from}" if message.flexible_from > message.versions.low else ""
    known = struct.known_tags()
    if not known:
        return guarded(test, "put_unknown_tags(out, unknown_tags);")
    lines = []
    if test:
        lines.append(f"  if (!({test})) return;")
    flexible_range = message.versions.within(type(message.versions)(message.flexible_from, message.versions.high))
    for field in known:
        present = condition(field.versions, flexible_range)
        unequal = f"!({is_default(field)})"
        lines.append(f"  const bool has_{field.name} = {present + ' && ' if present else ''}{unequal};")
    count = " + ".join(f"(has_{field.name} ? 1U : 0U)" for field in known)
    lines.append(f"  TagWriter<Sink> tags(out, unknown_tags, {count});")
    for field in known:
        lines += [
            f"  if (has_{field.name}) {{",
            "    SizeCounter field_size;",
            f"    {by_nullness(field, put_plain(field, 'field_size'), put_null(field, 'field_size'))}",
            f"    tags.begin({field.tag}, field_size.memory);",
            f"    {by_nullness(field, put_plain(field, 'out'), put_null(field, 'out'))}",
            "  }",
        ]
    return lines + ["  tags.finish();"]


def struct_bodies(struct, message):
    scope = message.name if struct is message.body else f"{inner_namespace(message)}::{struct.name}"
    flexible = "kNeverFlexible" if message.flexible_from is None else message.flexible_from
    encoding = f"  [[maybe_unused]] const Encoding encoding = encoding_of(v, {flexible});"
    plain = [f for f in struct.fields if f.tag is None]
    lines = ["", f"void {scope}::read(Reader& in, [[maybe_unused]] std::int16_t v, [[maybe_unused]] Arena& arena) {{", encoding]
    for field in plain:
        lines += guarded(condition(field.versions, message.versions), by_nullness(field, read_plain(field), read_null(field)))
    if message.flexible_from is not None:
        lines += read_tags(struct, message)
    lines += ["}", "", "template <class Sink>", f"void {scope}::put(Sink& out, [[maybe_unused]] std::int16_t v) const {{", encoding]
    for field in plain:
        lines += guarded(condition(field.versions, message.versions), by_nullness(field, put_plain(field, "out"), put_null(field, "out")))
    if message.flexible_from is not None:
        lines += put_tags(struct, message)
    lines.append("}")
    if struct.name in tag_structs(message):
        tests = [is_default(f) for f in struct.fields] + ["unknown_tags.empty()"]
        lines += ["", f"bool {scope}::all_default() const {{", f"  return {' && '.join(tests)};", "}"]
    return lines


def entry_points(message):
    name = message.name
    return [
        "",
        f"Result<{name}> {name}::decode(Reader& in, std::int16_t v, Arena& arena) {{",
        "  if (v < kMinVersion || v > kMaxVersion) return unsupported_version(kName, v);",
        f"  Result<{name}> message;",
        "  message->read(in, v, arena);",
        "  if (!in.ok()) return malformed(kName, v, in);",
        "  return message;",
        "}",
        f"SizeCounter {name}::measure(std::int16_t v) const {{",
        "  SL_ASSERT(v >= kMinVersion && v <= kMaxVersion);",
        "  SizeCounter counted;",
        "  put(counted, v);",
        "  return counted;",
        "}",
        f"void {name}::encode(Writer& out, std::int16_t v) const {{",
        "  SL_ASSERT(v >= kMinVersion && v <= kMaxVersion);",
        "  put(out, v);",
        "}",
    ]


def generate(schemas):
    lines = ["// Generated by tools/protogen; do not edit.", '#include "wire/arrays.h"', '#include "wire/decode_error.h"']
    lines += [f'#include "wire/messages/{schema.file_name}.h"' for schema in schemas]
    lines += ["", "namespace streamline::wire {"]
    for schema in schemas:
        for message in schema.messages:
            for struct in message.structs + [message.body]:
                lines += struct_bodies(struct, message)
            lines += entry_points(message)
    return "\n".join(lines + ["", "}  // namespace streamline::wire", ""])
