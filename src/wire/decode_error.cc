// Texts of decoding errors.
#include "wire/decode_error.h"

#include <string>

#include "base/assert.h"

namespace streamline::wire {

std::unexpected<Error> unsupported_version(std::string_view message, std::int16_t version) {
  return fail(Errc::unsupported, std::string(message) + " has no version " + std::to_string(version));
}

std::unexpected<Error> malformed(std::string_view message, std::int16_t version, const Reader& in) {
  Status status = in.status();
  SL_ASSERT(!status.has_value());
  Error error = std::move(status).error();
  return fail(error.code, std::string(message) + " v" + std::to_string(version) + ": " + error.text);
}

}  // namespace streamline::wire
