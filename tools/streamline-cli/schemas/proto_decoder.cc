// Field by field, in the order of the record; repeated ones and maps are gathered.
#include "schemas/proto_decoder.h"

#include <bit>
#include <cmath>

#include "output/text.h"
#include "schemas/entries.h"
#include "schemas/proto_known.h"
#include "schemas/proto_wire.h"

namespace streamline::cli {

namespace {

constexpr int kDeepest = 100;

Json real(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

Json wrapped(ByteView bytes) {
  Json json = Json::object();
  json["base64"] = base64(bytes);
  return json;
}

/// A number of 4 or 8 bytes in the first of them.
std::uint64_t fixed_bits(ByteView bytes) {
  return bytes.size() == 8 ? load_le<std::uint64_t>(bytes.data()) : load_le<std::uint32_t>(bytes.data());
}

class ProtoDecoder {
 public:
  explicit ProtoDecoder(const ProtoSchema& schema) : schema_(schema) {}

  Result<Parsed> message(ByteView bytes, std::size_t at, std::size_t index, int depth) {
    if (depth > kDeepest) return fail(Errc::malformed, fmt::format("nested deeper than {} at byte {}", kDeepest, at));
    const ProtoMessage& message = schema_.message(index);
    Json object = Json::object();
    std::map<std::uint32_t, Entries> maps;
    Reader reader(bytes, at);
    while (!reader.empty()) {
      auto part = next_part(reader);
      if (!part) return fail_with(std::move(part));
      const auto found = message.fields.find(part->number);
      if (found == message.fields.end()) continue;
      const ProtoField& field = found->second;
      const Status put =
          is_map(field) ? put_entry(maps[field.number], field, *part, depth) : put_field(object, message, field, *part, depth);
      if (!put) return std::unexpected(put.error());
    }
    for (auto& [number, entries] : maps) object[message.fields.at(number).name] = entries.take();
    return Parsed{known_form(message.name, std::move(object))};
  }

 private:
  bool is_map(const ProtoField& field) const {
    return field.kind == ProtoKind::message && schema_.message(field.type).role == ProtoRole::map_entry;
  }
  static std::unexpected<Error> misfit(const ProtoField& field, const ProtoPart& part) {
    return fail(Errc::malformed, fmt::format("field '{}' is of wire type {} at byte {}, which it cannot be", field.name,
                                             static_cast<int>(part.wire), part.at));
  }
  Status put_field(Json& object, const ProtoMessage& message, const ProtoField& field, const ProtoPart& part, int depth) {
    if (field.count == ProtoCount::many) {
      Json& list = object[field.name];
      if (list.is_null()) list = Json::array();
      return put_items(list, field, part, depth);
    }
    auto value = single(field, part, depth);
    if (!value) return fail_with(std::move(value));
    // Of a oneof the last that comes counts.
    if (field.oneof) {
      for (const auto& [number, other] : message.fields) {
        if (other.oneof == field.oneof && number != field.number) object.erase(other.name);
      }
    }
    Json& place = object[field.name];
    // A message in several pieces is one.
    if (place.is_object() && value->value.is_object() && field.kind == ProtoKind::message)
      place.update(value->value);
    else
      place = std::move(value->value);
    return {};
  }
  Status put_items(Json& list, const ProtoField& field, const ProtoPart& part, int depth) {
    const ProtoWire wire = wire_of(field.kind);
    const bool is_packed = part.wire == ProtoWire::bytes && wire != ProtoWire::bytes && wire != ProtoWire::group_begin;
    if (!is_packed) {
      auto value = single(field, part, depth);
      if (!value) return fail_with(std::move(value));
      list.push_back(std::move(value->value));
      return {};
    }
    Reader reader(part.bytes, part.at);
    while (!reader.empty()) {
      ProtoPart item{.number = part.number, .wire = wire, .at = reader.at()};
      if (wire == ProtoWire::varint) {
        auto number = reader.number();
        if (!number) return fail_with(std::move(number));
        item.value = *number;
      } else {
        auto bytes = reader.take(wire == ProtoWire::fixed64 ? 8 : 4);
        if (!bytes) return fail_with(std::move(bytes));
        item.bytes = *bytes;
      }
      list.push_back(scalar(field, item));
    }
    return {};
  }
  Status put_entry(Entries& entries, const ProtoField& field, const ProtoPart& part, int depth) {
    if (part.wire != ProtoWire::bytes) return misfit(field, part);
    if (depth >= kDeepest) return fail(Errc::malformed, fmt::format("nested deeper than {} at byte {}", kDeepest, part.at));
    const auto& fields = schema_.message(field.type).fields;
    const auto key_field = fields.find(1);
    const auto value_field = fields.find(2);
    if (key_field == fields.end() || value_field == fields.end()) return misfit(field, part);
    Json key = nothing_of(key_field->second);
    Json value = nothing_of(value_field->second);
    Reader reader(part.bytes, part.at);
    while (!reader.empty()) {
      auto inside = next_part(reader);
      if (!inside) return fail_with(std::move(inside));
      if (inside->number > 2) continue;
      auto read = single(inside->number == 1 ? key_field->second : value_field->second, *inside, depth + 1);
      if (!read) return fail_with(std::move(read));
      (inside->number == 1 ? key : value) = std::move(read->value);
    }
    entries.put(key.is_string() ? key.get<std::string>() : key.dump(), std::move(value));
    return {};
  }
  /// The value of a field that is not there.
  Json nothing_of(const ProtoField& field) {
    if (field.kind == ProtoKind::message) {
      auto empty = message({}, 0, field.type, kDeepest);
      return empty ? std::move(empty->value) : Json(nullptr);
    }
    if (field.kind == ProtoKind::string) return "";
    if (field.kind == ProtoKind::bytes) return wrapped({});
    if (field.kind == ProtoKind::float32 || field.kind == ProtoKind::float64) return 0.0;
    return scalar(field, {});
  }
  Result<Parsed> single(const ProtoField& field, const ProtoPart& part, int depth) {
    if (field.kind == ProtoKind::group || field.kind == ProtoKind::message) {
      if (part.wire != ProtoWire::bytes && part.wire != ProtoWire::group_begin) return misfit(field, part);
      return message(part.bytes, part.at, field.type, depth + 1);
    }
    if (part.wire != wire_of(field.kind)) return misfit(field, part);
    return Parsed{scalar(field, part)};
  }
  Json scalar(const ProtoField& field, const ProtoPart& part) const {
    const std::uint64_t bits = part.wire == ProtoWire::varint ? part.value : part.bytes.size() >= 4 ? fixed_bits(part.bytes) : 0;
    switch (field.kind) {
      case ProtoKind::float64: return real(std::bit_cast<double>(bits));
      case ProtoKind::float32: return real(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      case ProtoKind::int64:
      case ProtoKind::sfixed64: return static_cast<std::int64_t>(bits);
      case ProtoKind::uint64:
      case ProtoKind::fixed64: return bits;
      case ProtoKind::int32:
      case ProtoKind::sfixed32: return static_cast<std::int32_t>(bits);
      case ProtoKind::uint32:
      case ProtoKind::fixed32: return static_cast<std::uint32_t>(bits);
      case ProtoKind::sint32: return unzigzag(static_cast<std::uint32_t>(bits));
      case ProtoKind::sint64: return unzigzag(bits);
      case ProtoKind::boolean: return bits != 0;
      case ProtoKind::string: return is_utf8(part.bytes) ? Json(std::string(as_text(part.bytes))) : wrapped(part.bytes);
      case ProtoKind::bytes: return wrapped(part.bytes);
      case ProtoKind::enumeration: return symbol(field, static_cast<std::int32_t>(bits));
      case ProtoKind::group:
      case ProtoKind::message:
      case ProtoKind::named: break;
    }
    return nullptr;
  }
  Json symbol(const ProtoField& field, std::int32_t number) const {
    const auto& values = schema_.enumeration(field.type).values;
    const auto found = values.find(number);
    return found == values.end() ? Json(number) : Json(found->second);
  }

  const ProtoSchema& schema_;
};

}  // namespace

Result<Parsed> decode_proto(ByteView bytes, const ProtoSchema& schema, std::size_t message) {
  return ProtoDecoder(schema).message(bytes, 0, message, 0);
}

}  // namespace streamline::cli
