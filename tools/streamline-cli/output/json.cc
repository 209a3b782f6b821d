// JSON values as JSON, as YAML and as cells.
#include "output/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

namespace streamline::cli {

namespace {

std::string scalar_json(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

/// Text that YAML reads back as the same string without quotes.
bool is_plain(const std::string& text) {
  constexpr std::string_view kFirst = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/";
  constexpr std::string_view kRest = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/0123456789-.,";
  if (text.empty() || kFirst.find(text[0]) == std::string_view::npos) return false;
  if (text.find_first_not_of(kRest) != std::string::npos) return false;
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  for (const std::string_view word : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}) {
    if (lower == word) return false;
  }
  return true;
}

std::string scalar_yaml(const Json& value) {
  if (value.is_string() && is_plain(value.get_ref<const std::string&>())) return value.get<std::string>();
  return scalar_json(value);
}

std::string key_yaml(const std::string& key) { return is_plain(key) ? key : scalar_json(Json(key)); }

/// `indent` blanks stand before every line but the first, whose place the caller has chosen.
void put_yaml(std::string& out, const Json& value, std::size_t indent) {
  if (!value.is_structured() || value.empty()) {
    out += scalar_yaml(value) + "\n";
    return;
  }
  bool first = true;
  for (const auto& item : value.items()) {
    if (!first) out.append(indent, ' ');
    first = false;
    const Json& child = item.value();
    if (value.is_array()) {
      out += "- ";
      put_yaml(out, child, indent + 2);
      continue;
    }
    out += key_yaml(item.key()) + ":";
    if (!child.is_structured() || child.empty()) {
      out += " " + scalar_yaml(child) + "\n";
      continue;
    }
    const std::size_t deeper = indent + 2;
    out += "\n";
    out.append(deeper, ' ');
    put_yaml(out, child, deeper);
  }
}

constexpr std::size_t kDeepest = 200;

/// Follows what the parser finds, and stops it where it gets too deep.
class DepthCheck : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return enter(); }
  bool key(string_t&) override { return true; }
  bool end_object() override { return leave(); }
  bool start_array(std::size_t) override { return enter(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }
  bool too_deep() const { return depth_ > kDeepest; }

 private:
  bool enter() { return ++depth_ <= kDeepest; }
  bool leave() {
    --depth_;
    return true;
  }
  std::size_t depth_ = 0;
};

std::string_view name_of(JsonForm form) {
  switch (form) {
    case JsonForm::text: return "JSON";
    case JsonForm::msgpack: return "MessagePack";
    case JsonForm::cbor: return "CBOR";
  }
  return "JSON";
}

}  // namespace

Result<Parsed> parse_json(ByteView bytes, JsonForm form) {
  const auto* const begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
  const auto* const end = begin + bytes.size();
  const auto format = form == JsonForm::text      ? nlohmann::detail::input_format_t::json
                      : form == JsonForm::msgpack ? nlohmann::detail::input_format_t::msgpack
                                                  : nlohmann::detail::input_format_t::cbor;
  DepthCheck check;
  const bool good = Json::sax_parse(begin, end, &check, format);
  if (check.too_deep()) return fail(Errc::malformed, fmt::format("{} nests deeper than {}", name_of(form), kDeepest));
  if (!good) return fail(Errc::malformed, fmt::format("the bytes are no {}", name_of(form)));
  if (form == JsonForm::msgpack) return Parsed{Json::from_msgpack(begin, end, true, false)};
  if (form == JsonForm::cbor) return Parsed{Json::from_cbor(begin, end, true, false)};
  return Parsed{Json::parse(begin, end, nullptr, false)};
}

std::string json_text(const Json& value, Layout layout) {
  return value.dump(layout == Layout::indented ? 2 : -1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string yaml_text(const Json& value) {
  std::string out;
  put_yaml(out, value, 0);
  return out;
}

std::string cell_text(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_array()) return scalar_json(value);
  std::string text;
  for (const Json& item : value) text += (text.empty() ? "" : ",") + cell_text(item);
  return text;
}

}  // namespace streamline::cli
