// One function for each type; a union tries its types.
#include "schemas/avro_encoder.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "output/text.h"
#include "schemas/calendar.h"
#include "schemas/reader.h"
#include "schemas/writing.h"

namespace streamline::cli {

namespace {

constexpr int kDeepest = 200;
constexpr std::size_t kMostDigits = 150;

/// A decimal as a whole number of two's complement, most significant byte first, without needless bytes.
Result<std::string> decimal_bytes(std::string_view text, std::uint32_t scale) {
  const std::string whole(text);
  const bool is_negative = text.starts_with('-');
  if (is_negative) text.remove_prefix(1);
  const std::size_t point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  std::string behind(text.substr(std::min(point + 1, text.size())));
  while (behind.size() > scale && behind.ends_with('0')) behind.pop_back();
  digits += behind;
  const bool good = !digits.empty() && digits.size() <= kMostDigits && behind.size() <= scale &&
                    std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; });
  if (!good) return fail(Errc::malformed, fmt::format("'{}' is no number with at most {} digits behind its point", whole, scale));
  digits.append(scale - behind.size(), '0');
  // Least significant byte first while it grows.
  std::vector<std::uint32_t> bytes{0};
  for (const char digit : digits) {
    std::uint32_t carry = static_cast<std::uint32_t>(digit - '0');
    for (std::uint32_t& byte : bytes) {
      const std::uint32_t value = byte * 10 + carry;
      byte = value & 0xffU;
      carry = value >> 8;
    }
    if (carry != 0) bytes.push_back(carry);
  }
  if (is_negative) {
    std::uint32_t carry = 1;
    for (std::uint32_t& byte : bytes) {
      const std::uint32_t sum = (byte ^ 0xffU) + carry;
      byte = sum & 0xffU;
      carry = sum >> 8;
    }
  }
  // The first bit is the sign. Zero has none, with a minus or without.
  const bool is_zero = std::ranges::all_of(bytes, [](std::uint32_t byte) { return byte == 0; });
  if ((bytes.back() >= 0x80) != (is_negative && !is_zero)) bytes.push_back(is_negative ? 0xff : 0);
  std::string out;
  for (std::size_t i = bytes.size(); i-- > 0;) out += static_cast<char>(bytes[i]);
  return out;
}

class AvroEncoder {
 public:
  explicit AvroEncoder(const AvroSchema& schema) : schema_(schema) {}

  Result<std::string> run(const Json& value) {
    if (auto put = write(schema_.root(), value, 0); !put) return std::unexpected(place_.with(put.error()));
    return std::move(out_);
  }

 private:
  std::unexpected<Error> misfit(const Json& value, const AvroNode& node) const {
    return fail(Errc::malformed, fmt::format("{} is no {}", shown(value), node.name));
  }
  void put_number(std::int64_t value) {
    std::array<std::byte, kMaxVarint64Bytes> bytes{};
    out_ += as_text(ByteView(bytes).first(write_varint64(bytes.data(), value)));
  }
  void put_counted(std::string_view bytes) {
    put_number(static_cast<std::int64_t>(bytes.size()));
    out_ += bytes;
  }

