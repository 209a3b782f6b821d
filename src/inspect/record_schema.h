// Tables of the record schemas of src/wire/schemas/records, and how bytes are shown by them. The tables are generated.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "inspect/line.h"

namespace streamline::inspect {

enum class Kind : std::uint8_t { boolean, int8, int16, int32, int64, uint16, float64, uuid, string, bytes, records, structure };
enum class Shape : std::uint8_t { single, array };
/// Whose records they are: __consumer_offsets, __transaction_state, __share_group_state, or no internal topic's.
enum class Family : std::uint8_t { groups, transactions, share, none };

/// Versions [first, last]; empty when last is the smaller.
struct VersionRange {
  std::int16_t first = 0;
  std::int16_t last = 0;
  bool has(std::int16_t version) const { return version >= first && version <= last; }
};

struct SchemaField {
  std::string_view name;
  Kind kind = Kind::int8;
  Shape shape = Shape::single;
  VersionRange versions = {};
  VersionRange null_in = {};
  /// -1: not tagged.
  int tag = -1;
  /// Of a structure: its fields, as places in schema_fields().
  std::size_t first_field = 0;
  std::size_t field_count = 0;
};

struct RecordSchema {
  std::string_view name;
  Family family = Family::none;
  /// The number in front of the key; -1 for records that are no coordinator's.
  int type = -1;
  VersionRange versions = {};
  std::int16_t flexible_from = 0;
  std::size_t first_field = 0;
  std::size_t field_count = 0;
};

std::span<const SchemaField> schema_fields();
std::span<const RecordSchema> record_schemas();

/// Null when there is none.
const RecordSchema* find_schema(std::string_view name);
/// A coordinator record's key or value by the number in the key; `ending` is "Key" or "Value".
const RecordSchema* find_schema(Family family, int type, std::string_view ending);

/// Adds the fields in `bytes` as one object; every byte must be used. Tagged fields that are absent are left out, unknown ones are
/// shown by their number. When it fails nothing was added. Errors: malformed, unsupported (a version without a schema).
Status put_record(Line& line, std::string_view name, const RecordSchema& schema, std::int16_t version, ByteView bytes);

}  // namespace streamline::inspect
