// The errors with which the generated decode() functions fail.
#pragma once

#include "wire/reader.h"

namespace streamline::wire {

/// Errc::unsupported, e.g. "ProduceRequest has no version 99".
std::unexpected<Error> unsupported_version(std::string_view message, std::int16_t version);
/// Errc::malformed, e.g. "ProduceRequest v9: bytes are cut off at byte 12".
std::unexpected<Error> malformed(std::string_view message, std::int16_t version, const Reader& in);

}  // namespace streamline::wire