  Status write(const AvroNode& node, const Json& value, int depth) {
    if (depth > kDeepest) return fail(Errc::malformed, fmt::format("nested deeper than {}", kDeepest));
    switch (node.type) {
      case AvroType::null: return value.is_null() ? Status{} : misfit(value, node);
      case AvroType::boolean:
        if (!value.is_boolean()) return misfit(value, node);
        out_ += value.get<bool>() ? '\x01' : '\x00';
        return {};
      case AvroType::int32:
      case AvroType::int64: return whole(node, value);
      case AvroType::float32: return real<std::uint32_t, float>(node, value);
      case AvroType::float64: return real<std::uint64_t, double>(node, value);
      case AvroType::bytes:
      case AvroType::string:
      case AvroType::fixed: return bytes(node, value);
      case AvroType::record: return record(node, value, depth);
      case AvroType::enumeration: return symbol(node, value);
      case AvroType::array: return array(node, value, depth);
      case AvroType::map: return map(node, value, depth);
      case AvroType::choice: return choice(node, value, depth);
    }
    return misfit(value, node);
  }
  static Result<std::int64_t> number_of(const AvroNode& node, const std::string& text) {
    switch (node.meaning) {
      case AvroMeaning::date: return parse_date(text);
      case AvroMeaning::time_millis: return parse_time_of_day(text, Fraction::millis);
      case AvroMeaning::time_micros: return parse_time_of_day(text, Fraction::micros);
      case AvroMeaning::timestamp_millis: return parse_moment(text, Fraction::millis, "Z");
      case AvroMeaning::timestamp_micros: return parse_moment(text, Fraction::micros, "Z");
      case AvroMeaning::timestamp_nanos: return parse_moment(text, Fraction::nanos, "Z");
      case AvroMeaning::local_timestamp_millis: return parse_moment(text, Fraction::millis, "");
      case AvroMeaning::local_timestamp_micros: return parse_moment(text, Fraction::micros, "");
      case AvroMeaning::local_timestamp_nanos: return parse_moment(text, Fraction::nanos, "");
      case AvroMeaning::none:
      case AvroMeaning::decimal:
      case AvroMeaning::uuid:
      case AvroMeaning::duration: break;
    }
    return fail(Errc::malformed, fmt::format("\"{}\" is no {}", text, node.name));
  }
  Status whole(const AvroNode& node, const Json& value) {
    std::int64_t number = 0;
    if (value.is_string()) {
      auto parsed = number_of(node, value.get_ref<const std::string&>());
      if (!parsed) return fail_with(std::move(parsed));
      number = *parsed;
    } else {
      const bool is_too_large = value.is_number_unsigned() && value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max();
      if (!value.is_number_integer() || is_too_large) return misfit(value, node);
      number = value.get<std::int64_t>();
    }
    if (node.type == AvroType::int32 && number != static_cast<std::int32_t>(number)) return misfit(value, node);
    put_number(number);
    return {};
  }
  template <class Bits, class Number>
  Status real(const AvroNode& node, const Json& value) {
    const auto number = number_in(value);
    if (!number) return misfit(value, node);
    std::array<std::byte, sizeof(Bits)> bytes{};
    store_le(bytes.data(), std::bit_cast<Bits>(static_cast<Number>(*number)));
    out_ += as_text(bytes);
    return {};
  }
  Status bytes(const AvroNode& node, const Json& value) {
    auto content = content_of(node, value);
    if (!content) return fail_with(std::move(content));
    if (node.type != AvroType::fixed) {
      put_counted(*content);
      return {};
    }
    if (node.meaning == AvroMeaning::decimal && !content->empty() && content->size() < node.size)
      content->insert(0, static_cast<std::size_t>(node.size) - content->size(), content->at(0) < 0 ? '\xff' : '\x00');
    if (content->size() != node.size)
      return fail(Errc::malformed, fmt::format("{} bytes are no '{}', which has {}", content->size(), node.name, node.size));
    out_ += *content;
    return {};
  }
  Result<std::string> content_of(const AvroNode& node, const Json& value) const {
    if (node.meaning == AvroMeaning::decimal && (value.is_string() || value.is_number()))
      return decimal_bytes(value.is_string() ? value.get<std::string>() : value.dump(), node.scale);
    if (node.meaning == AvroMeaning::duration && value.is_object() && value.size() == 3) return duration_bytes(value);
    if (node.meaning == AvroMeaning::uuid && node.type == AvroType::fixed && value.is_string()) return from_hex(value.get<std::string>());
    auto content = bytes_in(value);
    if (!content) return misfit(value, node);
    return *std::move(content);
  }
  static Result<std::string> duration_bytes(const Json& value) {
    std::string out;
    for (const char* key : {"months", "days", "millis"}) {
      const auto found = value.find(key);
      const bool good = found != value.end() && found->is_number_unsigned() && found->get<std::uint64_t>() <= UINT32_MAX;
      if (!good) return fail(Errc::malformed, fmt::format("{} has no \"{}\" of 32 bits", shown(value), key));
      std::array<std::byte, 4> bytes{};
      store_le(bytes.data(), found->get<std::uint32_t>());
      out += as_text(bytes);
    }
    return out;
  }
  Status record(const AvroNode& node, const Json& value, int depth) {
    if (!value.is_object()) return misfit(value, node);
    for (const auto& item : value.items()) {
      const bool known = std::ranges::any_of(node.fields, [&](const AvroNode::Field& field) { return field.name == item.key(); });
      if (!known) return fail(Errc::malformed, fmt::format("'{}' has no field '{}'", node.name, item.key()));
    }
    for (const auto& field : node.fields) {
      const auto found = value.find(field.name);
      if (found == value.end() && !field.otherwise)
        return fail(Errc::malformed, fmt::format("the field '{}' of '{}' is missing", field.name, node.name));
      const Place::Step step(place_, "." + field.name);
      if (auto put = write(schema_.node(field.type), found == value.end() ? *field.otherwise : *found, depth + 1); !put)
        return place_.keep(put);
    }
    return {};
  }
  Status symbol(const AvroNode& node, const Json& value) {
    const auto found = value.is_string() ? std::ranges::find(node.symbols, value.get<std::string>()) : node.symbols.end();
    if (found == node.symbols.end()) return misfit(value, node);
    put_number(found - node.symbols.begin());
    return {};
  }
  Status array(const AvroNode& node, const Json& value, int depth) {
    if (!value.is_array()) return misfit(value, node);
    if (!value.empty()) put_number(static_cast<std::int64_t>(value.size()));
    for (std::size_t i = 0; i < value.size(); ++i) {
      const Place::Step step(place_, fmt::format("[{}]", i));
      if (auto put = write(schema_.node(node.types[0]), value[i], depth + 1); !put) return place_.keep(put);
    }
    put_number(0);
    return {};
  }
  Status map(const AvroNode& node, const Json& value, int depth) {
    if (!value.is_object()) return misfit(value, node);
    if (!value.empty()) put_number(static_cast<std::int64_t>(value.size()));
    for (const auto& item : value.items()) {
      put_counted(item.key());
      const Place::Step step(place_, "." + item.key());
      if (auto put = write(schema_.node(node.types[0]), item.value(), depth + 1); !put) return place_.keep(put);
    }
    put_number(0);
    return {};
  }
  /// Writes the value as this type of the union; takes it back when it does not fit.
  bool fits(const AvroNode& node, std::size_t index, const Json& value, int depth) {
    const std::size_t before = out_.size();
    put_number(static_cast<std::int64_t>(index));
    if (write(schema_.node(node.types[index]), value, depth + 1)) return true;
    out_.resize(before);
    place_.forget();
    return false;
  }
  Status choice(const AvroNode& node, const Json& value, int depth) {
    const auto is_real = [&](std::size_t index) {
      const AvroType type = schema_.node(node.types[index]).type;
      return type == AvroType::float32 || type == AvroType::float64;
    };
    // A whole number is one before it is a real one.
    for (std::size_t i = 0; i < node.types.size(); ++i) {
      if (!(value.is_number_integer() && is_real(i)) && fits(node, i, value, depth)) return {};
    }
    for (std::size_t i = 0; i < node.types.size(); ++i) {
      if (value.is_number_integer() && is_real(i) && fits(node, i, value, depth)) return {};
    }
    if (value.is_object() && value.size() == 1) {
      for (std::size_t i = 0; i < node.types.size(); ++i) {
        if (schema_.node(node.types[i]).name == value.begin().key() && fits(node, i, value.begin().value(), depth)) return {};
      }
    }
    std::vector<std::string> names;
    for (const std::size_t type : node.types) names.push_back(schema_.node(type).name);
    return fail(Errc::malformed, fmt::format("{} is none of {}", shown(value), fmt::join(names, ", ")));
  }

  const AvroSchema& schema_;
  std::string out_;
  Place place_;
};

}  // namespace

Result<std::string> encode_avro(const Json& value, const AvroSchema& schema) { return AvroEncoder(schema).run(value); }

}  // namespace streamline::cli
