// Builds lines of output in both formats.
#include "inspect/line.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>

namespace streamline::inspect {
namespace {

constexpr std::size_t kKindWidth = 9;
// What RFC 3339 can say ends with the year 9999.
constexpr std::int64_t kLastMs = 253'402'300'799'999;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

/// Bytes of the UTF-8 character at the front; 0 when there is none.
std::size_t character_bytes(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return 1;
  const std::size_t size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return 0;
  std::uint32_t point = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    const auto next = static_cast<std::uint8_t>(text[i]);
    if ((next & 0xc0U) != 0x80) return 0;
    point = (point << 6U) | (next & 0x3fU);
  }
  constexpr std::array<std::uint32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xd800 && point <= 0xdfff;
  return point < kLeast[size] || point > 0x10ffff || surrogate ? 0 : size;
}

void put_quoted(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    const char c = text[0];
    if (size == 0) {
      out += kReplacement;
    } else if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<std::uint8_t>(c) < 0x20 || c == 0x7f) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.append(text.data(), size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

bool stands_bare(std::string_view text) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:+~,";
  return !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos;
}

void put_hex(std::string& out, ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  out += "0x";
  for (const std::byte b : bytes) {
    out += kDigits[std::to_integer<unsigned>(b) >> 4U];
    out += kDigits[std::to_integer<unsigned>(b) & 15U];
  }
}

}  // namespace

bool is_printable(ByteView bytes) {
  std::string_view text = as_text(bytes);
  while (!text.empty()) {
    const std::size_t size = character_bytes(text);
    const auto c = static_cast<std::uint8_t>(text[0]);
    if (size == 0 || c == 0x7f || (c < 0x20 && c != '\t' && c != '\n' && c != '\r')) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::string to_base64(ByteView bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = bytes.size() - at;
    const auto byte_at = [&](std::size_t i) { return i < left ? std::to_integer<std::uint32_t>(bytes[at + i]) : 0U; };
    const std::uint32_t three = (byte_at(0) << 16U) | (byte_at(1) << 8U) | byte_at(2);
    out += kAlphabet[three >> 18U];
    out += kAlphabet[(three >> 12U) & 63U];
    out += left > 1 ? kAlphabet[(three >> 6U) & 63U] : '=';
    out += left > 2 ? kAlphabet[three & 63U] : '=';
  }
  return out;
}

Line::Line(Format format, std::string_view kind) : format_(format) {
  if (format == Format::json) {
    out_.push_back('{');
    word("type", kind);
  } else {
    out_ = fmt::format("{:<{}}", kind, kKindWidth);
  }
}

void Line::put_name(std::string_view name) {
  const char last = out_.back();
  const bool first = last == '{' || last == '[' || last == ' ';
  if (!first) out_ += format_ == Format::json ? "," : " ";
  if (name.empty()) return;
  if (format_ == Format::json) {
    put_quoted(out_, name);
    out_ += ':';
  } else {
    out_ += name;
    out_ += '=';
  }
}

Line& Line::number(std::string_view name, std::int64_t value) {
  put_name(name);
  out_ += std::to_string(value);
  return *this;
}

Line& Line::number(std::string_view name, double value) {
  put_name(name);
  out_ += std::isfinite(value) ? fmt::format("{}", value) : std::string("null");
  return *this;
}

Line& Line::word(std::string_view name, std::string_view value) {
  put_name(name);
  if (format_ == Format::text && stands_bare(value)) {
    out_ += value;
  } else {
    put_quoted(out_, value);
  }
  return *this;
}

Line& Line::time(std::string_view name, std::int64_t ms) {
  // Times before 1970 are no times: -1 stands for none.
  if (format_ == Format::json || ms < 0 || ms > kLastMs) return number(name, ms);
  put_name(name);
  out_ += fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(ms / 1000)), ms % 1000);
  return *this;
}

Line& Line::contents(std::string_view name, std::optional<ByteView> bytes) {
  if (!bytes) return null(name);
  const bool printable = is_printable(*bytes);
  if (format_ == Format::json && !printable) return word(std::string(name) + "_base64", to_base64(*bytes));
  put_name(name);
  if (printable) {
    put_quoted(out_, as_text(*bytes));
  } else {
    put_hex(out_, *bytes);
  }
  return *this;
}

Line& Line::null(std::string_view name) {
  put_name(name);
  out_ += "null";
  return *this;
}

Line& Line::open(std::string_view name, char bracket) {
  put_name(name);
  out_ += bracket;
  return *this;
}

Line& Line::close(char bracket) {
  out_ += bracket;
  return *this;
}

std::string Line::finish() const { return out_ + (format_ == Format::json ? "}\n" : "\n"); }

}  // namespace streamline::inspect
