// Conversions of bytes and times to text.
#include "output/text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <ctime>

namespace streamline::cli {

namespace {

/// Bytes that follow a lead byte, and the smallest code point of that length; -1 for no lead byte.
struct Sequence {
  int following = -1;
  std::uint32_t smallest = 0;
  std::uint32_t bits = 0;
};

Sequence sequence_of(std::uint8_t lead) {
  if (lead < 0x80) return {.following = 0, .smallest = 0, .bits = lead};
  if ((lead & 0xe0) == 0xc0) return {.following = 1, .smallest = 0x80, .bits = lead & 0x1fU};
  if ((lead & 0xf0) == 0xe0) return {.following = 2, .smallest = 0x800, .bits = lead & 0x0fU};
  if ((lead & 0xf8) == 0xf0) return {.following = 3, .smallest = 0x10000, .bits = lead & 0x07U};
  return {};
}

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::int64_t floor_seconds(std::int64_t ms) { return ms >= 0 ? ms / 1000 : (ms - 999) / 1000; }

}  // namespace

bool is_utf8(ByteView bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const Sequence sequence = sequence_of(static_cast<std::uint8_t>(bytes[at++]));
    if (sequence.following < 0 || bytes.size() - at < static_cast<std::size_t>(sequence.following)) return false;
    std::uint32_t point = sequence.bits;
    for (int i = 0; i < sequence.following; ++i) {
      const auto next = static_cast<std::uint8_t>(bytes[at++]);
      if ((next & 0xc0) != 0x80) return false;
      point = (point << 6) | (next & 0x3fU);
    }
    if (point < sequence.smallest || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
  }
  return true;
}

std::string base64(ByteView bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) group = (group << 8) | (i < count ? static_cast<std::uint32_t>(bytes[at + i]) : 0);
    for (std::size_t i = 0; i < 4; ++i) text += i <= count ? kAlphabet[(group >> (18 - 6 * i)) & 63] : '=';
  }
  return text;
}

Result<std::string> from_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes;
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return fail(Errc::malformed, fmt::format("'{}' stands in no base64", c));
    group = (group << 6) | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>((group >> bits) & 0xff);
  }
  // A single digit at the end stands for no byte.
  if (bits >= 6) return fail(Errc::malformed, "base64 is cut off");
  return bytes;
}

std::string hex(ByteView bytes) {
  std::string text;
  for (const std::byte b : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(b));
  return text;
}

Result<std::string> unescape(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      plain += text[at];
      continue;
    }
    const char kind = ++at < text.size() ? text[at] : '\0';
    if (kind == 'n')
      plain += '\n';
    else if (kind == 'r')
      plain += '\r';
    else if (kind == 't')
      plain += '\t';
    else if (kind == '0')
      plain += '\0';
    else if (kind == '\\')
      plain += '\\';
    else if (kind == 'x' && text.size() - at > 2) {
      unsigned value = 0;
      const char* const digits = text.data() + at + 1;
      if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2)
        return fail(Errc::invalid_argument, fmt::format("'\\x' in '{}' wants two hexadecimal digits", text));
      plain += static_cast<char>(value);
      at += 2;
    } else {
      return fail(Errc::invalid_argument, fmt::format("'{}' holds an escape that is none of \\n \\r \\t \\0 \\\\ \\xHH", text));
    }
  }
  return plain;
}

std::string strftime_utc(std::int64_t ms, const std::string& format) {
  const std::time_t seconds = floor_seconds(ms);
  std::tm parts{};
  std::array<char, 256> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::to_string(ms);
  return {text.data(), std::strftime(text.data(), text.size(), format.c_str(), &parts)};
}

std::string rfc3339(std::int64_t ms) {
  return fmt::format("{}.{:03}Z", strftime_utc(ms, "%Y-%m-%dT%H:%M:%S"), ms - floor_seconds(ms) * 1000);
}

}  // namespace streamline::cli
