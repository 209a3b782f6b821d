// One function for each type; what takes no bytes is bounded by a count of values.
#include "schemas/avro_decoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "output/text.h"
#include "schemas/calendar.h"
#include "schemas/entries.h"
#include "schemas/reader.h"

namespace streamline::cli {

namespace {

constexpr int kDeepest = 200;
/// Beside one for each byte: nulls, empty records and fixed of no bytes take none.
constexpr std::uint64_t kMostValues = 100'000;
/// A decimal of more bytes is shown as bytes: turning it into digits takes the square of its length.
constexpr std::size_t kMostDecimalBytes = 64;

Json wrapped(ByteView bytes) {
  Json json = Json::object();
  json["base64"] = base64(bytes);
  return json;
}

Json real(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "Infinity" : "-Infinity";
  return number;
}

/// A whole number of two's complement, most significant byte first, with a point before its last `scale` digits.
std::string decimal_text(ByteView bytes, std::uint32_t scale) {
  std::vector<std::uint32_t> rest;
  for (const std::byte b : bytes) rest.push_back(static_cast<std::uint32_t>(b));
  const bool is_negative = !rest.empty() && rest[0] >= 0x80;
  if (is_negative) {
    std::uint32_t carry = 1;
    for (std::size_t i = rest.size(); i-- > 0;) {
      const std::uint32_t sum = (rest[i] ^ 0xffU) + carry;
      rest[i] = sum & 0xffU;
      carry = sum >> 8;
    }
  }
  std::string digits;
  while (std::ranges::any_of(rest, [](std::uint32_t part) { return part != 0; })) {
    std::uint32_t remainder = 0;
    for (std::uint32_t& part : rest) {
      const std::uint32_t value = (remainder << 8) | part;
      part = value / 10;
      remainder = value % 10;
    }
    digits.insert(digits.begin(), static_cast<char>('0' + remainder));
  }
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  if (scale > 0) digits.insert(digits.size() - scale, 1, '.');
  return is_negative ? "-" + digits : digits;
}

Json meant(const AvroNode& node, std::int64_t value) {
  switch (node.meaning) {
    case AvroMeaning::date: return date_text(value);
    case AvroMeaning::time_millis: return time_text(value, Fraction::millis);
    case AvroMeaning::time_micros: return time_text(value, Fraction::micros);
    case AvroMeaning::timestamp_millis: return moment_text(value, Fraction::millis, "Z");
    case AvroMeaning::timestamp_micros: return moment_text(value, Fraction::micros, "Z");
    case AvroMeaning::timestamp_nanos: return moment_text(value, Fraction::nanos, "Z");
    case AvroMeaning::local_timestamp_millis: return moment_text(value, Fraction::millis, "");
    case AvroMeaning::local_timestamp_micros: return moment_text(value, Fraction::micros, "");
    case AvroMeaning::local_timestamp_nanos: return moment_text(value, Fraction::nanos, "");
    case AvroMeaning::none:
    case AvroMeaning::decimal:
    case AvroMeaning::uuid:
    case AvroMeaning::duration: break;
  }
  return value;
}

Json meant(const AvroNode& node, ByteView bytes) {
  if (node.meaning == AvroMeaning::decimal && bytes.size() <= kMostDecimalBytes) return decimal_text(bytes, node.scale);
  if (node.meaning == AvroMeaning::uuid) {
    const std::string digits = hex(bytes);
    return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4), digits.substr(12, 4), digits.substr(16, 4),
                       digits.substr(20));
  }
  if (node.meaning == AvroMeaning::duration) {
    Json json = Json::object();
    json["months"] = load_le<std::uint32_t>(bytes.data());
    json["days"] = load_le<std::uint32_t>(bytes.data() + 4);
    json["millis"] = load_le<std::uint32_t>(bytes.data() + 8);
    return json;
  }
  return wrapped(bytes);
}

class AvroDecoder {
 public:
  AvroDecoder(ByteView bytes, const AvroSchema& schema) : reader_(bytes), schema_(schema), values_left_(kMostValues + bytes.size()) {}

  Result<Parsed> run() {
    auto value = read(schema_.root(), 0);
    if (!value) return value;
    if (!reader_.empty()) return reader_.wrong(fmt::format("{} bytes behind the value", reader_.left()));
    return value;
  }

