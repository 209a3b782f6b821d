// Source: the JSON mapping in Protobuf's documentation; field numbers as in Google's files.
#include "schemas/proto_known.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdlib>

#include "schemas/calendar.h"
#include "schemas/proto_schema.h"

namespace streamline::cli {

namespace {

struct KnownFile {
  std::string_view name;
  std::string_view text;
};
constexpr std::array kFiles = {
    KnownFile{"google/protobuf/timestamp.proto", "package google.protobuf; message Timestamp { int64 seconds = 1; int32 nanos = 2; }"},
    KnownFile{"google/protobuf/duration.proto", "package google.protobuf; message Duration { int64 seconds = 1; int32 nanos = 2; }"},
    KnownFile{"google/protobuf/empty.proto", "package google.protobuf; message Empty {}"},
    KnownFile{"google/protobuf/any.proto", "package google.protobuf; message Any { string type_url = 1; bytes value = 2; }"},
    KnownFile{"google/protobuf/field_mask.proto", "package google.protobuf; message FieldMask { repeated string paths = 1; }"},
    KnownFile{"google/protobuf/descriptor.proto", "package google.protobuf;"},
    KnownFile{"google/protobuf/wrappers.proto",
              "package google.protobuf; message DoubleValue { double value = 1; } message FloatValue { float value = 1; }"
              "message Int64Value { int64 value = 1; } message UInt64Value { uint64 value = 1; } message Int32Value { int32 value = 1; }"
              "message UInt32Value { uint32 value = 1; } message BoolValue { bool value = 1; } message StringValue { string value = 1; }"
              "message BytesValue { bytes value = 1; }"},
    KnownFile{
        "google/protobuf/struct.proto",
        "package google.protobuf; message Struct { map<string, Value> fields = 1; } enum NullValue { NULL_VALUE = 0; }"
        "message ListValue { repeated Value values = 1; } message Value { oneof kind { NullValue null_value = 1;"
        "double number_value = 2; string string_value = 3; bool bool_value = 4; Struct struct_value = 5; ListValue list_value = 6; } }"},
};

constexpr std::string_view kPackage = "google.protobuf.";

std::int64_t number_of(const Json& fields, const char* key) {
  const auto found = fields.find(key);
  return found != fields.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

/// None, or a point and 3, 6 or 9 digits.
std::string fraction_text(std::int64_t nanos) {
  if (nanos == 0) return {};
  if (nanos % 1'000'000 == 0) return fmt::format(".{:03}", nanos / 1'000'000);
  if (nanos % 1'000 == 0) return fmt::format(".{:06}", nanos / 1'000);
  return fmt::format(".{:09}", nanos);
}

Json timestamp(Json fields) {
  const std::int64_t seconds = number_of(fields, "seconds");
  const std::int64_t nanos = number_of(fields, "nanos");
  if (!is_in_calendar(seconds) || nanos < 0 || nanos > 999'999'999) return fields;
  return fmt::format("{}{}Z", second_text(seconds), fraction_text(nanos));
}

Json duration(Json fields) {
  constexpr std::int64_t kMostSeconds = 315'576'000'000;
  const std::int64_t seconds = number_of(fields, "seconds");
  const std::int64_t nanos = number_of(fields, "nanos");
  if (std::abs(seconds) > kMostSeconds || std::abs(nanos) > 999'999'999) return fields;
  const bool is_negative = seconds < 0 || nanos < 0;
  return fmt::format("{}{}{}s", is_negative ? "-" : "", std::abs(seconds), fraction_text(std::abs(nanos)));
}

Json nothing_wrapped(std::string_view type) {
  if (type == "StringValue") return "";
  if (type == "BoolValue") return false;
  if (type == "DoubleValue" || type == "FloatValue") return 0.0;
  if (type != "BytesValue") return 0;
  Json bytes = Json::object();
  bytes["base64"] = "";
  return bytes;
}

Json only_field(Json fields, const char* key, Json otherwise) {
  const auto found = fields.find(key);
  if (found == fields.end()) return otherwise;
  Json value = std::move(*found);
  return value;
}

Json dynamic_value(Json fields) {
  if (fields.empty() || fields.contains("nullValue")) return nullptr;
  Json value = std::move(fields.begin().value());
  return value;
}

Json object_with(const char* key, Json value) {
  Json fields = Json::object();
  fields[key] = std::move(value);
  return fields;
}

Json seconds_and_nanos(std::int64_t seconds, std::int64_t nanos) {
  Json fields = object_with("seconds", seconds);
  fields["nanos"] = nanos;
  return fields;
}

constexpr std::int64_t kNanos = 1'000'000'000;

Result<Parsed> timestamp_fields(const std::string& text) {
  // In millionths of a second, which is all of time; what is finer stands in the last three digits.
  std::string micros = text;
  std::int64_t rest = 0;
  const std::size_t point = text.find('.');
  if (point != std::string::npos && text.ends_with('Z') && text.size() - point == 11) {
    micros.erase(point + 7, 3);
    for (const char c : text.substr(point + 7, 3)) {
      if (c < '0' || c > '9') return fail(Errc::malformed, fmt::format("'{}' is no time", text));
      rest = rest * 10 + (c - '0');
    }
  }
  auto parsed = parse_moment(micros, Fraction::micros, "Z");
  if (!parsed) return fail_with(std::move(parsed));
  constexpr std::int64_t kMicros = 1'000'000;
  const std::int64_t fraction = (*parsed % kMicros + kMicros) % kMicros;
  return Parsed{seconds_and_nanos((*parsed - fraction) / kMicros, fraction * 1000 + rest)};
}

Result<Parsed> duration_fields(const std::string& text) {
  const auto wrong = [&] { return fail(Errc::malformed, fmt::format("'{}' is no duration such as -1.5s", text)); };
  std::string_view rest = text;
  const bool is_negative = rest.starts_with('-');
  if (is_negative) rest.remove_prefix(1);
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), seconds);
  if (error != std::errc{} || seconds < 0) return wrong();
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  std::int64_t nanos = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    for (std::int64_t unit = kNanos / 10; !rest.empty() && rest[0] >= '0' && rest[0] <= '9'; unit /= 10) {
      if (unit == 0) return wrong();
      nanos += (rest[0] - '0') * unit;
      rest.remove_prefix(1);
    }
  }
  if (rest != "s") return wrong();
  return Parsed{seconds_and_nanos(is_negative ? -seconds : seconds, is_negative ? -nanos : nanos)};
}

