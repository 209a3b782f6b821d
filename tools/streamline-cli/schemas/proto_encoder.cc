// Field by field, in the order of the JSON; well-known types are taken back into the fields that they have first.
#include "schemas/proto_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>

#include "base/bytes.h"
#include "base/varint.h"
#include "output/text.h"
#include "schemas/proto_known.h"
#include "schemas/proto_wire.h"
#include "schemas/writing.h"

namespace streamline::cli {

namespace {

constexpr int kDeepest = 100;

void put_number(std::string& out, std::uint64_t number) {
  std::array<std::byte, kMaxVarint64Bytes> bytes{};
  out += as_text(ByteView(bytes).first(write_uvarint64(bytes.data(), number)));
}

void put_tag(std::string& out, std::uint32_t number, ProtoWire wire) {
  put_number(out, (std::uint64_t{number} << 3) | static_cast<std::uint64_t>(wire));
}

template <class Number>
void put_fixed(std::string& out, Number number) {
  std::array<std::byte, sizeof(Number)> bytes{};
  store_le(bytes.data(), number);
  out += as_text(bytes);
}

std::unexpected<Error> misfit(const Json& value, std::string_view kind) {
  return fail(Errc::malformed, fmt::format("{} is no {}", shown(value), kind));
}

/// A whole number, or the digits of one as text.
template <class Number>
Result<Number> whole(const Json& value, std::string_view kind) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.is_number_integer() ? value.dump() : std::string();
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return misfit(value, kind);
  return number;
}

class ProtoEncoder {
 public:
  explicit ProtoEncoder(const ProtoSchema& schema) : schema_(schema) {}

  Result<std::string> run(const Json& value, std::size_t index) {
    std::string out;
    if (auto put = message(out, value, index, 0); !put) return std::unexpected(place_.with(put.error()));
    return out;
  }

