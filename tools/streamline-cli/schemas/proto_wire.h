// Protobuf's wire format: fields by number, each with its bytes. Source: the encoding guide.
#pragma once

#include "schemas/proto_schema.h"
#include "schemas/reader.h"

namespace streamline::cli {

enum class ProtoWire : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, group_begin = 3, group_end = 4, fixed32 = 5 };

/// A field as it stands in the record: a number, or bytes (those of a fixed number too).
struct ProtoPart {
  std::uint32_t number = 0;
  ProtoWire wire = ProtoWire::varint;
  std::uint64_t value = 0;
  ByteView bytes{};
  /// Where `bytes` begin, for complaints.
  std::size_t at = 0;
};

/// How a single value of this kind stands in a record.
ProtoWire wire_of(ProtoKind kind);

/// The next field; of a group its whole inside as bytes. malformed also for a group that is not closed or nests deeper than 100.
Result<ProtoPart> next_part(Reader& reader);

}  // namespace streamline::cli
