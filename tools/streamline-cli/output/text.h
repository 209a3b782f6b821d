// Small forms of text: UTF-8, base64, hexadecimal, escapes, times.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace streamline::cli {

bool is_utf8(ByteView bytes);
/// Standard alphabet, with padding.
std::string base64(ByteView bytes);
/// malformed when the text is none; padding may be missing.
Result<std::string> from_base64(std::string_view text);
/// Lower case, two digits a byte.
std::string hex(ByteView bytes);
/// \n, \r, \t, \0, \\ and \xHH become what they stand for. invalid_argument for any other.
Result<std::string> unescape(std::string_view text);
/// "2026-01-31T12:00:00.123Z".
std::string rfc3339(std::int64_t ms);
/// strftime in UTC.
std::string strftime_utc(std::int64_t ms, const std::string& format);

}  // namespace streamline::cli