 private:
  Status message(std::string& out, const Json& given, std::size_t index, int depth) {
    if (depth > kDeepest) return fail(Errc::malformed, fmt::format("nested deeper than {}", kDeepest));
    const ProtoMessage& message = schema_.message(index);
    auto fields = fields_of_known(message.name, given);
    if (!fields) return fail_with(std::move(fields));
    const Json& value = fields->value;
    if (!value.is_object()) return misfit(value, message.name);
    for (const auto& item : value.items()) {
      const auto field = std::ranges::find_if(
          message.fields, [&](const auto& entry) { return entry.second.name == item.key() || entry.second.plain_name == item.key(); });
      if (field == message.fields.end()) return fail(Errc::malformed, fmt::format("'{}' has no field '{}'", message.name, item.key()));
      const Place::Step step(place_, "." + item.key());
      if (auto put = put_field(out, field->second, item.value(), depth); !put) return place_.keep(put);
    }
    return {};
  }
  Status put_field(std::string& out, const ProtoField& field, const Json& value, int depth) {
    // The null of google.protobuf.Value is one; any other stands for a field that is not there.
    const bool is_dynamic = field.kind == ProtoKind::message && schema_.message(field.type).name == "google.protobuf.Value";
    if (value.is_null() && !(is_dynamic && field.count == ProtoCount::one)) return {};
    if (field.count == ProtoCount::one) return single(out, field, value, depth);
    const bool is_map = field.kind == ProtoKind::message && schema_.message(field.type).role == ProtoRole::map_entry;
    if (is_map) return put_entries(out, field, value, depth);
    if (!value.is_array()) return misfit(value, "list");
    return is_packable(field.kind) ? packed(out, field, value) : each_alone(out, field, value, depth);
  }
  static bool is_packable(ProtoKind kind) {
    return kind != ProtoKind::string && kind != ProtoKind::bytes && kind != ProtoKind::message && kind != ProtoKind::group;
  }
  Status each_alone(std::string& out, const ProtoField& field, const Json& list, int depth) {
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Place::Step step(place_, fmt::format("[{}]", i));
      if (auto put = single(out, field, list[i], depth); !put) return place_.keep(put);
    }
    return {};
  }
  Status packed(std::string& out, const ProtoField& field, const Json& list) {
    std::string inside;
    for (std::size_t i = 0; i < list.size(); ++i) {
      const Place::Step step(place_, fmt::format("[{}]", i));
      if (auto put = scalar(inside, field, list[i]); !put) return place_.keep(put);
    }
    if (list.empty()) return {};
    put_tag(out, field.number, ProtoWire::bytes);
    put_number(out, inside.size());
    out += inside;
    return {};
  }
  Status put_entries(std::string& out, const ProtoField& field, const Json& value, int depth) {
    if (!value.is_object()) return misfit(value, "object");
    const auto& fields = schema_.message(field.type).fields;
    if (!fields.contains(1) || !fields.contains(2)) return misfit(value, field.name);
    for (const auto& item : value.items()) {
      const Place::Step step(place_, "." + item.key());
      std::string entry;
      const bool is_bool = fields.at(1).kind == ProtoKind::boolean && (item.key() == "true" || item.key() == "false");
      const Json key = is_bool ? Json(item.key() == "true") : Json(item.key());
      if (auto put = single(entry, fields.at(1), key, depth); !put) return place_.keep(put);
      if (auto put = put_field(entry, fields.at(2), item.value(), depth + 1); !put) return place_.keep(put);
      put_tag(out, field.number, ProtoWire::bytes);
      put_number(out, entry.size());
      out += entry;
    }
    return {};
  }
  Status single(std::string& out, const ProtoField& field, const Json& value, int depth) {
    if (is_packable(field.kind)) {
      put_tag(out, field.number, wire_of(field.kind));
      return scalar(out, field, value);
    }
    std::string inside;
    if (field.kind == ProtoKind::message || field.kind == ProtoKind::group) {
      if (auto put = message(inside, value, field.type, depth + 1); !put) return put;
    } else {
      auto content = content_of(field, value);
      if (!content) return fail_with(std::move(content));
      inside = *std::move(content);
    }
    if (field.kind == ProtoKind::group) {
      put_tag(out, field.number, ProtoWire::group_begin);
      out += inside;
      put_tag(out, field.number, ProtoWire::group_end);
      return {};
    }
    put_tag(out, field.number, ProtoWire::bytes);
    put_number(out, inside.size());
    out += inside;
    return {};
  }
  static Result<std::string> content_of(const ProtoField& field, const Json& value) {
    // Protobuf's own JSON has bytes as bare base64.
    if (field.kind == ProtoKind::bytes && value.is_string()) return from_base64(value.get_ref<const std::string&>());
    auto content = bytes_in(value);
    if (!content) return misfit(value, field.kind == ProtoKind::bytes ? "base64" : "string");
    return *std::move(content);
  }
  template <class Number, class Put>
  static Status put_whole(const Json& value, std::string_view kind, const Put& put) {
    auto number = whole<Number>(value, kind);
    if (!number) return fail_with(std::move(number));
    put(*number);
    return {};
  }
  Status scalar(std::string& out, const ProtoField& field, const Json& value) const {
    // Negative numbers of 32 bits take ten bytes, as those of 64.
    const auto put_signed = [&](std::int64_t number) { put_number(out, static_cast<std::uint64_t>(number)); };
    const auto put_unsigned = [&](std::uint64_t number) { put_number(out, number); };
    switch (field.kind) {
      case ProtoKind::int32: return put_whole<std::int32_t>(value, "int32", put_signed);
      case ProtoKind::int64: return put_whole<std::int64_t>(value, "int64", put_signed);
      case ProtoKind::uint32: return put_whole<std::uint32_t>(value, "uint32", put_unsigned);
      case ProtoKind::uint64: return put_whole<std::uint64_t>(value, "uint64", put_unsigned);
      case ProtoKind::sint32:
        return put_whole<std::int32_t>(value, "sint32", [&](std::int32_t number) { put_number(out, zigzag(number)); });
      case ProtoKind::sint64:
        return put_whole<std::int64_t>(value, "sint64", [&](std::int64_t number) { put_number(out, zigzag(number)); });
      case ProtoKind::fixed32: return put_whole<std::uint32_t>(value, "fixed32", [&](std::uint32_t number) { put_fixed(out, number); });
      case ProtoKind::fixed64: return put_whole<std::uint64_t>(value, "fixed64", [&](std::uint64_t number) { put_fixed(out, number); });
      case ProtoKind::sfixed32: return put_whole<std::int32_t>(value, "sfixed32", [&](std::int32_t number) { put_fixed(out, number); });
      case ProtoKind::sfixed64: return put_whole<std::int64_t>(value, "sfixed64", [&](std::int64_t number) { put_fixed(out, number); });
      case ProtoKind::float32:
      case ProtoKind::float64: return real(out, field, value);
      case ProtoKind::boolean:
        if (!value.is_boolean()) return misfit(value, "bool");
        put_number(out, value.get<bool>() ? 1 : 0);
        return {};
      case ProtoKind::enumeration: return symbol(out, field, value);
      case ProtoKind::string:
      case ProtoKind::bytes:
      case ProtoKind::message:
      case ProtoKind::group:
      case ProtoKind::named: break;
    }
    return misfit(value, field.name);
  }
  static Status real(std::string& out, const ProtoField& field, const Json& value) {
    const auto number = number_in(value);
    if (!number) return misfit(value, field.kind == ProtoKind::float32 ? "float" : "double");
    if (field.kind == ProtoKind::float32)
      put_fixed(out, std::bit_cast<std::uint32_t>(static_cast<float>(*number)));
    else
      put_fixed(out, std::bit_cast<std::uint64_t>(*number));
    return {};
  }
  Status symbol(std::string& out, const ProtoField& field, const Json& value) const {
    const ProtoEnum& enumeration = schema_.enumeration(field.type);
    if (value.is_string()) {
      const auto& name = value.get_ref<const std::string&>();
      const auto found = enumeration.numbers.find(name);
      if (found == enumeration.numbers.end()) return misfit(value, enumeration.name);
      put_number(out, static_cast<std::uint64_t>(std::int64_t{found->second}));
      return {};
    }
    return put_whole<std::int32_t>(value, enumeration.name,
                                   [&](std::int32_t number) { put_number(out, static_cast<std::uint64_t>(std::int64_t{number})); });
  }

  const ProtoSchema& schema_;
  Place place_;
};

}  // namespace

Result<std::string> encode_proto(const Json& value, const ProtoSchema& schema, std::size_t message) {
  return ProtoEncoder(schema).run(value, message);
}

}  // namespace streamline::cli
