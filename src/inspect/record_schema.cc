// Walks bytes by the tables of schemas.
#include "inspect/record_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "wire/reader.h"

namespace streamline::inspect {
namespace {

using wire::Encoding;
using wire::Reader;

class RecordPrinter {
 public:
  RecordPrinter(Line& line, const RecordSchema& schema, std::int16_t version)
      : line_(line), version_(version), encoding_(wire::encoding_of(version, schema.flexible_from)) {}

  /// The caller asks in.ok() afterwards.
  void put_fields(std::size_t first, std::size_t count, Reader& in) {
    const auto fields = schema_fields().subspan(first, count);
    for (const SchemaField& field : fields) {
      if (field.tag < 0 && field.versions.has(version_) && in.ok()) put_field(field, in);
    }
    if (encoding_ == Encoding::compact) put_tags(fields, in);
  }

 private:
  void put_tags(std::span<const SchemaField> fields, Reader& in) {
    const std::uint32_t count = in.unsigned_varint();
    for (std::uint32_t i = 0; i < count && in.ok(); ++i) {
      const std::uint32_t tag = in.unsigned_varint();
      const ByteView bytes = in.raw(in.unsigned_varint());
      if (!in.ok()) return;
      const auto known = std::ranges::find_if(
          fields, [&](const SchemaField& field) { return field.tag == static_cast<int>(tag) && field.versions.has(version_); });
      if (known == fields.end()) {
        line_.contents(fmt::format("tag_{}", tag), bytes);
        continue;
      }
      Reader inner(bytes);
      put_field(*known, inner);
      if (!inner.ok() || inner.remaining() != 0) in.reject("a tagged field is malformed");
    }
  }

  void put_field(const SchemaField& field, Reader& in) {
    if (field.shape == Shape::single) return put_single(field, field.name, in);
    const std::optional<std::uint32_t> count = in.array_count(encoding_, {});
    if (!in.ok()) return;
    if (!count) {
      line_.null(field.name);
      return;
    }
    line_.open(field.name, '[');
    for (std::uint32_t i = 0; i < *count && in.ok(); ++i) put_single(field, {}, in);
    line_.close(']');
  }

  void put_single(const SchemaField& field, std::string_view name, Reader& in) {
    switch (field.kind) {
      case Kind::boolean: line_.number(name, std::int64_t{in.boolean() ? 1 : 0}); return;
      case Kind::int8: line_.number(name, std::int64_t{in.int8()}); return;
      case Kind::int16: line_.number(name, std::int64_t{in.int16()}); return;
      case Kind::int32: line_.number(name, std::int64_t{in.int32()}); return;
      case Kind::int64: line_.number(name, in.int64()); return;
      case Kind::uint16: line_.number(name, std::int64_t{in.uint16()}); return;
      case Kind::float64: line_.number(name, in.float64()); return;
      case Kind::uuid: line_.word(name, in.uuid().to_string()); return;
      case Kind::string: return put_string(name, in);
      case Kind::bytes:
      case Kind::records: return put_bytes(name, in);
      case Kind::structure: return put_struct(field, name, in);
    }
  }

  // Whether null is allowed is not asked here: what is there is shown.
  void put_string(std::string_view name, Reader& in) {
    if (const auto text = in.nullable_string(encoding_)) {
      line_.word(name, *text);
    } else if (in.ok()) {
      line_.null(name);
    }
  }

  void put_bytes(std::string_view name, Reader& in) {
    const std::optional<ByteView> bytes = in.nullable_bytes(encoding_);
    if (in.ok()) line_.contents(name, bytes);
  }

  void put_struct(const SchemaField& field, std::string_view name, Reader& in) {
    const bool may_be_null = field.shape == Shape::single && field.null_in.has(version_);
    if (may_be_null && !in.nullable_struct_follows()) {
      line_.null(name);
      return;
    }
    line_.open(name, '{');
    put_fields(field.first_field, field.field_count, in);
    line_.close('}');
  }

  Line& line_;
  const std::int16_t version_;
  const Encoding encoding_;
};

}  // namespace

const RecordSchema* find_schema(std::string_view name) {
  const auto all = record_schemas();
  const auto found = std::ranges::find_if(all, [&](const RecordSchema& schema) { return schema.name == name; });
  return found == all.end() ? nullptr : &*found;
}

const RecordSchema* find_schema(Family family, int type, std::string_view ending) {
  const auto all = record_schemas();
  const auto found = std::ranges::find_if(
      all, [&](const RecordSchema& schema) { return schema.family == family && schema.type == type && schema.name.ends_with(ending); });
  return found == all.end() ? nullptr : &*found;
}

Status put_record(Line& line, std::string_view name, const RecordSchema& schema, std::int16_t version, ByteView bytes) {
  if (!schema.versions.has(version)) {
    return fail(Errc::unsupported, fmt::format("{} has no version {}", schema.name, version));
  }
  const std::size_t before = line.mark();
  wire::Reader in(bytes);
  line.open(name, '{');
  RecordPrinter(line, schema, version).put_fields(schema.first_field, schema.field_count, in);
  line.close('}');
  if (in.ok() && in.remaining() != 0) in.reject("bytes are left over");
  if (in.ok()) return {};
  line.rewind(before);
  return fail(Errc::malformed, fmt::format("{} version {}: {} at byte {}", schema.name, version, in.failure(), in.position()));
}

}  // namespace streamline::inspect
