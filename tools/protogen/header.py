"""A schema's C++ header: one struct per message. Its inner structs are named in it, but defined in a namespace before it: inside an
open class their default member initializers would not count yet, and std::optional of them could not be made (clang)."""

from schema import snake

CPP_TYPE = {
    "bool": "bool", "int8": "std::int8_t", "int16": "std::int16_t", "int32": "std::int32_t", "int64": "std::int64_t",
    "uint16": "std::uint16_t", "float64": "double", "uuid": "Uuid", "string": "std::string_view", "bytes": "ByteView",
    "records": "Records",
}


def item_type(field):
    return field.kind if field.struct else CPP_TYPE[field.kind]


def is_optional(field):
    return field.can_be_null() and field.kind != "records" or field.can_be_null() and field.array


def cpp_type(field):
    plain = f"std::span<{item_type(field)}>" if field.array else item_type(field)
    return f"std::optional<{plain}>" if is_optional(field) else plain


def number(field):
    if field.kind == "int64" and field.default == "-9223372036854775808":
        return "INT64_MIN"
    if field.kind == "int32" and field.default == "-2147483648":
        return "INT32_MIN"
    return field.default


def initializer(field):
    """What stands after a member's name: its default value. Never nothing, so that designated initializers may leave it out."""
    if field.default == "null":
        return "{}"
    if is_optional(field):
        if field.struct and not field.array:
            return f" = {field.kind}{{}}"
        inner = f"std::span<{item_type(field)}>" if field.array else CPP_TYPE[field.kind]
        return f" = {inner}{{}}"
    if field.array or field.struct or field.kind in ("uuid", "bytes", "records"):
        return "{}"
    if field.kind == "string":
        return f' = "{field.default}"' if field.default else "{}"
    if field.kind == "bool":
        return f" = {field.default or 'false'}"
    return f" = {number(field) or '0'}"


def note(field, message):
    """The versions that have the field, when not all do, and its tag."""
    parts = []
    if not field.versions.covers(message.versions):
        low, high = field.versions.low, field.versions.high
        parts.append(f"{low}+" if high >= message.versions.high else str(low) if low == high else f"{low}-{high}")
    if field.tag is not None:
        parts.append(f"tag {field.tag}")
    return f"  // {', '.join(parts)}" if parts else ""


def tag_structs(message):
    """Names of the structs that need all_default(): those that are a tagged field, and what these hold."""
    wanted = set()

    def compares(field):
        return field.struct and not field.array and field.default != "null"

    def add(struct):
        wanted.add(struct.name)
        for field in struct.fields:
            if compares(field):
                add(field.struct)

    for struct in message.structs + [message.body]:
        for field in struct.known_tags():
            if compares(field):
                add(field.struct)
    return wanted


def inner_namespace(message):
    return snake(message.name)


def members(struct, message, indent):
    lines = [f"{indent}{cpp_type(f)} {f.name}{initializer(f)};{note(f, message)}" for f in struct.fields]
    if message.flexible_from is not None:
        lines.append(f"{indent}std::span<const UnknownTag> unknown_tags{{}};")
    return lines


def functions(struct, message, indent):
    lines = [
        "",
        f"{indent}void read(Reader& in, std::int16_t v, Arena& arena);",
        f"{indent}template <class Sink>",
        f"{indent}void put(Sink& out, std::int16_t v) const;",
    ]
    if struct.name in tag_structs(message):
        lines.append(f"{indent}bool all_default() const;")
    return lines


def inner_structs(message):
    lines = [f"namespace {inner_namespace(message)} {{"]
    for struct in message.structs:
        lines += ["", f"struct {struct.name} {{", f"  static constexpr std::size_t kMinWireSize = {message.min_wire_size(struct)};"]
        lines += members(struct, message, "  ") + functions(struct, message, "  ") + ["};"]
    return lines + ["", f"}}  // namespace {inner_namespace(message)}", ""]


def constants(message):
    flexible = "kNeverFlexible" if message.flexible_from is None else message.flexible_from
    lines = [f'  static constexpr std::string_view kName = "{message.name}";']
    if message.api_key is not None:
        lines.append(f"  static constexpr std::int16_t kApiKey = {message.api_key};")
    if message.record_type is not None:
        lines.append(f"  static constexpr std::int16_t kRecordType = {message.record_type};")
    return lines + [
        f"  static constexpr std::int16_t kMinVersion = {message.versions.low};",
        f"  static constexpr std::int16_t kMaxVersion = {message.versions.high};",
        f"  static constexpr std::int16_t kFlexibleFrom = {flexible};",
    ]


def message_struct(message):
    lines = inner_structs(message) if message.structs else []
    lines += [f"struct {message.name} {{"] + constants(message)
    if message.structs:
        lines.append("")
    lines += [f"  using {struct.name} = {inner_namespace(message)}::{struct.name};" for struct in message.structs]
    lines += [""] + members(message.body, message, "  ")
    lines += [
        "",
        f"  static Result<{message.name}> decode(Reader& in, std::int16_t v, Arena& arena);",
        "  SizeCounter measure(std::int16_t v) const;",
        "  std::size_t encoded_size(std::int16_t v) const { return measure(v).memory; }",
        "  void encode(Writer& out, std::int16_t v) const;",
    ]
    lines += functions(message.body, message, "  ") + ["};"]
    return lines + [f"static_assert(std::is_trivially_destructible_v<{message.name}>);"]


def generate(schema):
    lines = [
        "// Generated by tools/protogen; do not edit.",
        "#pragma once",
        "",
        '#include "wire/types.h"',
        '#include "wire/writer.h"',
        "",
        "namespace streamline::wire {",
    ]
    for message in schema.messages:
        lines += [""] + message_struct(message)
    return "\n".join(lines + ["", "}  // namespace streamline::wire", ""])
