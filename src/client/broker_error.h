// What a broker's error code means to a caller of this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wire/error_code.h"

namespace streamline::client {

/// A failure, and whether the same request may succeed after a pause and a look at fresh metadata.
struct Failure {
  Error error;
  bool retriable = false;
};

/// `doing` is what failed ("topic 'orders'"); `message` is the broker's own text. Codes: not_found, already_exists, permission,
/// timed_out, unsupported, offset_out_of_range; every other refusal is invalid_argument. The text ends with Kafka's name of the code.
Failure broker_failure(std::int16_t error_code, std::string_view doing, std::optional<std::string_view> message = std::nullopt);
inline std::unexpected<Error> fail_broker(std::int16_t error_code, std::string_view doing,
                                          std::optional<std::string_view> message = std::nullopt) {
  return std::unexpected(broker_failure(error_code, doing, message).error);
}
/// A failure of the connection: closed and timed_out may be gone on another one.
Failure connection_failure(Error error);

}  // namespace streamline::client
