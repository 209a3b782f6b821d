// Tags, and the ends of groups.
#include "schemas/proto_wire.h"

#include <vector>

namespace streamline::cli {

namespace {

constexpr std::size_t kDeepestGroup = 100;
constexpr std::uint64_t kMostNumber = (1U << 29) - 1;

Result<ProtoPart> take_tag(Reader& reader) {
  const std::size_t at = reader.at();
  auto tag = reader.number();
  if (!tag) return fail_with(std::move(tag));
  const std::uint64_t number = *tag >> 3;
  const std::uint64_t wire = *tag & 7;
  if (number == 0 || number > kMostNumber || wire > 5)
    return fail(Errc::malformed, fmt::format("no field (number {}, wire type {}) at byte {}", number, wire, at));
  return ProtoPart{.number = static_cast<std::uint32_t>(number), .wire = static_cast<ProtoWire>(wire), .at = reader.at()};
}

Status take_content(Reader& reader, ProtoPart& part) {
  std::uint64_t size = 0;
  if (part.wire == ProtoWire::varint) {
    auto value = reader.number();
    if (!value) return fail_with(std::move(value));
    part.value = *value;
    return {};
  }
  if (part.wire == ProtoWire::fixed64) size = 8;
  if (part.wire == ProtoWire::fixed32) size = 4;
  if (part.wire == ProtoWire::bytes) {
    auto counted = reader.number();
    if (!counted) return fail_with(std::move(counted));
    size = *counted;
  }
  part.at = reader.at();
  auto bytes = reader.take(size);
  if (!bytes) return fail_with(std::move(bytes));
  part.bytes = *bytes;
  return {};
}

/// Everything up to the end of the group that has begun.
Status take_group(Reader& reader, ProtoPart& group) {
  const ByteView all = reader.rest();
  const std::size_t begin = reader.at();
  std::vector<std::uint32_t> open{group.number};
  while (true) {
    const std::size_t before = reader.at();
    auto part = take_tag(reader);
    if (!part) return fail_with(std::move(part));
    if (part->wire == ProtoWire::group_begin) {
      if (open.size() >= kDeepestGroup) return reader.wrong("groups nested too deep");
      open.push_back(part->number);
    } else if (part->wire == ProtoWire::group_end) {
      if (part->number != open.back()) return reader.wrong("the end of a group that has not begun");
      open.pop_back();
      if (!open.empty()) continue;
      group.bytes = all.first(before - begin);
      group.at = begin;
      return {};
    } else if (auto content = take_content(reader, *part); !content) {
      return content;
    }
  }
}

}  // namespace

ProtoWire wire_of(ProtoKind kind) {
  switch (kind) {
    case ProtoKind::float64:
    case ProtoKind::fixed64:
    case ProtoKind::sfixed64: return ProtoWire::fixed64;
    case ProtoKind::float32:
    case ProtoKind::fixed32:
    case ProtoKind::sfixed32: return ProtoWire::fixed32;
    case ProtoKind::string:
    case ProtoKind::bytes:
    case ProtoKind::message:
    case ProtoKind::named: return ProtoWire::bytes;
    case ProtoKind::group: return ProtoWire::group_begin;
    case ProtoKind::int64:
    case ProtoKind::uint64:
    case ProtoKind::int32:
    case ProtoKind::boolean:
    case ProtoKind::uint32:
    case ProtoKind::enumeration:
    case ProtoKind::sint32:
    case ProtoKind::sint64: break;
  }
  return ProtoWire::varint;
}

Result<ProtoPart> next_part(Reader& reader) {
  auto part = take_tag(reader);
  if (!part) return part;
  if (part->wire == ProtoWire::group_end) return reader.wrong("the end of a group that has not begun");
  const Status content = part->wire == ProtoWire::group_begin ? take_group(reader, *part) : take_content(reader, *part);
  if (!content) return std::unexpected(content.error());
  return part;
}

}  // namespace streamline::cli
