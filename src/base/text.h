// Texts that are cut to a length.
#pragma once

#include <cstddef>
#include <string_view>

namespace streamline {

/// At most `bytes` of the front of a UTF-8 text, without a part of a character at the end: who decodes it strictly would refuse the whole.
constexpr std::string_view whole_characters(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) --bytes;
  return text.substr(0, bytes);
}

}  // namespace streamline