 private:
  Result<Parsed> read(const AvroNode& node, int depth) {
    if (depth > kDeepest) return reader_.wrong(fmt::format("nested deeper than {}", kDeepest));
    if (values_left_-- == 0) return reader_.wrong("more values than such a record can be meant to have");
    switch (node.type) {
      case AvroType::null: return Parsed{nullptr};
      case AvroType::boolean: return boolean();
      case AvroType::int32:
      case AvroType::int64: return whole(node);
      case AvroType::float32: return number<std::uint32_t, float>();
      case AvroType::float64: return number<std::uint64_t, double>();
      case AvroType::bytes: return bytes(node);
      case AvroType::string: return string();
      case AvroType::record: return record(node, depth);
      case AvroType::enumeration: return symbol(node);
      case AvroType::array: return array(node, depth);
      case AvroType::map: return map(node, depth);
      case AvroType::fixed: return fixed(node);
      case AvroType::choice: return choice(node, depth);
    }
    return reader_.wrong("no type");
  }
  Result<Parsed> boolean() {
    auto byte = reader_.take(1);
    if (!byte) return fail_with(std::move(byte));
    const auto value = static_cast<unsigned>((*byte)[0]);
    if (value > 1) return reader_.wrong("no boolean before what stands");
    return Parsed{value == 1};
  }
  Result<std::int64_t> zigzag_number() {
    auto raw = reader_.number();
    if (!raw) return fail_with(std::move(raw));
    return unzigzag(*raw);
  }
  Result<Parsed> whole(const AvroNode& node) {
    const std::size_t at = reader_.at();
    auto value = zigzag_number();
    if (!value) return fail_with(std::move(value));
    const bool fits = node.type == AvroType::int64 || *value == static_cast<std::int32_t>(*value);
    if (!fits) return fail(Errc::malformed, fmt::format("{} at byte {} is no int", *value, at));
    return Parsed{meant(node, *value)};
  }
  template <class Bits, class Number>
  Result<Parsed> number() {
    auto taken = reader_.take(sizeof(Bits));
    if (!taken) return fail_with(std::move(taken));
    return Parsed{real(std::bit_cast<Number>(load_le<Bits>(taken->data())))};
  }
  Result<ByteView> counted() {
    auto size = zigzag_number();
    if (!size) return fail_with(std::move(size));
    if (*size < 0) return reader_.wrong("a negative length before what stands");
    return reader_.take(static_cast<std::uint64_t>(*size));
  }
  Result<Parsed> bytes(const AvroNode& node) {
    auto taken = counted();
    if (!taken) return fail_with(std::move(taken));
    return Parsed{meant(node, *taken)};
  }
  Result<Parsed> string() {
    auto taken = counted();
    if (!taken) return fail_with(std::move(taken));
    return Parsed{is_utf8(*taken) ? Json(std::string(as_text(*taken))) : wrapped(*taken)};
  }
  Result<Parsed> fixed(const AvroNode& node) {
    auto taken = reader_.take(node.size);
    if (!taken) return fail_with(std::move(taken));
    return Parsed{meant(node, *taken)};
  }
  Result<Parsed> record(const AvroNode& node, int depth) {
    Json object = Json::object();
    for (const auto& field : node.fields) {
      auto value = read(schema_.node(field.type), depth + 1);
      if (!value) return value;
      object[field.name] = std::move(value->value);
    }
    return Parsed{std::move(object)};
  }
  Result<Parsed> symbol(const AvroNode& node) {
    const std::size_t at = reader_.at();
    auto index = zigzag_number();
    if (!index) return fail_with(std::move(index));
    if (*index < 0 || static_cast<std::uint64_t>(*index) >= node.symbols.size())
      return fail(Errc::malformed, fmt::format("enum '{}' has no symbol {} at byte {}", node.name, *index, at));
    return Parsed{node.symbols[static_cast<std::size_t>(*index)]};
  }
  Result<Parsed> choice(const AvroNode& node, int depth) {
    const std::size_t at = reader_.at();
    auto index = zigzag_number();
    if (!index) return fail_with(std::move(index));
    if (*index < 0 || static_cast<std::uint64_t>(*index) >= node.types.size())
      return fail(Errc::malformed, fmt::format("a union of {} types has no type {} at byte {}", node.types.size(), *index, at));
    return read(schema_.node(node.types[static_cast<std::size_t>(*index)]), depth + 1);
  }
  /// Items of the block that begins here; 0 is the end. A negative count is followed by the block's size, which nobody needs here.
  Result<std::uint64_t> block() {
    auto count = zigzag_number();
    if (!count) return fail_with(std::move(count));
    if (*count >= 0) return static_cast<std::uint64_t>(*count);
    if (auto size = zigzag_number(); !size) return fail_with(std::move(size));
    return std::uint64_t{0} - static_cast<std::uint64_t>(*count);
  }
  Result<Parsed> array(const AvroNode& node, int depth) {
    Json list = Json::array();
    while (true) {
      auto count = block();
      if (!count) return fail_with(std::move(count));
      if (*count == 0) return Parsed{std::move(list)};
      for (std::uint64_t i = 0; i < *count; ++i) {
        auto value = read(schema_.node(node.types[0]), depth + 1);
        if (!value) return value;
        list.push_back(std::move(value->value));
      }
    }
  }
  Result<Parsed> map(const AvroNode& node, int depth) {
    Entries entries;
    while (true) {
      auto count = block();
      if (!count) return fail_with(std::move(count));
      if (*count == 0) return Parsed{entries.take()};
      for (std::uint64_t i = 0; i < *count; ++i) {
        auto key = counted();
        if (!key) return fail_with(std::move(key));
        auto value = read(schema_.node(node.types[0]), depth + 1);
        if (!value) return value;
        entries.put(std::string(as_text(*key)), std::move(value->value));
      }
    }
  }

  Reader reader_;
  const AvroSchema& schema_;
  std::uint64_t values_left_;
};

}  // namespace

Result<Parsed> decode_avro(ByteView bytes, const AvroSchema& schema) { return AvroDecoder(bytes, schema).run(); }

}  // namespace streamline::cli
