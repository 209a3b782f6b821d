// Kafka's uuid: random version 4, and its URL-safe base64 text.
#include <sys/random.h>

#include "base/assert.h"
#include "base/ids.h"

namespace streamline {

namespace {
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kTextLength = 22;
}  // namespace

Uuid Uuid::random() {
  Uuid id;
  const auto got = getrandom(id.bytes.data(), id.bytes.size(), 0);
  SL_ASSERT(got == static_cast<ssize_t>(id.bytes.size()));
  id.bytes[6] = (id.bytes[6] & std::byte{0x0f}) | std::byte{0x40};
  id.bytes[8] = (id.bytes[8] & std::byte{0x3f}) | std::byte{0x80};
  return id;
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(kTextLength);
  unsigned pending = 0;
  int bits = 0;
  for (std::byte b : bytes) {
    pending = (pending << 8) | std::to_integer<unsigned>(b);
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      text += kAlphabet[(pending >> bits) & 63U];
    }
  }
  text += kAlphabet[(pending << (6 - bits)) & 63U];
  return text;
}

Result<Uuid> Uuid::parse(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  if (text.size() != kTextLength) return fail(Errc::malformed, "uuid '" + std::string(text) + "' is not 22 characters of base64");
  Uuid id;
  unsigned pending = 0;
  int bits = 0;
  std::size_t at = 0;
  for (char c : text) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return fail(Errc::malformed, "uuid '" + std::string(text) + "' has a character outside base64url");
    pending = (pending << 6) | static_cast<unsigned>(digit);
    bits += 6;
    if (bits >= 8 && at < id.bytes.size()) {
      bits -= 8;
      id.bytes[at++] = static_cast<std::byte>((pending >> bits) & 255U);
    }
  }
  return id;
}

}  // namespace streamline
