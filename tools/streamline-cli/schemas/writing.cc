// Small conversions.
#include "schemas/writing.h"

#include <fmt/format.h>

#include <charconv>
#include <limits>

#include "output/text.h"

namespace streamline::cli {

std::optional<std::string> bytes_in(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_object() || value.size() != 1 || value.begin().key() != "base64" || !value.begin().value().is_string()) return std::nullopt;
  auto bytes = from_base64(value.begin().value().get_ref<const std::string&>());
  if (!bytes) return std::nullopt;
  return *std::move(bytes);
}

std::optional<double> number_in(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  return std::nullopt;
}

Result<std::string> from_hex(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '-') digits += c;
  }
  std::string bytes;
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    unsigned value = 0;
    const char* const begin = digits.data() + at;
    const bool good = digits.size() - at >= 2 && std::from_chars(begin, begin + 2, value, 16).ptr == begin + 2;
    if (!good) return fail(Errc::malformed, fmt::format("'{}' is no hexadecimal", text));
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::string shown(const Json& value) {
  constexpr std::size_t kMost = 60;
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() <= kMost) return text;
  // Not in the middle of a character.
  std::size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
  return text.substr(0, end) + "…";
}

Error Place::with(Error error) const {
  if (!failed_at_.empty()) error.text = fmt::format("at {}: {}", failed_at_, error.text);
  return error;
}

}  // namespace streamline::cli