Json dynamic_fields(const Json& form) {
  if (form.is_null()) return object_with("nullValue", 0);
  if (form.is_boolean()) return object_with("boolValue", form);
  if (form.is_number()) return object_with("numberValue", form);
  if (form.is_string()) return object_with("stringValue", form);
  return object_with(form.is_array() ? "listValue" : "structValue", form);
}

/// Names in lowerCamelCase become those of the file again.
Json mask_fields(const std::string& text) {
  Json paths = Json::array();
  std::string path;
  const auto end_path = [&] {
    if (!path.empty()) paths.push_back(path);
    path.clear();
  };
  for (const char c : text) {
    if (c == ',') {
      end_path();
    } else if (c >= 'A' && c <= 'Z') {
      path += '_';
      path += static_cast<char>(c - 'A' + 'a');
    } else {
      path += c;
    }
  }
  end_path();
  return object_with("paths", std::move(paths));
}

constexpr std::array<std::string_view, 9> kWrappers = {"DoubleValue", "FloatValue", "Int64Value",  "UInt64Value", "Int32Value",
                                                       "UInt32Value", "BoolValue",  "StringValue", "BytesValue"};

Json mask(const Json& fields) {
  std::string text;
  const auto paths = fields.find("paths");
  if (paths == fields.end()) return text;
  for (const Json& path : *paths)
    text += (text.empty() ? "" : ",") + (path.is_string() ? proto_json_name(path.get_ref<const std::string&>()) : path.dump());
  return text;
}

}  // namespace

std::string_view known_file(std::string_view name) {
  const auto found = std::ranges::find(kFiles, name, &KnownFile::name);
  return found == kFiles.end() ? std::string_view() : found->text;
}

Json known_form(std::string_view message, Json fields) {
  if (!message.starts_with(kPackage)) return fields;
  const std::string_view type = message.substr(kPackage.size());
  if (type == "Timestamp") return timestamp(std::move(fields));
  if (type == "Duration") return duration(std::move(fields));
  if (type == "FieldMask") return mask(fields);
  if (type == "Struct") return only_field(std::move(fields), "fields", Json::object());
  if (type == "ListValue") return only_field(std::move(fields), "values", Json::array());
  if (type == "Value") return dynamic_value(std::move(fields));
  if (std::ranges::find(kWrappers, type) == kWrappers.end()) return fields;
  return only_field(std::move(fields), "value", nothing_wrapped(type));
}

Result<Parsed> fields_of_known(std::string_view message, const Json& form) {
  if (!message.starts_with(kPackage)) return Parsed{form};
  const std::string_view type = message.substr(kPackage.size());
  if (type == "Timestamp" && form.is_string()) return timestamp_fields(form.get<std::string>());
  if (type == "Duration" && form.is_string()) return duration_fields(form.get<std::string>());
  if (type == "FieldMask" && form.is_string()) return Parsed{mask_fields(form.get<std::string>())};
  if (type == "Struct") return Parsed{object_with("fields", form)};
  if (type == "ListValue") return Parsed{object_with("values", form)};
  if (type == "Value") return Parsed{dynamic_fields(form)};
  if (std::ranges::find(kWrappers, type) != kWrappers.end()) return Parsed{object_with("value", form)};
  return Parsed{form};
}

}  // namespace streamline::cli
